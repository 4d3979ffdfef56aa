// Functions whose value follows one of their arguments up or down, so that bounds of the argument
// give bounds of the value: toDate(ts) of 10:00 to 12:00 lies between toDate(10:00), toDate(12:00).
//
// Path:      query/expression/value_range -> monotonic_call
// Threads:   any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "query/expression/expression.h"

namespace freshet {

struct Monotonic {
  // What must hold at both ends of a range for the values between to lie between theirs. Wrapping
  // arithmetic is found by the ends being out of order; where it may wrap more than once, by the
  // value being far from what it should be.
  enum class Proof : uint8_t {
    Order,     // the ends are in order
    Calendar,  // and are times that all types can hold, with one offset from UTC between them
    Near,      // and each value is the argument, but for what rounding takes
    Product,   // and each value is the argument times `factor`
  };
  size_t argument = 0;
  bool decreasing = false;
  Proof proof = Proof::Order;
  double factor = 1;
};

// Requires: all other arguments are constants. Nothing when the call is not known to be monotonic.
std::optional<Monotonic> monotonic_call(const BoundExpression& call);

}  // namespace freshet
