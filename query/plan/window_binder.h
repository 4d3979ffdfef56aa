// Calls of window functions of one SELECT, and the Window nodes that compute them.
//
//   SELECT a, sum(b) OVER w, rank() OVER w FROM t(a, b, c) WINDOW w AS (PARTITION BY a ORDER BY c)
//   windows  partition [$0] order [$2]      calls  sum($1), rank(), both over window 0
//
// Path:      query/plan/expression_binder collects -> query/plan/select_binder -> add_windows
#pragma once

#include <string>
#include <vector>

#include "query/plan/logical_plan.h"

namespace freshet {

// PARTITION BY and ORDER BY of OVER (..); frames belong to calls.
struct BoundWindow {
  struct Key {
    BoundExpressionPtr expression;
    bool descending = false;
    bool nulls_first = false;
  };
  std::vector<BoundExpressionPtr> partition_by;
  std::vector<Key> order_by;
};

struct BoundWindowCall {
  size_t window = 0;  // position among the windows
  // Its arguments, name and function; where its columns are is not known yet.
  WindowCall call;
};

struct BoundWindows {
  std::vector<BoundWindow> windows;
  std::vector<BoundWindowCall> calls;

  // Everything that reads the rows: keys and arguments.
  std::vector<BoundExpressionPtr*> expressions();
};

// `rows` with one more column for each call, after all others, in order of the calls. Windows with
// one sort, or with the beginning of another's, share a node.
PlanNodePtr add_windows(PlanNodePtr rows, const BoundWindows& windows);

}  // namespace freshet
