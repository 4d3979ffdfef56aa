// StringSet numbers distinct strings in the order in which they come.
//
// Owns:      copies of the strings, in one run of bytes; less than 4 GiB.
// Threads:   one at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "storage/base/buffer.h"

namespace freshet {

class StringSet {
 public:
  StringSet();

  // The number of `text`, which is added when it is new.
  uint32_t find_or_add(std::string_view text);

  size_t size() const { return offsets_.size() - 1; }
  std::string_view at(uint32_t number) const {
    return {bytes_.data() + offsets_[number], offsets_[number + 1] - offsets_[number]};
  }
  std::span<const uint32_t> offsets() const { return offsets_; }
  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
  size_t memory_bytes() const;

 private:
  struct Slot {
    uint32_t hash = 0;  // high half of the string's hash; tells most strangers apart
    uint32_t number_plus_one = 0;
  };
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half used
  Buffer<uint32_t> offsets_;
  Buffer<char> bytes_;
};

}  // namespace freshet
