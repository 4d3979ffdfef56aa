#include "tests/support/fault_file_system.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "storage/base/error.h"

namespace freshet {

namespace {

[[noreturn]] void throw_fault(Fault fault, ErrorCode code, const std::string& path) {
  switch (fault) {
    case Fault::Stop:
      throw Error(code, "Stopped before " + path);
    case Fault::IoError:
      throw Error(code, "Input/output error on " + path);
    case Fault::NoSpace:
      break;
  }
  throw Error(ErrorCode::NotEnoughSpace, "No space left on device for " + path);
}

[[noreturn]] void throw_missing(const std::string& path) {
  throw Error(ErrorCode::FileDoesntExist, "No such file or directory: " + path);
}

}  // namespace

class FaultFileSystem::Append : public AppendFile {
 public:
  Append(FaultFileSystem& system, std::shared_ptr<File> file, std::string path, uint64_t life,
         bool holds_lock)
      : system_(&system),
        file_(std::move(file)),
        path_(std::move(path)),
        life_(life),
        holds_lock_(holds_lock) {}

  ~Append() override {
    MutexLock lock(system_->mutex_);
    if (holds_lock_ && life_ == system_->crash_count_) file_->locked = false;
  }

  void append(std::string_view bytes) override {
    MutexLock lock(system_->mutex_);
    require_alive();
    std::optional<Fault> fault = system_->next_fault();
    std::size_t fits = bytes.size();
    if (fault) {
      fits = system_->stopped_ ? 0 : system_->random_.below(bytes.size() + 1);
      if (*fault == Fault::Stop) system_->stopped_ = true;
    }
    const uint64_t room = system_->capacity_ - std::min(system_->capacity_, system_->total_bytes());
    if (!fault && room < fits) {
      fits = static_cast<std::size_t>(room);
      fault = Fault::NoSpace;
    }
    file_->bytes.append(bytes.substr(0, fits));
    if (fault) throw_fault(*fault, ErrorCode::CannotWriteToFileDescriptor, path_);
  }

  void sync() override {
    std::function<void()> hook;
    {
      MutexLock lock(system_->mutex_);
      hook = system_->sync_hook_;
    }
    if (hook) hook();
    MutexLock lock(system_->mutex_);
    require_alive();
    if (const std::optional<Fault> fault = system_->next_fault()) {
      if (*fault == Fault::Stop) {
        system_->stopped_ = true;
      } else {
        file_->lost_begin = file_->lost_end == 0
                                ? file_->shared_prefix
                                : std::min(file_->lost_begin, file_->shared_prefix);
        file_->lost_end = file_->bytes.size();
      }
      throw_fault(*fault, ErrorCode::CannotFsync, path_);
    }
    file_->durable.resize(file_->shared_prefix);
    file_->durable.append(file_->bytes, file_->shared_prefix);
    file_->shared_prefix = file_->bytes.size();
    for (uint64_t at = file_->lost_begin; at < std::min(file_->lost_end, file_->shared_prefix);
         ++at) {
      file_->durable[at] = '\0';
    }
    ++system_->sync_count_;
  }

  void truncate(uint64_t bytes) override {
    MutexLock lock(system_->mutex_);
    require_alive();
    system_->begin_operation(path_);
    file_->bytes.resize(bytes);
    file_->shared_prefix = std::min(file_->shared_prefix, bytes);
    file_->lost_end = std::min(file_->lost_end, bytes);
  }

  uint64_t bytes() const override {
    MutexLock lock(system_->mutex_);
    return file_->bytes.size();
  }

 private:
  void require_alive() const REQUIRES(system_->mutex_) {
    if (life_ != system_->crash_count_) {
      throw Error(ErrorCode::CannotWriteToFileDescriptor, "Opened before the crash: " + path_);
    }
  }

  FaultFileSystem* system_;
  const std::shared_ptr<File> file_;
  const std::string path_;
  const uint64_t life_;
  const bool holds_lock_;
};

class FaultFileSystem::Read : public ReadFile {
 public:
  Read(const FaultFileSystem& system, std::shared_ptr<File> file, std::string path, uint64_t bytes)
      : system_(&system), file_(std::move(file)), path_(std::move(path)), bytes_(bytes) {}

  void read(uint64_t offset, std::span<char> out) const override {
    if (out.empty()) return;
    MutexLock lock(system_->mutex_);
    const uint64_t end = file_->bytes.size();
    if (offset > end || out.size() > end - offset) {
      throw Error(ErrorCode::CannotReadAllData, "Cannot read " + std::to_string(out.size()) +
                                                    " bytes of " + path_ + " at offset " +
                                                    std::to_string(offset));
    }
    std::memcpy(out.data(), file_->bytes.data() + offset, out.size());
  }

