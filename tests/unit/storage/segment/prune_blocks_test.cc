#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "segment_rows.h"
#include "storage/base/random.h"
#include "storage/column/number_column.h"
#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

using Operator = ColumnCondition::Operator;
using Blocks = std::vector<uint32_t>;

// Four blocks of (day UInt16 sorted, name String, maybe Nullable(Float64), list Array(UInt8)):
// day is 10 x block number; name "name <block>"; maybe is NULL in block 1 and NaN in block 2.
class PruneBlocks : public testing::Test {
 protected:
  PruneBlocks() {
    Schema schema;
    schema.add("day", simple_type(TypeId::UInt16));
    schema.add("name", parse_data_type("FixedString(8)"));
    schema.add("maybe", parse_data_type("Nullable(Float64)"));
    schema.add("list", parse_data_type("Array(UInt8)"));
    std::vector<Chunk> chunks;
    for (uint64_t block = 0; block < 4; ++block) {
      Value maybe(static_cast<double>(block));
      if (block == 1) maybe = Value();
      if (block == 2) maybe = boxed(std::numeric_limits<double>::quiet_NaN());
      chunks.push_back({{make_constant_column(*schema[0].type, boxed(block * 10), kBlockRows),
                         make_constant_column(*schema[1].type,
                                              boxed("name " + std::to_string(block)), kBlockRows),
                         make_constant_column(*schema[2].type, maybe, kBlockRows),
                         make_constant_column(*schema[3].type, boxed(ValueList{}), kBlockRows)},
                        kBlockRows});
    }
    reader_ = write_segment(files_, schema, chunks);
  }

  Blocks prune(ColumnIndex column, Operator op, std::vector<Value> values) const {
    ColumnFilter filter;
    filter.conditions.push_back({column, op, std::move(values)});
    return prune_blocks(*reader_, filter);
  }

  FaultFileSystem files_;
  std::shared_ptr<const SegmentReader> reader_;
};

Value number(uint64_t value) { return boxed(value); }

TEST_F(PruneBlocks, ComparesIntegers) {
  EXPECT_EQ(prune(0, Operator::Equal, {number(20)}), (Blocks{2}));
  EXPECT_EQ(prune(0, Operator::Equal, {number(21)}), (Blocks{}));
  EXPECT_EQ(prune(0, Operator::NotEqual, {number(20)}), (Blocks{0, 1, 3}));
  EXPECT_EQ(prune(0, Operator::Less, {number(20)}), (Blocks{0, 1}));
  EXPECT_EQ(prune(0, Operator::LessOrEqual, {number(20)}), (Blocks{0, 1, 2}));
  EXPECT_EQ(prune(0, Operator::Greater, {number(20)}), (Blocks{3}));
  EXPECT_EQ(prune(0, Operator::GreaterOrEqual, {boxed(int64_t{20})}), (Blocks{2, 3}));
  EXPECT_EQ(prune(0, Operator::Greater, {boxed(int64_t{-1})}), (Blocks{0, 1, 2, 3}));
}

TEST_F(PruneBlocks, LooksUpLists) {
  EXPECT_EQ(prune(0, Operator::In, {number(30), number(5), number(0)}), (Blocks{0, 3}));
  EXPECT_EQ(prune(0, Operator::In, {number(30), Value()}), (Blocks{3}));
  EXPECT_EQ(prune(0, Operator::In, {}), (Blocks{}));
}

TEST_F(PruneBlocks, ComparesStringsAndPadsFixedOnes) {
  EXPECT_EQ(prune(1, Operator::Equal, {boxed(std::string("name 2"))}), (Blocks{2}));
  EXPECT_EQ(prune(1, Operator::Greater, {boxed(std::string("name 1"))}), (Blocks{2, 3}));
}

