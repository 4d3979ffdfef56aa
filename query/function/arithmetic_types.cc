#include "query/function/arithmetic_types.h"

#include <algorithm>

namespace freshet {

DataTypePtr native_type(bool is_signed, bool is_float, size_t bytes) {
  if (is_float) return simple_type(bytes > 4 ? TypeId::Float64 : TypeId::Float32);
  switch (bytes) {
    case 1:
      return simple_type(is_signed ? TypeId::Int8 : TypeId::UInt8);
    case 2:
      return simple_type(is_signed ? TypeId::Int16 : TypeId::UInt16);
    case 4:
      return simple_type(is_signed ? TypeId::Int32 : TypeId::UInt32);
    default:
      return simple_type(is_signed ? TypeId::Int64 : TypeId::UInt64);
  }
}

bool is_signed_number(const DataType& type) {
  return is_float(type) || (is_integer(type) && !is_unsigned_integer(type));
}

namespace {

size_t next_size(size_t bytes) { return std::min<size_t>(8, bytes * 2); }

size_t larger_size(const DataType& a, const DataType& b) {
  return std::max(cell_bytes(a), cell_bytes(b));
}

}  // namespace

DataTypePtr sum_type(const DataType& a, const DataType& b) {
  return native_type(is_signed_number(a) || is_signed_number(b), is_float(a) || is_float(b),
                     next_size(larger_size(a, b)));
}

DataTypePtr difference_type(const DataType& a, const DataType& b) {
  return native_type(true, is_float(a) || is_float(b), next_size(larger_size(a, b)));
}

DataTypePtr quotient_type(const DataType& a, const DataType& b) {
  return native_type(is_signed_number(a) || is_signed_number(b), false, cell_bytes(a));
}

DataTypePtr remainder_type(const DataType& a, const DataType& b) {
  if (is_float(a) || is_float(b)) return simple_type(TypeId::Float64);
  const bool is_signed = is_signed_number(a);
  const size_t bytes = cell_bytes(b);
  return native_type(is_signed, false, is_signed ? next_size(bytes) : bytes);
}

DataTypePtr bits_type(const DataType& a, const DataType& b) {
  return native_type(is_signed_number(a) || is_signed_number(b), false, larger_size(a, b));
}

}  // namespace freshet
