// Conditions as lists of what AND joins.
#pragma once

#include <vector>

#include "query/expression/expression.h"

namespace freshet {

// Appends a and b of `a AND b`, recursively.
void split_conjuncts(const BoundExpressionPtr& condition,
                     std::vector<BoundExpressionPtr>& conjuncts);
// Requires: at least one.
BoundExpressionPtr join_conjuncts(const std::vector<BoundExpressionPtr>& conjuncts,
                                  const FunctionContext& functions);
// A constant that is not NULL and not 0.
bool is_true_constant(const BoundExpression& expression);
// A constant that no row passes: NULL or 0.
bool is_false_constant(const BoundExpression& expression);

}  // namespace freshet
