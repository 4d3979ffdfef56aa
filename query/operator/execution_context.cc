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

}  // namespace freshet
