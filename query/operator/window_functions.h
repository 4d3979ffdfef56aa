// The functions themselves, over sorted rows: numbering, rows picked relative to the current one,
// aggregates of frames (window_aggregate.h).
//
// Path:      query/operator/window -> compute_window_column -> a column of the result
// Threads:   any thread, with rows of its own.
#pragma once

#include <vector>

#include "query/aggregate/window_function.h"
#include "query/expression/expression.h"
#include "query/operator/execution_context.h"
#include "query/operator/window_rows.h"

namespace freshet {

// One f(..) OVER (..), as WindowCall in query/plan/logical_plan.h.
struct WindowColumn {
  WindowFunction function;
  std::vector<BoundExpressionPtr> arguments;
  size_t partition_columns = 0;
  size_t order_columns = 0;
};

// How many sort columns the call looks at: fewer than it sorts by where peers do not matter.
size_t sort_columns_read(const WindowColumn& call);

// A flat column of the function's result type, one cell for each of the rows. Throws BadArguments
// for offsets out of range.
ColumnPtr compute_window_column(ExecutionContext& context, const WindowColumn& call,
                                WindowRows& rows);

}  // namespace freshet
