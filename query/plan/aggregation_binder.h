// GROUP BY: Aggregate nodes, and expressions moved from the rows below to the groups above.
//
//   SELECT a + 1, sum(b) / 2 FROM t(a, b) GROUP BY a
//   before  plus($0, 1), divide($agg0, 2)
//   after   plus($0, 1), divide($1, 2)     over Aggregate keys [$0] calls [sum($1)]
//
// Path:      query/plan/select_binder -> here
#pragma once

#include <vector>

#include "query/plan/expression_binder.h"

namespace freshet {

struct AggregationInput {
  PlanNodePtr rows;
  std::vector<BoundExpressionPtr> keys;
  // GROUPING SETS, ROLLUP, CUBE: positions in `keys`; empty: one set of all.
  std::vector<std::vector<size_t>> sets;
  // Whether the empty one of them has a group also when there are no rows: that of GROUPING SETS.
  bool empty_set_has_group = false;
  bool with_totals = false;
  // One of the expressions; null: none. Groups that it refuses are not in the totals.
  const BoundExpressionPtr* having = nullptr;
};

struct Aggregation {
  PlanNodePtr rows;    // keys, then one column per aggregate call, then one per grouping()
  PlanNodePtr totals;  // laid out alike, one row; null without WITH TOTALS
};

// Rewrites `expressions` to read the result's columns. Throws NotAnAggregate for a column that is
// neither a key nor inside an aggregate.
Aggregation bind_aggregation(AggregationInput input,
                             const std::vector<BoundExpressionPtr*>& expressions,
                             const ExpressionBinder& binder);

// Whether a call of an aggregate (or grouping, or a window function) stands in the expression.
bool contains_aggregate(const BoundExpression& expression);

}  // namespace freshet
