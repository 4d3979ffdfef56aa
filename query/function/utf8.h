// Walking UTF-8: code points as byte sequences. Broken bytes count as one code point each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace freshet {

// Bytes of the code point that starts with `lead`, as the lead says.
inline size_t utf8_sequence_bytes(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  if (byte < 0xC0) return 1;
  if (byte < 0xE0) return 2;
  if (byte < 0xF0) return 3;
  return byte < 0xF8 ? 4 : 1;
}

inline bool is_utf8_continuation(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// No byte of the text is 0x80 or above.
inline bool is_ascii(std::string_view text) {
  const char* bytes = text.data();
  const size_t size = text.size();
  uint64_t seen = 0;
  if (size < sizeof(uint64_t)) {
    for (const char c : text) seen |= static_cast<uint8_t>(c);
  } else {
    const auto look = [&](size_t at) {
      uint64_t word;
      std::memcpy(&word, bytes + at, sizeof(word));
      seen |= word;
    };
    for (size_t at = 0; at + sizeof(uint64_t) < size; at += sizeof(uint64_t)) look(at);
    look(size - sizeof(uint64_t));
  }
  return (seen & 0x8080808080808080U) == 0;
}

// Code points: bytes that continue none.
inline size_t utf8_count(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += !is_utf8_continuation(c);
  return count;
}

// The byte at which code point `index` starts; the text's end when there are fewer.
inline size_t utf8_offset(std::string_view text, size_t index) {
  size_t offset = 0;
  while (index > 0 && offset < text.size()) {
    offset += utf8_sequence_bytes(text[offset]);
    --index;
  }
  return offset < text.size() ? offset : text.size();
}

// Bytes of the valid code point at the front of `text`, 0 when it is broken. Requires: not empty.
size_t valid_utf8_prefix(std::string_view text);
// Value of a valid sequence.
uint32_t decode_utf8(std::string_view sequence);

// Calls code_point(value) or broken(byte) for each code point of a text.
template <class CodePoint, class Broken>
void walk_utf8(std::string_view text, CodePoint code_point, Broken broken) {
  while (!text.empty()) {
    const size_t bytes = valid_utf8_prefix(text);
    if (bytes == 0) {
      broken(text[0]);
      text.remove_prefix(1);
      continue;
    }
    code_point(decode_utf8(text.substr(0, bytes)));
    text.remove_prefix(bytes);
  }
}

}  // namespace freshet
