#include "query/function/letter_case.h"

#include <clocale>
#include <cwctype>

#include "query/function/utf8.h"
#include "storage/base/short_bytes.h"

namespace freshet {

namespace {

// Knows the letters of all scripts, whatever the process's locale.
locale_t unicode_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

}  // namespace

void append_code_point(uint32_t value, Buffer<char>& out) {
  const auto push = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (value < 0x80) {
    push(value);
  } else if (value < 0x800) {
    push(0xC0 | value >> 6);
    push(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    push(0xE0 | value >> 12);
    push(0x80 | (value >> 6 & 0x3F));
    push(0x80 | (value & 0x3F));
  } else {
    push(0xF0 | value >> 18);
    push(0x80 | (value >> 12 & 0x3F));
    push(0x80 | (value >> 6 & 0x3F));
    push(0x80 | (value & 0x3F));
  }
}

void append_lower_utf8(std::string_view text, Buffer<char>& out) {
  walk_utf8(
      text,
      [&](uint32_t value) {
        if (value < 0x80) return out.push_back(ascii_lower(static_cast<char>(value)));
        append_code_point(towlower_l(static_cast<wint_t>(value), unicode_locale()), out);
      },
      [&](char byte) { out.push_back(byte); });
}

void append_upper_utf8(std::string_view text, Buffer<char>& out) {
  constexpr uint32_t kSharpS = 0xDF;
  walk_utf8(
      text,
      [&](uint32_t value) {
        if (value < 0x80) return out.push_back(ascii_upper(static_cast<char>(value)));
        if (value == kSharpS) return append_bytes(out, "SS");
        append_code_point(towupper_l(static_cast<wint_t>(value), unicode_locale()), out);
      },
      [&](char byte) { out.push_back(byte); });
}

}  // namespace freshet
