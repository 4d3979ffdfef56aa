#include "query/plan/optimizer_rules.h"

namespace freshet {

namespace {

using Visit = std::function<void(BoundExpressionPtr&)>;

struct ExpressionVisitor {
  const Visit& visit;

  void all(std::vector<BoundExpressionPtr>& expressions) const {
    for (auto& expression : expressions) visit(expression);
  }
  void operator()(ScanNode& scan) const { all(scan.conjuncts); }
  void operator()(FilterNode& filter) const { all(filter.conjuncts); }
  void operator()(ProjectNode& project) const { all(project.expressions); }
  void operator()(AggregateNode& aggregate) const {
    all(aggregate.keys);
    for (auto& call : aggregate.calls) all(call.arguments);
  }
  void operator()(WindowNode& window) const {
    for (auto& call : window.calls) all(call.arguments);
  }
  void operator()(JoinNode& join) const {
    for (auto& key : join.keys) {
      visit(key.left);
      visit(key.right);
    }
    if (join.residual) visit(join.residual);
    if (join.asof) {
      visit(join.asof->left);
      visit(join.asof->right);
    }
  }
  template <class Node>
  void operator()(Node&) const {}
};

}  // namespace

void for_each_expression(PlanNode& node, const Visit& visit) {
  std::visit(ExpressionVisitor{visit}, node.body);
}

void for_each_node(PlanNodePtr& plan, const std::function<void(PlanNodePtr&)>& visit) {
  for (auto& child : plan->children) for_each_node(child, visit);
  visit(plan);
}

PlanNodePtr empty_plan(Schema schema) {
  ValuesNode values;
  for (const auto& column : schema.columns()) {
    values.chunk.columns.push_back(make_column(*column.type));
  }
  return make_plan(std::move(values), std::move(schema));
}

}  // namespace freshet
