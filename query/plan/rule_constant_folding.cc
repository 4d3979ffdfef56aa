#include <algorithm>

#include "query/expression/evaluator.h"
#include "query/plan/conjuncts.h"
#include "query/plan/optimizer_rules.h"

namespace freshet {

namespace {

// Takes out conjuncts that are true; gives false when one is never true.
bool drop_constants(std::vector<BoundExpressionPtr>& conjuncts) {
  std::vector<BoundExpressionPtr> split;
  for (const auto& conjunct : conjuncts) split_conjuncts(conjunct, split);
  std::erase_if(split, [](const auto& conjunct) { return is_true_constant(*conjunct); });
  conjuncts = std::move(split);
  return std::ranges::none_of(conjuncts,
                              [](const auto& conjunct) { return is_false_constant(*conjunct); });
}

}  // namespace

void fold_plan_constants(PlanNodePtr& plan, const RuleContext&) {
  for_each_node(plan, [](PlanNodePtr& node) {
    for_each_expression(*node, [](BoundExpressionPtr& e) { e = fold_constants(e); });
    bool possible = true;
    if (auto* filter = as<FilterNode>(*node)) {
      possible = drop_constants(filter->conjuncts);
      if (possible && filter->conjuncts.empty()) {
        node = std::move(node->children[0]);
        return;
      }
    } else if (auto* scan = as<ScanNode>(*node)) {
      possible = drop_constants(scan->conjuncts);
    }
    if (!possible) node = empty_plan(node->schema);
  });
}

}  // namespace freshet
