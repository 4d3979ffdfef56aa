#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/file.h"
#include "storage/base/mutex.h"

namespace freshet {

namespace {

[[noreturn]] void throw_errno(ErrorCode code, const char* action, const std::string& path,
                              int number) {
  if (number == ENOSPC || number == EDQUOT) code = ErrorCode::NotEnoughSpace;
  if (number == ENOENT) code = ErrorCode::FileDoesntExist;
  throw Error(code, std::string("Cannot ") + action + " " + path + ": " + std::strerror(number));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Descriptor open_or_throw(const std::string& path, int flags) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) throw_errno(ErrorCode::CannotOpenFile, "open", path, errno);
  return Descriptor(fd);
}

struct stat stat_or_throw(int fd, const std::string& path) {
  struct stat status;
  if (::fstat(fd, &status) != 0) throw_errno(ErrorCode::CannotOpenFile, "stat", path, errno);
  return status;
}

class PosixAppendFile : public AppendFile {
 public:
  PosixAppendFile(Descriptor fd, std::string path, uint64_t bytes)
      : fd_(std::move(fd)), path_(std::move(path)), bytes_(bytes) {}

  void append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(bytes_));
      if (written < 0) {
        if (errno == EINTR) continue;
        throw_errno(ErrorCode::CannotWriteToFileDescriptor, "write to", path_, errno);
      }
      bytes_ += static_cast<uint64_t>(written);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void sync() override {
    if (::fdatasync(fd_.get()) != 0) throw_errno(ErrorCode::CannotFsync, "sync", path_, errno);
  }

  void truncate(uint64_t bytes) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(bytes)) != 0) {
      throw_errno(ErrorCode::CannotWriteToFileDescriptor, "truncate", path_, errno);
    }
    bytes_ = bytes;
  }

  uint64_t bytes() const override { return bytes_; }

 private:
  const Descriptor fd_;
  const std::string path_;
  uint64_t bytes_;
};

class PosixReadFile : public ReadFile {
 public:
  PosixReadFile(Descriptor fd, std::string path, uint64_t bytes)
      : fd_(std::move(fd)), path_(std::move(path)), bytes_(bytes) {}
  ~PosixReadFile() override {
    if (mapping_ != nullptr) ::munmap(mapping_, bytes_);
  }

  void read(uint64_t offset, std::span<char> out) const override {
    while (!out.empty()) {
      const ssize_t count = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
      if (count < 0) {
        if (errno == EINTR) continue;
        throw_errno(ErrorCode::CannotReadFromFileDescriptor, "read", path_, errno);
      }
      if (count == 0) {
        throw Error(ErrorCode::CannotReadAllData, "Cannot read " + std::to_string(out.size()) +
                                                      " bytes of " + path_ + " at offset " +
                                                      std::to_string(offset));
      }
      offset += static_cast<uint64_t>(count);
      out = out.subspan(static_cast<std::size_t>(count));
    }
  }

  uint64_t bytes() const override { return bytes_; }

  std::optional<std::string_view> view() const override {
    if (bytes_ == 0) return std::string_view();
    MutexLock lock(mutex_);
    if (mapping_ == nullptr) {
      void* address = ::mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, fd_.get(), 0);
      if (address == MAP_FAILED) return std::nullopt;
      mapping_ = address;
    }
    return std::string_view(static_cast<const char*>(mapping_), bytes_);
  }

 private:
  const Descriptor fd_;
  const std::string path_;
  const uint64_t bytes_;
  mutable Mutex mutex_;
  // Set once, under the lock; kept until the destructor.
  mutable void* mapping_ = nullptr;
};

// Text of the lock file, which its holder wrote: "process 123\n".
std::string lock_holder(int fd) {
  char text[64];
  const ssize_t count = ::pread(fd, text, sizeof(text), 0);
  std::string holder(text, count > 0 ? static_cast<std::size_t>(count) : 0);
  holder.erase(std::find(holder.begin(), holder.end(), '\n'), holder.end());
  return holder.empty() ? "another process" : holder;
}

}  // namespace

std::unique_ptr<AppendFile> PosixFileSystem::open_append(const std::string& path, AppendMode mode) {
  // Locks need a descriptor that can read, to name the holder.
  int flags = (mode == AppendMode::Lock ? O_RDWR : O_WRONLY) | O_CREAT;
  if (mode == AppendMode::Overwrite) flags |= O_TRUNC;
  Descriptor fd = open_or_throw(path, flags);
  if (mode == AppendMode::Lock && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throw_errno(ErrorCode::CannotOpenFile, "lock", path, errno);
    throw Error(ErrorCode::CannotOpenFile,
                "Cannot lock " + path + ": it is held by " + lock_holder(fd.get()));
  }
  const auto bytes = static_cast<uint64_t>(stat_or_throw(fd.get(), path).st_size);
  return std::make_unique<PosixAppendFile>(std::move(fd), path, bytes);
}

std::unique_ptr<ReadFile> PosixFileSystem::open_read(const std::string& path) {
  Descriptor fd = open_or_throw(path, O_RDONLY);
  const auto bytes = static_cast<uint64_t>(stat_or_throw(fd.get(), path).st_size);
  return std::make_unique<PosixReadFile>(std::move(fd), path, bytes);
}

std::vector<DirectoryEntry> PosixFileSystem::list(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(directory.c_str()), ::closedir);
  if (!handle) throw_errno(ErrorCode::CannotOpenFile, "list", directory, errno);
  std::vector<DirectoryEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* found = ::readdir(handle.get());
    if (found == nullptr) {
      if (errno != 0) throw_errno(ErrorCode::CannotOpenFile, "list", directory, errno);
      break;
    }
    const std::string name = found->d_name;
    if (name == "." || name == "..") continue;
    struct stat status;
    if (::fstatat(::dirfd(handle.get()), name.c_str(), &status, 0) != 0) {
      if (errno == ENOENT) continue;  // removed meanwhile, or a link to nowhere
      throw_errno(ErrorCode::CannotOpenFile, "stat", directory + "/" + name, errno);
    }
    const bool is_directory = S_ISDIR(status.st_mode);
    entries.push_back(
        {name, is_directory, is_directory ? 0 : static_cast<uint64_t>(status.st_size)});
  }
  std::sort(entries.begin(), entries.end(),
            [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
  return entries;
}

void PosixFileSystem::remove(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return;
  if (errno == EISDIR || errno == EPERM) {
    if (::rmdir(path.c_str()) == 0) return;
  }
  throw_errno(ErrorCode::CannotWriteToFileDescriptor, "remove", path, errno);
}

void PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    throw_errno(ErrorCode::CannotWriteToFileDescriptor, "rename", from + " to " + to, errno);
  }
}

void PosixFileSystem::create_directories(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0) {
    sync_directory(parent_directory(path));
    return;
  }
  if (errno == EEXIST) {
    struct stat status;
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return;
    throw_errno(ErrorCode::CannotOpenFile, "create directory", path, EEXIST);
  }
  if (errno != ENOENT || parent_directory(path) == path) {
    throw_errno(ErrorCode::CannotOpenFile, "create directory", path, errno);
  }
  create_directories(parent_directory(path));
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    throw_errno(ErrorCode::CannotOpenFile, "create directory", path, errno);
  }
  sync_directory(parent_directory(path));
}

void PosixFileSystem::sync_directory(const std::string& path) {
  const Descriptor fd = open_or_throw(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(fd.get()) != 0) throw_errno(ErrorCode::CannotFsync, "sync directory", path, errno);
}

}  // namespace freshet
