// Row estimates from table sizes and rules of thumb; good enough to tell large from small.
#pragma once

#include "query/plan/logical_plan.h"

namespace freshet {

// Rows that the node is expected to give.
double estimate_rows(const PlanNode& node);
// Rows of the blocks that a prepared scan does not leave out.
double estimate_scanned_rows(const ScanNode& scan);
// Rows of the largest table behind them, before any condition.
double estimate_base_rows(const PlanNode& node);
// Share of rows that a condition is expected to let through, in (0, 1].
double estimate_selectivity(const BoundExpression& conjunct);
// What a condition costs per row, in comparisons of numbers.
double estimate_cost(const BoundExpression& expression);

}  // namespace freshet
