#include "storage/wal/wal_writer.h"

#include <algorithm>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/log.h"
#include "storage/wal/wal_reader.h"

namespace freshet {

namespace {

// Header and payload go out in one write up to this size; beyond it a second write is cheaper than
// the copy.
constexpr std::size_t kJoinedWriteBytesMax = 64 * kKiB;

}  // namespace

WalWriter::WalWriter(FileSystem& files, std::string directory, Lsn checkpoint, WalOptions options)
    : files_(&files), directory_(std::move(directory)), options_(options) {
  MutexLock lock(mutex_);
  open(checkpoint);
}

void WalWriter::open(Lsn checkpoint) {
  files_->create_directories(directory_);
  const std::vector<uint64_t> starts = list_wal_files(*files_, directory_);
  file_starts_.assign(starts.begin(), starts.end());
  if (!starts.empty()) {
    end_ = WalReader(*files_, directory_)
               .replay(Lsn(starts.back()), [](std::string_view, Lsn) {})
               .value;
  }
  if (starts.empty() || end_ < checkpoint.value) {
    // Oldest first: what a crash leaves still ends before the checkpoint.
    for (const uint64_t start : starts) files_->remove(wal_file_path(directory_, start));
    if (!starts.empty()) {
      log_warning("wal_restarted", {{"end", end_}, {"checkpoint", checkpoint.value}});
      files_->sync_directory(directory_);
    }
    file_starts_.clear();
    end_ = checkpoint.value;
    start_file();
  } else {
    const std::string path = wal_file_path(directory_, starts.back());
    file_ = files_->open_append(path, AppendMode::Continue);
    const uint64_t file_end = end_ - starts.back();
    if (file_->bytes() > file_end) {
      log_warning("wal_torn_tail_cut",
                  {{"file", path}, {"offset", file_end}, {"bytes", file_->bytes() - file_end}});
      file_->truncate(file_end);
    }
    // A process may have ended before it synced the records, or the name of the file.
    file_->sync();
    files_->sync_directory(directory_);
  }
  durable_ = end_;
}

void WalWriter::start_file() {
  std::unique_ptr<AppendFile> file =
      files_->open_append(wal_file_path(directory_, end_), AppendMode::Overwrite);
  files_->sync_directory(directory_);
  file_ = std::move(file);
  file_starts_.push_back(end_);
}

Lsn WalWriter::append(std::string_view payload) {
  if (payload.size() > kWalRecordBytesMax) {
    throw Error(ErrorCode::TooManyRowsOrBytes,
                "A commit of more than " + std::to_string(kWalRecordBytesMax) +
                    " bytes does not fit the log: " + std::to_string(payload.size()));
  }
  MutexLock lock(mutex_);
  throw_if_failed();
  const uint64_t record_bytes = kWalHeaderBytes + payload.size();
  while (is_full_for(record_bytes)) {
    if (syncing_) {
      // A second sync beside one that fails could succeed and hide the loss.
      progress_.wait(mutex_);
      throw_if_failed();
    } else {
      rotate();
    }
  }
  write_record(WalRecordKind::Commit, payload);
  ++stats_.append_count;
  stats_.appended_bytes += record_bytes;
  return Lsn(end_);
}

void WalWriter::wait_durable(Lsn lsn) {
  MutexLock lock(mutex_);
  CHECK(lsn.value <= end_);
  while (durable_ < lsn.value) {
    throw_if_failed();
    if (syncing_) {
      progress_.wait(mutex_);
      continue;
    }
    syncing_ = true;
    const uint64_t target = end_;
    const std::shared_ptr<AppendFile> file = file_;
    std::optional<Error> failure;
    lock.unlock();
    try {
      file->sync();
    } catch (const Error& error) {
      failure = error;
    }
    lock.lock();
    syncing_ = false;
    ++stats_.sync_count;
    progress_.notify_all();
    if (failure) fail(*failure);
    durable_ = target;
    if (end_ == target && !ends_in_mark_) write_mark();
  }
}

void WalWriter::remove_before(Lsn lsn) {
  bool removed = false;
  for (;;) {
    uint64_t start;
    {
      MutexLock lock(mutex_);
      if (file_starts_.size() < 2 || file_starts_[1] > lsn.value) break;
      start = file_starts_.front();
    }
    files_->remove(wal_file_path(directory_, start));
    removed = true;
    MutexLock lock(mutex_);
    file_starts_.pop_front();
  }
  if (removed) files_->sync_directory(directory_);
}

Lsn WalWriter::end_lsn() const {
  MutexLock lock(mutex_);
  return Lsn(end_);
}

Lsn WalWriter::durable_lsn() const {
  MutexLock lock(mutex_);
  return Lsn(durable_);
}

WalStats WalWriter::stats() const {
  MutexLock lock(mutex_);
  return stats_;
}

bool WalWriter::is_full_for(uint64_t record_bytes) const {
  const uint64_t file_bytes = end_ - file_starts_.back();
  return rotation_pending_ ||
         (file_bytes > 0 && file_bytes + record_bytes > options_.file_bytes_max);
}

void WalWriter::rotate() {
  try {
    if (durable_ < end_) {
      try {
        file_->sync();
      } catch (const Error& error) {
        fail(error);
      }
      ++stats_.sync_count;
      durable_ = end_;
      progress_.notify_all();
    }
    rotation_pending_ = true;
    start_file();
    rotation_pending_ = false;
  } catch (const Error& error) {
    if (failure_ || error.code() == ErrorCode::NotEnoughSpace) throw;
    fail(error);
  }
}

void WalWriter::write_record(WalRecordKind kind, std::string_view payload) {
  const WalRecord record{
      .kind = kind, .offset = end_, .durable_offset = durable_, .payload = payload};
  try {
    record_bytes_ = encode_wal_header(record);
    if (payload.size() <= kJoinedWriteBytesMax) {
      record_bytes_ += payload;
      file_->append(record_bytes_);
    } else {
      file_->append(record_bytes_);
      file_->append(payload);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::NotEnoughSpace) fail(error);
    try {
      file_->truncate(end_ - file_starts_.back());
    } catch (const Error& truncate_error) {
      fail(truncate_error);
    }
    throw;
  }
  end_ = record.end();
  ends_in_mark_ = kind == WalRecordKind::Mark;
}

void WalWriter::write_mark() {
  if (rotation_pending_) return;
  try {
    write_record(WalRecordKind::Mark, {});
  } catch (const Error& error) {
    // The mark is evidence for a later reader only, and what it marks is durable. If the log failed
    // over it, the next append says so.
    log_warning("wal_mark_not_written", {{"error", error.message()}});
  }
}

void WalWriter::throw_if_failed() const {
  if (failure_) throw *failure_;
}

void WalWriter::fail(const Error& error) {
  if (!failure_) {
    failure_ = error;
    log_error("wal_failed", {{"directory", directory_}, {"error", error.message()}});
  }
  progress_.notify_all();
  throw *failure_;
}

}  // namespace freshet
