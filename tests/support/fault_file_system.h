// FaultFileSystem keeps files in memory and treats them as badly as a disk may: it stops, fails or
// runs full at a chosen operation, and a crash loses or tears what was not synced.
//
//   FaultFileSystem files(seed);
//   files.fail_at(7, Fault::Stop);        // the 7th write-side operation and all later ones throw
//   EXPECT_THROW(run(files), Error);
//   files.crash();                        // what a machine would find after the power came back
//   EXPECT_TRUE(reopen(files).has_all_acknowledged());
//
// Every call that changes something counts as one operation: opening for append, append, sync,
// truncate, remove, rename, create_directories, sync_directory. Reads never fail.
//
// What survives a crash, chosen by the seed within what POSIX allows:
//   bytes  the state at the file's last sync, or the newest, or the newest with its unsynced part
//          cut anywhere or with a piece of it zeroed;
//   names  those of the last sync_directory, plus any prefix of the later changes.
// Bytes that were unsynced when a sync failed are lost for good, even if a later sync succeeds.
//
// Threads: any.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/mutex.h"
#include "storage/base/random.h"

namespace freshet {

enum class Fault {
  Stop,     // an append writes some prefix, then this and every later operation throws
  IoError,  // only this operation fails, as on EIO; an append may have written a prefix
  NoSpace,  // only this operation fails, as on ENOSPC; an append may have written a prefix
};

class FaultFileSystem : public FileSystem {
 public:
  explicit FaultFileSystem(uint64_t seed = 1) : random_(seed) {}

  std::unique_ptr<AppendFile> open_append(const std::string& path, AppendMode mode) override;
  std::unique_ptr<ReadFile> open_read(const std::string& path) override;
  std::vector<DirectoryEntry> list(const std::string& directory) override;
  void remove(const std::string& path) override;
  void rename(const std::string& from, const std::string& to) override;
  void create_directories(const std::string& path) override;
  void sync_directory(const std::string& path) override;

  // Operations count from 1, since construction or the last crash.
  uint64_t operation_count() const;
  void fail_at(uint64_t operation, Fault fault);
  // Bytes that all files together may have; appends beyond write what fits, then fail.
  void set_capacity(uint64_t bytes);
  // AppendFile::sync() calls that succeeded, since construction.
  uint64_t sync_count() const;
  // Called at the start of every AppendFile::sync(), outside any lock: a slow disk.
  void set_sync_hook(std::function<void()> hook);

  // Forgets what was not durable, all faults and the operation count. Files opened before throw
  // from now on.
  void crash();

  // For damage by hand; both look at and change durable bytes as well.
  std::string contents(const std::string& path) const;
  void set_contents(const std::string& path, std::string bytes);

 private:
  struct File {
    std::string bytes;
    std::string durable;
    // The first bytes, which are the same in both.
    uint64_t shared_prefix = 0;
    // Unsynced bytes at a failed sync: [lost_begin, lost_end).
    uint64_t lost_begin = 0;
    uint64_t lost_end = 0;
    bool locked = false;
  };
  // Nothing in a name's place means a directory.
  using Names = std::map<std::string, std::shared_ptr<File>>;
  // A change of names that no sync_directory has covered yet.
  struct NameChange {
    std::string from;  // empty: create
    std::string to;    // empty: remove
    std::shared_ptr<File> file;
  };
  class Append;
  class Read;

  // Counts an operation and throws if it is one that fails.
  void begin_operation(const std::string& path) REQUIRES(mutex_);
  // The fault of this operation, if any; the caller acts on it.
  std::optional<Fault> next_fault() REQUIRES(mutex_);
  void require_directory(const std::string& path) const REQUIRES(mutex_);
  void change_names(NameChange change) REQUIRES(mutex_);
  static void apply(const NameChange& change, Names& names);
  std::string surviving_bytes(const File& file) REQUIRES(mutex_);
  uint64_t total_bytes() const REQUIRES(mutex_);

  mutable Mutex mutex_;
  Random random_ GUARDED_BY(mutex_);
  Names names_ GUARDED_BY(mutex_);
  Names durable_names_ GUARDED_BY(mutex_);
  std::vector<NameChange> unsynced_changes_ GUARDED_BY(mutex_);
  std::map<uint64_t, Fault> faults_ GUARDED_BY(mutex_);
  std::function<void()> sync_hook_ GUARDED_BY(mutex_);
  uint64_t operation_count_ GUARDED_BY(mutex_) = 0;
  uint64_t sync_count_ GUARDED_BY(mutex_) = 0;
  uint64_t capacity_ GUARDED_BY(mutex_) = ~uint64_t{0};
  // Which life of the machine; handles of earlier ones are dead.
  uint64_t crash_count_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace freshet
