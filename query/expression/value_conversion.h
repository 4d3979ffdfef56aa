// Constants in another type without loss: literals of IN lists, of comparisons, of pruning filters.
//
//   300 as UInt8: none    '2013-07-01' as Date: 15887    1.0 as Int32: 1    (1, '2') as Tuple(..)
#pragma once

#include <optional>

#include "query/expression/expression.h"

namespace freshet {

// The cell of type `to` that equals `value`, a cell of type `from`; nothing when there is none
// (also for NULL, unless `to` may be NULL). Text is parsed. Throws CannotParse... for text that is
// not a cell of `to`, TypeMismatch when the types cannot be compared.
std::optional<Value> convert_exactly(const Value& value, const DataTypePtr& from,
                                     const DataTypePtr& to, const FunctionContext& context);

}  // namespace freshet
