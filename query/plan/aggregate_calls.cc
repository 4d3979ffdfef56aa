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

std::string canonical_function_name(std::string_view name) {
  for (size_t size = name.size(); size > 0; --size) {
    const AggregateEntry* entry = find_aggregate(name.substr(0, size));
    if (entry == nullptr) continue;
    std::string canonical(entry->name);
    canonical += name.substr(size);
    return canonical;
  }
  return std::string(name);
}

bool same_call(const AggregateCall& a, const AggregateCall& b) {
  return a.function_name == b.function_name && a.parameters == b.parameters &&
         std::ranges::equal(a.arguments, b.arguments,
                            [](const auto& x, const auto& y) { return same_expression(*x, *y); });
}

void simplify_count(AggregateCall& call) {
  if (!is_named(call, "count") || call.arguments.size() != 1) return;
  if (can_be_null(*call.arguments[0]->type)) return;
  AggregateCall plain = make_call("count", {});
  plain.name = call.name;
  call = std::move(plain);
}

std::vector<DataTypePtr> argument_types(const AggregateCall& call) {
  std::vector<DataTypePtr> types;
  for (const auto& argument : call.arguments) {
    types.push_back(without_low_cardinality(argument->type));
  }
  return types;
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
    if (same_call(calls[i], call)) return i;
  }
  calls.push_back(std::move(call));
  return calls.size() - 1;
}

}  // namespace freshet
