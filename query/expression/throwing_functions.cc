#include "query/expression/throwing_functions.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace freshet {

namespace {

// Functions that throw for some cells of any type.
constexpr std::array<std::string_view, 27> kThrowing = {"intDiv",
                                                        "modulo",
                                                        "moduloLegacy",
                                                        "positiveModulo",
                                                        "gcd",
                                                        "lcm",
                                                        "throwIf",
                                                        "CAST",
                                                        "_CAST",
                                                        "accurateCast",
                                                        "reinterpret",
                                                        "range",
                                                        "arrayWithConstant",
                                                        "repeat",
                                                        "space",
                                                        "assumeNotNull",
                                                        "divideDecimal",
                                                        "multiplyDecimal",
                                                        "IPv4StringToNum",
                                                        "IPv6StringToNum",
                                                        "UUIDStringToNum",
                                                        "unhex",
                                                        "base64Decode",
                                                        "decrypt",
                                                        "formatDateTime",
                                                        "dateTrunc",
                                                        "arrayElementOrError"};

// Functions that throw only when an argument is a Decimal: overflow.
constexpr std::array<std::string_view, 6> kDecimalArithmetic = {"plus",   "minus",  "multiply",
                                                                "divide", "negate", "abs"};

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool reads(const ResolvedFunction& function, TypeId type) {
  return std::any_of(
      function.argument_types.begin(), function.argument_types.end(),
      [&](const DataTypePtr& argument) { return without_nullable(argument)->id() == type; });
}

// toDate, parseDateTime64BestEffort, ... but not toDateOrNull.
bool is_parsing(std::string_view name) {
  return (name.starts_with("to") || name.starts_with("parse")) && !name.ends_with("OrNull") &&
         !name.ends_with("OrZero") && !name.ends_with("OrDefault");
}

// id % 10: a whole number that is neither 0 nor -1 divides everything.
bool divides_safely(const BoundExpression& call) {
  constexpr std::array<std::string_view, 4> kDivisions = {"intDiv", "modulo", "moduloLegacy",
                                                          "positiveModulo"};
  if (!is_one_of(kDivisions, call.function.entry->name) || call.arguments.size() != 2) return false;
  const BoundExpression& divisor = *call.arguments[1];
  if (divisor.kind != BoundExpression::Kind::Constant) return false;
  for (const auto& argument : call.arguments) {
    if (!is_integer(*without_nullable(argument->type))) return false;
  }
  if (const auto* value = std::get_if<uint64_t>(&divisor.value.cell)) return *value != 0;
  const auto* value = std::get_if<int64_t>(&divisor.value.cell);
  return value != nullptr && *value != 0 && *value != -1;
}

bool call_may_throw(const BoundExpression& call) {
  const ResolvedFunction& function = call.function;
  const std::string_view name = function.entry->name;
  if (divides_safely(call)) return false;
  if (is_one_of(kThrowing, name)) return true;
  if (is_one_of(kDecimalArithmetic, name)) return reads(function, TypeId::Decimal);
  return is_parsing(name) &&
         (reads(function, TypeId::String) || reads(function, TypeId::FixedString) ||
          name.starts_with("toDecimal"));
}

}  // namespace

bool may_throw(const BoundExpression& expression) {
  if (expression.kind == BoundExpression::Kind::Function && call_may_throw(expression)) {
    return true;
  }
  return std::any_of(expression.arguments.begin(), expression.arguments.end(),
                     [](const auto& argument) { return may_throw(*argument); });
}

}  // namespace freshet
