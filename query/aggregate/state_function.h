// StateFunction<State>: an aggregate whose state is one C++ object placed in the group's row.
//
// A family writes its State (default-constructible) and the loops; life cycle comes from here.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "query/aggregate/aggregate.h"

namespace freshet {

template <class State>
class StateFunction : public AggregateFunction {
 public:
  void create(char* state) const override { ::new (static_cast<void*>(state)) State(); }
  void destroy(char* state) const override { at(state).~State(); }

 protected:
  // `zero_is_empty`: see AggregateFunction.
  StateFunction(DataTypePtr result_type, bool zero_is_empty)
      : AggregateFunction(std::move(result_type), sizeof(State), alignof(State),
                          !std::is_trivially_destructible_v<State>, zero_is_empty) {}

  static State& at(char* state) { return *std::launder(reinterpret_cast<State*>(state)); }
  static const State& at(const char* state) {
    return *std::launder(reinterpret_cast<const State*>(state));
  }
};

}  // namespace freshet
