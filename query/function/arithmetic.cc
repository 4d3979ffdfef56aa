// Arithmetic on numbers, decimals, dates and intervals.
#include "query/function/arithmetic_types.h"
#include "query/function/binary_loop.h"
#include "query/function/decimal_arithmetic.h"
#include "query/function/function_family.h"
#include "query/function/interval_arithmetic.h"
#include "query/function/kernel.h"

namespace freshet {

namespace {

// An unsigned type in which T's operations wrap instead of overflowing.
template <class T>
using Wrapping = std::conditional_t<(sizeof(T) < 4), uint32_t, std::make_unsigned_t<T>>;

struct Add {
  static constexpr std::string_view kName = "plus";
  static constexpr DecimalOperation kDecimal = DecimalOperation::Add;
  static constexpr auto kType = sum_type;
  template <class T>
  static T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return a + b;
    else
      return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
  }
};

struct Subtract {
  static constexpr std::string_view kName = "minus";
  static constexpr DecimalOperation kDecimal = DecimalOperation::Subtract;
  static constexpr auto kType = difference_type;
  template <class T>
  static T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return a - b;
    else
      return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
  }
};

struct Multiply {
  static constexpr std::string_view kName = "multiply";
  static constexpr DecimalOperation kDecimal = DecimalOperation::Multiply;
  static constexpr auto kType = sum_type;
  template <class T>
  static T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return a * b;
    else
      return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
  }
};

bool is_plain_number(const DataType& type) { return is_integer(type) || is_float(type); }

// One operand a Decimal, the other a Decimal or an integer.
bool is_decimal_pair(const DataType& a, const DataType& b) {
  const bool decimal_a = a.id() == TypeId::Decimal;
  const bool decimal_b = b.id() == TypeId::Decimal;
  return (decimal_a || decimal_b) && (decimal_a || is_integer(a)) && (decimal_b || is_integer(b));
}

// A number as Float64: a Decimal by its value. Keeps the form.
ColumnPtr as_doubles(const ColumnPtr& column, const DataType& type) {
  const ColumnPtr doubles = as_numbers<double>(column);
  if (type.scale() == 0) return doubles;
  double factor = 1;
  for (uint32_t i = 0; i < type.scale(); ++i) factor *= 10;
  const NumberCells<double> cells(*doubles);
  ColumnPtr scaled = make_numbers<double>(is_constant(*column) ? 1 : column->size(),
                                          [&](size_t i) { return cells[i] / factor; });
  if (!is_constant(*column)) return scaled;
  return std::make_shared<ConstantColumn>(std::move(scaled), column->size());
}

template <class Operation>
BoundFunction bind_double_operation(FunctionArguments arguments, Operation operation) {
  return {simple_type(TypeId::Float64), [operation, a = arguments[0].type, b = arguments[1].type](
                                            std::span<const ColumnPtr> columns, size_t row_count) {
            return binary_loop<double, double>(*as_doubles(columns[0], *a),
                                               *as_doubles(columns[1], *b), row_count, operation);
          }};
}

template <class Operation>
BoundFunction bind_numbers(FunctionArguments arguments) {
  const DataType& a = *arguments[0].type;
  const DataType& b = *arguments[1].type;
  if (is_decimal_pair(a, b)) {
    return bind_decimal_operation(Operation::kDecimal, Operation::kName, a, b);
  }
  if (!is_number(a) || !is_number(b)) throw_illegal_types(Operation::kName, arguments);
  if (!is_plain_number(a) || !is_plain_number(b)) {
    return bind_double_operation(arguments, Operation::template apply<double>);
  }
  const DataTypePtr type = Operation::kType(a, b);
  return {type, [kind = type->kind()](std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_native(kind, [&]<class T>() {
              return binary_loop<T, T>(*columns[0], *columns[1], row_count,
                                       [](T x, T y) { return Operation::apply(x, y); });
            });
          }};
}

BoundFunction swap_arguments(BoundFunction bound) {
  return {bound.type, [kernel = std::move(bound.kernel)](std::span<const ColumnPtr> arguments,
                                                         size_t row_count) {
            const ColumnPtr swapped[] = {arguments[1], arguments[0]};
            return kernel(swapped, row_count);
          }};
}

