// Expressions as written by the user, but with every operator, CASE, CAST and special function form
// turned into a call of its ClickHouse function.
//
// Path:      SQL text -> lexer -> parser -> Expression -> binder
// Owns:      subtrees are immutable and shared (`Tree`), so a copy or a substitution is cheap.
// Threads:   immutable after parsing; any thread may read.
// Units:     SourceRange counts bytes of the query text.
//
// `a + 1 AS b` is FunctionCall{"plus", {Identifier{"a"}, Literal{1}}} with alias "b".
//
// == compares what trees say: where they were written, and how deep they are, does not count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace freshet {

// Bytes [begin, end) of the query text.
struct SourceRange {
  uint32_t begin = 0;
  uint32_t end = 0;

  bool operator==(const SourceRange&) const { return true; }
};

// Shared immutable subtree, possibly null; == compares contents.
template <class T>
class Tree : public std::shared_ptr<const T> {
 public:
  using std::shared_ptr<const T>::shared_ptr;
  Tree() = default;
  Tree(std::shared_ptr<const T> tree) : std::shared_ptr<const T>(std::move(tree)) {}

  friend bool operator==(const Tree& a, std::nullptr_t) { return a.get() == nullptr; }
  friend bool operator==(const Tree& a, const Tree& b) {
    return a.get() == b.get() || (a.get() != nullptr && b.get() != nullptr && *a == *b);
  }
};

struct Expression;
struct Query;
struct WindowSpec;
using ExpressionPtr = Tree<Expression>;
using QueryPtr = Tree<Query>;
using WindowSpecPtr = Tree<WindowSpec>;

struct NullLiteral {
  bool operator==(const NullLiteral&) const = default;
};

// Negative numbers are one literal: `-1` is int64_t{-1}. Non-negative integers are uint64_t.
// Integers beyond 64 bits are double, as in ClickHouse; `text` keeps their digits.
using LiteralValue = std::variant<NullLiteral, bool, uint64_t, int64_t, double, std::string>;

struct Literal {
  LiteralValue value;
  // Numbers: the digits as written, with sign, without `_`; decimals are converted from these. Not
  // compared. Empty for other literals.
  std::string text;

  bool operator==(const Literal& other) const;
};

// Column or alias name: `a`, `t.a`, `db.t.a`; quotes are already removed. Never empty.
struct Identifier {
  std::vector<std::string> parts;

  bool operator==(const Identifier&) const = default;
};

// One `REPLACE(expression AS name)` element.
struct ColumnReplacement {
  ExpressionPtr expression;
  std::string name;

  bool operator==(const ColumnReplacement&) const = default;
};

// `APPLY(f)`, `APPLY(f(0.9))` or `APPLY(x -> ...)`.
struct ColumnApply {
  std::string function;
  std::vector<ExpressionPtr> parameters;
  ExpressionPtr lambda;  // set: `function` is empty

  bool operator==(const ColumnApply&) const = default;
};

struct ColumnExcept {
  std::vector<std::string> names;
  std::string pattern;  // EXCEPT('regexp'): `names` is empty

  bool operator==(const ColumnExcept&) const = default;
};

struct ColumnReplace {
  std::vector<ColumnReplacement> replacements;

  bool operator==(const ColumnReplace&) const = default;
};

using ColumnTransformer = std::variant<ColumnExcept, ColumnReplace, ColumnApply>;

// `*`, `t.*`, `* EXCEPT (a) REPLACE (b + 1 AS b) APPLY (f)`; transformers apply in order.
struct Asterisk {
  std::vector<std::string> qualifier;
  std::vector<ColumnTransformer> transformers;

  bool operator==(const Asterisk&) const = default;
};

// `COLUMNS('regexp')` or `COLUMNS(a, b)`, possibly `t.COLUMNS(..)`.
struct ColumnsMatcher {
  std::vector<std::string> qualifier;
  std::string pattern;
  std::vector<Identifier> columns;  // non-empty: `pattern` is not used
  std::vector<ColumnTransformer> transformers;

  bool operator==(const ColumnsMatcher&) const = default;
};

enum class NullTreatment : uint8_t { Default, IgnoreNulls, RespectNulls };

