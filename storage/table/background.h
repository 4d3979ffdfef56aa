// Background: the threads that flush memtables, merge segments, and make rows of rollups.
//
// Path:      TableStore owns it; commits wake it -> Flusher, Compactor, RollupWriter
// Threads:   every method from any thread.
// Errors:    failed work is logged, counted and tried again later with growing pauses.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "storage/base/error.h"
#include "storage/base/mutex.h"
#include "storage/table/compaction.h"
#include "storage/table/rollup_writer.h"

namespace freshet {

struct FlushLimits {
  uint64_t rows_max = 0;
  uint64_t bytes_max = 0;
};

// Lets a thread sleep until there is work.
class Wakeup {
 public:
  explicit Wakeup(bool is_rung) : is_rung_(is_rung) {}
  void ring() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    is_rung_ = true;
    rung_.notify_one();
  }
  // Until it rings, or has since the last wait, or the time is up.
  void wait(std::chrono::milliseconds time) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (!is_rung_) rung_.wait_for(mutex_, time);
    is_rung_ = false;
  }
  // What rang before does not count.
  void reset() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    is_rung_ = false;
  }

 private:
  Mutex mutex_;
  CondVar rung_;
  bool is_rung_ GUARDED_BY(mutex_);
};

class Background {
 public:
  Background(FlushLimits limits, LiveTables& live, Flusher& flusher, Compactor& compactor,
             RollupWriter& rollups, WalWriter& wal, const Appender& appender, MemoryBudget& memory,
             StoreMetrics& metrics);
  // Ends work under way at its next block and joins the threads.
  ~Background();

  // Looks now whether flushing is due.
  void wake_flush() EXCLUDES(mutex_);
  // Looks now whether rows of rollups are missing.
  void wake_rollups() EXCLUDES(mutex_);
  // Rows were committed to `tables`; flushing may be due.
  void committed(const std::set<TableId>& tables) EXCLUDES(mutex_);

  // Waits while a table's memtable is so far over its limits that flushing must catch up first;
  // false when it did not within `timeout_ms`. Throws NotEnoughSpace when it cannot because the
  // disk is full.
  bool wait_for_room(const std::set<TableId>& tables, uint64_t timeout_ms) EXCLUDES(mutex_);
  // Waits a moment for a flush to give back memory; false when none did.
  bool wait_for_memory() EXCLUDES(mutex_);

 private:
  void run_flushes() EXCLUDES(mutex_);
  void run_merges();
  void run_rollups();
  // Until the end; with growing pauses while it fails.
  void repeat(const char* name, Wakeup& wakeup, const std::function<void()>& work);
  // Tables to flush now, most urgent first.
  std::vector<TableHandlePtr> due_tables() const;
  bool is_over(const LiveTables::Load& load, uint64_t factor) const;
  bool any_over(const std::set<TableId>& tables, uint64_t factor) const;
  // All tables' newest rows together take more than their part of the memory budget.
  bool memtables_are_large(const std::vector<LiveTables::Load>& loads) const;
  void flush_due() EXCLUDES(mutex_);
  void merge_due();
  void write_rollups();
  void note_failure(const char* work, const std::exception& failure) EXCLUDES(mutex_);

  const FlushLimits limits_;
  LiveTables* const live_;
  Flusher* const flusher_;
  Compactor* const compactor_;
  RollupWriter* const rollups_;
  WalWriter* const wal_;
  const Appender* const appender_;
  MemoryBudget* const memory_;
  StoreMetrics* const metrics_;

  std::atomic<bool> stopping_{false};
  Wakeup flush_wakeup_{false};
  Wakeup merge_wakeup_{true};
  Wakeup rollup_wakeup_{true};
  Mutex mutex_;
  CondVar flush_ended_;
  uint64_t flush_rounds_ GUARDED_BY(mutex_) = 0;
  std::optional<Error> flush_failure_ GUARDED_BY(mutex_);
  // Last: they run from construction on.
  std::thread flush_thread_;
  std::thread merge_thread_;
  std::thread rollup_thread_;
};

}  // namespace freshet
