// Which functions may throw for some cells: their evaluation is kept off rows that if, multiIf,
// and, or do not reach.
#pragma once

#include "query/expression/expression.h"

namespace freshet {

// Whether evaluating `expression` may throw. Errs on the side of true for casts and parsing.
bool may_throw(const BoundExpression& expression);

}  // namespace freshet
