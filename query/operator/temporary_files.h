// Temporary files: where a query puts what its memory has no room for.
//
//   TemporaryFolder   one per server: `tmp/` of the data directory, all bytes in it
//   TemporaryData     one per query: its limits, what it has written
//   TemporaryFile     blocks appended by one operator, read back in any order
//
// A file is removed when its object dies, so at the end of the query however it ends; what a crash
// leaves is removed by clear() at the next start. Nothing is synced: these bytes need not outlive
// the process.
//
// Path:      query/operator/{spilled_groups, sorted_runs, spilled_join} -> TemporaryFile
// Owns:      a file its bytes on disk. A folder outlives its data, these their files.
// Threads:   folder and data from any; append() to one file from one thread at a time, read() from
//            any once nothing is appended any more.
// Errors:    TooManyRowsOrBytes past a limit, NotEnoughSpace on a full disk,
//            CannotWriteToFileDescriptor; ChecksumDoesntMatch for bytes that have changed.
// Layout:    docs/formats/temporary_file.md
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "storage/base/file.h"
#include "storage/base/metrics.h"
#include "storage/base/mutex.h"

namespace freshet {

class TemporaryFile;

// Who writes: each has counters of its own.
enum class SpillPurpose : uint8_t { Aggregation, Sort, Join };

class TemporaryFolder {
 public:
  // `bytes_max` of all queries together, 0: any amount. Makes nothing until the first file.
  TemporaryFolder(FileSystem& files, std::string directory, MetricsRegistry& metrics,
                  uint64_t bytes_max = 0);
  // Removes the folder and what is in it. Requires: no file is open.
  void clear();
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  uint64_t file_count() const { return file_count_.load(std::memory_order_relaxed); }

 private:
  friend class TemporaryData;
  friend class TemporaryFile;
  struct Counters {
    Counter* parts;
    Counter* compressed_bytes;
    Counter* uncompressed_bytes;
    Counter* merges;
    Gauge* files;
  };
  // The name of a new file in the folder, which exists then.
  std::string new_path();

  FileSystem& files_;
  const std::string directory_;
  const uint64_t bytes_max_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> file_count_{0};
  std::atomic<uint64_t> next_name_{1};
  Counter& files_total_;
  Counter& compressed_bytes_total_;
  Counter& uncompressed_bytes_total_;
  Counters counters_[3];
  Mutex mutex_;
  bool exists_ GUARDED_BY(mutex_) = false;
  std::map<std::string, uint64_t> user_bytes_ GUARDED_BY(mutex_);
};

// Bytes on disk that files may have together; 0: any amount.
struct TemporaryLimits {
  uint64_t query_bytes_max = 0;
  uint64_t user_bytes_max = 0;
};

class TemporaryData {
 public:
  TemporaryData(TemporaryFolder& folder, std::string user, TemporaryLimits limits)
      : folder_(folder), user_(std::move(user)), limits_(limits) {}
  // A part of what `whole` writes, counted by itself; `whole` has the limits and outlives it.
  explicit TemporaryData(TemporaryData* whole)
      : folder_(whole->folder_), user_(whole->user_), limits_(), whole_(whole) {}
  TemporaryData(const TemporaryData&) = delete;
  TemporaryData& operator=(const TemporaryData&) = delete;

  std::unique_ptr<TemporaryFile> create(SpillPurpose purpose);
  // A run, or the groups of a table, went to disk / what was spilled is read back.
  void count_part(SpillPurpose purpose) const;
  void count_merge(SpillPurpose purpose) const;

  // Bytes written to disk by this query so far, files that are gone among them.
  uint64_t written_bytes() const { return written_bytes_.load(std::memory_order_relaxed); }

 private:
  friend class TemporaryFile;
  // Throws TooManyRowsOrBytes and changes nothing.
  void take(uint64_t bytes);
  void give_back(uint64_t bytes);

  TemporaryFolder& folder_;
  const std::string user_;
  const TemporaryLimits limits_;
  TemporaryData* const whole_ = nullptr;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> written_bytes_{0};
};

// Where a block of a file is.
struct TemporaryBlock {
  uint64_t offset = 0;
  uint64_t stored_bytes = 0;
};

class TemporaryFile {
 public:
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  // Compresses `raw` and writes it.
  TemporaryBlock append(std::string_view raw);
  // Puts the bytes of a block in the place of `raw`.
  void read(const TemporaryBlock& block, std::string& raw) const;
  uint64_t bytes() const { return bytes_; }

 private:
  friend class TemporaryData;
  TemporaryFile(TemporaryData& data, SpillPurpose purpose);

  TemporaryData& data_;
  const SpillPurpose purpose_;
  const std::string path_;
  std::unique_ptr<AppendFile> writer_;
  uint64_t bytes_ = 0;  // taken from the limits
  std::string packed_;
  mutable Mutex mutex_;
  mutable std::unique_ptr<ReadFile> reader_ GUARDED_BY(mutex_);
};

}  // namespace freshet
