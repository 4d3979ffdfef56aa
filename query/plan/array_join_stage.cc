#include "query/plan/array_join_stage.h"

#include "query/plan/table_binder.h"

namespace freshet {

namespace {

// An arrayJoin without another one inside; null: none.
BoundExpressionPtr innermost_array_join(const BoundExpressionPtr& expression) {
  for (const auto& argument : expression->arguments) {
    if (auto found = innermost_array_join(argument)) return found;
  }
  return expression->kind == BoundExpression::Kind::ArrayJoin ? expression : nullptr;
}

BoundExpressionPtr replace_call(const BoundExpressionPtr& expression, const BoundExpression& call,
                                const BoundExpressionPtr& column) {
  return rewrite_expression(expression, [&](const BoundExpressionPtr& e) -> BoundExpressionPtr {
    return same_expression(*e, call) ? column : nullptr;
  });
}

}  // namespace

PlanNodePtr add_array_joins(PlanNodePtr plan, std::vector<BoundExpressionPtr> sources,
                            const std::vector<BoundExpressionPtr*>& expressions) {
  // By number: sources grow shorter of calls, not fewer.
  for (size_t i = 0; i < sources.size();) {
    const auto call = innermost_array_join(sources[i]);
    if (!call) {
      ++i;
      continue;
    }
    const ColumnIndex column = plan->schema.size();
    plan = append_columns(std::move(plan), {call->arguments[0]});
    std::vector<NamedType> columns = plan->schema.columns();
    columns[column].type = call->type;
    plan = make_plan(ArrayJoinNode{{column}, false}, Schema(std::move(columns)), std::move(plan));
    const auto element = column_expression(column, call->type, call->name);
    for (auto& source : sources) source = replace_call(source, *call, element);
    for (auto* expression : expressions) *expression = replace_call(*expression, *call, element);
  }
  return plan;
}

}  // namespace freshet