  uint64_t bytes() const override { return bytes_; }
  std::optional<std::string_view> view() const override { return std::nullopt; }

 private:
  const FaultFileSystem* system_;
  const std::shared_ptr<File> file_;
  const std::string path_;
  const uint64_t bytes_;
};

std::unique_ptr<AppendFile> FaultFileSystem::open_append(const std::string& path, AppendMode mode) {
  MutexLock lock(mutex_);
  begin_operation(path);
  require_directory(parent_directory(path));
  auto found = names_.find(path);
  if (found != names_.end() && !found->second) {
    throw Error(ErrorCode::CannotOpenFile, "Is a directory: " + path);
  }
  if (found == names_.end()) {
    change_names({.from = {}, .to = path, .file = std::make_shared<File>()});
    found = names_.find(path);
  }
  const std::shared_ptr<File>& file = found->second;
  if (mode == AppendMode::Lock) {
    if (file->locked) {
      throw Error(ErrorCode::CannotOpenFile, "Cannot lock " + path + ": it is held by " +
                                                 file->bytes.substr(0, file->bytes.find('\n')));
    }
    file->locked = true;
  }
  if (mode == AppendMode::Overwrite) {
    file->bytes.clear();
    file->shared_prefix = 0;
    file->lost_end = 0;
  }
  return std::make_unique<Append>(*this, file, path, crash_count_, mode == AppendMode::Lock);
}

std::unique_ptr<ReadFile> FaultFileSystem::open_read(const std::string& path) {
  MutexLock lock(mutex_);
  const auto found = names_.find(path);
  if (found == names_.end()) throw_missing(path);
  if (!found->second) throw Error(ErrorCode::CannotOpenFile, "Is a directory: " + path);
  return std::make_unique<Read>(*this, found->second, path, found->second->bytes.size());
}

std::vector<DirectoryEntry> FaultFileSystem::list(const std::string& directory) {
  MutexLock lock(mutex_);
  require_directory(directory);
  std::vector<DirectoryEntry> entries;
  const std::string prefix = directory == "." ? "" : directory + "/";
  for (auto at = names_.lower_bound(prefix); at != names_.end(); ++at) {
    const auto& [path, file] = *at;
    if (!path.starts_with(prefix)) break;
    const std::string name = path.substr(prefix.size());
    if (name.empty() || name.find('/') != std::string::npos) continue;
    entries.push_back({name, !file, file ? file->bytes.size() : 0});
  }
  return entries;
}

void FaultFileSystem::remove(const std::string& path) {
  MutexLock lock(mutex_);
  begin_operation(path);
  const auto found = names_.find(path);
  if (found == names_.end()) throw_missing(path);
  const auto next = names_.lower_bound(path + "/");
  if (!found->second && next != names_.end() && next->first.starts_with(path + "/")) {
    throw Error(ErrorCode::CannotWriteToFileDescriptor, "Directory not empty: " + path);
  }
  change_names({.from = path, .to = {}, .file = nullptr});
}

void FaultFileSystem::rename(const std::string& from, const std::string& to) {
  MutexLock lock(mutex_);
  begin_operation(from);
  const auto found = names_.find(from);
  if (found == names_.end()) throw_missing(from);
  if (!found->second) {
    throw Error(ErrorCode::NotImplemented, "FaultFileSystem does not rename directories: " + from);
  }
  require_directory(parent_directory(to));
  change_names({.from = from, .to = to, .file = found->second});
}

void FaultFileSystem::create_directories(const std::string& path) {
  MutexLock lock(mutex_);
  begin_operation(path);
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash);
    const auto [found, added] = names_.emplace(directory, nullptr);
    if (found->second) throw Error(ErrorCode::CannotOpenFile, "Is a file: " + directory);
    durable_names_.emplace(directory, nullptr);
    if (slash == std::string::npos) return;
  }
}

void FaultFileSystem::sync_directory(const std::string& path) {
  MutexLock lock(mutex_);
  begin_operation(path);
  require_directory(path);
  std::vector<NameChange> remaining;
  for (NameChange& change : unsynced_changes_) {
    if (parent_directory(change.to.empty() ? change.from : change.to) == path) {
      apply(change, durable_names_);
    } else {
      remaining.push_back(std::move(change));
    }
  }
  unsynced_changes_ = std::move(remaining);
}

