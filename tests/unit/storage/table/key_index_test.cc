#include "storage/table/key_index.h"

#include <gtest/gtest.h>

#include "storage/base/hash.h"
#include "storage/base/random.h"

namespace freshet {
namespace {

std::vector<uint32_t> candidates(const KeyIndex& index, uint64_t hash) {
  std::vector<uint32_t> rows;
  index.for_each_candidate(hash, [&](uint32_t row) { rows.push_back(row); });
  return rows;
}

TEST(KeyIndex, FindsRowsByTheirHash) {
  for (const uint64_t row_count : {0, 1, 7, 1000, 100'000}) {
    Buffer<uint64_t> hashes;
    for (uint64_t row = 0; row < row_count; ++row) hashes.push_back(hash_u64(row));
    const KeyIndex index(hashes);
    for (uint64_t row = 0; row < row_count; row += 1 + row_count / 500) {
      EXPECT_EQ(candidates(index, hash_u64(row)), std::vector<uint32_t>{uint32_t(row)});
    }
    EXPECT_EQ(candidates(index, hash_u64(row_count + 5)), std::vector<uint32_t>{});
    EXPECT_EQ(index.memory_bytes(), KeyIndex::compute_bytes(row_count));
  }
}

TEST(KeyIndex, GivesAllRowsOfEqualHash) {
  const Buffer<uint64_t> hashes = {7, 5, 7, 7};
  EXPECT_EQ(candidates(KeyIndex(hashes), 7), (std::vector<uint32_t>{0, 2, 3}));
}

TEST(KeySlots, FindsWhatIsAcceptedAmongEqualHashes) {
  KeySlots slots;
  EXPECT_EQ(slots.find(1, [](uint64_t) { return true; }), KeySlots::kNone);
  for (uint64_t number = 0; number < 1000; ++number) slots.add(number % 10, number);
  EXPECT_EQ(slots.size(), 1000u);
  const uint64_t place = slots.find(3, [](uint64_t number) { return number == 503; });
  ASSERT_NE(place, KeySlots::kNone);
  EXPECT_EQ(slots.number(place), 503u);
  slots.set_number(place, 9999);
  EXPECT_EQ(slots.find(3, [](uint64_t number) { return number == 503; }), KeySlots::kNone);
  EXPECT_NE(slots.find(3, [](uint64_t number) { return number == 9999; }), KeySlots::kNone);
  uint64_t count = 0;
  slots.for_each([&](uint64_t hash, uint64_t number) {
    count += number == 9999 || number % 10 == hash ? 1 : 0;
  });
  EXPECT_EQ(count, 1000u);
}

TEST(KeyIndexCache, DropsWhatWasNotUsedForLongest) {
  const Buffer<uint64_t> hashes(1000, 1);
  const uint64_t bytes = KeyIndex::compute_bytes(1000);
  MemoryBudget budget(4 * (2 * bytes + bytes / 2));  // a quarter of it is for indexes: two of them
  const auto memory = std::make_shared<KeyIndexMemory>(budget);
  KeyIndexCache cache(memory);
  int built = 0;
  const auto build = [&] {
    ++built;
    return std::make_shared<const KeyIndex>(hashes);
  };
  EXPECT_NE(cache.get(SegmentId(1), 1000, build), nullptr);
  EXPECT_NE(cache.get(SegmentId(2), 1000, build), nullptr);
  EXPECT_NE(cache.get(SegmentId(1), 1000, build), nullptr);
  EXPECT_EQ(built, 2);
  EXPECT_NE(cache.get(SegmentId(3), 1000, build), nullptr);
  EXPECT_NE(cache.find(SegmentId(1)), nullptr);
  EXPECT_EQ(cache.find(SegmentId(2)), nullptr);
  EXPECT_EQ(budget.bytes(), 2 * bytes);
  // Too large altogether.
  EXPECT_EQ(cache.get(SegmentId(4), 1'000'000, build), nullptr);
  EXPECT_EQ(budget.bytes(), 0u);
  cache.get(SegmentId(5), 1000, build);
  cache.forget(SegmentId(5));
  EXPECT_EQ(budget.bytes(), 0u);
}

TEST(KeyIndexCache, TakesNothingWhenBuildingFails) {
  MemoryBudget budget(0);
  KeyIndexCache cache(std::make_shared<KeyIndexMemory>(budget));
  const auto fail = []() -> std::shared_ptr<const KeyIndex> { throw std::runtime_error("no"); };
  EXPECT_THROW(cache.get(SegmentId(1), 1000, fail), std::runtime_error);
  EXPECT_EQ(budget.bytes(), 0u);
}

}  // namespace
}  // namespace freshet
