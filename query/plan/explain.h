// A plan as indented text, one node a line: EXPLAIN and golden tests.
#pragma once

#include <string>

#include "query/plan/logical_plan.h"

namespace freshet {

std::string explain_plan(const LogicalPlan& plan);
// "($0 + 1) > length($2)" in ClickHouse's function names: greater(plus($0, 1), length($2)).
std::string explain_expression(const BoundExpression& expression);

}  // namespace freshet
