// The sum of many doubles at once.
#pragma once

#include <span>

namespace freshet {

// In eight running sums, so that one addition does not wait for the other.
double sum_doubles(std::span<const double> values);

}  // namespace freshet
