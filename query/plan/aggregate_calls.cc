#include "query/plan/aggregate_calls.h"

#include <algorithm>
#include <utility>

#include "storage/base/check.h"

namespace freshet {

bool is_named(const AggregateCall& call, std::string_view name) {
  return call.parameters.empty() && call.function_name.size() == name.size() &&
         std::ranges::equal(call.function_name, name, [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
         });
}

AggregateCall make_call(std::string name, std::vector<BoundExpressionPtr> arguments) {
  AggregateCall call;
  std::vector<DataTypePtr> types;
  for (const auto& argument : arguments) types.push_back(without_low_cardinality(argument->type));
  call.function = bind_aggregate(name, {}, types);
  CHECK(call.function != nullptr);
  call.name = name + "()";
  call.function_name = std::move(name);
  call.arguments = std::move(arguments);
  return call;
}

size_t position_of(std::vector<AggregateCall>& calls, AggregateCall call) {
  for (size_t i = 0; i < calls.size(); ++i) {
    const bool same =
        calls[i].function_name == call.function_name && calls[i].parameters == call.parameters &&
        std::ranges::equal(calls[i].arguments, call.arguments,
                           [](const auto& a, const auto& b) { return same_expression(*a, *b); });
    if (same) return i;
  }
  calls.push_back(std::move(call));
  return calls.size() - 1;
}

}  // namespace freshet
