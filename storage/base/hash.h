// Hashes for tables in memory and for dictionaries stored in segments: every bit of the input
// affects every bit of the result.
//
// Hashes live in memory only: a change is not a format change.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace freshet {

struct Hash128 {
  uint64_t low;
  uint64_t high;
};

namespace hash_detail {

inline constexpr uint64_t kSeedA = 0xA0761D6478BD642FULL;
inline constexpr uint64_t kSeedB = 0xE7037ED1A0B428DBULL;

// Full 64 x 64 bit product, folded.
inline uint64_t multiply_fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <class T>
uint64_t load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

uint64_t hash_long(std::string_view bytes);

}  // namespace hash_detail

// A bijection (Stafford's mix 13), so distinct integers never collide in all 64 bits.
inline uint64_t hash_u64(uint64_t value) {
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

// Inline up to 16 bytes (most group keys), XXH3 beyond.
inline uint64_t hash_bytes(std::string_view bytes) {
  const std::size_t count = bytes.size();
  if (count > 16) return hash_detail::hash_long(bytes);
  const char* data = bytes.data();
  uint64_t a = 0;
  uint64_t b = 0;
  if (count >= 8) {
    a = hash_detail::load<uint64_t>(data);
    b = hash_detail::load<uint64_t>(data + count - 8);
  } else if (count >= 4) {
    a = hash_detail::load<uint32_t>(data);
    b = hash_detail::load<uint32_t>(data + count - 4);
  } else if (count > 0) {
    a = static_cast<uint64_t>(static_cast<uint8_t>(data[0])) << 16 |
        static_cast<uint64_t>(static_cast<uint8_t>(data[count >> 1])) << 8 |
        static_cast<uint64_t>(static_cast<uint8_t>(data[count - 1]));
  }
  return hash_detail::multiply_fold(
      hash_detail::kSeedB ^ count,
      hash_detail::multiply_fold(a ^ hash_detail::kSeedA, b ^ hash_detail::kSeedB));
}

// Wide enough to stand for the bytes themselves: distinct counts keep these instead of strings.
Hash128 hash128_bytes(std::string_view bytes);

// Hash of a sequence: fold the next element's hash into what came before; the order matters.
inline uint64_t hash_combine(uint64_t before, uint64_t next) {
  return hash_u64(before ^ (next + 0x9E3779B97F4A7C15ULL + (before << 6) + (before >> 2)));
}

}  // namespace freshet
