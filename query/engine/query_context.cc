#include "query/engine/query_context.h"

#include <utility>

#include "storage/base/error.h"

namespace freshet {

namespace {

// The smaller of two limits of which 0 means none.
uint64_t smaller_limit(uint64_t a, uint64_t b) {
  if (a == 0 || b == 0) return a + b;
  return a < b ? a : b;
}

// Bytes, or a part of `memory_max` when that is not 0; 0: never.
uint64_t spill_threshold(const Settings& settings, SettingName bytes_name, SettingName ratio_name,
                         uint64_t memory_max) {
  const double ratio = settings.real(ratio_name);
  if (!(ratio >= 0 && ratio < 1)) {
    throw Error(ErrorCode::BadArguments, "Setting " + std::string(ratio_name.text()) +
                                             " should be >= 0 and < 1 (" +
                                             std::string(settings.text(ratio_name)) + ")");
  }
  return smaller_limit(settings.number(bytes_name),
                       static_cast<uint64_t>(ratio * static_cast<double>(memory_max)));
}

}  // namespace

QueryContext::QueryContext(QueryRequest query_request, Settings query_settings,
                           MemoryBudget& budget)
    : request(std::move(query_request)),
      settings(std::move(query_settings)),
      query_id(request.query_id),
      database(request.database),
      memory(budget, settings.number("max_memory_usage")),
      started(std::chrono::steady_clock::now()),
      deadline(std::chrono::steady_clock::time_point::max()) {
  const uint64_t memory_max = smaller_limit(memory.bytes_max(), budget.bytes_max());
  spill.aggregation = spill_threshold(settings, "max_bytes_before_external_group_by",
                                      "max_bytes_ratio_before_external_group_by", memory_max);
  spill.sort = spill_threshold(settings, "max_bytes_before_external_sort",
                               "max_bytes_ratio_before_external_sort", memory_max);
  spill.join = smaller_limit(spill_threshold(settings, "max_bytes_before_external_join",
                                             "max_bytes_ratio_before_external_join", memory_max),
                             settings.number("max_bytes_in_join"));
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
