#include "query/operator/execution_context.h"

#include "storage/base/error.h"

namespace freshet {

void ExecutionContext::check_running() const {
  if (cancelled.load(std::memory_order_relaxed)) {
    throw Error(ErrorCode::QueryWasCancelled, "Query was cancelled");
  }
  if (deadline != std::chrono::steady_clock::time_point::max() &&
      std::chrono::steady_clock::now() > deadline) {
    throw Error(ErrorCode::TimeoutExceeded,
                "Timeout exceeded: the query ran longer than max_execution_time allows");
  }
}

bool ExecutionContext::hold_or_spill(MemoryReservation& reservation, uint64_t bytes,
                                     uint64_t threshold) const {
  if (!can_spill(threshold)) {
    reservation.resize(bytes);
    return true;
  }
  if (!reservation.try_resize(bytes)) return false;
  if (memory.bytes() <= threshold) return true;
  // A fourth of this worker's fair share: less gains little, and makes many small blocks.
  constexpr uint64_t kShareMin = 4;
  return bytes < threshold / (kShareMin * worker_count);
}

}  // namespace freshet
