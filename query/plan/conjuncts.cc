#include "query/plan/conjuncts.h"

#include <vector>

#include "query/expression/evaluator.h"
#include "storage/base/check.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

bool is_constant_number(const BoundExpression& expression) {
  return expression.kind == BoundExpression::Kind::Constant &&
         (expression.value.is_null() || is_number_kind(without_nullable(expression.type)->kind()));
}

bool passes(const BoundExpression& expression) {
  if (expression.value.is_null()) return false;
  std::vector<RowIndex> rows;
  select_true(*make_constant_column(*expression.type, expression.value, 1), rows);
  return !rows.empty();
}

}  // namespace

void split_conjuncts(const BoundExpressionPtr& condition,
                     std::vector<BoundExpressionPtr>& conjuncts) {
  if (!is_call(*condition, "and")) {
    conjuncts.push_back(condition);
    return;
  }
  for (const auto& argument : condition->arguments) split_conjuncts(argument, conjuncts);
}

BoundExpressionPtr join_conjuncts(const std::vector<BoundExpressionPtr>& conjuncts,
                                  const FunctionContext& functions) {
  CHECK(!conjuncts.empty());
  if (conjuncts.size() == 1) return conjuncts[0];
  return function_expression("and", functions, conjuncts, "and");
}

bool is_true_constant(const BoundExpression& expression) {
  return is_constant_number(expression) && passes(expression);
}

bool is_false_constant(const BoundExpression& expression) {
  return is_constant_number(expression) && !passes(expression);
}

}  // namespace freshet
