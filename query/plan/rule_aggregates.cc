#include <algorithm>
#include <map>

#include "query/plan/aggregate_calls.h"
#include "query/plan/optimizer_rules.h"

namespace freshet {

namespace {

// sum(x + c) or sum(x - c) of whole numbers: x and the signed constant.
struct ShiftedSum {
  BoundExpressionPtr base;
  BoundExpressionPtr shift;
  bool minus = false;
};

std::optional<ShiftedSum> shifted_sum(const AggregateCall& call) {
  if (!is_named(call, "sum") || call.arguments.size() != 1) return std::nullopt;
  const auto& argument = *call.arguments[0];
  const bool minus = is_call(argument, "minus");
  if (!minus && !is_call(argument, "plus")) return std::nullopt;
  auto base = argument.arguments[0];
  auto shift = argument.arguments[1];
  if (!minus && base->kind == BoundExpression::Kind::Constant) std::swap(base, shift);
  if (shift->kind != BoundExpression::Kind::Constant || !is_integer(*shift->type) ||
      !is_integer(*base->type) || base->kind == BoundExpression::Kind::Constant) {
    return std::nullopt;
  }
  return ShiftedSum{base, shift, minus};
}

// sum(x + c) = sum(x) + c * count(), in the arithmetic of 64-bit words, which is that of sum: pays
// when sum(x) is shared by several calls.
void share_sums(PlanNodePtr& node, const RuleContext& context) {
  auto& aggregate = *as<AggregateNode>(*node);
  std::map<uint64_t, size_t> uses;  // by hash of x
  for (const auto& call : aggregate.calls) {
    if (const auto sum = shifted_sum(call)) ++uses[sum->base->hash];
    if (is_named(call, "sum") && call.arguments.size() == 1) ++uses[call.arguments[0]->hash];
  }
  const auto pays = [&](const AggregateCall& call) {
    const auto sum = shifted_sum(call);
    return sum && uses[sum->base->hash] > 2;
  };
  if (std::ranges::none_of(aggregate.calls, pays)) return;

  const size_t key_count = aggregate.keys.size();
  std::vector<AggregateCall> calls;
  struct Source {
    size_t call;
    std::optional<ShiftedSum> shifted;
  };
  std::vector<Source> sources;
  for (const auto& call : aggregate.calls) {
    if (!pays(call)) {
      sources.push_back({position_of(calls, call), std::nullopt});
      continue;
    }
    const auto sum = *shifted_sum(call);
    sources.push_back({position_of(calls, make_call("sum", {sum.base})), sum});
  }
  const size_t count = position_of(calls, make_call("count", {}));

  Schema grouped;
  ProjectNode layout;
  for (ColumnIndex i = 0; i < key_count; ++i) {
    const auto& column = node->schema[i];
    grouped.add(column.name, column.type);
    layout.expressions.push_back(column_expression(i, column.type, column.name));
  }
  for (const auto& call : calls) grouped.add(call.name, call.function->result_type());
  const auto column = [&](size_t call) {
    const auto& named = grouped[key_count + call];
    return column_expression(key_count + call, named.type, named.name);
  };
  for (size_t i = 0; i < sources.size(); ++i) {
    auto value = column(sources[i].call);
    if (const auto& sum = sources[i].shifted) {
      const auto shift =
          function_expression("multiply", context.functions, {column(count), sum->shift});
      value = function_expression(sum->minus ? "minus" : "plus", context.functions, {value, shift});
    }
    const auto& wanted = node->schema[key_count + i];
    layout.expressions.push_back(
        with_name(cast_expression(value, wanted.type, context.functions), wanted.name));
  }
  AggregateNode shared;
  shared.keys = std::move(aggregate.keys);
  shared.calls = std::move(calls);
  shared.empty_without_rows = aggregate.empty_without_rows;
  shared.group_limit = aggregate.group_limit;
  Schema schema = std::move(node->schema);
  PlanNodePtr groups =
      make_plan(std::move(shared), std::move(grouped), std::move(node->children[0]));
  node = make_plan(std::move(layout), std::move(schema), std::move(groups));
}

// DISTINCT keeps the order of rows, and so goes row by row. Where nobody asks for their order,
// GROUP BY does the same by all workers.
void group_distinct_rows(PlanNodePtr& node, bool order_matters) {
  if (as<SortNode>(*node) != nullptr || as<AggregateNode>(*node) != nullptr) order_matters = false;
  for (auto& child : node->children) group_distinct_rows(child, order_matters);
  const auto* distinct = as<DistinctNode>(*node);
  if (distinct == nullptr || order_matters || distinct->row_limit) return;
  AggregateNode groups;
  for (ColumnIndex i = 0; i < node->schema.size(); ++i) {
    groups.keys.push_back(column_expression(i, node->schema[i].type, node->schema[i].name));
  }
  node->body = std::move(groups);
}

}  // namespace

void simplify_aggregates(PlanNodePtr& plan, const RuleContext& context) {
  group_distinct_rows(plan, true);
  for_each_node(plan, [&](PlanNodePtr& node) {
    auto* aggregate = as<AggregateNode>(*node);
    if (aggregate == nullptr) return;
    for (auto& call : aggregate->calls) simplify_count(call);
    share_sums(node, context);
  });
}

}  // namespace freshet
