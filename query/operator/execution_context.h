// ExecutionContext: what running operators share with the query that they belong to.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

#include "storage/base/memory_budget.h"

namespace freshet {

struct QueryProgress {
  std::atomic<uint64_t> rows_read{0};
  std::atomic<uint64_t> bytes_read{0};
  std::atomic<uint64_t> rows_to_read{0};
};

class TemporaryData;

// Bytes of the query's memory past which an operator puts its rows on disk; 0: never.
struct SpillThresholds {
  uint64_t aggregation = 0;
  uint64_t sort = 0;
  uint64_t join = 0;
};

struct ExecutionContext {
  std::atomic<bool>& cancelled;
  std::chrono::steady_clock::time_point deadline;  // max() when there is none
  MemoryLease& memory;
  QueryProgress& progress;
  size_t worker_count;
  // Runs task(0) .. task(count - 1) on the query's workers, the caller among them, and waits.
  std::function<void(size_t count, const std::function<void(size_t)>& task)> run_parallel;
  // Null: nothing goes to disk.
  TemporaryData* temporary = nullptr;
  SpillThresholds spill = {};

  // Throws QueryWasCancelled or TimeoutExceeded. Called once per chunk.
  void check_running() const;
  // Whether an operator may go to disk at `threshold`, one of `spill`.
  bool can_spill(uint64_t threshold) const { return temporary != nullptr && threshold != 0; }
  // Makes `reservation` hold `bytes`, its operator's. False: the query's memory is past `threshold`
  // and this operator has a share of it that is worth writing, or there is no memory at all: the
  // operator goes to disk. Throws MemoryLimitExceeded when it may not.
  bool hold_or_spill(MemoryReservation& reservation, uint64_t bytes, uint64_t threshold) const;
};

}  // namespace freshet
