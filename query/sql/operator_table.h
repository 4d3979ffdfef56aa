// The binary operators: how they are written, which function they call, how tightly they bind.
// Parser and printer read the same rows.
#pragma once

#include <span>
#include <string_view>

namespace freshet {

// Higher binds tighter; operators of one precedence group from the left.
namespace precedence {
inline constexpr int kTernary = 1;  // c ? a : b, and x -> body
inline constexpr int kOr = 3;
inline constexpr int kAnd = 4;
inline constexpr int kNot = 5;
inline constexpr int kIs = 6;
inline constexpr int kBetween = 7;
inline constexpr int kComparison = 9;
inline constexpr int kConcat = 10;
inline constexpr int kAdditive = 11;
inline constexpr int kMultiplicative = 12;
inline constexpr int kNegate = 13;
inline constexpr int kPostfix = 14;  // a[i], a.1, a::T
inline constexpr int kPrimary = 15;
}  // namespace precedence

struct BinaryOperator {
  std::string_view spelling;  // upper case; several words are separated by one blank
  std::string_view function;
  int precedence;
  bool merges = false;  // a AND b AND c is one call of three arguments
};

// Where a spelling begins another one, the longer comes first. The first row of a function is how
// it is printed.
std::span<const BinaryOperator> binary_operators();

// The row that prints calls of `function`, or null.
const BinaryOperator* find_operator(std::string_view function);

}  // namespace freshet
