#include "storage/table/background.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <set>
#include <utility>

#include "storage/base/limits.h"
#include "storage/base/log.h"
#include "storage/base/thread_pool.h"
#include "storage/table/admission.h"

namespace freshet {

namespace {

constexpr uint64_t kIdlePauseMs = 1000;
constexpr uint64_t kFailurePauseMsMax = 30'000;
// The newest rows of all tables may take this part of the memory budget before the largest memtable
// is flushed.
constexpr uint64_t kMemtableBudgetShare = 4;
constexpr int kMemoryWaitMsMax = 2'000;
constexpr int kWaitStepMs = 50;

}  // namespace

Background::Background(FlushLimits limits, LiveTables& live, Flusher& flusher, Compactor& compactor,
                       RollupWriter& rollups, WalWriter& wal, const Appender& appender,
                       MemoryBudget& memory, StoreMetrics& metrics)
    : limits_(limits),
      live_(&live),
      flusher_(&flusher),
      compactor_(&compactor),
      rollups_(&rollups),
      wal_(&wal),
      appender_(&appender),
      memory_(&memory),
      metrics_(&metrics),
      flush_thread_([this] { run_flushes(); }),
      merge_thread_([this] { run_merges(); }),
      rollup_thread_([this] { run_rollups(); }) {}

Background::~Background() {
  stopping_ = true;
  {
    MutexLock lock(mutex_);
    flush_ended_.notify_all();
  }
  for (Wakeup* wakeup : {&flush_wakeup_, &merge_wakeup_, &rollup_wakeup_}) wakeup->ring();
  flush_thread_.join();
  merge_thread_.join();
  rollup_thread_.join();
}

void Background::committed(const std::set<TableId>& tables) {
  const bool memory_fills =
      memory_->bytes_max() > 0 && memory_->bytes() > memory_->bytes_max() / kMemtableBudgetShare;
  if (any_over(tables, 1) || (memory_fills && memtables_are_large(live_->loads()))) wake_flush();
}

void Background::wake_flush() { flush_wakeup_.ring(); }

void Background::wake_rollups() { rollup_wakeup_.ring(); }

bool Background::memtables_are_large(const std::vector<LiveTables::Load>& loads) const {
  if (memory_->bytes_max() == 0) return false;
  uint64_t bytes = 0;
  for (const LiveTables::Load& load : loads) bytes += load.memtable_bytes;
  return bytes > memory_->bytes_max() / kMemtableBudgetShare;
}

bool Background::any_over(const std::set<TableId>& tables, uint64_t factor) const {
  return std::any_of(tables.begin(), tables.end(), [&](TableId table) {
    const auto load = live_->load(table);
    return load && is_over(*load, factor);
  });
}

bool Background::wait_for_room(const std::set<TableId>& tables, uint64_t timeout_ms) {
  if (!any_over(tables, kWaitFactor)) return true;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  metrics_->commit_waits.add();
  while (any_over(tables, kWaitFactor) && !stopping_) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    wake_flush();
    MutexLock lock(mutex_);
    if (flush_failure_ && flush_failure_->code() == ErrorCode::NotEnoughSpace) {
      throw *flush_failure_;
    }
    flush_ended_.wait_for(mutex_, std::chrono::milliseconds(kWaitStepMs));
  }
  return true;
}

bool Background::wait_for_memory() {
  MutexLock lock(mutex_);
  const uint64_t rounds = flush_rounds_;
  flush_wakeup_.ring();
  for (int waited_ms = 0; waited_ms < kMemoryWaitMsMax && !stopping_; waited_ms += kWaitStepMs) {
    flush_ended_.wait_for(mutex_, std::chrono::milliseconds(kWaitStepMs));
    if (flush_rounds_ > rounds) return true;
  }
  return false;
}

bool Background::is_over(const LiveTables::Load& load, uint64_t factor) const {
  return load.memtable_rows > factor * limits_.rows_max ||
         load.memtable_bytes > factor * limits_.bytes_max;
}

