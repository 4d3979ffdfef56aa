// Result types of arithmetic on numbers, as ClickHouse chooses them.
#pragma once

#include "storage/column/data_type.h"

namespace freshet {

// The native integer or float type of that many bytes.
DataTypePtr native_type(bool is_signed, bool is_float, size_t bytes);

// plus, multiply, gcd, lcm: one size up, signed if one is.
DataTypePtr sum_type(const DataType& a, const DataType& b);
// minus: one size up, signed.
DataTypePtr difference_type(const DataType& a, const DataType& b);
// intDiv: the size of `a`.
DataTypePtr quotient_type(const DataType& a, const DataType& b);
// modulo: the size of `b`, one up when `a` is signed.
DataTypePtr remainder_type(const DataType& a, const DataType& b);
// bitAnd and the like: the larger size, signed if one is.
DataTypePtr bits_type(const DataType& a, const DataType& b);

bool is_signed_number(const DataType& type);

}  // namespace freshet