uint64_t FaultFileSystem::operation_count() const {
  MutexLock lock(mutex_);
  return operation_count_;
}

void FaultFileSystem::fail_at(uint64_t operation, Fault fault) {
  MutexLock lock(mutex_);
  faults_[operation] = fault;
}

void FaultFileSystem::set_capacity(uint64_t bytes) {
  MutexLock lock(mutex_);
  capacity_ = bytes;
}

uint64_t FaultFileSystem::sync_count() const {
  MutexLock lock(mutex_);
  return sync_count_;
}

void FaultFileSystem::set_sync_hook(std::function<void()> hook) {
  MutexLock lock(mutex_);
  sync_hook_ = std::move(hook);
}

void FaultFileSystem::crash() {
  MutexLock lock(mutex_);
  const std::size_t surviving_changes = random_.below(unsynced_changes_.size() + 1);
  for (std::size_t index = 0; index < surviving_changes; ++index) {
    apply(unsynced_changes_[index], durable_names_);
  }
  unsynced_changes_.clear();
  names_.clear();
  for (auto& [path, file] : durable_names_) {
    if (file) {
      // A new object, so that handles from before the crash cannot touch it.
      auto survivor = std::make_shared<File>();
      survivor->bytes = surviving_bytes(*file);
      survivor->durable = survivor->bytes;
      survivor->shared_prefix = survivor->bytes.size();
      file = std::move(survivor);
    }
    names_.emplace(path, file);
  }
  faults_.clear();
  sync_hook_ = nullptr;
  operation_count_ = 0;
  capacity_ = ~uint64_t{0};
  stopped_ = false;
  ++crash_count_;
}

std::string FaultFileSystem::contents(const std::string& path) const {
  MutexLock lock(mutex_);
  const auto found = names_.find(path);
  if (found == names_.end() || !found->second) throw_missing(path);
  return found->second->bytes;
}

void FaultFileSystem::set_contents(const std::string& path, std::string bytes) {
  MutexLock lock(mutex_);
  std::shared_ptr<File>& file = names_[path];
  if (!file) file = std::make_shared<File>();
  file->durable = bytes;
  file->shared_prefix = bytes.size();
  file->lost_end = 0;
  file->bytes = std::move(bytes);
  durable_names_[path] = file;
}

void FaultFileSystem::begin_operation(const std::string& path) {
  if (const std::optional<Fault> fault = next_fault()) {
    if (*fault == Fault::Stop) stopped_ = true;
    throw_fault(*fault, ErrorCode::CannotWriteToFileDescriptor, path);
  }
}

std::optional<Fault> FaultFileSystem::next_fault() {
  ++operation_count_;
  if (stopped_) return Fault::Stop;
  const auto found = faults_.find(operation_count_);
  if (found == faults_.end()) return std::nullopt;
  return found->second;
}

void FaultFileSystem::require_directory(const std::string& path) const {
  if (path == "." || path == "/") return;
  const auto found = names_.find(path);
  if (found == names_.end()) throw_missing(path);
  if (found->second) throw Error(ErrorCode::CannotOpenFile, "Not a directory: " + path);
}

void FaultFileSystem::change_names(NameChange change) {
  apply(change, names_);
  unsynced_changes_.push_back(std::move(change));
}

void FaultFileSystem::apply(const NameChange& change, Names& names) {
  if (!change.from.empty()) names.erase(change.from);
  if (!change.to.empty()) names[change.to] = change.file;
}

std::string FaultFileSystem::surviving_bytes(const File& file) {
  std::string newest = file.bytes;
  for (uint64_t at = file.lost_begin; at < file.lost_end; ++at) newest[at] = '\0';
  const std::size_t unsynced = newest.size() - file.shared_prefix;
  switch (random_.below(4)) {
    case 0:
      return file.durable;
    case 1:
      return newest;
    case 2:
      return newest.substr(0, file.shared_prefix + random_.below(unsynced + 1));
    default: {
      if (unsynced == 0) return newest;
      const std::size_t begin = file.shared_prefix + random_.below(unsynced);
      const std::size_t end = begin + 1 + random_.below(newest.size() - begin);
      std::fill(newest.begin() + static_cast<std::ptrdiff_t>(begin),
                newest.begin() + static_cast<std::ptrdiff_t>(end), '\0');
      return newest;
    }
  }
}

uint64_t FaultFileSystem::total_bytes() const {
  uint64_t total = 0;
  for (const auto& [path, file] : names_) {
    if (file) total += file->bytes.size();
  }
  return total;
}

}  // namespace freshet
