// Numbers to and from text, in ClickHouse's spelling.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include "storage/column/data_type.h"

namespace freshet {

namespace number_text_detail {

// Whether all eight bytes are '0'..'9', and the number they spell: three multiplications.
inline bool is_eight_digits(uint64_t bytes) {
  return ((bytes & 0xF0F0'F0F0'F0F0'F0F0) |
          (((bytes + 0x0606'0606'0606'0606) & 0xF0F0'F0F0'F0F0'F0F0) >> 4)) ==
         0x3333'3333'3333'3333;
}
inline uint64_t eight_digits(uint64_t bytes) {
  bytes = (bytes & 0x0F0F'0F0F'0F0F'0F0F) * 2561 >> 8;
  bytes = (bytes & 0x00FF'00FF'00FF'00FF) * 6553601 >> 16;
  return (bytes & 0x0000'FFFF'0000'FFFF) * 42949672960001 >> 32;
}

}  // namespace number_text_detail

// Decimal digits, all of `text`, into `out`. False when there are none, others, or too many.
inline bool parse_digits(std::string_view text, uint64_t& out) {
  const char* at = text.data();
  const char* end = at + text.size();
  if (at == end) return false;
  uint64_t value = 0;
  if (text.size() > 19) {
    // 20 digits may overflow; more are zeros in front or too many.
    while (end - at > 20) {
      if (*at++ != '0') return false;
    }
    const auto first = static_cast<uint8_t>(*at++ - '0');
    if (first > 9) return false;
    if (!parse_digits({at, 19}, value)) return false;
    constexpr uint64_t kTenTo19 = 10'000'000'000'000'000'000U;
    if (first > 1) return false;
    return !__builtin_add_overflow(value, first * kTenTo19, &out);
  }
  while (end - at >= 8) {
    uint64_t bytes;
    std::memcpy(&bytes, at, sizeof(bytes));
    if (!number_text_detail::is_eight_digits(bytes)) return false;
    value = value * 100'000'000 + number_text_detail::eight_digits(bytes);
    at += 8;
  }
  for (; at < end; ++at) {
    const auto digit = static_cast<uint8_t>(*at - '0');
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  out = value;
  return true;
}

// All of `text` as an integer of type T; false when it is none or out of T's range.
template <class T>
bool parse_integer(std::string_view text, T& out) {
  static_assert(std::is_integral_v<T> && sizeof(T) <= 8);
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  uint64_t magnitude;
  if (!parse_digits(text, magnitude)) return false;
  if constexpr (std::is_unsigned_v<T>) {
    if (magnitude > std::numeric_limits<T>::max() || (negative && magnitude != 0)) return false;
    out = static_cast<T>(magnitude);
  } else {
    const auto limit = static_cast<uint64_t>(std::numeric_limits<T>::max()) + negative;
    if (magnitude > limit) return false;
    out = static_cast<T>(negative ? uint64_t{0} - magnitude : magnitude);
  }
  return true;
}

// All of `text` as a float; also inf, infinity and nan in any case. Beyond the range: inf or 0.
bool parse_float(std::string_view text, double& out);
bool parse_float(std::string_view text, float& out);

// Shortest digits that read back as the same number: "0.1", "1e21", "inf", "nan", "-0".
void append_float(std::string& out, double value);
void append_float(std::string& out, float value);

template <class T>
void append_integer(std::string& out, T value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  out.append(digits, end);
}
void append_integer(std::string& out, Int128 value);
void append_integer(std::string& out, UInt128 value);

}  // namespace freshet
