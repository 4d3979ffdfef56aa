// SelectRunner: binds, optimizes and runs SELECTs, also those inside other statements.
//
// Path:      query_engine, ddl, insert -> SelectRunner -> binder, optimizer, physical planner,
// executor Threads:   one per query, on the query's thread.
#pragma once

#include <functional>
#include <optional>

#include "query/engine/executor.h"
#include "query/engine/physical_planner.h"
#include "query/engine/query_context.h"
#include "query/plan/binder.h"
#include "query/plan/optimizer.h"
#include "query/plan/system_tables.h"

namespace freshet {

class SelectRunner {
 public:
  // All outlive the runner. `system_tables` may be null.
  SelectRunner(QueryContext& context, Executor& executor, const SystemTables* system_tables)
      : context_(context), executor_(executor), system_tables_(system_tables) {}

  BindContext bind_context();
  // What was decided about rollups goes to `decisions`, unless it is null.
  LogicalPlan plan(const Query& query, std::vector<RollupDecision>* decisions = nullptr);
  // Rows go to `put` on the calling thread, in order if the query has one. `wanted` is asked now
  // and then; false cancels. Gives the number of rows.
  uint64_t run(const LogicalPlan& plan, const std::function<void(Chunk)>& put,
               const std::function<bool()>& wanted);
  // Makes the operators, lets them run if asked to, their rows going nowhere, and then has somebody
  // look at them.
  void run_traced(const PlanNode& root, PlanTrace& trace, bool execute,
                  const std::function<void(const PhysicalPlan&)>& look);
  // All rows of a plan as one chunk; with `row_limit` at most about so many.
  Chunk collect(LogicalPlan plan, std::optional<uint64_t> row_limit);

 private:
  OptimizerOptions optimizer_options() const;
  PhysicalPlanOptions physical_options() const;

  QueryContext& context_;
  Executor& executor_;
  const SystemTables* system_tables_;
};

}  // namespace freshet
