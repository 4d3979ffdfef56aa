#include "query/engine/column_defaults.h"

#include <algorithm>

#include "query/expression/evaluator.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// Visits columns depth first, so that what an expression reads comes before it.
class DefaultOrder {
 public:
  DefaultOrder(const Schema& schema, const std::vector<BoundExpressionPtr>& expressions)
      : schema_(schema), expressions_(expressions), state_(expressions.size(), State::New) {}

  std::vector<ColumnDefault> make() {
    for (ColumnIndex column = 0; column < expressions_.size(); ++column) visit(column);
    return std::move(order_);
  }

 private:
  enum class State : uint8_t { New, Open, Done };

  void visit(ColumnIndex column) {
    if (expressions_[column] == nullptr || state_[column] == State::Done) return;
    if (state_[column] == State::Open) {
      throw Error(ErrorCode::CyclicAliases,
                  "Default expressions read each other in a circle: " + schema_[column].name);
    }
    state_[column] = State::Open;
    for (const ColumnIndex read : columns_of(*expressions_[column])) visit(read);
    state_[column] = State::Done;
    order_.push_back({column, expressions_[column]});
  }

  const Schema& schema_;
  const std::vector<BoundExpressionPtr>& expressions_;
  std::vector<State> state_;
  std::vector<ColumnDefault> order_;
};

}  // namespace

ColumnDefaults bind_column_defaults(const std::vector<ColumnDefinition>& columns,
                                    const BindContext& context) {
  ColumnDefaults defaults;
  for (const ColumnDefinition& column : columns) {
    if (column.default_kind == DefaultKind::Alias) continue;
    defaults.schema.add(column.name, column.type);
    defaults.definitions.push_back(&column);
  }
  std::vector<BoundExpressionPtr> expressions(defaults.schema.size());
  for (ColumnIndex i = 0; i < expressions.size(); ++i) {
    const std::string& text = defaults.definitions[i]->default_expression;
    if (text.empty()) continue;
    expressions[i] = bind_expression(defaults.schema, *parse_expression_text(text), context);
  }
  defaults.in_order = DefaultOrder(defaults.schema, expressions).make();
  return defaults;
}

ColumnPtr evaluate_as(const BoundExpression& expression, const DataTypePtr& type,
                      const Chunk& chunk, const FunctionContext& functions) {
  ColumnPtr cells = evaluate_expression(expression, chunk);
  if (*expression.type == *type) return cells;
  return cast_column(functions, cells, expression.type, type);
}

void check_castable(const BoundExpression& expression, const DataTypePtr& type,
                    const FunctionContext& functions) {
  if (*expression.type == *type) return;
  const bool is_constant = expression.kind == BoundExpression::Kind::Constant;
  const ColumnPtr cells = is_constant
                              ? make_constant_column(*expression.type, expression.value, 1)
                              : ColumnPtr(make_column(*expression.type));
  cast_column(functions, cells, expression.type, type);
}

}  // namespace freshet
