#include "storage/column/row_set.h"

#include <gtest/gtest.h>

#include <set>

#include "storage/base/error.h"
#include "storage/base/random.h"

namespace freshet {
namespace {

RowSet rows_of(const std::vector<uint64_t>& rows) {
  RowSetBuilder builder;
  for (const uint64_t row : rows) builder.add(row);
  return builder.take();
}

std::vector<uint64_t> list(const RowSet& rows) {
  std::vector<uint64_t> result;
  rows.for_each([&](uint64_t row) { result.push_back(row); });
  return result;
}

TEST(RowSet, KnowsItsRowsByBlock) {
  const RowSet rows = rows_of({40'000, 3, 5, 3});
  EXPECT_EQ(rows.count(), 3u);
  EXPECT_EQ(list(rows), (std::vector<uint64_t>{3, 5, 40'000}));
  EXPECT_TRUE(rows.contains(5));
  EXPECT_FALSE(rows.contains(4));
  EXPECT_FALSE(rows.contains(1'000'000));
  EXPECT_EQ(rows.block(0)->count(), 2u);
  EXPECT_EQ(rows.block(1), nullptr);
  EXPECT_TRUE(rows.block(2)->contains(40'000 - 2 * kBlockRows));
  EXPECT_EQ(rows.block(3), nullptr);
}

TEST(RowSet, CopiesShareBlocksUntilOneChanges) {
  const RowSet before = rows_of({1, 20'000});
  RowSetBuilder builder(before);
  EXPECT_FALSE(builder.add(1));
  EXPECT_TRUE(builder.add(2));
  const RowSet after = builder.take();
  EXPECT_EQ(before.block(1), after.block(1));
  EXPECT_EQ(list(before), (std::vector<uint64_t>{1, 20'000}));
  EXPECT_EQ(list(after), (std::vector<uint64_t>{1, 2, 20'000}));
}

TEST(RowSet, AddsOtherSets) {
  RowSetBuilder builder(rows_of({1, 2, 50'000}));
  builder.add_all(rows_of({2, 3, 20'000, 90'000}));
  EXPECT_EQ(builder.count(), 6u);
  EXPECT_EQ(list(builder.take()), (std::vector<uint64_t>{1, 2, 3, 20'000, 50'000, 90'000}));
}

TEST(RowSet, ListsTheRowsThatAreInItAndThatAreNot) {
  const RowSet rows = rows_of({0, 2, 63, 64, 66});
  std::vector<RowIndex> others;
  rows.block(0)->append_others(67, others);
  EXPECT_EQ(others.size(), 62u);
  EXPECT_EQ(others.front(), 1u);
  EXPECT_EQ(others.back(), 65u);
  others.clear();
  rows.block(0)->append_others(3, others);
  EXPECT_EQ(others, (std::vector<RowIndex>{1}));
  EXPECT_EQ(rows.block(0)->words()[0], uint64_t{1} << 63 | 5u);
  EXPECT_EQ(rows.block(0)->words()[1], 5u);
}

TEST(RowSet, KeepsRowsThroughBytes) {
  Random random(7);
  for (int round = 0; round < 50; ++round) {
    std::set<uint64_t> wanted;
    const uint64_t bound = 1 + random.below(100'000);
    const uint64_t count = random.below(2'000);
    for (uint64_t index = 0; index < count; ++index) {
      const uint64_t row = random.below(bound);
      for (uint64_t run = 0; run <= random.below(5); ++run) wanted.insert(row + run);
    }
    const RowSet rows = rows_of({wanted.begin(), wanted.end()});
    std::string bytes;
    ByteWriter writer(bytes);
    put_row_set(rows, writer);
    put_row_runs(list(rows), writer);
    ByteReader reader(bytes);
    EXPECT_EQ(list(get_row_set(reader)), list(rows));
    EXPECT_EQ(get_row_runs(reader), list(rows));
    EXPECT_TRUE(reader.at_end());
  }
}

TEST(RowSet, WritesRunsAsGapAndLength) {
  std::string bytes;
  ByteWriter writer(bytes);
  put_row_set(rows_of({3, 4, 5, 200}), writer);
  // Two runs: 3 rows left out, 3 in; 194 left out, 1 in.
  EXPECT_EQ(bytes, std::string("\x02\x03\x03\xC2\x01\x01", 6));
}

TEST(RowSet, RefusesRunsBeyondAllRows) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.put_varint(1);
  writer.put_varint(uint64_t{1} << 31);
  writer.put_varint(uint64_t{1} << 40);
  ByteReader reader(bytes);
  EXPECT_THROW(get_row_set(reader), Error);
}

}  // namespace
}  // namespace freshet