// What a plain number means next to a date or time.
IntervalUnit number_unit(const DataType& date) {
  const bool is_day = date.id() == TypeId::Date || date.id() == TypeId::Date32;
  return is_day ? IntervalUnit::Day : IntervalUnit::Second;
}

// date + number, date + interval; nothing when the arguments are other types.
std::optional<BoundFunction> try_bind_shift(const FunctionContext& context, const DataTypePtr& date,
                                            const DataTypePtr& count, int64_t sign) {
  if (count->id() == TypeId::Interval && (is_date_or_time(*date) || is_string_like(*date))) {
    return bind_shift(context, date, count, count->interval_unit(), sign);
  }
  if (is_date_or_time(*date) && is_plain_number(*count)) {
    return bind_shift(context, date, count, number_unit(*date), sign);
  }
  return std::nullopt;
}

std::optional<BoundFunction> try_bind_intervals(FunctionArguments arguments, int64_t sign) {
  const DataTypePtr& a = arguments[0].type;
  const DataTypePtr& b = arguments[1].type;
  if (a->id() != TypeId::Interval || !(*a == *b)) return std::nullopt;
  return BoundFunction{a, [sign](std::span<const ColumnPtr> columns, size_t row_count) {
                         return binary_loop<int64_t, int64_t>(
                             *columns[0], *columns[1], row_count, [sign](int64_t x, int64_t y) {
                               return Add::apply(x, Multiply::apply(sign, y));
                             });
                       }};
}

BoundFunction bind_plus(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("plus", arguments, 2, 2);
  const DataTypePtr& a = arguments[0].type;
  const DataTypePtr& b = arguments[1].type;
  if (auto bound = try_bind_shift(context, a, b, 1)) return *bound;
  if (auto bound = try_bind_shift(context, b, a, 1)) return swap_arguments(*bound);
  if (auto bound = try_bind_intervals(arguments, 1)) return *bound;
  return bind_numbers<Add>(arguments);
}

// The difference of two dates in days, of two times in seconds.
std::optional<BoundFunction> try_bind_date_difference(FunctionArguments arguments) {
  const DataType& a = *arguments[0].type;
  const DataType& b = *arguments[1].type;
  const auto is_time = [](const DataType& type) {
    return type.id() == TypeId::DateTime || type.id() == TypeId::DateTime64;
  };
  if (is_time(a) && is_time(b) && (a.scale() > 0 || b.scale() > 0)) {
    const DataTypePtr ticks_a = decimal_type(18, a.scale());
    const DataTypePtr ticks_b = decimal_type(18, b.scale());
    return bind_decimal_operation(DecimalOperation::Subtract, "minus", *ticks_a, *ticks_b);
  }
  if (!is_date_or_time(a) || a.id() != b.id()) return std::nullopt;
  return BoundFunction{simple_type(TypeId::Int32),
                       [](std::span<const ColumnPtr> columns, size_t row_count) {
                         return binary_loop<int32_t, int32_t>(*columns[0], *columns[1], row_count,
                                                              Subtract::apply<int32_t>);
                       }};
}

BoundFunction bind_minus(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("minus", arguments, 2, 2);
  if (auto bound = try_bind_date_difference(arguments)) return *bound;
  if (auto bound = try_bind_shift(context, arguments[0].type, arguments[1].type, -1)) {
    return *bound;
  }
  if (auto bound = try_bind_intervals(arguments, -1)) return *bound;
  return bind_numbers<Subtract>(arguments);
}

BoundFunction bind_multiply(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("multiply", arguments, 2, 2);
  return bind_numbers<Multiply>(arguments);
}

BoundFunction bind_divide(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("divide", arguments, 2, 2);
  const DataType& a = *arguments[0].type;
  const DataType& b = *arguments[1].type;
  if (is_decimal_pair(a, b)) {
    return bind_decimal_operation(DecimalOperation::Divide, "divide", a, b);
  }
  if (!is_number(a) || !is_number(b)) throw_illegal_types("divide", arguments);
  return bind_double_operation(arguments, [](double x, double y) { return x / y; });
}

