#include "storage/base/arena.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace freshet {
namespace {

TEST(Arena, KeepsEarlierAllocationsInPlace) {
  Arena arena(64);
  std::vector<std::string_view> copies;
  for (int index = 0; index < 1000; ++index) {
    copies.push_back(arena.copy("value " + std::to_string(index)));
  }
  for (int index = 0; index < 1000; ++index) {
    EXPECT_EQ(copies[static_cast<std::size_t>(index)], "value " + std::to_string(index));
  }
}

TEST(Arena, AlignsAfterOddSizes) {
  Arena arena;
  for (const std::size_t alignment : {1U, 2U, 4U, 8U, 16U}) {
    arena.allocate(3, 1);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.allocate(8, alignment)) % alignment, 0U);
  }
}

TEST(Arena, CountsLargeBlocksInBytesReserved) {
  Arena arena(4096);
  EXPECT_EQ(arena.bytes_reserved(), 0U);
  arena.allocate(10);
  EXPECT_EQ(arena.bytes_reserved(), 4096U);
  arena.allocate(1 << 20);
  EXPECT_EQ(arena.bytes_reserved(), 4096U + (1 << 20));
  arena.allocate(10);
  EXPECT_EQ(arena.bytes_reserved(), 4096U + (1 << 20)) << "the first block still has room";
}

TEST(Arena, MovesWithItsBlocks) {
  Arena first;
  const std::string_view text = first.copy("kept");
  Arena second = std::move(first);
  EXPECT_EQ(text, "kept");
  EXPECT_EQ(second.bytes_reserved(), 4096U);
}

}  // namespace
}  // namespace freshet
