// MutationLog: the DELETEs and UPDATEs that ran since the server started, and those that run: what
// system.mutations shows.
//
// Path:      mutate.cc notes them -> system_catalog.cc lists them
// Threads:   every method from any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "storage/base/mutex.h"

namespace freshet {

class MutationLog {
 public:
  struct Entry {
    uint64_t id = 0;  // counts from 1
    std::string database;
    std::string table;
    std::string command;
    uint64_t create_time_s = 0;
    uint64_t rows = 0;  // deleted or updated; known when done
    bool is_done = false;
    // Why it failed, and when; empty: it did not.
    std::string failure;
    uint64_t fail_time_s = 0;
  };

  // Gives the entry its id.
  uint64_t begin(Entry entry) EXCLUDES(mutex_);
  void finish(uint64_t id, uint64_t rows) EXCLUDES(mutex_);
  void fail(uint64_t id, std::string reason, uint64_t time_s) EXCLUDES(mutex_);
  // Oldest first; the newest kMutationsMax are kept.
  std::vector<Entry> entries() const EXCLUDES(mutex_);

 private:
  Entry* find(uint64_t id) REQUIRES(mutex_);

  mutable Mutex mutex_;
  uint64_t last_id_ GUARDED_BY(mutex_) = 0;
  std::deque<Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace freshet
