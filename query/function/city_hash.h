// CityHash64 of version 1.0.2, which ClickHouse's cityHash64() gives: later versions of CityHash
// give other values for the same bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace freshet {

uint64_t city_hash64(std::string_view bytes);

// Two words to one; also what folds the hashes of several arguments.
inline uint64_t city_hash_pair(uint64_t low, uint64_t high) {
  constexpr uint64_t kFactor = 0x9DDFEA08EB382D69ULL;
  uint64_t a = (low ^ high) * kFactor;
  a ^= a >> 47;
  uint64_t b = (high ^ a) * kFactor;
  b ^= b >> 47;
  return b * kFactor;
}

}  // namespace freshet
