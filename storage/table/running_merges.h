// RunningMerges: the merges that run now, and how far they are.
//
// Path:      storage/table/compaction adds -> TableStore::running_merges -> system.merges
// Threads:   every method from any thread; an Entry is its merge's.
// Errors:    none.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/table/snapshot.h"

namespace freshet {

struct MergeProgress {
  TableId table;
  std::vector<std::shared_ptr<const Segment>> inputs;
  SegmentId result;
  int result_level = 0;
  std::string partition;
  int64_t started_ns = 0;  // Clock::monotonic_ns
  uint64_t rows_total = 0;
  uint64_t rows_read = 0;
  uint64_t rows_written = 0;
};

class RunningMerges {
 public:
  // Listed while it lives.
  class Entry {
   public:
    Entry(RunningMerges& list, MergeProgress merge) : list_(&list), merge_(std::move(merge)) {
      MutexLock lock(list_->mutex_);
      list_->entries_.push_back(this);
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() {
      MutexLock lock(list_->mutex_);
      list_->entries_.remove(this);
    }
    void set_rows(uint64_t read, uint64_t written) {
      rows_read_.store(read, std::memory_order_relaxed);
      rows_written_.store(written, std::memory_order_relaxed);
    }

   private:
    friend class RunningMerges;
    RunningMerges* list_;
    MergeProgress merge_;
    std::atomic<uint64_t> rows_read_{0};
    std::atomic<uint64_t> rows_written_{0};
  };

  std::vector<MergeProgress> list() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    std::vector<MergeProgress> result;
    for (const Entry* entry : entries_) {
      result.push_back(entry->merge_);
      result.back().rows_read = entry->rows_read_.load(std::memory_order_relaxed);
      result.back().rows_written = entry->rows_written_.load(std::memory_order_relaxed);
    }
    return result;
  }

 private:
  mutable Mutex mutex_;
  std::list<const Entry*> entries_ GUARDED_BY(mutex_);
};

}  // namespace freshet
