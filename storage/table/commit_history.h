// CommitHistory: the newest commits, for people and tools that ask what came in.
//
// Path:      storage/table/append and recovery add -> TableStore::recent_commits -> system.commits
// Threads:   every method from any thread.
// Errors:    none.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/limits.h"
#include "storage/base/mutex.h"
#include "storage/base/strong_id.h"

namespace freshet {

struct CommitEntry {
  Lsn lsn;               // of a duplicate: that of the commit which it repeats
  uint64_t time_us = 0;  // since 1970; 0: written before times were
  std::vector<std::pair<TableId, uint64_t>> rows_of_table;
  uint64_t bytes = 0;  // in the log, and in staged segments
  std::string key;     // empty: none
  bool duplicate = false;
};

class CommitHistory {
 public:
  void add(CommitEntry entry) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    entries_.push_back(std::move(entry));
    if (entries_.size() > kCommitHistoryMax) entries_.pop_front();
  }

  // Oldest first; the last kCommitHistoryMax.
  std::vector<CommitEntry> entries() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return {entries_.begin(), entries_.end()};
  }

 private:
  mutable Mutex mutex_;
  std::deque<CommitEntry> entries_ GUARDED_BY(mutex_);
};

}  // namespace freshet
