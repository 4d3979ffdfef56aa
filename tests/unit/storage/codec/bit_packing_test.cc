#include "storage/codec/bit_packing.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "storage/base/random.h"

namespace freshet {
namespace {

template <class U>
class BitPacking : public testing::Test {};
using Words = testing::Types<uint8_t, uint16_t, uint32_t, uint64_t>;
TYPED_TEST_SUITE(BitPacking, Words);

template <class U>
std::vector<U> random_values(size_t count, unsigned width, U base, Random& random) {
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  std::vector<U> values(count);
  for (U& value : values) value = static_cast<U>(base + static_cast<U>(random.next() & mask));
  return values;
}

TYPED_TEST(BitPacking, RoundTripsEveryWidthAndGroupBoundary) {
  using U = TypeParam;
  Random random(1);
  for (unsigned width = 0; width <= 8 * sizeof(U); ++width) {
    for (const size_t count : std::vector<size_t>{0, 1, 7, 1023, 1024, 1025, 3000}) {
      const U base = static_cast<U>(random.next());
      const std::vector<U> values = random_values<U>(count, width, base, random);
      std::string packed;
      pack_bits<U>(values, base, width, packed);
      ASSERT_EQ(packed.size(), packed_bytes(count, width)) << width << " bits, " << count;
      std::vector<U> out(count);
      unpack_bits<U>(packed, width, base, out);
      ASSERT_EQ(out, values) << width << " bits, " << count;
      for (size_t i = 0; i < count; i += 1 + i / 8) {
        const U one = static_cast<U>(base + unpack_one<U>(packed, count, width, i));
        ASSERT_EQ(one, values[i]) << width << " bits, " << i << " of " << count;
      }
    }
  }
}

TEST(BitPackingLayout, StoresTheRestFromTheLowBitUp) {
  const std::vector<uint32_t> values = {1, 2, 3};
  std::string packed;
  pack_bits<uint32_t>(values, 0, 3, packed);
  EXPECT_EQ(packed, std::string("\xD1\x00", 2));
}

TEST(BitPackingLayout, StoresGroupsInLanes) {
  std::vector<uint32_t> values(1024, 0);
  values[5] = 7;        // row 0 of lane 5
  values[32 * 10] = 5;  // row 10 of lane 0: bits 30 and 31 of word 0, bit 0 of word 1
  std::string packed;
  pack_bits<uint32_t>(values, 0, 3, packed);
  ASSERT_EQ(packed.size(), 384U);
  EXPECT_EQ(packed[4 * 5], 7);
  EXPECT_EQ(static_cast<uint8_t>(packed[3]), 0x40);
  EXPECT_EQ(packed[128], 1);
}

TEST(BitPackingLayout, CountsTheBitsOfAValue) {
  EXPECT_EQ(bit_width_of(0), 0U);
  EXPECT_EQ(bit_width_of(1), 1U);
  EXPECT_EQ(bit_width_of(255), 8U);
  EXPECT_EQ(bit_width_of(std::numeric_limits<uint64_t>::max()), 64U);
}

}  // namespace
}  // namespace freshet
