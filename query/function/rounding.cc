// round, floor, ceil, trunc to a decimal place, and to steps of other kinds.
#include <algorithm>
#include <bit>
#include <cmath>

#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "storage/column/decimal.h"

namespace freshet {

namespace {

enum class Rounding : uint8_t { Half, HalfEven, Floor, Ceil, Trunc };

// Floats: halves go to the even neighbour.
template <Rounding kRounding>
double round_whole(double value) {
  if constexpr (kRounding == Rounding::Floor) return std::floor(value);
  if constexpr (kRounding == Rounding::Ceil) return std::ceil(value);
  if constexpr (kRounding == Rounding::Trunc) return std::trunc(value);
  return std::nearbyint(value);
}

template <Rounding kRounding, class T>
ColumnPtr round_floats(const Column& column, int64_t digits, size_t row_count) {
  const NumberCells<T> cells(column);
  if (digits == 0) {
    return make_numbers<T>(row_count, [&](size_t i) { return round_whole<kRounding>(cells[i]); });
  }
  // In the type's own precision: 147.15 as Float32 is below the half, but ten times of it is not.
  const T scale =
      static_cast<T>(std::pow(10.0, static_cast<double>(digits < 0 ? -digits : digits)));
  if (digits > 0) {
    return make_numbers<T>(row_count, [&](size_t i) -> T {
      const T scaled = cells[i] * scale;
      // Past the float's precision there is nothing to round.
      if (!std::isfinite(scaled)) return cells[i];
      return static_cast<T>(round_whole<kRounding>(scaled)) / scale;
    });
  }
  return make_numbers<T>(row_count, [&](size_t i) -> T {
    return static_cast<T>(round_whole<kRounding>(cells[i] / scale)) * scale;
  });
}

// Integers, to multiples of `step`: halves go away from zero, or to the even multiple.
template <Rounding kRounding>
Int128 round_integer(Int128 value, Int128 step) {
  const Int128 rest = value % step;  // with the sign of value
  const Int128 truncated = value - rest;
  if (rest == 0) return value;
  const Int128 toward = value < 0 ? -step : step;
  switch (kRounding) {
    case Rounding::Trunc:
      return truncated;
    case Rounding::Floor:
      return value < 0 ? truncated - step : truncated;
    case Rounding::Ceil:
      return value < 0 ? truncated : truncated + step;
    default: {
      const Int128 twice = (rest < 0 ? -rest : rest) * 2;
      if (twice < step) return truncated;
      if (twice > step) return truncated + toward;
      const bool even = (truncated / step) % 2 == 0;
      return kRounding == Rounding::HalfEven && even ? truncated : truncated + toward;
    }
  }
}

template <Rounding kRounding, class T>
ColumnPtr round_integers(const Column& column, uint32_t digits, size_t row_count) {
  const NumberCells<T> cells(column);
  if (digits > kDecimalPrecisionMax) return make_numbers<T>(row_count, [](size_t) { return T{}; });
  const Int128 step = power_of_ten(digits);
  return make_numbers<T>(row_count, [&](size_t i) {
    return static_cast<T>(round_integer<kRounding>(static_cast<Int128>(cells[i]), step));
  });
}

template <Rounding kRounding>
BoundFunction bind_round(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 2);
  check_number(name, arguments, 0);
  const int64_t digits = arguments.size() > 1 ? constant_integer(name, arguments, 1) : 0;
  const DataTypePtr& type = arguments[0].type;
  if (is_float(*type)) {
    return {type, [digits, single = type->id() == TypeId::Float32](
                      std::span<const ColumnPtr> columns, size_t row_count) {
              return single ? round_floats<kRounding, float>(*columns[0], digits, row_count)
                            : round_floats<kRounding, double>(*columns[0], digits, row_count);
            }};
  }
  // Digits of the stored integer that are rounded away.
  const int64_t dropped = static_cast<int64_t>(type->scale()) - digits;
  if (dropped <= 0) {
    return {type, [](std::span<const ColumnPtr> columns, size_t) { return columns[0]; }};
  }
  return {type, [kind = type->kind(), places = static_cast<uint32_t>(
                                          std::min<int64_t>(dropped, kDecimalPrecisionMax + 1))](
                    std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_number(kind, [&]<class T>() -> ColumnPtr {
              if constexpr (std::is_floating_point_v<T>) {
                return nullptr;
              } else {
                return round_integers<kRounding, T>(*columns[0], places, row_count);
              }
            });
          }};
}

// roundDown(x, steps): the greatest of the ascending steps that is not above x, else the first.
BoundFunction bind_round_down(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "roundDown";
  check_argument_count(kName, arguments, 2, 2);
  check_number(kName, arguments, 0);
  const DataType& list = *arguments[1].type;
  if (list.id() != TypeId::Array ||
      (!is_integer(*list.argument(0)) && !is_float(*list.argument(0)))) {
    throw_illegal_type(kName, arguments, 1);
  }
  if (!arguments[1].constant) {
    throw Error(ErrorCode::IllegalColumn, "Argument 2 of roundDown must be constant");
  }
  const auto& array = static_cast<const ArrayColumn&>(flat_cells(*arguments[1].constant));
  const ColumnPtr numbers = as_numbers<double>(array.elements());
  const std::span<const double> values = values_of<double>(*numbers);
  std::vector<double> steps(values.begin(), values.end());
  std::sort(steps.begin(), steps.end());
  if (steps.empty()) throw Error(ErrorCode::BadArguments, "roundDown has no steps");
  const DataTypePtr type = require_common_type({arguments[0].type, list.argument(0)});
  if (!is_integer(*type) && !is_float(*type)) throw_illegal_types(kName, arguments);
  return {type, [steps, kind = type->kind()](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr cells_column = as_numbers<double>(columns[0]);
            const NumberCells<double> cells(*cells_column);
            const ColumnPtr rounded = make_numbers<double>(row_count, [&](size_t i) {
              const auto above = std::upper_bound(steps.begin(), steps.end(), cells[i]);
              return above == steps.begin() ? steps.front() : *(above - 1);
            });
            return dispatch_native(kind, [&]<class T>() { return as_numbers<T>(rounded); });
          }};
}

// The greatest power of 2 that is not above the number; 0 for integers below 1.
BoundFunction bind_round_to_exp2(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "roundToExp2";
  check_argument_count(kName, arguments, 1, 1);
  const DataTypePtr& type = arguments[0].type;
  if (!is_integer(*type) && !is_float(*type)) throw_illegal_type(kName, arguments, 0);
  return {type, [](std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_native(columns[0]->kind(), [&]<class T>() {
              const NumberCells<T> cells(*columns[0]);
              return make_numbers<T>(row_count, [&](size_t i) -> T {
                const T value = cells[i];
                if constexpr (std::is_floating_point_v<T>) {
                  if (value == 0) return 0;
                  return std::copysign(std::exp2(std::floor(std::log2(std::fabs(value)))), value);
                } else {
                  if (value <= 0) return 0;
                  return static_cast<T>(std::bit_floor(static_cast<uint64_t>(value)));
                }
              });
            });
          }};
}

#define ROUND(NAME, MODE, DESCRIPTION, EXAMPLE, RESULT, ANY_CASE)                             \
  {                                                                                           \
    .name = NAME,                                                                             \
    .bind =                                                                                   \
        [](const FunctionContext&, FunctionArguments arguments) {                             \
          return bind_round<Rounding::MODE>(NAME, arguments);                                 \
        },                                                                                    \
    .syntax = NAME "(x[, digits])", .description = DESCRIPTION, .example = "SELECT " EXAMPLE, \
    .example_result = RESULT, .category = "Rounding", .case_insensitive = ANY_CASE            \
  }

const FunctionEntry kRoundingFunctions[] = {
    ROUND("round", Half,
          "x rounded to a decimal place; halves of floats go to the even neighbour, others up.",
          "round(3.14159, 2), round(2.5), round(1234, -2)", "3.14\t2\t1200", true),
    ROUND("roundBankers", HalfEven, "x rounded to a decimal place, halves to the even neighbour.",
          "roundBankers(25, -1), roundBankers(35, -1)", "20\t40", false),
    ROUND("floor", Floor, "x rounded down to a decimal place.", "floor(2.79, 1), floor(-2.1)",
          "2.7\t-3", true),
    ROUND("ceil", Ceil, "x rounded up to a decimal place.", "ceil(2.71, 1), ceil(-2.1)", "2.8\t-2",
          true),
    function_alias("ceiling", "ceil", true),
    ROUND("trunc", Trunc, "x rounded toward zero to a decimal place.",
          "trunc(2.79, 1), trunc(-2.9)", "2.7\t-2", true),
    function_alias("truncate", "trunc", true),
    {.name = "roundDown",
     .bind = bind_round_down,
     .syntax = "roundDown(x, steps)",
     .description = "The greatest of the steps that is not above x.",
     .example = "SELECT roundDown(5, [1, 3, 6])",
     .example_result = "3",
     .category = "Rounding"},
    {.name = "roundToExp2",
     .bind = bind_round_to_exp2,
     .syntax = "roundToExp2(x)",
     .description = "The greatest power of 2 that is not above x.",
     .example = "SELECT roundToExp2(100)",
     .example_result = "64",
     .category = "Rounding"},
};
#undef ROUND

}  // namespace

std::span<const FunctionEntry> rounding_functions() { return kRoundingFunctions; }

}  // namespace freshet
