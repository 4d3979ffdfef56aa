#include "storage/column/number_text.h"

#include <cmath>
#include <cstdlib>

namespace freshet {

namespace {

// from_chars leaves the number alone when it is out of range; strtod says inf or 0.
template <class T>
T parse_extreme(std::string_view text) {
  return static_cast<T>(std::strtod(std::string(text).c_str(), nullptr));
}

template <class T>
bool parse_any_float(std::string_view text, T& out) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return false;
  }
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  if (stop != end || text.empty() || text.back() == ')') return false;  // not "nan(x)"
  if (error == std::errc::result_out_of_range) {
    out = parse_extreme<T>(text);
    return true;
  }
  return error == std::errc();
}

// Lays out `digits` with the point after digit `point`: as they are when that needs at most 21
// digits before or 6 zeros after the point, else with an exponent. The rule is ECMAScript's.
void append_decimal_digits(std::string& out, std::string_view digits, int point) {
  const auto count = static_cast<int>(digits.size());
  if (point > 21 || point < -5) {
    out += digits.front();
    if (count > 1) {
      out += '.';
      out += digits.substr(1);
    }
    out += 'e';
    append_integer(out, point - 1);
  } else if (point <= 0) {
    out += "0.";
    out.append(static_cast<size_t>(-point), '0');
    out += digits;
  } else if (point >= count) {
    out += digits;
    out.append(static_cast<size_t>(point - count), '0');
  } else {
    out += digits.substr(0, static_cast<size_t>(point));
    out += '.';
    out += digits.substr(static_cast<size_t>(point));
  }
}

template <class T>
void append_any_float(std::string& out, T value) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  if (std::signbit(value)) {
    out += '-';
    value = -value;
  }
  if (std::isinf(value)) {
    out += "inf";
    return;
  }
  // Whole numbers below 2^53 (2^24) have no shorter digits than their own.
  constexpr T kExactWhole = static_cast<T>(uint64_t{1} << std::numeric_limits<T>::digits);
  if (value < kExactWhole && value == std::trunc(value)) {
    append_integer(out, static_cast<uint64_t>(value));
    return;
  }
  char text[40];
  const auto end =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
  // "d.ddde-XX"
  std::string_view spelled(text, static_cast<size_t>(end - text));
  const size_t mark = spelled.find('e');
  int exponent = 0;
  const size_t sign_size = spelled[mark + 1] == '+' ? 2 : 1;
  std::from_chars(text + mark + sign_size, end, exponent);
  char digits[24];
  size_t count = 0;
  for (size_t i = 0; i < mark; ++i) {
    if (text[i] != '.') digits[count++] = text[i];
  }
  append_decimal_digits(out, {digits, count}, exponent + 1);
}

}  // namespace

bool parse_float(std::string_view text, double& out) { return parse_any_float(text, out); }
bool parse_float(std::string_view text, float& out) { return parse_any_float(text, out); }

void append_float(std::string& out, double value) { append_any_float(out, value); }
void append_float(std::string& out, float value) { append_any_float(out, value); }

void append_integer(std::string& out, UInt128 value) {
  char digits[40];
  char* at = digits + sizeof(digits);
  do {
    *--at = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  out.append(at, digits + sizeof(digits));
}

void append_integer(std::string& out, Int128 value) {
  auto magnitude = static_cast<UInt128>(value);
  if (value < 0) {
    out += '-';
    magnitude = UInt128{0} - magnitude;
  }
  append_integer(out, magnitude);
}

}  // namespace freshet
