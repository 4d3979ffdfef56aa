#include "query/sql/operator_table.h"

#include <algorithm>
#include <array>

namespace freshet {

namespace {

constexpr std::array<BinaryOperator, 32> kOperators = {{
    {"OR", "or", precedence::kOr, true},
    {"AND", "and", precedence::kAnd, true},
    {"<=>", "isNotDistinctFrom", precedence::kIs},
    {"IS NOT DISTINCT FROM", "isNotDistinctFrom", precedence::kIs},
    {"IS DISTINCT FROM", "isDistinctFrom", precedence::kIs},
    {"=", "equals", precedence::kComparison},
    {"==", "equals", precedence::kComparison},
    {"!=", "notEquals", precedence::kComparison},
    {"<>", "notEquals", precedence::kComparison},
    {"<=", "lessOrEquals", precedence::kComparison},
    {"<", "less", precedence::kComparison},
    {">=", "greaterOrEquals", precedence::kComparison},
    {">", "greater", precedence::kComparison},
    {"LIKE", "like", precedence::kComparison},
    {"NOT LIKE", "notLike", precedence::kComparison},
    {"ILIKE", "ilike", precedence::kComparison},
    {"NOT ILIKE", "notILike", precedence::kComparison},
    {"REGEXP", "match", precedence::kComparison},
    {"RLIKE", "match", precedence::kComparison},
    {"IN", "in", precedence::kComparison},
    {"NOT IN", "notIn", precedence::kComparison},
    {"GLOBAL IN", "globalIn", precedence::kComparison},
    {"GLOBAL NOT IN", "globalNotIn", precedence::kComparison},
    {"||", "concat", precedence::kConcat, true},
    {"+", "plus", precedence::kAdditive},
    {"-", "minus", precedence::kAdditive},
    {"\xE2\x88\x92", "minus", precedence::kAdditive},
    {"*", "multiply", precedence::kMultiplicative},
    {"/", "divide", precedence::kMultiplicative},
    {"%", "modulo", precedence::kMultiplicative},
    {"MOD", "modulo", precedence::kMultiplicative},
    {"DIV", "intDiv", precedence::kMultiplicative},
}};

}  // namespace

std::span<const BinaryOperator> binary_operators() { return kOperators; }

const BinaryOperator* find_operator(std::string_view function) {
  const auto row = std::find_if(kOperators.begin(), kOperators.end(),
                                [&](const auto& each) { return each.function == function; });
  return row == kOperators.end() ? nullptr : &*row;
}

}  // namespace freshet
