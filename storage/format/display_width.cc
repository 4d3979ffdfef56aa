#include "storage/format/display_width.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace freshet {

namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode's East Asian Width W and F, coarsened to blocks.
constexpr Range kWide[] = {
    {0x1100, 0x115F}, {0x231A, 0x231B}, {0x2329, 0x232A}, {0x23E9, 0x23EC},   {0x2614, 0x2615},
    {0x26AA, 0x26AB}, {0x2705, 0x2705}, {0x274C, 0x274C}, {0x2753, 0x2755},   {0x2795, 0x2797},
    {0x2E80, 0x303E}, {0x3041, 0x33FF}, {0x3400, 0x4DBF}, {0x4E00, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
};

constexpr Range kZero[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F}, {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},
    {0x0610, 0x061A}, {0x064B, 0x065F}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x2064}, {0x20D0, 0x20FF},
    {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF},
};

template <size_t count>
bool is_in(const Range (&ranges)[count], char32_t character) {
  const auto* range =
      std::lower_bound(std::begin(ranges), std::end(ranges), character,
                       [](const Range& r, char32_t wanted) { return r.last < wanted; });
  return range != std::end(ranges) && range->first <= character;
}

// Takes one character off the front; a byte that begins none counts as a control byte.
char32_t take_character(std::string_view& rest) {
  const auto first = static_cast<uint8_t>(rest.front());
  size_t count = 1;
  char32_t character = first < 0x80 ? first : 0;
  if (first >= 0xC2 && first <= 0xF4) {
    count = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    character = first & (0xFFU >> (count + 1));
  }
  if (rest.size() < count) {
    rest = {};
    return 0;
  }
  for (size_t i = 1; i < count; ++i) {
    character = (character << 6) | (static_cast<uint8_t>(rest[i]) & 0x3F);
  }
  rest.remove_prefix(count);
  return character;
}

// Takes the rest of a colour sequence after its escape byte: "[1;31m".
void skip_control_sequence(std::string_view& rest) {
  if (rest.empty() || rest.front() != '[') return;
  const size_t letter = rest.find_first_not_of("[0123456789;?");
  rest.remove_prefix(letter == std::string_view::npos ? rest.size() : letter + 1);
}

size_t take_width(std::string_view& rest, size_t column) {
  constexpr size_t kTabStop = 8;
  const char32_t character = take_character(rest);
  if (character == '\t') return kTabStop - column % kTabStop;
  if (character == 0x1B) {
    skip_control_sequence(rest);
    return 0;
  }
  if (character >= 0x20 && character < 0x7F) return 1;
  if (is_in(kZero, character)) return 0;
  return is_in(kWide, character) ? 2 : 1;
}

}  // namespace

size_t display_width(std::string_view text, size_t start) {
  size_t width = 0;
  while (!text.empty()) width += take_width(text, start + width);
  return width;
}

size_t bytes_of_width(std::string_view text, size_t width_max) {
  std::string_view rest = text;
  size_t width = 0;
  while (!rest.empty()) {
    const size_t before = rest.size();
    width += take_width(rest, width);
    if (width > width_max) return text.size() - before;
  }
  return text.size();
}

}  // namespace freshet