// Every call and operator. Canonical names of what is not written as a call:
//   a + b plus, a - b minus, a * b multiply, a / b divide, a % b and a MOD b modulo, a DIV b
//   intDiv, -a negate, a || b || c concat(a, b, c), a = b and a == b equals, != and <> notEquals,
//   < less, <= lessOrEquals, > greater, >= greaterOrEquals, <=> and IS NOT DISTINCT FROM
//   isNotDistinctFrom, IS DISTINCT FROM isDistinctFrom, a AND b AND c and(a, b, c),
//   OR or, NOT not, IS NULL isNull, IS NOT NULL isNotNull, LIKE like, NOT LIKE notLike, ILIKE
//   ilike, NOT ILIKE notILike, REGEXP match, IN in, NOT IN notIn, GLOBAL [NOT] IN globalIn,
//   globalNotIn, a BETWEEN x AND y and(greaterOrEquals(a, x), lessOrEquals(a, y)), a NOT BETWEEN x
//   AND y or(less(a, x), greater(a, y)), EXISTS (q) exists(q), c ? a : b if, [a, b] array, (a, b)
//   tuple, a[i] arrayElement, a.1 and a.name tupleElement, CASE WHEN multiIf(.., else), CASE x WHEN
//   caseWithExpression(x, .., else); a missing ELSE is NULL, CAST(a AS T), CAST(a, 'T') and a::T
//   CAST(a, 'T'), INTERVAL n DAY toIntervalDay(n), DATE 's' toDate('s'), TIMESTAMP 's'
//   toDateTime('s'), EXTRACT(YEAR FROM a) toYear(a), SUBSTRING(a FROM i FOR n) substring(a, i, n),
//   POSITION(a IN b) position(b, a), TRIM(LEADING c FROM a) trimLeft(a, c), TRIM(BOTH ..) trimBoth,
//   TRIM(TRAILING ..) trimRight, DATE_ADD(DAY, 1, d) plus(d, toIntervalDay(1)), DATE_DIFF(DAY, a,
//   b) dateDiff('day', a, b).
// Other names are kept as written (`COUNT`): the binder decides about letter case.
// `count(*)` has the one argument Asterisk. `f(DISTINCT x)` has `distinct`.
// `f(x) FILTER (WHERE c)` is fIf(x, c).
struct FunctionCall {
  std::string name;
  std::vector<ExpressionPtr> arguments;
  std::vector<ExpressionPtr> parameters;  // quantile(0.9)(x): {0.9}
  bool distinct = false;
  // Written as an operator rather than as a call; only the printer cares.
  bool operator_syntax = false;
  NullTreatment null_treatment = NullTreatment::Default;
  WindowSpecPtr over;  // null: no OVER clause

  bool operator==(const FunctionCall&) const = default;
};

// `(x, y) -> body`.
struct Lambda {
  std::vector<std::string> parameters;
  ExpressionPtr body;

  bool operator==(const Lambda&) const = default;
};

// `(SELECT ...)` as a scalar, as the right side of IN, or as the argument of exists.
struct Subquery {
  QueryPtr query;

  bool operator==(const Subquery&) const = default;
};

// `{name:Type}`. Parameters of type Identifier never get here: the parser replaces them.
struct QueryParameter {
  std::string name;
  std::string type;

  bool operator==(const QueryParameter&) const = default;
};

using ExpressionNode = std::variant<Literal, Identifier, Asterisk, ColumnsMatcher, FunctionCall,
                                    Lambda, Subquery, QueryParameter>;

struct Expression {
  ExpressionNode node;
  std::string alias;  // `x AS alias` or `x alias`; empty: none
  SourceRange range;
  // Levels of this tree including subqueries; the parser refuses more than kQueryDepthMax, so
  // recursive walks are safe.
  uint32_t height = 1;

  bool operator==(const Expression& other) const;
};

// The payload if the expression is of that kind, else null: `if (const auto* call =
// as<FunctionCall>(e))`.
template <class Node>
const Node* as(const Expression& expression) {
  return std::get_if<Node>(&expression.node);
}
template <class Node>
const Node* as(const ExpressionPtr& expression) {
  return std::get_if<Node>(&expression->node);
}

// Builds an expression with its height. Throws TooDeepRecursion beyond kQueryDepthMax.
ExpressionPtr make_expression(ExpressionNode node, SourceRange range, std::string alias = {});
ExpressionPtr make_call(std::string name, std::vector<ExpressionPtr> arguments, SourceRange range);
// The same expression under another alias; empty removes it.
ExpressionPtr with_alias(const ExpressionPtr& expression, std::string alias);

struct OrderItem {
  ExpressionPtr expression;
  bool descending = false;
  // Absent: ClickHouse's default, NULLS LAST in either direction.
  std::optional<bool> nulls_first;
  std::string collation;
  SourceRange range;

  bool operator==(const OrderItem&) const = default;
};

enum class FrameUnit : uint8_t { Rows, Range, Groups };
enum class FrameBoundKind : uint8_t {
  UnboundedPreceding,
  Preceding,
  CurrentRow,
  Following,
  UnboundedFollowing
};

struct FrameBound {
  FrameBoundKind kind = FrameBoundKind::CurrentRow;
  ExpressionPtr offset;  // Preceding and Following only

  bool operator==(const FrameBound&) const = default;
};

struct WindowFrame {
  FrameUnit unit = FrameUnit::Range;
  FrameBound begin{FrameBoundKind::UnboundedPreceding, {}};
  FrameBound end{FrameBoundKind::CurrentRow, {}};

  bool operator==(const WindowFrame&) const = default;
};

// `OVER name`: only `window`, with `reference`. `OVER (base PARTITION BY ..)`: `window` is the
// base.
struct WindowSpec {
  std::string window;
  bool reference = false;
  std::vector<ExpressionPtr> partition_by;
  std::vector<OrderItem> order_by;
  std::optional<WindowFrame> frame;

  bool operator==(const WindowSpec&) const = default;
};

struct NamedWindow {
  std::string name;
  WindowSpecPtr spec;

  bool operator==(const NamedWindow&) const = default;
};

}  // namespace freshet
