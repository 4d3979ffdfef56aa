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
using BoundExpressionPtr = std::shared_ptr<const BoundExpression>;

struct BoundExpression {
  enum class Kind : uint8_t {
    Column,    // `column` of the input chunk
    Constant,  // `value`
    Function,  // `function` over `arguments`
    Lambda,    // body arguments[0] over the input columns followed by `lambda_parameters` more
    InSet,     // arguments[0] IN `set`
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
};

BoundExpressionPtr column_expression(ColumnIndex column, DataTypePtr type, std::string name);
BoundExpressionPtr constant_expression(Value value, DataTypePtr type, std::string name = {});

// Same meaning: same shape, columns, constants and functions.
bool same_expression(const BoundExpression& a, const BoundExpression& b);
uint64_t hash_expression(const BoundExpression& expression);
// Every column read, ascending, each once.
std::vector<ColumnIndex> columns_of(const BoundExpression& expression);
// A copy with column c replaced by mapping[c].
BoundExpressionPtr remap_columns(const BoundExpressionPtr& expression,
                                 const std::vector<ColumnIndex>& mapping);
// A copy in which each Column c stands for replacements[c].
BoundExpressionPtr substitute_columns(const BoundExpressionPtr& expression,
                                      const std::vector<BoundExpressionPtr>& replacements);
bool is_deterministic(const BoundExpression& expression);

// Values on the right side of IN, hashed. NULLs never match.
class ValueSet {
 public:
  // Cells of `column`, converted beforehand to `type`, the left side's type without Nullable.
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
