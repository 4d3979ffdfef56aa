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

struct ExecutionContext {
  std::atomic<bool>& cancelled;
  std::chrono::steady_clock::time_point deadline;  // max() when there is none
  MemoryLease& memory;
  QueryProgress& progress;
  size_t worker_count;
  // Runs task(0) .. task(count - 1) on the query's workers, the caller among them, and waits.
  std::function<void(size_t count, const std::function<void(size_t)>& task)> run_parallel;

  // Throws QueryWasCancelled or TimeoutExceeded. Called once per chunk.
  void check_running() const;
};

}  // namespace freshet
