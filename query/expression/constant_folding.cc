#include <algorithm>

#include "query/expression/evaluator.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

bool is_constant(const BoundExpressionPtr& expression) {
  return expression->kind == BoundExpression::Kind::Constant;
}

// A lambda that reads only its own parameters is as good as a constant.
bool is_closed(const BoundExpressionPtr& expression) {
  if (is_constant(expression)) return true;
  return expression->kind == BoundExpression::Kind::Lambda && expression->column == kLambdaColumn &&
         columns_of(*expression).empty() && is_deterministic(*expression);
}

// Only its own determinism counts: constants below have been folded already.
bool is_foldable(const BoundExpression& expression) {
  switch (expression.kind) {
    case BoundExpression::Kind::Function:
      return expression.function.entry->deterministic &&
             std::all_of(expression.arguments.begin(), expression.arguments.end(), is_closed);
    case BoundExpression::Kind::InSet:
      return is_constant(expression.arguments[0]);
    default:
      return false;
  }
}

bool is_true(const Value& value) {
  return !value.is_null() && std::visit(
                                 [](const auto& cell) {
                                   using T = std::decay_t<decltype(cell)>;
                                   if constexpr (std::is_arithmetic_v<T>) {
                                     return cell != T{};
                                   } else {
                                     return false;
                                   }
                                 },
                                 value.cell);
}

// The branch of if(constant, a, b), when it has the result's type.
BoundExpressionPtr chosen_branch(const BoundExpression& expression) {
  if (!is_call(expression, "if") || !is_constant(expression.arguments[0])) return nullptr;
  const auto& branch = expression.arguments[is_true(expression.arguments[0]->value) ? 1 : 2];
  return *branch->type == *expression.type ? branch : nullptr;
}

}  // namespace

BoundExpressionPtr fold_constants(const BoundExpressionPtr& expression) {
  if (is_constant(expression) || expression->kind == BoundExpression::Kind::Column) {
    return expression;
  }
  std::vector<BoundExpressionPtr> arguments;
  arguments.reserve(expression->arguments.size());
  bool changed = false;
  for (const auto& argument : expression->arguments) {
    arguments.push_back(fold_constants(argument));
    changed |= arguments.back() != argument;
  }
  const BoundExpressionPtr folded =
      changed ? with_arguments(*expression, std::move(arguments)) : expression;
  if (const auto branch = chosen_branch(*folded)) return branch;
  if (!is_foldable(*folded)) return folded;
  try {
    return constant_expression(evaluate_constant(*folded), folded->type, folded->name);
  } catch (const Error&) {
    return folded;
  }
}

}  // namespace freshet
