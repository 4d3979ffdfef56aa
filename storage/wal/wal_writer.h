// WalWriter appends records to the log and makes them durable, many with one sync.
//
// Path:    ingest/insert_pipeline -> storage/table/append -> WalWriter -> disk
// Owns:    the open file; `files` must outlive the writer.
// Threads: append, wait_durable and the getters from any thread; remove_before from one at a time.
// Errors:  a full disk refuses the append (NotEnoughSpace) and leaves the log as it was. Any other
//          I/O failure, and every failed sync, is sticky: later appends and waits throw it, and
//          nothing more is acknowledged until the log is opened again.
// Units:   an Lsn is a byte offset in the log.
// Layout:  docs/formats/wal.md
//
// Group commit: the first thread to wait syncs for all that has been appended; who comes meanwhile
// waits, and one of them syncs next for everything that came in between.
//
//   append A  append B            append C append D
//   wait A ── sync(A, B) ───────┐ wait C ── sync(C, D) ──┐
//             wait B ───────────┤           wait D ──────┤
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/error.h"
#include "storage/base/file.h"
#include "storage/base/limits.h"
#include "storage/base/mutex.h"
#include "storage/base/strong_id.h"
#include "storage/wal/wal_format.h"

namespace freshet {

struct WalOptions {
  // A record that would make the file longer starts the next one.
  uint64_t file_bytes_max = kWalFileBytesMax;
};

struct WalStats {
  uint64_t append_count = 0;
  uint64_t appended_bytes = 0;
  uint64_t sync_count = 0;
};

class WalWriter {
 public:
  // Opens the log in `directory`, or starts it. Cuts a torn tail and makes what is left durable.
  // A log that ends before `checkpoint` (every commit up to it is stored elsewhere) starts anew
  // there. Requires: nobody else writes to the directory.
  WalWriter(FileSystem& files, std::string directory, Lsn checkpoint = {}, WalOptions options = {});
  WalWriter(const WalWriter&) = delete;
  WalWriter& operator=(const WalWriter&) = delete;
  // Neither syncs nor writes: what nobody waited for may be lost.
  ~WalWriter() = default;

  // Returns the end of the record. It is in the log, but survives only a crash of this process,
  // not of the machine, until wait_durable.
  Lsn append(std::string_view payload) EXCLUDES(mutex_);

  // Returns once every record up to `lsn` survives a crash of the machine.
  // Requires: append returned `lsn`.
  void wait_durable(Lsn lsn) EXCLUDES(mutex_);

  // Removes the files that hold only records up to `lsn`; the file in use stays.
  void remove_before(Lsn lsn) EXCLUDES(mutex_);

  // End of the last record.
  Lsn end_lsn() const EXCLUDES(mutex_);
  Lsn durable_lsn() const EXCLUDES(mutex_);
  WalStats stats() const EXCLUDES(mutex_);

 private:
  void open(Lsn checkpoint) REQUIRES(mutex_);
  void start_file() REQUIRES(mutex_);
  // True when the next record of this size must go to a new file.
  bool is_full_for(uint64_t record_bytes) const REQUIRES(mutex_);
  void rotate() REQUIRES(mutex_);
  void write_record(WalRecordKind kind, std::string_view payload) REQUIRES(mutex_);
  void write_mark() REQUIRES(mutex_);
  void throw_if_failed() const REQUIRES(mutex_);
  [[noreturn]] void fail(const Error& error) REQUIRES(mutex_);

  FileSystem* const files_;
  const std::string directory_;
  const WalOptions options_;

  mutable Mutex mutex_;
  // A sync ended, or the log failed.
  CondVar progress_;
  // Shared with the thread that syncs it outside the lock.
  std::shared_ptr<AppendFile> file_ GUARDED_BY(mutex_);
  std::deque<uint64_t> file_starts_ GUARDED_BY(mutex_);
  uint64_t end_ GUARDED_BY(mutex_) = 0;
  uint64_t durable_ GUARDED_BY(mutex_) = 0;
  bool syncing_ GUARDED_BY(mutex_) = false;
  // A mark needs no further mark, or the log would grow by every wait.
  bool ends_in_mark_ GUARDED_BY(mutex_) = false;
  // The next file may already exist: the current one must not grow any more.
  bool rotation_pending_ GUARDED_BY(mutex_) = false;
  std::optional<Error> failure_ GUARDED_BY(mutex_);
  std::string record_bytes_ GUARDED_BY(mutex_);
  WalStats stats_ GUARDED_BY(mutex_);
};

}  // namespace freshet
