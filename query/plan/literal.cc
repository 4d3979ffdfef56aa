#include <limits>

#include "query/plan/expression_binder.h"

namespace freshet {

namespace {

DataTypePtr smallest_unsigned(uint64_t value) {
  if (value <= std::numeric_limits<uint8_t>::max()) return simple_type(TypeId::UInt8);
  if (value <= std::numeric_limits<uint16_t>::max()) return simple_type(TypeId::UInt16);
  if (value <= std::numeric_limits<uint32_t>::max()) return simple_type(TypeId::UInt32);
  return simple_type(TypeId::UInt64);
}

DataTypePtr smallest_signed(int64_t value) {
  if (value >= std::numeric_limits<int8_t>::min()) return simple_type(TypeId::Int8);
  if (value >= std::numeric_limits<int16_t>::min()) return simple_type(TypeId::Int16);
  if (value >= std::numeric_limits<int32_t>::min()) return simple_type(TypeId::Int32);
  return simple_type(TypeId::Int64);
}

struct LiteralBinder {
  BoundExpressionPtr operator()(const NullLiteral&) const {
    return constant_expression(Value(), nullable_type(simple_type(TypeId::Nothing)), "NULL");
  }
  BoundExpressionPtr operator()(bool value) const {
    return constant_expression(Value(uint64_t{value}), simple_type(TypeId::Bool));
  }
  BoundExpressionPtr operator()(uint64_t value) const {
    return constant_expression(Value(value), smallest_unsigned(value));
  }
  BoundExpressionPtr operator()(int64_t value) const {
    return constant_expression(Value(value), smallest_signed(value));
  }
  BoundExpressionPtr operator()(double value) const {
    return constant_expression(Value(value), simple_type(TypeId::Float64));
  }
  BoundExpressionPtr operator()(const std::string& value) const {
    return constant_expression(Value(value), simple_type(TypeId::String));
  }
};

}  // namespace

BoundExpressionPtr bind_literal(const Literal& literal) {
  return std::visit(LiteralBinder{}, literal.value);
}

}  // namespace freshet
