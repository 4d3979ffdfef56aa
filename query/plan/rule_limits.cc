#include <algorithm>

#include "query/plan/optimizer_rules.h"

namespace freshet {

namespace {

void lower(std::optional<uint64_t>& bound, uint64_t limit) {
  bound = bound ? std::min(*bound, limit) : limit;
}

void push_limit(PlanNodePtr& node, uint64_t limit);

// No more than `limit` rows of the node are wanted, and any will do, unless a Sort says which.
struct LimitPusher {
  PlanNode& node;
  uint64_t limit;

  void operator()(SortNode& sort) const { lower(sort.limit, limit); }
  void operator()(ProjectNode&) const { push_limit(node.children[0], limit); }
  void operator()(ScanNode& scan) const { lower(scan.row_limit, limit); }
  void operator()(DistinctNode& distinct) const { lower(distinct.row_limit, limit); }
  void operator()(AggregateNode& aggregate) const {
    if (!aggregate.keys.empty()) lower(aggregate.group_limit, limit);
  }
  void operator()(UnionAllNode&) const {
    for (auto& child : node.children) {
      Schema schema = child->schema;
      LimitNode limited;
      limited.limit = limit;
      const auto* already = as<LimitNode>(*child);
      if (already != nullptr && already->limit && *already->limit <= limit) continue;
      child = make_plan(std::move(limited), std::move(schema), std::move(child));
      push_limit(child->children[0], limit);
    }
  }
  void operator()(LimitNode& inner) const {
    if (inner.ties.empty() && inner.limit) lower(inner.limit, limit);
  }
  template <class Node>
  void operator()(Node&) const {}
};

void push_limit(PlanNodePtr& node, uint64_t limit) {
  std::visit(LimitPusher{*node, limit}, node->body);
}

void push_from_limit(PlanNodePtr& node) {
  const auto* limit = as<LimitNode>(*node);
  if (limit == nullptr || !limit->limit || !limit->ties.empty()) return;
  if (*limit->limit == 0) {
    node = empty_plan(node->schema);
    return;
  }
  const uint64_t wanted = *limit->limit + limit->offset;
  if (wanted >= limit->offset) push_limit(node->children[0], wanted);
}

// Sort limit n over Project: what is not sorted by is computed for the n winners only.
//
//   Sort [b] limit 10 (Project [f(x), b])  ->  Project [f($0), $1] (Sort [$1] limit 10 (x, b))
void compute_after_sort(PlanNodePtr& node) {
  auto* sort = as<SortNode>(*node);
  if (sort == nullptr || !sort->limit) return;
  auto* project = as<ProjectNode>(*node->children[0]);
  if (project == nullptr) return;
  const auto computed = [](const BoundExpressionPtr& e) {
    return e->kind != BoundExpression::Kind::Column && e->kind != BoundExpression::Kind::Constant;
  };
  std::vector<bool> is_key(project->expressions.size(), false);
  for (const auto& key : sort->keys) is_key[key.column] = true;
  bool pays = false;
  for (size_t i = 0; i < project->expressions.size(); ++i) {
    const auto& expression = project->expressions[i];
    if (is_key[i] || !computed(expression)) continue;
    if (!is_deterministic(*expression)) return;
    pays = true;
  }
  if (!pays) return;

  // Below the sort: the columns that are read, and the computed keys.
  PlanNode& child = *node->children[0]->children[0];
  ProjectNode below;
  Schema below_schema;
  std::vector<ColumnIndex> position(child.schema.size(), 0);
  std::vector<bool> read(child.schema.size(), false);
  for (size_t i = 0; i < project->expressions.size(); ++i) {
    if (is_key[i] && computed(project->expressions[i])) continue;
    for (const ColumnIndex column : columns_of(*project->expressions[i])) read[column] = true;
  }
  for (ColumnIndex i = 0; i < child.schema.size(); ++i) {
    if (!read[i]) continue;
    position[i] = below.expressions.size();
    below.expressions.push_back(column_expression(i, child.schema[i].type, child.schema[i].name));
    below_schema.add(child.schema[i].name, child.schema[i].type);
  }
  ProjectNode above;
  for (size_t i = 0; i < project->expressions.size(); ++i) {
    const auto& expression = project->expressions[i];
    if (is_key[i] && expression->kind != BoundExpression::Kind::Column) {
      above.expressions.push_back(
          column_expression(below.expressions.size(), expression->type, expression->name));
      below.expressions.push_back(expression);
      below_schema.add(expression->name, expression->type);
    } else {
      above.expressions.push_back(remap_columns(expression, position));
    }
  }
  for (auto& key : sort->keys) key.column = above.expressions[key.column]->column;

  Schema schema = std::move(node->schema);
  PlanNodePtr rows = std::move(node->children[0]->children[0]);
  rows = make_plan(std::move(below), below_schema, std::move(rows));
  node->children[0] = std::move(rows);
  node->schema = std::move(below_schema);
  node = make_plan(std::move(above), std::move(schema), std::move(node));
}

}  // namespace

void push_down_limits(PlanNodePtr& plan, const RuleContext&) {
  for_each_node(plan, push_from_limit);
  for_each_node(plan, compute_after_sort);
}

}  // namespace freshet
