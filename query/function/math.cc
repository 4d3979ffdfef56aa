// Functions of real numbers.
#include <cmath>
#include <numbers>

#include "query/function/cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"

namespace freshet {

namespace {

// The C library's root may be one unit in the last place off, 27 among others; a step of Newton's
// method mends that.
double cube_root(double x) {
  const double root = std::cbrt(x);
  if (root == 0 || !std::isfinite(root)) return root;
  return root - (root * root * root - x) / (3 * root * root);
}

DataTypePtr float64_type() { return simple_type(TypeId::Float64); }

// f(number) -> Float64. Decimals count by their value.
template <class Compute>
BoundFunction bind_unary(std::string_view name, const FunctionContext& context,
                         FunctionArguments arguments, Compute compute) {
  check_argument_count(name, arguments, 1, 1);
  check_number(name, arguments, 0);
  const ColumnCast cast = make_cast(context, arguments[0].type, float64_type()).cast;
  return {float64_type(), [cast, compute](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr numbers = cast(columns[0]);
            const NumberCells<double> cells(*numbers);
            return make_numbers<double>(row_count, [&](size_t i) { return compute(cells[i]); });
          }};
}

template <class Compute>
BoundFunction bind_binary(std::string_view name, const FunctionContext& context,
                          FunctionArguments arguments, Compute compute) {
  check_argument_count(name, arguments, 2, 2);
  check_number(name, arguments, 0);
  check_number(name, arguments, 1);
  const ColumnCast left = make_cast(context, arguments[0].type, float64_type()).cast;
  const ColumnCast right = make_cast(context, arguments[1].type, float64_type()).cast;
  return {float64_type(), [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr first = left(columns[0]);
            const ColumnPtr second = right(columns[1]);
            const NumberCells<double> a(*first);
            const NumberCells<double> b(*second);
            return make_numbers<double>(row_count, [&](size_t i) { return compute(a[i], b[i]); });
          }};
}

BoundFunction make_number(double value) {
  return {float64_type(), [value](std::span<const ColumnPtr>, size_t row_count) {
            return make_constant_column(*float64_type(), Value(value), row_count);
          }};
}

BoundFunction bind_pi(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("pi", arguments, 0, 0);
  return make_number(std::numbers::pi);
}

BoundFunction bind_e(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("e", arguments, 0, 0);
  return make_number(std::numbers::e);
}

// -1, 0 or 1; NaN counts as positive, as in ClickHouse.
BoundFunction bind_sign(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("sign", arguments, 1, 1);
  check_number("sign", arguments, 0);
  return {simple_type(TypeId::Int8), [](std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_number(columns[0]->kind(), [&]<class T>() {
              const NumberCells<T> cells(*columns[0]);
              return make_numbers<int8_t>(row_count, [&](size_t i) {
                const T value = cells[i];
                return value == T{0} ? 0 : value < T{0} ? -1 : 1;
              });
            });
          }};
}

BoundFunction bind_factorial(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("factorial", arguments, 1, 1);
  check_integer("factorial", arguments, 0);
  return {simple_type(TypeId::UInt64), [](std::span<const ColumnPtr> columns, size_t row_count) {
            constexpr int64_t kMax = 20;  // 21! has more than 64 bits
            const IntegerCells cells(*columns[0]);
            return make_numbers<uint64_t>(row_count, [&](size_t i) {
              if (cells[i] > kMax) {
                throw Error(ErrorCode::BadArguments,
                            "The factorial is too large of " + std::to_string(cells[i]));
              }
              uint64_t product = 1;
              for (int64_t n = 2; n <= cells[i]; ++n) product *= static_cast<uint64_t>(n);
              return product;
            });
          }};
}

// 2 or 10 to an integer's power, within UInt64.
template <uint64_t kBase, int64_t kExponentMax>
BoundFunction bind_integer_power(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  if (!is_integer(*arguments[0].type) && !is_float(*arguments[0].type)) {
    throw_illegal_type(name, arguments, 0);
  }
  return {simple_type(TypeId::UInt64), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr numbers = as_numbers<int64_t>(columns[0]);
            const NumberCells<int64_t> cells(*numbers);
            return make_numbers<uint64_t>(row_count, [&](size_t i) -> uint64_t {
              if (cells[i] < 0) return 0;
              if (cells[i] > kExponentMax) return ~uint64_t{0};
              uint64_t power = 1;
              for (int64_t n = 0; n < cells[i]; ++n) power *= kBase;
              return power;
            });
          }};
}

BoundFunction bind_int_exp2(const FunctionContext&, FunctionArguments arguments) {
  return bind_integer_power<2, 63>("intExp2", arguments);
}

BoundFunction bind_int_exp10(const FunctionContext&, FunctionArguments arguments) {
  return bind_integer_power<10, 19>("intExp10", arguments);
}

// --- what kind of number

template <class Test>
BoundFunction bind_test(std::string_view name, FunctionArguments arguments, Test test) {
  check_argument_count(name, arguments, 1, 1);
  check_number(name, arguments, 0);
  return {simple_type(TypeId::UInt8), [test](std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_number(columns[0]->kind(), [&]<class T>() {
              const NumberCells<T> cells(*columns[0]);
              return make_numbers<uint8_t>(row_count, [&](size_t i) {
                if constexpr (std::is_floating_point_v<T>)
                  return test(double{cells[i]});
                else
                  return test(0.0);
              });
            });
          }};
}

BoundFunction bind_is_nan(const FunctionContext&, FunctionArguments arguments) {
  return bind_test("isNaN", arguments, [](double value) { return std::isnan(value); });
}

BoundFunction bind_is_infinite(const FunctionContext&, FunctionArguments arguments) {
  return bind_test("isInfinite", arguments, [](double value) { return std::isinf(value); });
}

BoundFunction bind_is_finite(const FunctionContext&, FunctionArguments arguments) {
  return bind_test("isFinite", arguments, [](double value) { return std::isfinite(value); });
}

// ifNotFinite(x, y) is if(isFinite(x), x, y).
BoundFunction bind_if_not_finite(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("ifNotFinite", arguments, 2, 2);
  const ResolvedFunction test = resolve_function("isFinite", context, arguments.subspan(0, 1));
  const FunctionArgument choice[] = {{test.type, nullptr, false}, arguments[0], arguments[1]};
  const ResolvedFunction choose = resolve_function("if", context, choice);
  return {choose.type, [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr finite = evaluate(test, columns.subspan(0, 1), row_count);
            const ColumnPtr all[] = {finite, columns[0], columns[1]};
            return evaluate(choose, all, row_count);
          }};
}

// widthBucket(x, low, high, count): 0 below, count + 1 from high on.
BoundFunction bind_width_bucket(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "widthBucket";
  check_argument_count(kName, arguments, 4, 4);
  std::vector<ColumnCast> casts;
  for (size_t i = 0; i < 3; ++i) {
    check_number(kName, arguments, i);
    casts.push_back(make_cast(context, arguments[i].type, float64_type()).cast);
  }
  check_integer(kName, arguments, 3);
  const size_t bytes = cell_bytes(*arguments[3].type);
  const DataTypePtr type = simple_type(bytes == 1   ? TypeId::UInt16
                                       : bytes == 2 ? TypeId::UInt32
                                                    : TypeId::UInt64);
  return {type, [=, kind = type->kind()](std::span<const ColumnPtr> columns, size_t row_count) {
            std::vector<ColumnPtr> numbers;
            for (size_t i = 0; i < 3; ++i) numbers.push_back(casts[i](columns[i]));
            const NumberCells<double> values(*numbers[0]);
            const NumberCells<double> lows(*numbers[1]);
            const NumberCells<double> highs(*numbers[2]);
            const IntegerCells counts(*columns[3]);
            const ColumnPtr buckets = make_numbers<uint64_t>(row_count, [&](size_t i) -> uint64_t {
              const int64_t count = counts[i];
              if (count <= 0 || !(lows[i] < highs[i]) || std::isnan(values[i])) {
                throw Error(
                    ErrorCode::BadArguments,
                    "The bounds or the count of widthBucket are wrong: " + std::to_string(count));
              }
              if (values[i] < lows[i]) return 0;
              if (values[i] >= highs[i]) return static_cast<uint64_t>(count) + 1;
              const double place = (values[i] - lows[i]) / (highs[i] - lows[i]);
              return static_cast<uint64_t>(place * static_cast<double>(count)) + 1;
            });
            return dispatch_native(kind, [&]<class T>() { return as_numbers<T>(buckets); });
          }};
}

#define UNARY(NAME, EXPRESSION, DESCRIPTION, EXAMPLE, RESULT, ANY_CASE)                          \
  {                                                                                              \
    .name = NAME,                                                                                \
    .bind =                                                                                      \
        [](const FunctionContext& context, FunctionArguments arguments) {                        \
          return bind_unary(NAME, context, arguments, [](double x) { return EXPRESSION; });      \
        },                                                                                       \
    .syntax = NAME "(x)", .description = DESCRIPTION, .example = "SELECT " NAME "(" EXAMPLE ")", \
    .example_result = RESULT, .category = "Mathematical", .case_insensitive = ANY_CASE           \
  }
#define BINARY(NAME, EXPRESSION, DESCRIPTION, EXAMPLE, RESULT, ANY_CASE)     \
  {                                                                          \
    .name = NAME,                                                            \
    .bind =                                                                  \
        [](const FunctionContext& context, FunctionArguments arguments) {    \
          return bind_binary(NAME, context, arguments,                       \
                             [](double x, double y) { return EXPRESSION; }); \
        },                                                                   \
    .syntax = NAME "(x, y)", .description = DESCRIPTION,                     \
    .example = "SELECT " NAME "(" EXAMPLE ")", .example_result = RESULT,     \
    .category = "Mathematical", .case_insensitive = ANY_CASE                 \
  }
#define ENTRY(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT, ANY_CASE)             \
  {                                                                                     \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION,         \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "Mathematical", \
    .case_insensitive = ANY_CASE                                                        \
  }

const FunctionEntry kMathFunctions[] = {
    UNARY("exp", std::exp(x), "e to the power of x.", "1", "2.718281828459045", true),
    UNARY("log", std::log(x), "The natural logarithm.", "e()", "1", true),
    function_alias("ln", "log", true),
    UNARY("exp2", std::exp2(x), "2 to the power of x.", "3", "8", true),
    UNARY("log2", std::log2(x), "The logarithm to base 2.", "8", "3", true),
    UNARY("exp10", exp10(x), "10 to the power of x.", "2", "100", true),
    UNARY("log10", std::log10(x), "The logarithm to base 10.", "100", "2", true),
    UNARY("log1p", std::log1p(x), "The natural logarithm of 1 + x.", "0", "0", false),
    UNARY("sqrt", std::sqrt(x), "The square root.", "2", "1.4142135623730951", true),
    UNARY("cbrt", cube_root(x), "The cube root.", "27", "3", true),
    UNARY("erf", std::erf(x), "The error function.", "0", "0", false),
    UNARY("erfc", std::erfc(x), "1 minus the error function.", "0", "1", false),
    UNARY("lgamma", std::lgamma(x), "The logarithm of the gamma function.", "2", "0", false),
    UNARY("tgamma", std::tgamma(x), "The gamma function.", "5", "24", false),
    UNARY("sin", std::sin(x), "The sine.", "0", "0", true),
    UNARY("cos", std::cos(x), "The cosine.", "0", "1", true),
    UNARY("tan", std::tan(x), "The tangent.", "0", "0", true),
    UNARY("asin", std::asin(x), "The inverse sine.", "1", "1.5707963267948966", true),
    UNARY("acos", std::acos(x), "The inverse cosine.", "1", "0", true),
    UNARY("atan", std::atan(x), "The inverse tangent.", "1", "0.7853981633974483", true),
    UNARY("sinh", std::sinh(x), "The hyperbolic sine.", "0", "0", true),
    UNARY("cosh", std::cosh(x), "The hyperbolic cosine.", "0", "1", true),
    UNARY("tanh", std::tanh(x), "The hyperbolic tangent.", "0", "0", true),
    UNARY("asinh", std::asinh(x), "The inverse hyperbolic sine.", "0", "0", true),
    UNARY("acosh", std::acosh(x), "The inverse hyperbolic cosine.", "1", "0", true),
    UNARY("atanh", std::atanh(x), "The inverse hyperbolic tangent.", "0", "0", true),
    UNARY("degrees", x*(180 / std::numbers::pi), "Radians as degrees.", "pi()", "180", true),
    UNARY("radians", x*(std::numbers::pi / 180), "Degrees as radians.", "180", "3.141592653589793",
          true),
    BINARY("pow", std::pow(x, y), "x to the power of y.", "2, 10", "1024", true),
    function_alias("power", "pow", true),
    BINARY("atan2", std::atan2(x, y), "The angle of the point with ordinate x and abscissa y.",
           "1, 1", "0.7853981633974483", true),
    BINARY("hypot", std::hypot(x, y), "The length of the hypotenuse.", "3, 4", "5", true),
    ENTRY("pi", bind_pi, "pi()", "The ratio of a circle's circumference to its diameter.", "pi()",
          "3.141592653589793", true),
    ENTRY("e", bind_e, "e()", "The base of natural logarithms.", "e()", "2.718281828459045", false),
    ENTRY("sign", bind_sign, "sign(x)", "-1, 0 or 1, as x is negative, zero or positive.",
          "sign(-5), sign(0)", "-1\t0", true),
    ENTRY("factorial", bind_factorial, "factorial(n)", "The product of the numbers up to n.",
          "factorial(5)", "120", true),
    ENTRY("intExp2", bind_int_exp2, "intExp2(n)", "2 to the power of n as UInt64.", "intExp2(10)",
          "1024", false),
    ENTRY("intExp10", bind_int_exp10, "intExp10(n)", "10 to the power of n as UInt64.",
          "intExp10(3)", "1000", false),
    ENTRY("isNaN", bind_is_nan, "isNaN(x)", "1 when x is not a number.", "isNaN(0 / 0), isNaN(1)",
          "1\t0", false),
    ENTRY("isInfinite", bind_is_infinite, "isInfinite(x)", "1 when x is infinite.",
          "isInfinite(1 / 0)", "1", false),
    ENTRY("isFinite", bind_is_finite, "isFinite(x)", "1 when x is neither infinite nor NaN.",
          "isFinite(1 / 0)", "0", false),
    {.name = "ifNotFinite",
     .bind = bind_if_not_finite,
     .syntax = "ifNotFinite(x, y)",
     .description = "y where x is infinite, NaN or NULL, else x.",
     .example = "SELECT ifNotFinite(1 / 0, 5), ifNotFinite(NULL, 5)",
     .example_result = "5\t5",
     .category = "Mathematical",
     .nulls = NullPolicy::Handle},
    ENTRY("widthBucket", bind_width_bucket, "widthBucket(x, low, high, count)",
          "Which of `count` equal parts between low and high x lies in, from 1.",
          "widthBucket(5, 0, 10, 5)", "3", false),
    function_alias("WIDTH_BUCKET", "widthBucket", true),
};
#undef ENTRY
#undef BINARY
#undef UNARY

}  // namespace

std::span<const FunctionEntry> math_functions() { return kMathFunctions; }

}  // namespace freshet
