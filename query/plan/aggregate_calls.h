// What rules that do algebra on aggregates need: telling calls apart, and making new ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/plan/logical_plan.h"

namespace freshet {

// Whether it is that function, without parameters and combinators. `name` is in lower case.
bool is_named(const AggregateCall& call, std::string_view name);
// Requires: the function takes arguments of these types.
AggregateCall make_call(std::string name, std::vector<BoundExpressionPtr> arguments);
// The function's registered name, with combinators as they are: "sumIf" of "SUMIf".
std::string canonical_function_name(std::string_view name);
// The same function, parameters and arguments.
bool same_call(const AggregateCall& a, const AggregateCall& b);
// count(x) without NULLs is count().
void simplify_count(AggregateCall& call);
// Types of the arguments, as bind_aggregate() wants them.
std::vector<DataTypePtr> argument_types(const AggregateCall& call);
// Position of an equal call, added when there is none.
size_t position_of(std::vector<AggregateCall>& calls, AggregateCall call);

}  // namespace freshet
