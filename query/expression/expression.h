// BoundExpression: a typed tree over the columns of a chunk; what the binder makes of SQL text.
//
// Path:      query/plan/binder builds, query/plan rules rewrite, query/expression/evaluator runs
// Threads:   immutable once built.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/function/function.h"
#include "storage/base/buffer.h"
#include "storage/base/strong_id.h"
#include "storage/column/value.h"

namespace freshet {

struct BoundExpression;
class ValueSet;

// Columns from here on are parameters of lambdas, not columns of the input chunk.
inline constexpr ColumnIndex kLambdaColumn = ColumnIndex{1} << 48;

using BoundExpressionPtr = std::shared_ptr<const BoundExpression>;

struct BoundExpression {
  enum class Kind : uint8_t {
    Column,    // `column` of the input chunk
    Constant,  // `value`
    Function,  // `function` over `arguments`
    // Body arguments[0]; reads the input columns, and its `lambda_parameters` parameters as columns
    // numbered from `column` (kLambdaColumn + how many parameters the lambdas around it have).
    // Type: Array(type of the body), as functions want it.
    Lambda,
    InSet,      // arguments[0] IN `set`
    ArrayJoin,  // arrayJoin(arguments[0]); taken out by the planner before evaluation
  };

  Kind kind = Kind::Constant;
  DataTypePtr type;
  // ClickHouse's name of the expression as a column header; equal text does not mean equal meaning.
  std::string name;
  ColumnIndex column = 0;
  Value value;
  ResolvedFunction function;
  std::vector<BoundExpressionPtr> arguments;
  size_t lambda_parameters = 0;
  // Built once (a literal list or a finished subquery), probed by every worker.
  std::shared_ptr<const ValueSet> set;
  bool negated = false;  // NOT IN
  // Filled in by the functions below, the only ones to build expressions.
  uint64_t hash = 0;
  uint32_t node_count = 1;
};

// Builders. They throw QueryIsTooLarge past kExpressionNodesMax nodes: aliases of aliases can
// double an expression many times.
BoundExpressionPtr column_expression(ColumnIndex column, DataTypePtr type, std::string name);
BoundExpressionPtr constant_expression(Value value, DataTypePtr type, std::string name = {});
// Throws what resolve_function does.
BoundExpressionPtr function_expression(std::string_view function, const FunctionContext& context,
                                       std::vector<BoundExpressionPtr> arguments,
                                       std::string name = {});
// CAST to `type`; the expression itself when it has the type.
BoundExpressionPtr cast_expression(const BoundExpressionPtr& expression, const DataTypePtr& type,
                                   const FunctionContext& context);
// UInt8, or Nullable(UInt8) when the left side may be NULL.
BoundExpressionPtr in_set_expression(BoundExpressionPtr left, std::shared_ptr<const ValueSet> set,
                                     bool negated, std::string name = {});
BoundExpressionPtr lambda_expression(BoundExpressionPtr body, ColumnIndex first_parameter,
                                     size_t parameter_count, std::string name = {});
// `array` is an Array or a Map.
BoundExpressionPtr array_join_expression(BoundExpressionPtr array, std::string name = {});
// A copy over other arguments, which have the types that the old ones had.
BoundExpressionPtr with_arguments(const BoundExpression& expression,
                                  std::vector<BoundExpressionPtr> arguments);
BoundExpressionPtr with_name(const BoundExpressionPtr& expression, std::string name);
// A call of that function (its registered name, not an alias).
bool is_call(const BoundExpression& expression, std::string_view function);

// Same meaning: same shape, columns, constants and functions.
bool same_expression(const BoundExpression& a, const BoundExpression& b);
uint64_t hash_expression(const BoundExpression& expression);
// Every input column read, ascending, each once; parameters of lambdas are not counted.
std::vector<ColumnIndex> columns_of(const BoundExpression& expression);
// A copy with column c replaced by mapping[c].
BoundExpressionPtr remap_columns(const BoundExpressionPtr& expression,
                                 const std::vector<ColumnIndex>& mapping);
// A copy in which each Column c stands for replacements[c].
BoundExpressionPtr substitute_columns(const BoundExpressionPtr& expression,
                                      const std::vector<BoundExpressionPtr>& replacements);
// Top-down: where `replace` gives an expression, it stands for the subtree; else go on below.
using ExpressionRewriter = std::function<BoundExpressionPtr(const BoundExpressionPtr&)>;
BoundExpressionPtr rewrite_expression(const BoundExpressionPtr& expression,
                                      const ExpressionRewriter& replace);
bool is_deterministic(const BoundExpression& expression);
bool contains_kind(const BoundExpression& expression, BoundExpression::Kind kind);

// Values on the right side of IN, hashed. NULLs never match.
class ValueSet {
 public:
  // Cells of `column`, converted beforehand to `type`, the left side's type without Nullable. The
  // column may be of Nullable(type); NULLs, also as elements of tuples, are left out.
  ValueSet(DataTypePtr type, const ColumnPtr& column);
  ~ValueSet();
  const DataTypePtr& type() const { return type_; }
  size_t size() const;
  // The distinct values, for pruning. Slow path.
  std::vector<Value> values() const;
  // out[i] = 1 when cell i of `column` (flat, of type()) is in the set.
  void probe(const Column& column, Buffer<uint8_t>& out) const;

 private:
  struct State;
  DataTypePtr type_;
  std::unique_ptr<const State> state_;
};

}  // namespace freshet