TEST_F(PruneBlocks, KnowsNullAndNan) {
  EXPECT_EQ(prune(2, Operator::IsNull, {}), (Blocks{1}));
  EXPECT_EQ(prune(2, Operator::IsNotNull, {}), (Blocks{0, 2, 3}));
  EXPECT_EQ(prune(2, Operator::Greater, {boxed(-1.0)}), (Blocks{0, 3}));
  EXPECT_EQ(prune(2, Operator::NotEqual, {boxed(3.0)}), (Blocks{0, 2}));
  EXPECT_EQ(prune(2, Operator::Equal, {Value()}), (Blocks{}));
}

TEST_F(PruneBlocks, KeepsWhatItKnowsNothingOf) {
  EXPECT_EQ(prune(3, Operator::Equal, {boxed(ValueList{})}), (Blocks{0, 1, 2, 3}));
  EXPECT_EQ(prune_blocks(*reader_, {}), (Blocks{0, 1, 2, 3}));
}

TEST_F(PruneBlocks, NeedsAllConditions) {
  ColumnFilter filter;
  filter.conditions.push_back({0, Operator::Greater, {number(0)}});
  filter.conditions.push_back({1, Operator::Less, {boxed(std::string("name 3"))}});
  EXPECT_EQ(prune_blocks(*reader_, filter), (Blocks{1, 2}));
}

// Blocks of a sorted column are found by binary search: the same ones as by looking at each.
TEST(PruneSortedBlocks, FindsTheSameAsLookingAtEach) {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    FaultFileSystem files;
    Schema schema;
    schema.add("n", simple_type(TypeId::Int32));
    std::vector<int32_t> cells(1 + random.below(900));
    for (int32_t& cell : cells) cell = static_cast<int32_t>(random.below(60)) - 30;
    if (round % 4 != 0) std::sort(cells.begin(), cells.end());
    Buffer<int32_t> numbers;
    for (const int32_t cell : cells) numbers.push_back(cell);
    const ColumnPtr column = make_number_column<int32_t>(std::move(numbers));
    SegmentOptions options;
    options.block_rows = 20;
    SegmentWriter writer(files, "a.segment", schema, options);
    writer.append(Chunk{{column}, column->size()});
    writer.finish();
    const auto reader = SegmentReader::open(files, "a.segment");
    EXPECT_EQ(reader->ascends(0),
              std::is_sorted(cells.begin(), cells.end()) || reader->block_count() == 1);
    for (int64_t value = -32; value <= 32; ++value) {
      const auto expect = [&](Operator op, std::vector<Value> values, const auto& may_match) {
        Blocks expected;
        for (uint32_t block = 0; block < reader->block_count(); ++block) {
          const ZoneMap& zone = reader->zone_map(0, block);
          if (may_match(zone.min.as<int64_t>(), zone.max.as<int64_t>())) expected.push_back(block);
        }
        ColumnFilter filter;
        filter.conditions.push_back({0, op, std::move(values)});
        EXPECT_EQ(prune_blocks(*reader, filter), expected) << round << " " << value;
      };
      const Value cell = boxed(value);
      expect(Operator::Equal, {cell},
             [&](int64_t a, int64_t b) { return a <= value && value <= b; });
      expect(Operator::NotEqual, {cell},
             [&](int64_t a, int64_t b) { return a != b || a != value; });
      expect(Operator::Less, {cell}, [&](int64_t a, int64_t) { return a < value; });
      expect(Operator::LessOrEqual, {cell}, [&](int64_t a, int64_t) { return a <= value; });
      expect(Operator::Greater, {cell}, [&](int64_t, int64_t b) { return b > value; });
      expect(Operator::GreaterOrEqual, {cell}, [&](int64_t, int64_t b) { return b >= value; });
      expect(Operator::In, {cell, boxed(value + 9)}, [&](int64_t a, int64_t b) {
        return (a <= value && value <= b) || (a <= value + 9 && value + 9 <= b);
      });
    }
  }
}

}  // namespace
}  // namespace freshet
