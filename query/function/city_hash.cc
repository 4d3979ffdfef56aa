#include "query/function/city_hash.h"

#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

namespace freshet {

namespace {

// Primes between 2^63 and 2^64; they are the algorithm's.
constexpr uint64_t kPrime0 = 0xC3A5C85C97CB3127ULL;
constexpr uint64_t kPrime1 = 0xB492B66FBE98F273ULL;
constexpr uint64_t kPrime2 = 0x9AE16A3B2F90404FULL;
constexpr uint64_t kPrime3 = 0xC949D7C7509E6557ULL;

uint64_t word(const char* bytes) {
  uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

uint64_t half_word(const char* bytes) {
  uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

uint64_t fold_high(uint64_t value) { return value ^ (value >> 47); }

uint64_t hash_up_to_16(const char* bytes, size_t count) {
  if (count > 8) {
    const uint64_t last = word(bytes + count - 8);
    const uint64_t turned = std::rotr(last + count, static_cast<int>(count));
    return city_hash_pair(word(bytes), turned) ^ last;
  }
  if (count >= 4) {
    return city_hash_pair(count + (half_word(bytes) << 3), half_word(bytes + count - 4));
  }
  if (count == 0) return kPrime2;
  const auto byte = [&](size_t at) { return uint64_t{static_cast<uint8_t>(bytes[at])}; };
  const uint64_t front = byte(0) + (byte(count / 2) << 8);
  const uint64_t back = count + (byte(count - 1) << 2);
  return fold_high(front * kPrime2 ^ back * kPrime3) * kPrime2;
}

uint64_t hash_up_to_32(const char* bytes, size_t count) {
  const uint64_t a = word(bytes) * kPrime1;
  const uint64_t b = word(bytes + 8);
  const uint64_t c = word(bytes + count - 8) * kPrime2;
  const uint64_t d = word(bytes + count - 16) * kPrime0;
  return city_hash_pair(std::rotr(a - b, 43) + std::rotr(c, 30) + d,
                        a + std::rotr(b ^ kPrime3, 20) - c + count);
}

struct Pair {
  uint64_t first;
  uint64_t second;
};

// Of the 32 bytes from `first_word` on, where z is the third word and `start` is seeded already.
Pair hash_half_of_64(const char* bytes, const char* third_from_end, uint64_t start, uint64_t z) {
  uint64_t b = std::rotr(start + z, 52);
  uint64_t c = std::rotr(start, 37);
  uint64_t a = start + word(bytes);
  c += std::rotr(a, 7);
  a += word(third_from_end);
  return {a + z, b + std::rotr(a, 31) + c};
}

uint64_t hash_up_to_64(const char* bytes, size_t count) {
  const char* end = bytes + count;
  const Pair v = hash_half_of_64(
      bytes + 8, bytes + 16, word(bytes) + (count + word(end - 16)) * kPrime0, word(bytes + 24));
  const Pair w =
      hash_half_of_64(end - 24, end - 16, word(bytes + 16) + word(end - 32), word(end - 8));
  const uint64_t r = fold_high((v.first + w.second) * kPrime2 + (w.first + v.second) * kPrime0);
  return fold_high(r * kPrime0 + v.second) * kPrime2;
}

Pair hash_block(const char* bytes, uint64_t a, uint64_t b) {
  const uint64_t last = word(bytes + 24);
  a += word(bytes);
  b = std::rotr(b + a + last, 21);
  const uint64_t c = a;
  a += word(bytes + 8) + word(bytes + 16);
  b += std::rotr(a, 44);
  return {a + last, b + c};
}

// The last 64 bytes seed the state; then come blocks of 64 bytes from the start on.
uint64_t hash_long(const char* bytes, size_t count) {
  const char* end = bytes + count;
  uint64_t x = word(bytes);
  uint64_t y = word(end - 16) ^ kPrime1;
  uint64_t z = word(end - 56) ^ kPrime0;
  Pair v = hash_block(end - 64, count, y);
  Pair w = hash_block(end - 32, count * kPrime1, kPrime0);
  z += fold_high(v.second) * kPrime1;
  x = std::rotr(z + x, 39) * kPrime1;
  y = std::rotr(y, 33) * kPrime1;
  for (size_t left = (count - 1) / 64; left > 0; --left, bytes += 64) {
    x = std::rotr(x + y + v.first + word(bytes + 16), 37) * kPrime1;
    y = std::rotr(y + v.second + word(bytes + 48), 42) * kPrime1;
    x ^= w.second;
    y ^= v.first;
    z = std::rotr(z ^ w.first, 33);
    v = hash_block(bytes, v.second * kPrime1, x + w.first);
    w = hash_block(bytes + 32, z + w.second, y);
    std::swap(z, x);
  }
  return city_hash_pair(city_hash_pair(v.first, w.first) + fold_high(y) * kPrime1 + z,
                        city_hash_pair(v.second, w.second) + x);
}

}  // namespace

uint64_t city_hash64(std::string_view bytes) {
  const size_t count = bytes.size();
  if (count <= 16) return hash_up_to_16(bytes.data(), count);
  if (count <= 32) return hash_up_to_32(bytes.data(), count);
  if (count <= 64) return hash_up_to_64(bytes.data(), count);
  return hash_long(bytes.data(), count);
}

}  // namespace freshet
