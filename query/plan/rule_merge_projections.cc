#include <algorithm>

#include "query/plan/optimizer_rules.h"

namespace freshet {

namespace {

bool all_deterministic(const ProjectNode& project) {
  return std::ranges::all_of(project.expressions,
                             [](const auto& expression) { return is_deterministic(*expression); });
}

// Gives the child's columns as they are, under other names perhaps.
bool is_identity(const ProjectNode& project, const PlanNode& child) {
  if (project.expressions.size() != child.schema.size()) return false;
  for (ColumnIndex i = 0; i < project.expressions.size(); ++i) {
    const auto& expression = *project.expressions[i];
    if (expression.kind != BoundExpression::Kind::Column || expression.column != i) return false;
  }
  return true;
}

void remove_child(PlanNode& node) {
  PlanNodePtr grandchild = std::move(node.children[0]->children[0]);
  node.children[0] = std::move(grandchild);
}

// A Scan gives its columns in any order: a Project that only chooses among them is the Scan's work,
// and what stands above sees the Scan.
bool choose_in_scan(PlanNode& node) {
  const auto& project = *as<ProjectNode>(node);
  auto* scan = as<ScanNode>(*node.children[0]);
  if (scan == nullptr || scan->row_position || project.expressions.empty()) return false;
  std::vector<ColumnIndex> outputs;
  for (const auto& expression : project.expressions) {
    if (expression->kind != BoundExpression::Kind::Column) return false;
    const ColumnIndex output = scan->outputs[expression->column];
    if (std::ranges::find(outputs, output) != outputs.end()) return false;
    outputs.push_back(output);
  }
  scan->outputs = std::move(outputs);
  return true;
}

// What several expressions share runs once per chunk, so merging repeats no work.
void merge_node(PlanNodePtr& node) {
  const bool takes_expressions =
      as<ProjectNode>(*node) != nullptr || as<AggregateNode>(*node) != nullptr;
  if (takes_expressions) {
    while (const auto* below = as<ProjectNode>(*node->children[0])) {
      if (!all_deterministic(*below)) break;
      for_each_expression(*node, [&](BoundExpressionPtr& expression) {
        expression = substitute_columns(expression, below->expressions);
      });
      remove_child(*node);
    }
  }
  const auto* project = as<ProjectNode>(*node);
  if (project == nullptr) return;
  if (!is_identity(*project, *node->children[0]) && !choose_in_scan(*node)) return;
  Schema schema = std::move(node->schema);
  PlanNodePtr child = std::move(node->children[0]);
  node = std::move(child);
  // A Scan's names are its table's; what else is below keeps the names that were asked for.
  node->schema = std::move(schema);
}

}  // namespace

void merge_projections(PlanNodePtr& plan, const RuleContext&) { for_each_node(plan, merge_node); }

}  // namespace freshet
