// Copying, comparing and appending runs of bytes that mostly are short: a call of memcpy or memcmp
// costs more than what it does then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "storage/base/buffer.h"

namespace freshet {

// Requires: the runs do not overlap.
inline void copy_bytes(char* to, const char* from, size_t count) {
  // Two words that may overlap in the middle.
  const auto copy_ends = [&]<class Word>(Word) {
    Word first;
    Word last;
    std::memcpy(&first, from, sizeof(Word));
    std::memcpy(&last, from + count - sizeof(Word), sizeof(Word));
    std::memcpy(to, &first, sizeof(Word));
    std::memcpy(to + count - sizeof(Word), &last, sizeof(Word));
  };
  if (count > 2 * sizeof(uint64_t)) {
    std::memcpy(to, from, count);
  } else if (count >= sizeof(uint64_t)) {
    copy_ends(uint64_t{});
  } else if (count >= sizeof(uint32_t)) {
    copy_ends(uint32_t{});
  } else if (count >= sizeof(uint16_t)) {
    copy_ends(uint16_t{});
  } else if (count == 1) {
    *to = *from;
  }
}

inline bool equal_bytes(const char* a, const char* b, size_t count) {
  const auto equal_ends = [&]<class Word>(Word) {
    Word words[4];
    std::memcpy(&words[0], a, sizeof(Word));
    std::memcpy(&words[1], b, sizeof(Word));
    std::memcpy(&words[2], a + count - sizeof(Word), sizeof(Word));
    std::memcpy(&words[3], b + count - sizeof(Word), sizeof(Word));
    return ((words[0] ^ words[1]) | (words[2] ^ words[3])) == 0;
  };
  if (count > 2 * sizeof(uint64_t)) return std::memcmp(a, b, count) == 0;
  if (count >= sizeof(uint64_t)) return equal_ends(uint64_t{});
  if (count >= sizeof(uint32_t)) return equal_ends(uint32_t{});
  for (size_t i = 0; i < count; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

inline bool equal_bytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && equal_bytes(a.data(), b.data(), a.size());
}

inline void append_bytes(Buffer<char>& out, std::string_view text) {
  const size_t before = out.size();
  out.resize(before + text.size());
  copy_bytes(out.data() + before, text.data(), text.size());
}

}  // namespace freshet
