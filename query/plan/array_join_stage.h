// arrayJoin(..) inside expressions, taken out into ArrayJoin nodes.
#pragma once

#include <vector>

#include "query/plan/logical_plan.h"

namespace freshet {

// Puts an ArrayJoin over `plan` for every different arrayJoin call in `sources`, innermost first,
// and replaces the calls in `expressions` by the new columns. Rows multiply once per different
// call.
PlanNodePtr add_array_joins(PlanNodePtr plan, std::vector<BoundExpressionPtr> sources,
                            const std::vector<BoundExpressionPtr*>& expressions);

}  // namespace freshet
