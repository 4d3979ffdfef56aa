#include "query/engine/query_context.h"

#include <utility>

namespace freshet {

QueryContext::QueryContext(QueryRequest query_request, Settings query_settings,
                           MemoryBudget& budget)
    : request(std::move(query_request)),
      settings(std::move(query_settings)),
      query_id(request.query_id),
      database(request.database),
      memory(budget, settings.number("max_memory_usage")),
      started(std::chrono::steady_clock::now()),
      deadline(std::chrono::steady_clock::time_point::max()) {
  const double seconds = settings.real("max_execution_time");
  if (seconds > 0) {
    deadline = started + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                             std::chrono::duration<double>(seconds));
  }
}

ExecutionContext QueryContext::execution(Executor& executor) {
  return ExecutionContext{.cancelled = cancelled,
                          .deadline = deadline,
                          .memory = memory,
                          .progress = progress,
                          .worker_count = worker_count,
                          .run_parallel =
                              [&executor](size_t count, const std::function<void(size_t)>& task) {
                                executor.run_parallel(count, task);
                              },
                          .temporary = temporary ? &*temporary : nullptr,
                          .spill = spill};
}

}  // namespace freshet
