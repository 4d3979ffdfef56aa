// PhysicalPlanner: a logical plan becomes operators wired into pipelines.
//
// A node that can work chunk by chunk becomes a transform of its child's pipeline; a node that must
// see all rows (GROUP BY, ORDER BY, the build side of a join) ends that pipeline with a sink and
// starts a new one with the sink's source.
//
// Path:      query/plan/optimizer -> PhysicalPlanner -> query/engine/executor
#pragma once

#include <string>

#include "query/engine/pipeline.h"
#include "query/engine/plan_trace.h"
#include "query/operator/condition_cache.h"
#include "query/plan/logical_plan.h"
#include "storage/table/table_store.h"

namespace freshet {

struct PhysicalPlanOptions {
  // What the build side of a join has tells scans of the other side which rows to leave out.
  bool join_filters = true;
  // Null: nothing is remembered of scans' conditions. `time_zone` is what they were bound with.
  ConditionCache* condition_cache = nullptr;
  std::string time_zone;
  // Told of every operator, which then counts what it does; null: none is.
  PlanTrace* trace = nullptr;
};

// `result` takes the root's rows; it, `plan` and `store`, which FINAL merges as, outlive the run.
// Throws NotImplemented for nodes that cannot be run yet.
PhysicalPlan make_physical_plan(const PlanNode& plan, Sink& result, const TableStore* store,
                                const PhysicalPlanOptions& options = {});

}  // namespace freshet
