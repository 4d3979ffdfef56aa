#include "query/plan/optimizer_rules.h"
#include "query/plan/statistics.h"

namespace freshet {

void choose_build_sides(PlanNodePtr& plan, const RuleContext&) {
  for_each_node(plan, [](PlanNodePtr& node) {
    auto* join = as<JoinNode>(*node);
    if (join == nullptr || join->kind != JoinKind::Inner || join->keys.empty() ||
        join->strictness != JoinStrictness::All) {
      return;
    }
    join->build_left = estimate_rows(*node->children[0]) < estimate_rows(*node->children[1]);
  });
}

}  // namespace freshet
