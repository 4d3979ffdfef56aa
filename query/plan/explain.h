// A plan as indented text, one node a line, children below their parent: EXPLAIN and golden tests.
//
//   Limit 3
//     Sort count() desc limit 3
//       Aggregate keys [OS] calls [count()]
//         Scan default.hits columns [OS, UserID] where [notEquals(UserID, 0)] outputs [OS]
//
// Columns go by the names that they have in the child's output, with their number where two have
// one name: id$0, id$4.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "query/plan/logical_plan.h"

namespace freshet {

// `details` adds lines below a node's; null: none.
using NodeDetails = std::function<std::vector<std::string>(const PlanNode&)>;
std::string explain_plan(const LogicalPlan& plan, const NodeDetails& details = {});
// Of a part of a plan.
std::string explain_plan(const PlanNode& node, const NodeDetails& details = {});
// `input`: the columns that the expression reads.
std::string explain_expression(const BoundExpression& expression, const Schema& input);
std::string explain_call(const AggregateCall& call, const Schema& input);

}  // namespace freshet
