#include "query/operator/temporary_files.h"

#include <cstring>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/checksum.h"
#include "storage/base/compress.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/base/log.h"

namespace freshet {

namespace {

// checksum, method, raw bytes, packed bytes
constexpr size_t kHeaderBytes = 8 + 1 + 8 + 8;
// Larger blocks are stored as they are: LZ4 takes no more than 2 GiB.
constexpr size_t kCompressedBytesMax = 1 * kGiB;

constexpr const char* kPurposeNames[] = {"aggregation", "sort", "join"};

[[noreturn]] void throw_limit(const char* whose, uint64_t wanted, uint64_t bytes_max) {
  throw Error(ErrorCode::TooManyRowsOrBytes,
              std::string("Limit for temporary files size") + whose + " exceeded (would consume " +
                  std::to_string(wanted) + " / " + std::to_string(bytes_max) + " bytes)");
}

}  // namespace

TemporaryFolder::TemporaryFolder(FileSystem& files, std::string directory, MetricsRegistry& metrics,
                                 uint64_t bytes_max)
    : files_(files),
      directory_(std::move(directory)),
      bytes_max_(bytes_max),
      files_total_(metrics.counter("external_processing_files_total",
                                   "Temporary files that queries have made")),
      compressed_bytes_total_(metrics.counter("external_processing_compressed_bytes_total",
                                              "Bytes written to temporary files")),
      uncompressed_bytes_total_(
          metrics.counter("external_processing_uncompressed_bytes_total",
                          "Bytes written to temporary files, before compression")) {
  for (const SpillPurpose purpose :
       {SpillPurpose::Aggregation, SpillPurpose::Sort, SpillPurpose::Join}) {
    const auto index = static_cast<size_t>(purpose);
    const std::string name = std::string("external_") + kPurposeNames[index];
    const std::string what = kPurposeNames[index];
    counters_[index] = {
        &metrics.counter(name + "_write_parts_total",
                         "Times that a query put a part of its " + what + " on disk"),
        &metrics.counter(name + "_compressed_bytes_total", "Bytes on disk of " + what),
        &metrics.counter(name + "_uncompressed_bytes_total",
                         "Bytes on disk of " + what + ", before compression"),
        &metrics.counter(name + "_merges_total",
                         "Times that parts of a query's " + what + " were read back"),
        &metrics.gauge("temporary_files_for_" + what, "Temporary files open now: " + what)};
  }
}

void TemporaryFolder::clear() { remove_recursively(files_, directory_); }

std::string TemporaryFolder::new_path() {
  {
    MutexLock lock(mutex_);
    if (!exists_) files_.create_directories(directory_);
    exists_ = true;
  }
  return directory_ + "/" + std::to_string(next_name_.fetch_add(1)) + ".tmp";
}

std::unique_ptr<TemporaryFile> TemporaryData::create(SpillPurpose purpose) {
  return std::unique_ptr<TemporaryFile>(new TemporaryFile(*this, purpose));
}

void TemporaryData::count_part(SpillPurpose purpose) const {
  folder_.counters_[static_cast<size_t>(purpose)].parts->add();
}

void TemporaryData::count_merge(SpillPurpose purpose) const {
  folder_.counters_[static_cast<size_t>(purpose)].merges->add();
}

void TemporaryData::take(uint64_t bytes) {
  if (whole_ != nullptr) {
    whole_->take(bytes);
    written_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    return;
  }
  MutexLock lock(folder_.mutex_);
  const uint64_t of_query = bytes_.load(std::memory_order_relaxed) + bytes;
  if (limits_.query_bytes_max != 0 && of_query > limits_.query_bytes_max) {
    throw_limit("", of_query, limits_.query_bytes_max);
  }
  uint64_t& user_bytes = folder_.user_bytes_[user_];
  if (limits_.user_bytes_max != 0 && user_bytes + bytes > limits_.user_bytes_max) {
    throw_limit(" for user", user_bytes + bytes, limits_.user_bytes_max);
  }
  const uint64_t of_all = folder_.bytes() + bytes;
  if (folder_.bytes_max_ != 0 && of_all > folder_.bytes_max_) {
    throw_limit(" of the server", of_all, folder_.bytes_max_);
  }
  user_bytes += bytes;
  bytes_.store(of_query, std::memory_order_relaxed);
  folder_.bytes_.store(of_all, std::memory_order_relaxed);
  written_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void TemporaryData::give_back(uint64_t bytes) {
  if (whole_ != nullptr) return whole_->give_back(bytes);
  MutexLock lock(folder_.mutex_);
  const auto user = folder_.user_bytes_.find(user_);
  if (user != folder_.user_bytes_.end() && (user->second -= bytes) == 0) {
    folder_.user_bytes_.erase(user);
  }
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  folder_.bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

TemporaryFile::TemporaryFile(TemporaryData& data, SpillPurpose purpose)
    : data_(data),
      purpose_(purpose),
      path_(data.folder_.new_path()),
      writer_(data.folder_.files_.open_append(path_, AppendMode::Overwrite)) {
  TemporaryFolder& folder = data_.folder_;
  folder.file_count_.fetch_add(1, std::memory_order_relaxed);
  folder.files_total_.add();
  folder.counters_[static_cast<size_t>(purpose_)].files->add(1);
}

TemporaryFile::~TemporaryFile() {
  TemporaryFolder& folder = data_.folder_;
  writer_.reset();
  {
    MutexLock lock(mutex_);
    reader_.reset();
  }
  try {
    folder.files_.remove(path_);
  } catch (const std::exception& error) {
    // The query has its answer or its error; the next start removes what is left.
    log_warning("temporary_file_not_removed", {{"path", path_}, {"error", error.what()}});
  }
  data_.give_back(bytes_);
  folder.file_count_.fetch_sub(1, std::memory_order_relaxed);
  folder.counters_[static_cast<size_t>(purpose_)].files->add(-1);
}

TemporaryBlock TemporaryFile::append(std::string_view raw) {
  const Compression method =
      raw.size() <= kCompressedBytesMax ? Compression::Lz4 : Compression::None;
  packed_.clear();
  ByteWriter header(packed_);
  header.put_u64(0);
  header.put_u8(static_cast<uint8_t>(method));
  header.put_u64(raw.size());
  header.put_u64(0);
  const uint64_t packed_bytes = append_compressed(method, raw, 0, packed_);
  std::memcpy(packed_.data() + kHeaderBytes - sizeof(packed_bytes), &packed_bytes,
              sizeof(packed_bytes));
  const uint64_t sum = checksum(std::string_view(packed_).substr(sizeof(uint64_t)));
  std::memcpy(packed_.data(), &sum, sizeof(sum));

  const TemporaryBlock block{bytes_, packed_.size()};
  data_.take(packed_.size());
  bytes_ += packed_.size();
  writer_->append(packed_);
  TemporaryFolder& folder = data_.folder_;
  TemporaryFolder::Counters& counters = folder.counters_[static_cast<size_t>(purpose_)];
  folder.compressed_bytes_total_.add(packed_.size());
  folder.uncompressed_bytes_total_.add(raw.size());
  counters.compressed_bytes->add(packed_.size());
  counters.uncompressed_bytes->add(raw.size());
  // A block of unusual size should not stay in memory between spills.
  if (packed_.capacity() > 4 * kMiB) packed_ = std::string();
  return block;
}

void TemporaryFile::read(const TemporaryBlock& block, std::string& raw) const {
  const ReadFile* reader = nullptr;
  {
    MutexLock lock(mutex_);
    if (reader_ == nullptr) reader_ = data_.folder_.files_.open_read(path_);
    reader = reader_.get();
  }
  std::string stored(block.stored_bytes, '\0');
  reader->read(block.offset, stored);
  ByteReader header(stored);
  const uint64_t sum = header.get_u64();
  if (checksum(std::string_view(stored).substr(sizeof(sum))) != sum) {
    throw Error(ErrorCode::ChecksumDoesntMatch,
                "Checksum doesn't match: a block of the temporary file " + path_ + " at offset " +
                    std::to_string(block.offset) + " has changed on disk");
  }
  const auto method = static_cast<Compression>(header.get_u8());
  const uint64_t raw_bytes = header.get_u64();
  const uint64_t packed_bytes = header.get_u64();
  raw.resize(raw_bytes);
  decompress(method, header.get_bytes(packed_bytes), raw_bytes, raw.data());
}

}  // namespace freshet
