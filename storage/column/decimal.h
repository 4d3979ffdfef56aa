// Decimals: unscaled integers; the type says how many digits follow the point.
//
// Units:     unscaled values are Int128 here, whatever kind the column has; 1.50 of scale 2 is 150.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/column/data_type.h"

namespace freshet {

inline constexpr uint32_t kDecimalPrecisionMax = 38;

// 10^exponent. Requires: exponent <= 38.
Int128 power_of_ten(uint32_t exponent);

// Whether the value has at most `precision` digits.
bool fits_precision(Int128 value, uint32_t precision);

// The same number with another scale; digits that no longer fit after the point are cut off.
// Nothing when it overflows an Int128.
std::optional<Int128> rescale_decimal(Int128 value, uint32_t from_scale, uint32_t to_scale);

// All of `text` ("-1.5", ".5", "1e3") as an unscaled value; excess digits after the point are cut
// off. Nothing when it is no number or has more than `precision` digits.
std::optional<Int128> parse_decimal(std::string_view text, uint32_t precision, uint32_t scale);

// Trailing zeros of the fraction are left out: "1.5", "-0.05", "3".
void append_decimal(std::string& out, Int128 value, uint32_t scale);

double decimal_to_double(Int128 value, uint32_t scale);
// Cuts off digits past the scale. Nothing for NaN, infinities and what overflows `precision`.
std::optional<Int128> decimal_from_double(double value, uint32_t precision, uint32_t scale);

}  // namespace freshet
