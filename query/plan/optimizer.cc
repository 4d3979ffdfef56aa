#include "query/plan/optimizer.h"

#include "query/plan/optimizer_rules.h"

namespace freshet {

namespace {

// SELECT 1, SELECT version(): to compute the row costs less than to look for something to spare.
bool is_one_row(const PlanNode& plan) {
  const PlanNode* node = &plan;
  while (as<ProjectNode>(*node) != nullptr) node = node->children[0].get();
  const auto* values = as<ValuesNode>(*node);
  return values != nullptr && values->chunk.row_count <= 1;
}

void optimize_plan(PlanNodePtr& plan, const RuleContext& context, const OptimizerOptions& options) {
  if (is_one_row(*plan)) {
    check_plan(*plan);
    return;
  }
  if (options.enabled) {
    fold_plan_constants(plan, context);
    // Before projections merge, so that conditions see through them one by one.
    push_down_predicates(plan, context);
    // Conditions on constants of a subquery are constants now.
    fold_plan_constants(plan, context);
    merge_projections(plan, context);
    reduce_group_keys(plan, context);
    simplify_aggregates(plan, context);
    // Both leave a Project over the Aggregate.
    merge_projections(plan, context);
    // Sees conditions in the scans, and aggregates as they are kept.
    answer_from_rollups(plan, context);
    push_down_limits(plan, context);
    // Groups that a LIMIT chooses among stay as they are.
    count_distinct_as_groups(plan, context);
  }
  prune_columns(plan, context);
  merge_projections(plan, context);
  if (options.enabled) {
    // Sees which columns are left to be late.
    if (options.late_materialization) materialize_late(plan, context);
    merge_projections(plan, context);
    prepare_scans(plan, context);
    if (options.skip_indexes) use_skip_indexes(plan, context);
    // With the rows that conditions leave known as well as they can be.
    order_joins(plan, context);
    choose_build_sides(plan, context);
    // Conditions on strings have been told to zone maps and indexes by now.
    read_lengths_of_strings(plan, context);
  }
  check_plan(*plan);
}

}  // namespace

void optimize(LogicalPlan& plan, const FunctionContext& functions,
              const OptimizerOptions& options) {
  const RuleContext context{functions, options.prune_blocks, options.ordered_relations_max,
                            options.use_rollups ? &options : nullptr};
  optimize_plan(plan.root, context, options);
  if (plan.totals) optimize_plan(plan.totals, context, options);
}

}  // namespace freshet
