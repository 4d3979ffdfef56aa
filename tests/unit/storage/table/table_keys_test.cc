#include "storage/table/table_keys.h"

#include <gtest/gtest.h>

#include "tests/support/test_store.h"

namespace freshet {
namespace {

TEST(TableKeys, SplitsRowsByPartition) {
  const TableKeys keys(table_from_text("t", "id:UInt64 city:String", {}, "city"), SimpleCompiler());
  const auto parts = keys.split_by_partition(chunk_from_text(
      "id:UInt64 city:String\n"
      "1\tRome\n2\tOslo\n3\tOslo\n4\tRome\n5\tKyiv\n"));
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].partition, "Rome");
  EXPECT_EQ(parts[0].rows, (std::vector<RowIndex>{0, 3}));
  EXPECT_EQ(parts[1].partition, "Oslo");
  EXPECT_EQ(parts[1].rows, (std::vector<RowIndex>{1, 2}));
  EXPECT_EQ(parts[2].rows, (std::vector<RowIndex>{4}));
}

TEST(TableKeys, HasOnePartitionWithoutAKey) {
  const TableKeys keys(table_from_text("t", "id:UInt64", {"tuple()"}, "tuple()"), SimpleCompiler());
  const auto parts = keys.split_by_partition(chunk_from_text("id:UInt64\n1\n2\n"));
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].partition, "all");
  EXPECT_EQ(parts[0].rows.size(), 2u);
  EXPECT_TRUE(keys.sort_order().empty());
}

TEST(TableKeys, ComputesSortKeysFromExpressions) {
  const TableKeys keys(table_from_text("t", "id:UInt64 n:UInt64", {"div(n, 10)", "id"}),
                       SimpleCompiler());
  const Chunk key = keys.compute_sort_key(chunk_from_text("id:UInt64 n:UInt64\n1\t25\n2\t7\n"));
  EXPECT_EQ(chunk_rows_text(keys.sort_key_schema(), key), "2\t1\n0\t2\n");
}

}  // namespace
}  // namespace freshet
