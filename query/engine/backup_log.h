// BackupLog: what BACKUP and RESTORE did since the start, for system.backups.
//
// Threads:   every method from any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "storage/base/mutex.h"

namespace freshet {

struct BackupEntry {
  std::string id;
  std::string name;  // Disk('backups', 'x')
  std::string base_name;
  std::string query_id;
  std::string
      status;  // ClickHouse's: CREATING_BACKUP, BACKUP_CREATED, BACKUP_FAILED, RESTORING, ..
  std::string error;
  uint64_t start_us = 0;
  uint64_t end_us = 0;
  uint64_t file_count = 0;
  uint64_t total_bytes = 0;
  uint64_t copied_bytes = 0;
};

class BackupLog {
 public:
  // Its place, for update().
  uint64_t add(BackupEntry entry) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    entries_.push_back(std::move(entry));
    if (entries_.size() > kEntriesMax) {
      entries_.pop_front();
      ++dropped_;
    }
    return dropped_ + entries_.size() - 1;
  }
  void update(uint64_t place, BackupEntry entry) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (place >= dropped_) entries_[place - dropped_] = std::move(entry);
  }
  std::vector<BackupEntry> entries() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return {entries_.begin(), entries_.end()};
  }

 private:
  static constexpr size_t kEntriesMax = 1000;

  mutable Mutex mutex_;
  std::deque<BackupEntry> entries_ GUARDED_BY(mutex_);
  uint64_t dropped_ GUARDED_BY(mutex_) = 0;
};

}  // namespace freshet
