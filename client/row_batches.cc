#include "client/row_batches.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/hash.h"
#include "storage/base/limits.h"

namespace freshet {

namespace {

// First bytes that recognise a file.
constexpr size_t kHeadBytes = 256;

// Hash of the file's first bytes, at most up to `end`.
std::string head_of(int descriptor, uint64_t end) {
  std::array<char, kHeadBytes> bytes{};
  const ssize_t count = pread(descriptor, bytes.data(), std::min<uint64_t>(kHeadBytes, end), 0);
  if (count <= 0) return "0";
  std::array<char, 24> text{};
  const uint64_t hash = hash_bytes({bytes.data(), static_cast<size_t>(count)});
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

}  // namespace

std::string FilePosition::text() const { return std::to_string(offset) + ' ' + head; }

FilePosition FilePosition::parse(const std::string& text) {
  FilePosition position;
  position.offset = std::strtoull(text.c_str(), nullptr, 10);
  const size_t blank = text.find(' ');
  if (blank != std::string::npos) position.head = text.substr(blank + 1);
  return position;
}

RowBatches::RowBatches(std::string path, RowReader& rows, size_t batch_bytes)
    : path_(std::move(path)),
      rows_(rows),
      batch_bytes_(batch_bytes),
      descriptor_(open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) {
    throw Error(ErrorCode::CannotOpenFile, "Cannot open " + path_ + ": " + std::strerror(errno));
  }
}

RowBatches::~RowBatches() { close(descriptor_); }

bool RowBatches::resume(const FilePosition& position) {
  if (position.offset > file_bytes() || position.head != head_of(descriptor_, position.offset)) {
    return position.offset == 0;
  }
  read_header(true);
  if (position.offset > buffer_offset_) {
    buffer_.clear();
    buffer_offset_ = position.offset;
  }
  return true;
}

// Reads more of the file; false at its present end.
bool RowBatches::fill() {
  const size_t old_size = buffer_.size();
  const size_t wanted = std::max<size_t>(batch_bytes_, 64 * kKiB);
  buffer_.resize(old_size + wanted);
  const ssize_t bytes = pread(descriptor_, buffer_.data() + old_size, wanted,
                              static_cast<off_t>(buffer_offset_ + old_size));
  if (bytes < 0) {
    buffer_.resize(old_size);
    throw Error(ErrorCode::CannotReadFromFileDescriptor,
                "Cannot read " + path_ + ": " + std::strerror(errno));
  }
  buffer_.resize(old_size + static_cast<size_t>(bytes));
  return bytes > 0;
}

void RowBatches::read_header(bool last) {
  while (!header_done_) {
    const bool more = fill();
    const std::optional<size_t> bytes = rows_.read_header(buffer_, last && !more);
    if (bytes) {
      header_ = buffer_.substr(0, *bytes);
      buffer_.erase(0, *bytes);
      buffer_offset_ += *bytes;
      header_done_ = true;
    } else if (!more) {
      return;
    }
  }
}

std::string RowBatches::next(bool last) {
  read_header(last);
  if (!header_done_) return {};
  bool more = true;
  while (more && buffer_.size() < batch_bytes_) more = fill();
  while (true) {
    const size_t bytes = rows_.complete_rows(buffer_, last && !more);
    if (bytes != 0) {
      std::string batch = header_ + buffer_.substr(0, bytes);
      buffer_.erase(0, bytes);
      buffer_offset_ += bytes;
      return batch;
    }
    if (!more) return {};
    if (buffer_.size() > kInputRowBytesMax) {
      throw Error(ErrorCode::TooLargeStringSize, "A row of " + path_ + " is longer than " +
                                                     std::to_string(kInputRowBytesMax) + " bytes");
    }
    more = fill();
  }
}

FilePosition RowBatches::position() const {
  return {buffer_offset_, head_of(descriptor_, buffer_offset_)};
}

uint64_t RowBatches::file_bytes() const {
  struct stat about {};
  if (fstat(descriptor_, &about) != 0) return 0;
  return static_cast<uint64_t>(about.st_size);
}

bool RowBatches::was_replaced() const {
  struct stat opened {};
  struct stat named {};
  if (fstat(descriptor_, &opened) != 0 || stat(path_.c_str(), &named) != 0) return false;
  return opened.st_ino != named.st_ino || opened.st_dev != named.st_dev ||
         static_cast<uint64_t>(opened.st_size) < buffer_offset_;
}

}  // namespace freshet
