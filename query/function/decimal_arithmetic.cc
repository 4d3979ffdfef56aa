#include "query/function/decimal_arithmetic.h"

#include <algorithm>

#include "query/function/binary_loop.h"
#include "query/function/cell_cast.h"
#include "query/function/kernel.h"

namespace freshet {

namespace {

constexpr uint32_t kPrecisionMax = 38;

// Digits of the widest type in the storage class that holds so many.
uint32_t widest_precision(uint32_t digits) {
  return digits <= 9 ? 9 : digits <= 18 ? 18 : kPrecisionMax;
}

// Two decimals make the widest type of their storage class; an integer fits itself to the decimal.
uint32_t result_precision(const DataType& a, const DataType& b, uint32_t scale) {
  if (a.id() != TypeId::Decimal) return b.precision();
  if (b.id() != TypeId::Decimal) return a.precision();
  return widest_precision(std::max({a.precision(), b.precision(), scale}));
}

// Digits that any cell of the type needs.
uint32_t needed_precision(const DataType& type) {
  if (type.id() == TypeId::Decimal) return type.precision();
  const size_t bytes = cell_bytes(type);
  return bytes == 8 ? 20 : bytes == 4 ? 10 : 5;
}

uint32_t result_scale(DecimalOperation operation, const DataType& a, const DataType& b) {
  switch (operation) {
    case DecimalOperation::Add:
    case DecimalOperation::Subtract:
      return std::max(a.scale(), b.scale());
    case DecimalOperation::Multiply:
      return a.scale() + b.scale();
    default:
      return a.id() == TypeId::Decimal ? a.scale() : b.scale();
  }
}

[[noreturn]] void throw_overflow(std::string_view function) {
  throw Error(ErrorCode::DecimalOverflow, "Decimal math overflow in " + std::string(function));
}

[[noreturn]] void throw_zero(std::string_view function) {
  throw Error(ErrorCode::DivisionByZero, "Division by zero in " + std::string(function));
}

// Runs operation(a * left_factor, b * right_factor, result) -> overflow on every row.
template <class W, class Operation>
ColumnPtr decimal_loop(const Column& a, const Column& b, size_t row_count, W left_factor,
                       W right_factor, std::string_view function, Operation operation) {
  OperandTiles<W> left(a);
  OperandTiles<W> right(b);
  Buffer<W> out(row_count);
  bool overflow = false;
  for (size_t offset = 0; offset < row_count; offset += OperandTiles<W>::kTileRows) {
    const size_t count = std::min(OperandTiles<W>::kTileRows, row_count - offset);
    const W* lefts = left.constant() ? nullptr : left.tile(offset, count);
    const W* rights = right.constant() ? nullptr : right.tile(offset, count);
    for (size_t i = 0; i < count; ++i) {
      W x = lefts == nullptr ? left.constant_value() : lefts[i];
      W y = rights == nullptr ? right.constant_value() : rights[i];
      overflow |= __builtin_mul_overflow(x, left_factor, &x);
      overflow |= __builtin_mul_overflow(y, right_factor, &y);
      W result{};
      overflow |= operation(x, y, result);
      out[offset + i] = result;
    }
  }
  if (overflow) throw_overflow(function);
  return make_number_column<W>(std::move(out));
}

template <class Result, class W>
ColumnPtr narrow(std::span<const W> values, Int128 divisor, std::string_view function) {
  return make_numbers<Result>(values.size(), [&](size_t i) {
    const Int128 value = static_cast<Int128>(values[i]) / divisor;
    const auto result = static_cast<Result>(value);
    if (static_cast<Int128>(result) != value) throw_overflow(function);
    return result;
  });
}

template <class W>
ColumnPtr run_operation(DecimalOperation operation, const Column& a, const Column& b,
                        size_t row_count, Int128 left_factor, Int128 right_factor,
                        std::string_view function) {
  const auto left = static_cast<W>(left_factor);
  const auto right = static_cast<W>(right_factor);
  if (static_cast<Int128>(left) != left_factor || static_cast<Int128>(right) != right_factor) {
    throw_overflow(function);
  }
  const auto loop = [&](auto apply) {
    return decimal_loop<W>(a, b, row_count, left, right, function, apply);
  };
  switch (operation) {
    case DecimalOperation::Add:
      return loop([](W x, W y, W& z) { return __builtin_add_overflow(x, y, &z); });
    case DecimalOperation::Subtract:
      return loop([](W x, W y, W& z) { return __builtin_sub_overflow(x, y, &z); });
    case DecimalOperation::Multiply:
      return loop([](W x, W y, W& z) { return __builtin_mul_overflow(x, y, &z); });
    case DecimalOperation::Divide:
      return loop([function](W x, W y, W& z) {
        if (y == 0) throw_zero(function);
        if (y == -1) return __builtin_sub_overflow(W{0}, x, &z);
        z = static_cast<W>(x / y);
        return false;
      });
    default:
      return loop([function](W x, W y, W& z) {
        if (y == 0) throw_zero(function);
        z = y == -1 ? W{0} : static_cast<W>(x % y);
        return false;
      });
  }
}

}  // namespace

BoundFunction bind_decimal_operation(DecimalOperation operation, std::string_view function,
                                     const DataType& a, const DataType& b) {
  const uint32_t scale = result_scale(operation, a, b);
  if (scale > kPrecisionMax) {
    throw Error(ErrorCode::ArgumentOutOfBound, "Scale of the result of " + std::string(function) +
                                                   " is too large: " + std::to_string(scale));
  }
  const DataTypePtr type = decimal_type(result_precision(a, b, scale), scale);
  // Wide integers are first taken in full; whether the result fits is seen afterwards.
  const PhysicalKind computed_kind =
      decimal_type(std::max({type->precision(), widest_precision(needed_precision(a)),
                             widest_precision(needed_precision(b))}),
                   0)
          ->kind();
  // Factors that bring the operands to scales at which plain integer operations are right.
  uint32_t left_digits = 0;
  uint32_t right_digits = 0;
  uint32_t extra_digits = 0;  // of a remainder, which comes at the larger scale
  switch (operation) {
    case DecimalOperation::Multiply:
      break;
    case DecimalOperation::Divide:
      left_digits = scale + b.scale() - a.scale();
      break;
    default: {
      const uint32_t larger = std::max(a.scale(), b.scale());
      left_digits = larger - a.scale();
      right_digits = larger - b.scale();
      extra_digits = larger - scale;
    }
  }
  const Int128 left_factor = power_of_ten(left_digits);
  const Int128 right_factor = power_of_ten(right_digits);
  const Int128 divisor = power_of_ten(extra_digits);
  Kernel kernel = [=, kind = type->kind(), name = std::string(function)](
                      std::span<const ColumnPtr> arguments, size_t row_count) {
    return dispatch_decimal(computed_kind, [&]<class W>() {
      const ColumnPtr result = run_operation<W>(operation, *arguments[0], *arguments[1], row_count,
                                                left_factor, right_factor, name);
      if (divisor == 1 && kind == computed_kind) return result;
      return dispatch_decimal(kind, [&]<class Result>() {
        return narrow<Result>(values_of<W>(*result), divisor, name);
      });
    });
  };
  return {type, std::move(kernel)};
}

}  // namespace freshet
