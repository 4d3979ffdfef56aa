#include "query/sql/literal.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <type_traits>

#include "query/sql/keywords.h"

namespace freshet {

namespace {

double parse_double(const std::string& digits) {
  if (same_keyword(digits, "inf") || same_keyword(digits, "infinity")) {
    return std::numeric_limits<double>::infinity();
  }
  if (same_keyword(digits, "nan")) return std::numeric_limits<double>::quiet_NaN();
  return std::strtod(digits.c_str(), nullptr);
}

// Integers that fit 64 bits; false for all others.
bool parse_integer(std::string_view digits, uint64_t* value) {
  int radix = 10;
  if (digits.size() > 2 && digits[0] == '0') {
    const char letter = static_cast<char>(digits[1] | 0x20);
    if (letter == 'x') radix = 16;
    if (letter == 'b') radix = 2;
    if (radix != 10) digits.remove_prefix(2);
  }
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, *value, radix);
  return error == std::errc() && stop == end;
}

double parse_binary_double(std::string_view digits) {
  double value = 0;
  for (const char c : digits.substr(2)) value = value * 2 + (c - '0');
  return value;
}

// Shortest digits that give the same double, laid out as ClickHouse does: plain from 1e-6 to below
// 1e21, with exponent elsewhere.
std::string double_name(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[32];
  const auto result =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(result.ptr - buffer));
  const std::size_t e = text.find('e');
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  std::string sign;
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c == '-') sign = "-";
    if (c >= '0' && c <= '9') digits += c;
  }
  const int count = static_cast<int>(digits.size());
  if (exponent < -6 || exponent >= 21) {
    if (count > 1) digits.insert(1, ".");
    return sign + digits + "e" + std::to_string(exponent);
  }
  if (exponent < 0)
    return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1) {
    return sign + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".";
  }
  return sign + digits.insert(static_cast<std::size_t>(exponent + 1), ".");
}

}  // namespace

Literal parse_number_literal(std::string_view digits, bool negative) {
  Literal literal;
  std::string plain;
  for (const char c : digits) {
    if (c != '_') plain += c;
  }
  literal.text = (negative ? "-" : "") + plain;
  uint64_t value = 0;
  constexpr uint64_t kLowest = uint64_t{1} << 63;
  if (parse_integer(plain, &value)) {
    if (!negative || value == 0) {
      literal.value = value;
      return literal;
    }
    if (value <= kLowest) {
      literal.value = static_cast<int64_t>(~value + 1);
      return literal;
    }
  }
  const bool binary = plain.size() > 2 && (plain[1] | 0x20) == 'b';
  const double magnitude = binary ? parse_binary_double(plain) : parse_double(plain);
  literal.value = negative ? -magnitude : magnitude;
  return literal;
}

std::string literal_name(const Literal& literal) {
  return std::visit(
      [](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, NullLiteral>) {
          return "NULL";
        } else if constexpr (std::is_same_v<Value, bool>) {
          return value ? "true" : "false";
        } else if constexpr (std::is_same_v<Value, double>) {
          return double_name(value);
        } else if constexpr (std::is_same_v<Value, std::string>) {
          return quote_string(value);
        } else {
          return std::to_string(value);
        }
      },
      literal.value);
}

std::string literal_sql(const Literal& literal) {
  if (std::holds_alternative<double>(literal.value) && !literal.text.empty()) return literal.text;
  return literal_name(literal);
}

}  // namespace freshet