std::vector<TableHandlePtr> Background::due_tables() const {
  std::vector<LiveTables::Load> loads = live_->loads();
  std::sort(loads.begin(), loads.end(),
            [](const auto& a, const auto& b) { return a.memtable_bytes > b.memtable_bytes; });
  const bool memory_is_short =
      memory_->bytes_max() > 0 && memory_->bytes() > memory_->bytes_max() / 4 * 3;
  const bool memtables_large = memtables_are_large(loads);
  const uint64_t log_end = wal_->end_lsn().value;
  std::vector<TableHandlePtr> due;
  for (const LiveTables::Load& load : loads) {
    if (load.table->flush_mutex.is_held()) continue;  // by a flush, or by a mutation
    const bool holds_log = log_end - load.flushed_through.value > kLogBytesMax;
    // When memory is short, the largest memtable goes, unless that would free next to nothing.
    const bool frees_memory =
        due.empty() &&
        (memtables_large || (memory_is_short && load.memtable_bytes > limits_.bytes_max / 16));
    if (is_over(load, 1) || holds_log || frees_memory) due.push_back(load.table);
  }
  return due;
}

void Background::flush_due() {
  const auto stop = [this] { return stopping_.load(); };
  const std::vector<TableHandlePtr> due = due_tables();
  // A table that cannot be flushed does not keep the others from it.
  std::exception_ptr failure;
  for (const TableHandlePtr& table : due) {
    try {
      flusher_->flush(*table, stop, Turn::IfFree);
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
  }
  if (!due.empty() && !stopping_) flusher_->trim_log(*wal_, *appender_);
  if (failure) std::rethrow_exception(failure);
  MutexLock lock(mutex_);
  ++flush_rounds_;
  flush_failure_.reset();
  flush_ended_.notify_all();
  if (!due.empty()) {
    merge_wakeup_.ring();
  }
}

void Background::merge_due() {
  const auto leaves = [this](const TableHandle& table) {
    return stopping_.load() || table.statements_merging > 0;
  };
  std::exception_ptr failure;
  std::set<TableId> failed;
  const auto attempt = [&](const TableHandle& table, const auto& work) {
    if (leaves(table) || failed.contains(table.id)) return false;
    try {
      return work();
    } catch (const std::exception&) {
      failed.insert(table.id);
      failure = std::current_exception();
      return false;
    }
  };
  for (const TableHandlePtr& table : live_->all()) {
    attempt(*table, [&] {
      compactor_->purge_expired(*table, /*now=*/false, [&] { return leaves(*table); });
      return true;
    });
  }
  failed.clear();
  for (bool merged = true; merged && !stopping_;) {
    merged = false;
    for (const TableHandlePtr& table : live_->all()) {
      merged |= attempt(*table, [&] {
        return compactor_->merge_once(
            *table, pick_merge, [&] { return leaves(*table); }, Turn::IfFree);
      });
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void Background::repeat(const char* name, Wakeup& wakeup, const std::function<void()>& work) {
  uint64_t pause_ms = kIdlePauseMs;
  while (!stopping_) {
    try {
      work();
      pause_ms = kIdlePauseMs;
    } catch (const std::exception& failure) {
      note_failure(name, failure);
      pause_ms = std::min(2 * pause_ms, kFailurePauseMsMax);
      wakeup.reset();
      if (stopping_) return;
    }
    wakeup.wait(std::chrono::milliseconds(pause_ms));
  }
}

void Background::run_flushes() {
  name_this_thread("flush");
  repeat("flush", flush_wakeup_, [this] {
    try {
      flush_due();
    } catch (const std::exception& failure) {
      MutexLock lock(mutex_);
      const auto* error = dynamic_cast<const Error*>(&failure);
      flush_failure_ = error != nullptr ? *error : Error(ErrorCode::LogicalError, failure.what());
      flush_ended_.notify_all();
      throw;
    }
  });
}

void Background::run_merges() {
  name_this_thread("merge");
  lower_priority_of_this_thread();
  repeat("merge", merge_wakeup_, [this] { merge_due(); });
}

void Background::write_rollups() {
  const auto stop = [this] { return stopping_.load(); };
  // A table whose rollups cannot be made does not keep the others from it.
  std::exception_ptr failure;
  for (const TableHandlePtr& table : live_->all()) {
    try {
      while (!stopping_ && rollups_->write_missing(*table, stop, Turn::IfFree)) {
      }
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void Background::run_rollups() {
  name_this_thread("rollup");
  lower_priority_of_this_thread();
  repeat("rollup", rollup_wakeup_, [this] { write_rollups(); });
}

void Background::note_failure(const char* work, const std::exception& failure) {
  metrics_->background_failures.add();
  log_error("background_work_failed", {{"work", work}, {"error", failure.what()}});
}

}  // namespace freshet
