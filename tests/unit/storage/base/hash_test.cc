#include "storage/base/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <unordered_set>

#include "storage/base/checksum.h"

namespace freshet {
namespace {

TEST(HashU64, FlipsHalfTheBitsForOneChangedBit) {
  int flipped = 0;
  for (uint64_t value = 0; value < 1000; ++value) {
    for (unsigned bit = 0; bit < 64; ++bit) {
      flipped += std::popcount(hash_u64(value) ^ hash_u64(value ^ (uint64_t{1} << bit)));
    }
  }
  EXPECT_NEAR(flipped / 64000.0, 32.0, 0.5);
}

TEST(HashBytes, TellsApartLengthsAndBytes) {
  std::unordered_set<uint64_t> seen;
  std::size_t strings = 0;
  for (std::size_t length = 0; length < 40; ++length) {
    seen.insert(hash_bytes(std::string(length, '\0')));
    ++strings;
    for (std::size_t at = 0; at < length; ++at) {
      std::string bytes(length, '\0');
      for (char value = 1; value < 100; ++value) {
        bytes[at] = value;
        seen.insert(hash_bytes(bytes));
        ++strings;
      }
    }
  }
  EXPECT_EQ(seen.size(), strings);
}

TEST(HashCombine, DependsOnOrder) {
  EXPECT_NE(hash_combine(hash_u64(1), hash_u64(2)), hash_combine(hash_u64(2), hash_u64(1)));
}

TEST(Checksum, IsXxh3OfTheBytes) { EXPECT_EQ(checksum(""), 0x2D06800538D394C2U); }

}  // namespace
}  // namespace freshet
