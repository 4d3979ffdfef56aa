#include "query/engine/select_runner.h"

#include <utility>
#include <vector>

#include "query/engine/fresh_groups.h"
#include "query/engine/result_queue.h"
#include "query/operator/gathered_rows.h"
#include "storage/base/error.h"
#include "storage/column/time_zone.h"

namespace freshet {

BindContext SelectRunner::bind_context() {
  BindContext bind;
  bind.snapshot = context_.snapshot;
  bind.database = context_.database;
  bind.functions = &context_.functions;
  bind.system_tables = system_tables_;
  bind.parameters = context_.request.parameters;
  bind.join_use_nulls = context_.settings.flag("join_use_nulls");
  bind.prefer_column_name_to_alias = context_.settings.flag("prefer_column_name_to_alias");
  bind.aggregate_functions_null_for_empty =
      context_.settings.flag("aggregate_functions_null_for_empty");
  bind.cast_keep_nullable = context_.settings.flag("cast_keep_nullable");
  bind.final = context_.settings.flag("final");
  bind.do_not_merge_across_partitions_select_final =
      context_.settings.flag("do_not_merge_across_partitions_select_final");
  bind.union_default_mode = context_.settings.text("union_default_mode");
  bind.run_subquery = [this](LogicalPlan subquery, std::optional<uint64_t> row_limit) {
    optimize(subquery, context_.functions, optimizer_options());
    return collect(std::move(subquery), row_limit);
  };
  return bind;
}

OptimizerOptions SelectRunner::optimizer_options() const {
  const Settings& settings = context_.settings;
  OptimizerOptions options;
  options.enabled = settings.flag("query_plan_enable_optimizations");
  options.skip_indexes = settings.flag("use_skip_indexes");
  options.prune_blocks = settings.flag("use_primary_key");
  options.ordered_relations_max = settings.number("query_plan_optimize_join_order_limit");
  options.use_rollups = settings.flag("use_rollups") && settings.flag("optimize_use_projections");
  options.force_rollups =
      settings.flag("force_rollups") || settings.flag("force_optimize_projection");
  options.preferred_rollup = settings.text("preferred_optimize_projection_name");
  options.rollup_shapes = context_.rollup_shapes;
  if (FreshGroups* groups = context_.fresh_groups) {
    options.fresh_groups = [groups](const TableVersion& table, size_t chunk,
                                    const RollupDefinition& rollup) {
      return groups->groups(table, chunk, rollup);
    };
  }
  return options;
}

LogicalPlan SelectRunner::plan(const Query& query, std::vector<RollupDecision>* decisions) {
  LogicalPlan plan = bind_select(query, bind_context());
  OptimizerOptions options = optimizer_options();
  options.rollup_decisions = decisions;
  optimize(plan, context_.functions, options);
  return plan;
}

PhysicalPlanOptions SelectRunner::physical_options() const {
  return {.join_filters = context_.settings.flag("enable_join_runtime_filters"),
          .condition_cache = context_.condition_cache,
          .time_zone = context_.functions.time_zone->name()};
}

uint64_t SelectRunner::run(const LogicalPlan& plan, const std::function<void(Chunk)>& put,
                           const std::function<bool()>& wanted) {
  ResultQueue results;
  const PhysicalPlan physical =
      make_physical_plan(*plan.root, results, context_.store, physical_options());
  ExecutionContext execution = context_.execution(executor_);
  uint64_t rows = 0;
  const uint64_t rows_max = context_.settings.number("max_result_rows");
  const bool break_at_max = context_.settings.text("result_overflow_mode") == "break";
  uint64_t asked = 0;
  executor_.run(physical, execution, results, [&] {
    // A client that has gone away is noticed within some chunks, without a system call for each.
    constexpr uint64_t kAskEvery = 32;
    if (asked++ % kAskEvery == kAskEvery - 1 && !wanted()) {
      context_.cancelled.store(true, std::memory_order_relaxed);
      throw Error(ErrorCode::QueryWasCancelled, "Query was cancelled: the client is gone");
    }
    while (std::optional<Chunk> chunk = results.take()) {
      rows += chunk->row_count;
      if (rows_max != 0 && rows > rows_max && !break_at_max) {
        throw Error(ErrorCode::TooManyRowsOrBytes,
                    "Limit for result exceeded, max rows: " + std::to_string(rows_max) +
                        ", current rows: " + std::to_string(rows));
      }
      put(std::move(*chunk));
    }
  });
  return rows;
}

void SelectRunner::run_traced(const PlanNode& root, PlanTrace& trace, bool execute,
                              const std::function<void(const PhysicalPlan&)>& look) {
  ResultQueue results;
  PhysicalPlanOptions options = physical_options();
  options.trace = &trace;
  const PhysicalPlan physical = make_physical_plan(root, results, context_.store, options);
  if (execute) {
    ExecutionContext execution = context_.execution(executor_);
    executor_.run(physical, execution, results, [&] {
      while (results.take()) {
      }
    });
  }
  look(physical);
}

Chunk SelectRunner::collect(LogicalPlan plan, std::optional<uint64_t> row_limit) {
  std::vector<Chunk> chunks;
  uint64_t rows = 0;
  ResultQueue results;
  const PhysicalPlan physical =
      make_physical_plan(*plan.root, results, context_.store, physical_options());
  ExecutionContext execution = context_.execution(executor_);
  MemoryReservation memory(context_.memory);
  executor_.run(physical, execution, results, [&] {
    while (std::optional<Chunk> chunk = results.take()) {
      if (row_limit && rows >= *row_limit) continue;
      rows += chunk->row_count;
      memory.resize(memory.bytes() + flat_bytes(*chunk));
      chunks.push_back(std::move(*chunk));
    }
  });
  return concat_chunks(plan.schema(), chunks);
}

}  // namespace freshet
