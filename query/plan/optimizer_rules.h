// The optimizer's rules. Each rewrites a plan in place into one with the same result; optimizer.cc
// has their order and says why.
//
// To add a rule: a function here, a file rule_<name>.cc, a line in optimizer.cc, a golden plan.
#pragma once

#include <functional>

#include "query/plan/logical_plan.h"

namespace freshet {

struct OptimizerOptions;

struct RuleContext {
  const FunctionContext& functions;
  bool prune_blocks = true;           // OptimizerOptions
  size_t ordered_relations_max = 10;  // OptimizerOptions
  // What is said of rollups there; null: none is read.
  const OptimizerOptions* rollups = nullptr;
};

// Computes what does not depend on rows; a condition that is never true empties its subtree.
void fold_plan_constants(PlanNodePtr& plan, const RuleContext& context);
// Moves conditions as near to the scans as they can go; equalities over a CROSS JOIN become keys.
void push_down_predicates(PlanNodePtr& plan, const RuleContext& context);
// One Project instead of two, none where it does nothing, none below an Aggregate.
void merge_projections(PlanNodePtr& plan, const RuleContext& context);
// Takes out GROUP BY keys that other keys determine: GROUP BY a, a + 1.
void reduce_group_keys(PlanNodePtr& plan, const RuleContext& context);
// count(x) without NULLs is count(); sum(x + 1), sum(x + 2) are one sum(x) and one count();
// DISTINCT in no order makes groups.
void simplify_aggregates(PlanNodePtr& plan, const RuleContext& context);
// Aggregations read what rollups keep of segments instead of their rows.
void answer_from_rollups(PlanNodePtr& plan, const RuleContext& context);
// LIMIT into sorts, groups, scans, unions; and only winners of a top-N are computed further.
void push_down_limits(PlanNodePtr& plan, const RuleContext& context);
// uniqExact(x) of each k counts the groups of GROUP BY k, x.
void count_distinct_as_groups(PlanNodePtr& plan, const RuleContext& context);
// Every node gives only what is read above; scans read only that.
void prune_columns(PlanNodePtr& plan, const RuleContext& context);
// Wide columns of a top-N over a table are read for the winners only.
void materialize_late(PlanNodePtr& plan, const RuleContext& context);
// What zone maps and indexes can use of a scan's conjuncts; cheap conjuncts first.
void prepare_scans(PlanNodePtr& plan, const RuleContext& context);
// What indexes made by INDEX clauses can use of them.
void use_skip_indexes(PlanNodePtr& plan, const RuleContext& context);
// Of strings of which only the lengths are asked for, those are read.
void read_lengths_of_strings(PlanNodePtr& plan, const RuleContext& context);
// Of three relations and more, inner joins start from the largest and leave few rows early.
void order_joins(PlanNodePtr& plan, const RuleContext& context);
// The smaller side of an inner join goes into the hash table.
void choose_build_sides(PlanNodePtr& plan, const RuleContext& context);

// Tools of the rules.

// Calls `visit` for each expression slot of one node.
void for_each_expression(PlanNode& node, const std::function<void(BoundExpressionPtr&)>& visit);
// Children first.
void for_each_node(PlanNodePtr& plan, const std::function<void(PlanNodePtr&)>& visit);
// No rows of that layout.
PlanNodePtr empty_plan(Schema schema);

}  // namespace freshet
