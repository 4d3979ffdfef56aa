#include "storage/format/readable_number.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "storage/column/number_text.h"

namespace freshet {

std::optional<std::string> readable_number(std::string_view number) {
  // A unit that is left out has the one before it a thousand times, as in ClickHouse.
  struct Unit {
    int thousands;
    const char* name;
  };
  static constexpr std::array<Unit, 16> kUnits = {{
      {2, "million"},        {3, "billion"},       {4, "trillion"},      {5, "quadrillion"},
      {6, "quintillion"},    {7, "sextillion"},    {8, "septillion"},    {9, "octillion"},
      {10, "nonillion"},     {12, "undecillion"},  {14, "tredecillion"}, {16, "quindecillion"},
      {17, "sexdecillion"},  {18, "septendecillion"}, {19, "octodecillion"}, {21, "vigintillion"},
  }};
  constexpr double kThreshold = 1e6;
  constexpr size_t kDigitsMax = 17;
  const size_t digits = number.size() - (number.starts_with('-') ? 1 : 0);
  const bool is_whole = number.find_first_of(".e") == std::string_view::npos;
  double value = 0;
  if ((is_whole && digits > kDigitsMax) || !parse_float(number, value)) return std::nullopt;
  if (!std::isfinite(value) || std::abs(value) <= kThreshold) return std::nullopt;
  const Unit* unit = kUnits.data();
  for (const Unit& larger : kUnits) {
    if (std::abs(value) >= std::pow(1000.0, larger.thousands)) unit = &larger;
  }
  for (int i = 0; i < unit->thousands; ++i) value /= 1000;
  std::string words;
  constexpr double kPlainMax = 1e21;
  if (std::abs(value) < kPlainMax) {
    std::array<char, 40> text;
    std::snprintf(text.data(), text.size(), "%.2f", value);
    words = text.data();
  } else {
    append_float(words, value);
  }
  return words + " " + unit->name;
}

}  // namespace freshet
