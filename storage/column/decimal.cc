#include "storage/column/decimal.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "storage/base/check.h"
#include "storage/column/number_text.h"

namespace freshet {

namespace {

constexpr auto kPowersOfTen = [] {
  std::array<Int128, kDecimalPrecisionMax + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Splits an exponent ("e-3") off the end of `text`; false when it is not a small number.
bool take_exponent(std::string_view& text, int& exponent) {
  const size_t mark = text.find_first_of("eE");
  exponent = 0;
  if (mark == std::string_view::npos) return true;
  if (!parse_integer(text.substr(mark + 1), exponent)) return false;
  text = text.substr(0, mark);
  return exponent >= -1000 && exponent <= 1000;
}

}  // namespace

Int128 power_of_ten(uint32_t exponent) {
  DCHECK(exponent <= kDecimalPrecisionMax);
  return kPowersOfTen[exponent];
}

bool fits_precision(Int128 value, uint32_t precision) {
  const Int128 bound = power_of_ten(precision);
  return value < bound && value > -bound;
}

std::optional<Int128> rescale_decimal(Int128 value, uint32_t from_scale, uint32_t to_scale) {
  if (to_scale <= from_scale) return value / power_of_ten(from_scale - to_scale);
  Int128 out;
  if (__builtin_mul_overflow(value, power_of_ten(to_scale - from_scale), &out)) return std::nullopt;
  return out;
}

namespace {

// Few digits, a point at most and no exponent, all within 64 bits: nearly every decimal there is.
std::optional<int64_t> parse_short_decimal(std::string_view text, uint32_t precision,
                                           uint32_t scale) {
  constexpr size_t kShortBytes = 18;
  if (text.empty() || text.size() > kShortBytes || precision > kShortBytes) return std::nullopt;
  const bool negative = text.front() == '-';
  int64_t value = 0;
  bool has_digits = false;
  uint32_t missing = scale;  // digits of the fraction still to come
  bool in_fraction = false;
  for (const char c : text.substr(negative ? 1 : 0)) {
    if (is_digit(c)) {
      has_digits = true;
      if (in_fraction && missing == 0) continue;
      value = value * 10 + (c - '0');
      missing -= in_fraction;
    } else if (c == '.' && !in_fraction) {
      in_fraction = true;
    } else {
      return std::nullopt;
    }
  }
  const auto unit = static_cast<int64_t>(power_of_ten(missing));
  if (!has_digits || __builtin_mul_overflow(value, unit, &value)) return std::nullopt;
  if (value >= static_cast<int64_t>(power_of_ten(precision))) return std::nullopt;
  return negative ? -value : value;
}

}  // namespace

std::optional<Int128> parse_decimal(std::string_view text, uint32_t precision, uint32_t scale) {
  if (const auto value = parse_short_decimal(text, precision, scale)) return *value;
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  int exponent;
  if (!take_exponent(text, exponent)) return std::nullopt;
  const size_t point = std::min(text.find('.'), text.size());
  const auto whole_digits = static_cast<int>(point);
  // Digits before position `kept` (counted without the point) belong to the unscaled value.
  const int kept = whole_digits + exponent + static_cast<int>(scale);
  Int128 value = 0;
  int position = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == point) continue;
    if (!is_digit(text[i])) return std::nullopt;
    if (position++ < kept) {
      if (__builtin_mul_overflow(value, Int128{10}, &value) ||
          __builtin_add_overflow(value, Int128{text[i] - '0'}, &value)) {
        return std::nullopt;
      }
    }
  }
  if (position == 0) return std::nullopt;
  if (value != 0 && kept > position) {
    const int zeros = kept - position;
    if (zeros > static_cast<int>(kDecimalPrecisionMax)) return std::nullopt;
    if (__builtin_mul_overflow(value, power_of_ten(static_cast<uint32_t>(zeros)), &value)) {
      return std::nullopt;
    }
  }
  if (!fits_precision(value, precision)) return std::nullopt;
  return negative ? -value : value;
}

namespace {

template <class Unsigned>
void append_scaled(std::string& out, Unsigned magnitude, Unsigned unit) {
  append_integer(out, static_cast<Unsigned>(magnitude / unit));
  Unsigned fraction = magnitude % unit;
  if (fraction == 0) return;
  out += '.';
  while (fraction != 0) {
    unit /= 10;
    out += static_cast<char>('0' + static_cast<int>(fraction / unit));
    fraction %= unit;
  }
}

}  // namespace

void append_decimal(std::string& out, Int128 value, uint32_t scale) {
  auto magnitude = static_cast<UInt128>(value);
  if (value < 0) {
    out += '-';
    magnitude = UInt128{0} - magnitude;
  }
  const auto unit = static_cast<UInt128>(power_of_ten(scale));
  // 64-bit division is several times faster.
  constexpr UInt128 kNarrowMax = ~uint64_t{0};
  if (magnitude <= kNarrowMax && unit <= kNarrowMax) {
    append_scaled(out, static_cast<uint64_t>(magnitude), static_cast<uint64_t>(unit));
  } else {
    append_scaled(out, magnitude, unit);
  }
}

double decimal_to_double(Int128 value, uint32_t scale) {
  return static_cast<double>(value) / static_cast<double>(power_of_ten(scale));
}

std::optional<Int128> decimal_from_double(double value, uint32_t precision, uint32_t scale) {
  const double scaled = value * static_cast<double>(power_of_ten(scale));
  // Not NaN, and within Int128, before it is cast.
  if (!(std::abs(scaled) < static_cast<double>(power_of_ten(precision)))) return std::nullopt;
  const auto unscaled = static_cast<Int128>(scaled);
  if (!fits_precision(unscaled, precision)) return std::nullopt;
  return unscaled;
}

}  // namespace freshet