BoundFunction bind_negate(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("negate", arguments, 1, 1);
  const DataTypePtr& argument = arguments[0].type;
  DataTypePtr type = argument;
  if (is_plain_number(*argument)) {
    const bool is_signed = is_signed_number(*argument);
    const size_t bytes = cell_bytes(*argument);
    type =
        native_type(true, is_float(*argument), is_signed ? bytes : std::min<size_t>(8, bytes * 2));
  } else if (argument->id() != TypeId::Decimal && argument->id() != TypeId::Interval) {
    throw_illegal_type("negate", arguments, 0);
  }
  return {type, [kind = type->kind()](std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_number(kind, [&]<class T>() {
              const ColumnPtr numbers = as_numbers<T>(columns[0]);
              const NumberCells<T> cells(*numbers);
              return make_numbers<T>(row_count, [&](size_t i) {
                if constexpr (std::is_floating_point_v<T>) {
                  return -cells[i];
                } else if constexpr (sizeof(T) == 16) {
                  return static_cast<T>(UInt128{0} - static_cast<UInt128>(cells[i]));
                } else {
                  return Subtract::apply<T>(T{0}, cells[i]);
                }
              });
            });
          }};
}

BoundFunction bind_abs(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("abs", arguments, 1, 1);
  const DataTypePtr& argument = arguments[0].type;
  check_number("abs", arguments, 0);
  const DataTypePtr type =
      is_integer(*argument) ? native_type(false, false, cell_bytes(*argument)) : argument;
  return {type, [from = argument->kind(), is_decimal = argument->id() == TypeId::Decimal](
                    std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_number(from, [&]<class T>() {
              const NumberCells<T> cells(*columns[0]);
              if constexpr (std::is_floating_point_v<T>) {
                return make_numbers<T>(
                    row_count, [&](size_t i) { return cells[i] < 0 ? -cells[i] : cells[i]; });
              } else {
                using Unsigned =
                    typename std::conditional_t<sizeof(T) == 16, std::type_identity<UInt128>,
                                                std::make_unsigned<T>>::type;
                const auto magnitude = [&](size_t i) {
                  const auto bits = static_cast<Unsigned>(cells[i]);
                  return cells[i] < T{0} ? static_cast<Unsigned>(Unsigned{0} - bits) : bits;
                };
                return is_decimal ? make_numbers<T>(row_count, magnitude)
                                  : make_numbers<Unsigned>(row_count, magnitude);
              }
            });
          }};
}

constexpr FunctionEntry kArithmeticFunctions[] = {
    {.name = "plus",
     .bind = bind_plus,
     .syntax = "plus(a, b)",
     .description = "Sum of numbers; a date or time moved forward by a number or an interval.",
     .example = "SELECT 255 + 1",
     .example_result = "256",
     .category = "Arithmetic"},
    {.name = "minus",
     .bind = bind_minus,
     .syntax = "minus(a, b)",
     .description = "Difference of numbers, dates or times; a date or time moved back.",
     .example = "SELECT 1 - 2, toDate('2024-03-01') - 1",
     .example_result = "-1\t2024-02-29",
     .category = "Arithmetic"},
    {.name = "multiply",
     .bind = bind_multiply,
     .syntax = "multiply(a, b)",
     .description = "Product of numbers.",
     .example = "SELECT 6 * 7",
     .example_result = "42",
     .category = "Arithmetic"},
    {.name = "divide",
     .bind = bind_divide,
     .syntax = "divide(a, b)",
     .description = "Quotient as Float64, or as a Decimal when one of the numbers is one.",
     .example = "SELECT 7 / 2",
     .example_result = "3.5",
     .category = "Arithmetic"},
    {.name = "negate",
     .bind = bind_negate,
     .syntax = "negate(a)",
     .description = "The number with the other sign.",
     .example = "SELECT negate(5)",
     .example_result = "-5",
     .category = "Arithmetic"},
    {.name = "abs",
     .bind = bind_abs,
     .syntax = "abs(a)",
     .description = "The number without its sign.",
     .example = "SELECT abs(-5)",
     .example_result = "5",
     .category = "Arithmetic",
     .case_insensitive = true},
};

}  // namespace

std::span<const FunctionEntry> arithmetic_functions() { return kArithmeticFunctions; }

}  // namespace freshet
