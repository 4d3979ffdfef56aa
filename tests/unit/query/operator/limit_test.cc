#include "query/operator/limit.h"

#include <gtest/gtest.h>

#include "tests/unit/query/operator/operator_harness.h"

namespace freshet {
namespace {

const Schema kNumber = schema_from_text("a:UInt8");

std::string limited(std::optional<uint64_t> limit, uint64_t offset, std::string_view rows,
                    std::vector<SortColumn> ties = {}) {
  LimitTransform transform(limit, offset, std::move(ties));
  return OperatorHarness().process(transform, kNumber,
                                   chunks_from_text("a:UInt8\n" + std::string(rows)));
}

TEST(Limit, GivesTheFirstRowsAndThenWantsNoMore) {
  EXPECT_EQ(limited(3, 0, "1\n2\n--\n3\n4\n--\n5\n"), "1\n2\n3\nenough\n");
  EXPECT_EQ(limited(2, 0, "1\n2\n--\n3\n"), "1\n2\nenough\n");
  EXPECT_EQ(limited(9, 0, "1\n2\n--\n3\n"), "1\n2\n3\n");
  EXPECT_EQ(limited(0, 0, "1\n"), "enough\n");
  EXPECT_EQ(limited({}, 0, "1\n--\n2\n"), "1\n2\n");
}

TEST(Limit, SkipsTheOffsetAcrossChunks) {
  EXPECT_EQ(limited(2, 3, "1\n2\n--\n3\n4\n--\n5\n6\n"), "4\n5\nenough\n");
  EXPECT_EQ(limited({}, 3, "1\n2\n--\n3\n4\n--\n5\n"), "4\n5\n");
  EXPECT_EQ(limited(1, 9, "1\n2\n"), "");
  EXPECT_EQ(limited(~uint64_t{0}, 1, "1\n2\n"), "2\n");
  EXPECT_EQ(limited(~uint64_t{0}, ~uint64_t{0}, "1\n2\n"), "");
}

TEST(Limit, TiesFollowTheLastRow) {
  const std::vector<SortColumn> by_a = {{.column = 0}};
  EXPECT_EQ(limited(2, 0, "1\n2\n2\n2\n3\n", by_a), "1\n2\n2\n2\nenough\n");
  EXPECT_EQ(limited(2, 0, "1\n2\n--\n2\n--\n2\n3\n--\n2\n", by_a), "1\n2\n2\n2\nenough\n");
  EXPECT_EQ(limited(1, 1, "1\n1\n1\n2\n", by_a), "1\n1\nenough\n");
  EXPECT_EQ(limited(0, 0, "1\n1\n", by_a), "enough\n");
  EXPECT_EQ(limited(9, 0, "1\n1\n", by_a), "1\n1\n");
}

TEST(LimitBy, CountsRowsOfEachKeyAcrossChunks) {
  OperatorHarness harness;
  const Schema schema = schema_from_text("k:Nullable(String) v:UInt8");
  const auto rows = chunks_from_text(
      "k:Nullable(String) v:UInt8\n"
      "a\t1\nb\t2\na\t3\n\\N\t4\n--\na\t5\n\\N\t6\nb\t7\n\t8\n\\N\t9\n");
  LimitByTransform two({0}, 2, 0);
  EXPECT_EQ(harness.process(two, schema, rows), "a\t1\nb\t2\na\t3\n\\N\t4\n\\N\t6\nb\t7\n\t8\n");
  LimitByTransform second({0}, 1, 1);
  EXPECT_EQ(harness.process(second, schema, rows), "a\t3\n\\N\t6\nb\t7\n");
  LimitByTransform none({0}, 0, 0);
  EXPECT_EQ(harness.process(none, schema, rows), "");
  LimitByTransform both({0, 1}, 1, 0);
  EXPECT_EQ(harness.process(both, schema, rows),
            "a\t1\nb\t2\na\t3\n\\N\t4\na\t5\n\\N\t6\nb\t7\n\t8\n\\N\t9\n");
}

}  // namespace
}  // namespace freshet
