#include <algorithm>

#include "query/plan/optimizer_rules.h"

namespace freshet {

namespace {

// `expression`, over the rows, as one over the groups' keys at `positions`; null when it reads
// anything else.
BoundExpressionPtr over_keys(const BoundExpressionPtr& expression,
                             const std::vector<BoundExpressionPtr>& keys,
                             const std::vector<size_t>& positions) {
  bool possible = true;
  auto lifted =
      rewrite_expression(expression, [&](const BoundExpressionPtr& e) -> BoundExpressionPtr {
        for (size_t i = 0; i < positions.size(); ++i) {
          const auto& key = keys[positions[i]];
          if (same_expression(*key, *e)) return column_expression(i, key->type, key->name);
        }
        if (e->kind == BoundExpression::Kind::Column && e->column < kLambdaColumn) possible = false;
        return nullptr;
      });
  return possible ? lifted : nullptr;
}

// Keys that decide all others: plain columns stay before expressions of them.
std::vector<size_t> deciding_keys(const std::vector<BoundExpressionPtr>& keys) {
  std::vector<size_t> order(keys.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](size_t i) { return keys[i]->node_count; });
  std::vector<size_t> kept;
  for (const size_t i : order) {
    const bool determined = is_deterministic(*keys[i]) && over_keys(keys[i], keys, kept) != nullptr;
    if (!determined) kept.push_back(i);
  }
  std::ranges::sort(kept);
  return kept;
}

void reduce_node(PlanNodePtr& node) {
  auto* aggregate = as<AggregateNode>(*node);
  if (aggregate == nullptr || aggregate->keys.empty()) return;
  const auto kept = deciding_keys(aggregate->keys);
  if (kept.size() == aggregate->keys.size()) return;

  Schema grouped;
  ProjectNode layout;
  AggregateNode reduced;
  for (const size_t position : kept) {
    reduced.keys.push_back(aggregate->keys[position]);
    grouped.add(node->schema[position].name, node->schema[position].type);
  }
  for (const auto& key : aggregate->keys) {
    layout.expressions.push_back(over_keys(key, aggregate->keys, kept));
  }
  for (size_t i = 0; i < aggregate->calls.size(); ++i) {
    const auto& column = node->schema[aggregate->keys.size() + i];
    layout.expressions.push_back(column_expression(grouped.size(), column.type, column.name));
    grouped.add(column.name, column.type);
  }
  reduced.calls = std::move(aggregate->calls);
  // Only constants were keys.
  reduced.empty_without_rows = reduced.keys.empty();
  reduced.group_limit = aggregate->group_limit;
  Schema schema = std::move(node->schema);
  PlanNodePtr groups =
      make_plan(std::move(reduced), std::move(grouped), std::move(node->children[0]));
  node = make_plan(std::move(layout), std::move(schema), std::move(groups));
}

}  // namespace

void reduce_group_keys(PlanNodePtr& plan, const RuleContext&) { for_each_node(plan, reduce_node); }

}  // namespace freshet
