// Letter case of UTF-8 text, one code point to one (and ß to SS). Broken bytes stay as they are.
#pragma once

#include <string_view>

#include "storage/base/buffer.h"

namespace freshet {

inline char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
inline char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

void append_lower_utf8(std::string_view text, Buffer<char>& out);
void append_upper_utf8(std::string_view text, Buffer<char>& out);
void append_code_point(uint32_t value, Buffer<char>& out);

}  // namespace freshet
