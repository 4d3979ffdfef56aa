// Evaluator: runs bound expressions over chunks.
//
// Path:      query/operator/{scan,filter,project,aggregate} -> Evaluator -> query/function/evaluate
// Threads:   any thread; all state is in the expression and the chunk.
#pragma once

#include <vector>

#include "query/expression/expression.h"
#include "storage/column/chunk.h"
#include "storage/column/chunk_function.h"

namespace freshet {

// `chunk.row_count` cells, any form. Columns not read may be null pointers. if, multiIf, and, or
// evaluate their later arguments only on the rows that reach them when an argument may throw.
ColumnPtr evaluate_expression(const BoundExpression& expression, const Chunk& chunk);

// Several expressions over one chunk; a subexpression that occurs in more than one runs once.
std::vector<ColumnPtr> evaluate_expressions(std::span<const BoundExpressionPtr> expressions,
                                            const Chunk& chunk);

// Rows in which a condition (Bool, number or Nullable of them) is true: not NULL and not 0.
void select_true(const Column& condition, std::vector<RowIndex>& rows);

// The value of an expression without columns. Throws what its functions throw.
Value evaluate_constant(const BoundExpression& expression);
// Bottom-up, replaces deterministic functions of constants by their value. A function that throws
// is left in place: it may never be reached.
BoundExpressionPtr fold_constants(const BoundExpressionPtr& expression);

}  // namespace freshet
