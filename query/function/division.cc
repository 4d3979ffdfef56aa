// Integer division, remainders, greatest common divisors.
#include <cmath>
#include <limits>
#include <numeric>

#include "query/function/arithmetic_types.h"
#include "query/function/binary_loop.h"
#include "query/function/cast.h"
#include "query/function/decimal_arithmetic.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"

namespace freshet {

namespace {

enum class Operation : uint8_t { Quotient, Remainder, PositiveRemainder, Gcd, Lcm };
// What a row without a result gives: an error, 0 or NULL.
enum class Undefined : uint8_t { Throw, Zero, Null };

struct Division {
  std::string_view name;
  Operation operation;
  Undefined undefined;
  // The least cell of the dividend's type, which cannot be divided by -1; 0 when unsigned.
  int64_t dividend_min = 0;

  [[noreturn]] void throw_undefined(std::string_view why) const {
    throw Error(ErrorCode::DivisionByZero, std::string(why) + " in function " + std::string(name));
  }
};

// Integers wide enough for both operands, so that no sign is lost.
enum class Width : uint8_t { U32, U64, I32, I64, I128 };

Width common_width(const DataType& a, const DataType& b) {
  const bool is_signed = is_signed_number(a) || is_signed_number(b);
  const size_t bytes = std::max(cell_bytes(a), cell_bytes(b));
  if (!is_signed) return bytes < 8 ? Width::U32 : Width::U64;
  const auto unsigned_bytes = [](const DataType& type) {
    return is_signed_number(type) ? size_t{0} : cell_bytes(type);
  };
  const size_t widest_unsigned = std::max(unsigned_bytes(a), unsigned_bytes(b));
  if (widest_unsigned == 8) return Width::I128;
  return bytes == 8 || widest_unsigned == 4 ? Width::I64 : Width::I32;
}

template <class Function>
decltype(auto) dispatch_width(Width width, Function&& function) {
  switch (width) {
    case Width::U32:
      return function.template operator()<uint32_t>();
    case Width::U64:
      return function.template operator()<uint64_t>();
    case Width::I32:
      return function.template operator()<int32_t>();
    case Width::I64:
      return function.template operator()<int64_t>();
    default:
      return function.template operator()<Int128>();
  }
}

template <class W>
constexpr bool kSigned = static_cast<W>(-1) < W{0};

template <class W>
W magnitude(W value) {
  return value < W{0} ? static_cast<W>(W{0} - value) : value;
}

template <class W>
W greatest_divisor(W a, W b) {
  a = magnitude(a);
  b = magnitude(b);
  while (b != 0) {
    const W rest = static_cast<W>(a % b);
    a = b;
    b = rest;
  }
  return a;
}

// Requires: y is not 0, and not -1 when x is the least W.
template <Operation kOperation, class W>
W divide(W x, W y) {
  if constexpr (kOperation == Operation::Quotient) return static_cast<W>(x / y);
  if constexpr (kOperation == Operation::Remainder) return static_cast<W>(x % y);
  if constexpr (kOperation == Operation::PositiveRemainder) {
    const W rest = static_cast<W>(x % y);
    return rest < W{0} ? static_cast<W>(rest + magnitude(y)) : rest;
  }
  const W divisor = greatest_divisor(x, y);
  if constexpr (kOperation == Operation::Gcd) return divisor;
  using Bits = std::conditional_t<std::is_same_v<W, Int128>, UInt128, uint64_t>;
  return static_cast<W>(static_cast<Bits>(magnitude(x) / divisor) *
                        static_cast<Bits>(magnitude(y)));
}

template <Operation kOperation, class W>
constexpr bool kNeedsDividend = kOperation == Operation::Gcd || kOperation == Operation::Lcm;

// Whether divide() may run; otherwise throws, or says no.
template <Operation kOperation, class W>
bool is_defined(const Division& division, W x, W y) {
  if (y == 0 || (kNeedsDividend<kOperation, W> && x == 0)) {
    if (division.undefined == Undefined::Throw) division.throw_undefined("Division by zero");
    return false;
  }
  if constexpr (kSigned<W>) {
    if (y == -1 && division.dividend_min != 0 && x == static_cast<W>(division.dividend_min)) {
      if (division.undefined == Undefined::Throw) {
        division.throw_undefined("Division of minimal signed number by minus one");
      }
      return false;
    }
  }
  return true;
}

template <Operation kOperation, class W>
ColumnPtr run_integers(const Division& division, const Column& a, const Column& b, size_t row_count,
                       Buffer<uint8_t>& undefined) {
  if (is_constant(b)) {
    const auto divisor = OperandTiles<W>(b).constant_value();
    const bool safe = divisor != 0 && !(kSigned<W> && divisor == static_cast<W>(-1)) &&
                      !kNeedsDividend<kOperation, W>;
    if (safe) return binary_loop<W, W>(a, b, row_count, divide<kOperation, W>);
  }
  OperandTiles<W> left(a);
  OperandTiles<W> right(b);
  Buffer<W> out(row_count);
  for (size_t offset = 0; offset < row_count; offset += OperandTiles<W>::kTileRows) {
    const size_t count = std::min(OperandTiles<W>::kTileRows, row_count - offset);
    const W* lefts = left.constant() ? nullptr : left.tile(offset, count);
    const W* rights = right.constant() ? nullptr : right.tile(offset, count);
    for (size_t i = 0; i < count; ++i) {
      const W x = lefts == nullptr ? left.constant_value() : lefts[i];
      const W y = rights == nullptr ? right.constant_value() : rights[i];
      if (is_defined<kOperation, W>(division, x, y)) {
        out[offset + i] = divide<kOperation, W>(x, y);
      } else {
        out[offset + i] = 0;
        if (undefined.empty()) undefined.assign(row_count, 0);
        undefined[offset + i] = 1;
      }
    }
  }
  return make_number_column<W>(std::move(out));
}

ColumnPtr run_operation(const Division& division, Width width, const Column& a, const Column& b,
                        size_t row_count, Buffer<uint8_t>& undefined) {
  return dispatch_width(width, [&]<class W>() {
    switch (division.operation) {
      case Operation::Quotient:
        return run_integers<Operation::Quotient, W>(division, a, b, row_count, undefined);
      case Operation::Remainder:
        return run_integers<Operation::Remainder, W>(division, a, b, row_count, undefined);
      case Operation::PositiveRemainder:
        return run_integers<Operation::PositiveRemainder, W>(division, a, b, row_count, undefined);
      case Operation::Gcd:
        return run_integers<Operation::Gcd, W>(division, a, b, row_count, undefined);
      default:
        return run_integers<Operation::Lcm, W>(division, a, b, row_count, undefined);
    }
  });
}

ColumnPtr as_kind(const ColumnPtr& column, PhysicalKind kind) {
  return dispatch_native(kind, [&]<class T>() { return as_numbers<T>(column); });
}

DataTypePtr result_type(Operation operation, const DataType& a, const DataType& b) {
  switch (operation) {
    case Operation::Quotient:
      return quotient_type(a, b);
    case Operation::Remainder:
      return remainder_type(a, b);
    case Operation::PositiveRemainder:
      return is_float(a) || is_float(b) ? simple_type(TypeId::Float64)
                                        : native_type(false, false, cell_bytes(b));
    default:
      return sum_type(a, b);
  }
}

int64_t least_cell(const DataType& type) {
  if (!is_signed_number(type)) return 0;
  return std::numeric_limits<int64_t>::min() >> (64 - cell_bytes(type) * 8);
}

BoundFunction with_nulls(const Division& division, const DataTypePtr& type) {
  return {division.undefined == Undefined::Null ? nullable_type(type) : type, nullptr};
}

BoundFunction bind_integers(Division division, const DataType& a, const DataType& b) {
  division.dividend_min = least_cell(a);
  const DataTypePtr type = result_type(division.operation, a, b);
  BoundFunction bound = with_nulls(division, type);
  bound.kernel = [division, kind = type->kind(), width = common_width(a, b)](
                     std::span<const ColumnPtr> columns, size_t row_count) {
    Buffer<uint8_t> undefined;
    const ColumnPtr result =
        run_operation(division, width, *columns[0], *columns[1], row_count, undefined);
    const ColumnPtr cells = as_kind(result, kind);
    return division.undefined == Undefined::Null ? make_nullable(cells, std::move(undefined))
                                                 : cells;
  };
  return bound;
}

// The quotient of floats as an integer.
double whole_quotient(const Division& division, double x, double y, bool& defined) {
  constexpr double kEnd = 0x1.0p63;
  const double quotient = x / y;
  defined = y != 0 && quotient >= -kEnd && quotient < kEnd;
  if (defined) return std::trunc(quotient);
  if (division.undefined == Undefined::Throw) {
    division.throw_undefined(y == 0 ? "Division by zero"
                                    : "Integer division gives an infinite or too large number");
  }
  return 0;
}

double remainder(double x, double y, bool positive) {
  const double rest = std::fmod(x, y);
  return positive && rest < 0 ? rest + std::fabs(y) : rest;
}

BoundFunction bind_floats(const Division& division, const DataType& a, const DataType& b) {
  const DataTypePtr type = result_type(division.operation, a, b);
  BoundFunction bound = with_nulls(division, type);
  bound.kernel = [division, kind = type->kind()](std::span<const ColumnPtr> columns,
                                                 size_t row_count) {
    const ColumnPtr lefts = as_numbers<double>(columns[0]);
    const ColumnPtr rights = as_numbers<double>(columns[1]);
    const NumberCells<double> left(*lefts);
    const NumberCells<double> right(*rights);
    Buffer<uint8_t> undefined;
    const ColumnPtr result = make_numbers<double>(row_count, [&](size_t i) {
      bool defined = true;
      double value = 0;
      if (division.operation == Operation::Quotient) {
        value = whole_quotient(division, left[i], right[i], defined);
      } else {
        defined = division.undefined == Undefined::Throw || right[i] != 0;
        value = defined ? remainder(left[i], right[i],
                                    division.operation == Operation::PositiveRemainder)
                        : 0;
      }
      if (!defined) {
        if (undefined.empty()) undefined.assign(row_count, 0);
        undefined[i] = 1;
      }
      return value;
    });
    const ColumnPtr cells = as_kind(result, kind);
    return division.undefined == Undefined::Null ? make_nullable(cells, std::move(undefined))
                                                 : cells;
  };
  return bound;
}

BoundFunction bind_decimals(const FunctionContext& context, const Division& division,
                            const DataType& a, const DataType& b) {
  if (division.undefined != Undefined::Throw) {
    throw Error(ErrorCode::NotImplemented,
                "Decimal arguments are not supported by function " + std::string(division.name));
  }
  if (division.operation == Operation::Remainder) {
    return bind_decimal_operation(DecimalOperation::Modulo, division.name, a, b);
  }
  BoundFunction quotient = bind_decimal_operation(DecimalOperation::Divide, division.name, a, b);
  const DataTypePtr type = simple_type(cell_bytes(a) <= 4 ? TypeId::Int32 : TypeId::Int64);
  return {type, [cast = make_cast(context, quotient.type, type).cast, kernel = quotient.kernel](
                    std::span<const ColumnPtr> columns, size_t row_count) {
            return cast(kernel(columns, row_count));
          }};
}

// Dates and times count as the numbers that they are stored as.
DataTypePtr as_plain_number(const DataTypePtr& type) {
  if (type->id() == TypeId::Date) return simple_type(TypeId::UInt16);
  if (type->id() == TypeId::DateTime) return simple_type(TypeId::UInt32);
  return type;
}

BoundFunction bind_division(const Division& division, const FunctionContext& context,
                            FunctionArguments arguments) {
  check_argument_count(division.name, arguments, 2, 2);
  const bool is_remainder = division.operation == Operation::Remainder;
  const DataTypePtr left = is_remainder ? as_plain_number(arguments[0].type) : arguments[0].type;
  const DataType& a = *left;
  const DataType& b = *arguments[1].type;
  const bool is_common_divisor =
      division.operation == Operation::Gcd || division.operation == Operation::Lcm;
  if (is_integer(a) && is_integer(b)) return bind_integers(division, a, b);
  if (!is_number(a) || !is_number(b) || is_common_divisor) {
    throw_illegal_types(division.name, arguments);
  }
  if (a.id() == TypeId::Decimal || b.id() == TypeId::Decimal) {
    if (!is_float(a) && !is_float(b)) return bind_decimals(context, division, a, b);
    throw_illegal_types(division.name, arguments);
  }
  return bind_floats(division, a, b);
}

BoundFunction bind_divide_or_null(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("divideOrNull", arguments, 2, 2);
  for (size_t i = 0; i < 2; ++i) {
    if (!is_integer(*arguments[i].type) && !is_float(*arguments[i].type)) {
      throw_illegal_type("divideOrNull", arguments, i);
    }
  }
  return {nullable_type(simple_type(TypeId::Float64)),
          [](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr divisors = as_numbers<double>(columns[1]);
            const NumberCells<double> right(*divisors);
            Buffer<uint8_t> undefined(row_count);
            for (size_t i = 0; i < row_count; ++i) undefined[i] = right[i] == 0;
            return make_nullable(
                binary_loop<double, double>(*columns[0], *columns[1], row_count,
                                            [](double x, double y) { return x / y; }),
                std::move(undefined));
          }};
}

#define BIND(name, operation, undefined)                                                          \
  [](const FunctionContext& context, FunctionArguments arguments) {                               \
    return bind_division({name, Operation::operation, Undefined::undefined}, context, arguments); \
  }

const FunctionEntry kDivisionFunctions[] = {
    {.name = "intDiv",
     .bind = BIND("intDiv", Quotient, Throw),
     .syntax = "intDiv(a, b)",
     .description = "Quotient without its fraction; an error when b is 0.",
     .example = "SELECT intDiv(-7, 2)",
     .example_result = "-3",
     .category = "Arithmetic"},
    {.name = "intDivOrZero",
     .bind = BIND("intDivOrZero", Quotient, Zero),
     .syntax = "intDivOrZero(a, b)",
     .description = "Quotient without its fraction; 0 when b is 0.",
     .example = "SELECT intDivOrZero(1, 0)",
     .example_result = "0",
     .category = "Arithmetic"},
    {.name = "intDivOrNull",
     .bind = BIND("intDivOrNull", Quotient, Null),
     .syntax = "intDivOrNull(a, b)",
     .description = "Quotient without its fraction; NULL when b is 0.",
     .example = "SELECT intDivOrNull(1, 0)",
     .example_result = "\\N",
     .category = "Arithmetic"},
    {.name = "divideOrNull",
     .bind = bind_divide_or_null,
     .syntax = "divideOrNull(a, b)",
     .description = "Quotient as Float64; NULL when b is 0.",
     .example = "SELECT divideOrNull(1, 0)",
     .example_result = "\\N",
     .category = "Arithmetic"},
    {.name = "modulo",
     .bind = BIND("modulo", Remainder, Throw),
     .syntax = "modulo(a, b)",
     .description = "Remainder of a division, with the sign of a.",
     .example = "SELECT -7 % 3",
     .example_result = "-1",
     .category = "Arithmetic",
     .case_insensitive = true},
    function_alias("mod", "modulo", true),
    {.name = "moduloOrZero",
     .bind = BIND("moduloOrZero", Remainder, Zero),
     .syntax = "moduloOrZero(a, b)",
     .description = "Remainder of a division; 0 when b is 0.",
     .example = "SELECT moduloOrZero(5, 0)",
     .example_result = "0",
     .category = "Arithmetic"},
    {.name = "moduloOrNull",
     .bind = BIND("moduloOrNull", Remainder, Null),
     .syntax = "moduloOrNull(a, b)",
     .description = "Remainder of a division; NULL when b is 0.",
     .example = "SELECT moduloOrNull(5, 0)",
     .example_result = "\\N",
     .category = "Arithmetic"},
    {.name = "positiveModulo",
     .bind = BIND("positiveModulo", PositiveRemainder, Throw),
     .syntax = "positiveModulo(a, b)",
     .description = "Remainder of a division that is never negative.",
     .example = "SELECT positiveModulo(-7, 3)",
     .example_result = "2",
     .category = "Arithmetic",
     .case_insensitive = true},
    function_alias("positive_modulo", "positiveModulo", true),
    function_alias("pmod", "positiveModulo", true),
    {.name = "gcd",
     .bind = BIND("gcd", Gcd, Throw),
     .syntax = "gcd(a, b)",
     .description = "Greatest common divisor of two integers that are not 0.",
     .example = "SELECT gcd(12, 18)",
     .example_result = "6",
     .category = "Arithmetic"},
    {.name = "lcm",
     .bind = BIND("lcm", Lcm, Throw),
     .syntax = "lcm(a, b)",
     .description = "Least common multiple of two integers that are not 0.",
     .example = "SELECT lcm(4, 6)",
     .example_result = "12",
     .category = "Arithmetic"},
};
#undef BIND

}  // namespace

std::span<const FunctionEntry> division_functions() { return kDivisionFunctions; }

}  // namespace freshet
