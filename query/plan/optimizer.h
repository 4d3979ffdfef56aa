// The optimizer: an ordered list of rules, each in a file of its own, each of which keeps the
// result.
//
// Path:      query/plan/binder -> optimize -> engine/physical_planner
#pragma once

#include "query/plan/logical_plan.h"

namespace freshet {

struct OptimizerOptions {
  // Off: plans as the binder made them, apart from what planning needs (column pruning).
  bool enabled = true;
  // Use Fetch for wide columns of top-N queries.
  bool late_materialization = true;
  // Leave out blocks in which the conditions cannot be true.
  bool prune_blocks = true;
  // Also those that skip indexes rule out.
  bool skip_indexes = true;
  // Inner joins of so many relations at most are brought into an order; of more, they keep it.
  size_t ordered_relations_max = 10;
};

void optimize(LogicalPlan& plan, const FunctionContext& functions,
              const OptimizerOptions& options = {});

}  // namespace freshet
