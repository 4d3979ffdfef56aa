// Exact arithmetic on decimals: one operand at least is a Decimal, the other a Decimal or integer.
#pragma once

#include "query/function/function.h"

namespace freshet {

enum class DecimalOperation : uint8_t { Add, Subtract, Multiply, Divide, Modulo };

// Scales: the larger one for sums, their sum for products, the left one for quotients and
// remainders. Overflow throws DecimalOverflow, a zero divisor DivisionByZero.
BoundFunction bind_decimal_operation(DecimalOperation operation, std::string_view function,
                                     const DataType& a, const DataType& b);

}  // namespace freshet
