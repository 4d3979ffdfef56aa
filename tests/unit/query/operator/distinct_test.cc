#include "query/operator/distinct.h"

#include <gtest/gtest.h>

#include "tests/unit/query/operator/spill_fixture.h"

namespace freshet {
namespace {

std::string distinct(std::string_view text, std::optional<uint64_t> row_limit = {}) {
  const Schema schema = schema_from_text(text.substr(0, text.find('\n')));
  std::vector<DataTypePtr> types;
  for (const NamedType& column : schema.columns()) types.push_back(column.type);
  DistinctTransform transform(types, row_limit);
  return OperatorHarness().process(transform, schema, chunks_from_text(text));
}

TEST(Distinct, KeepsTheFirstOfEqualRows) {
  EXPECT_EQ(distinct("a:Nullable(UInt8) s:String\n1\tx\n\\N\tx\n1\tx\n--\n0\tx\n\\N\tx\n1\ty\n"),
            "1\tx\n\\N\tx\n0\tx\n1\ty\n");
  EXPECT_EQ(distinct("s:String a:UInt8\na\t1\n\t1\na\t1\n--\n\t1\nb\t1\n"), "a\t1\n\t1\nb\t1\n");
  EXPECT_EQ(distinct("l:Array(String)\n['a','b']\n['ab']\n[]\n['a','b']\n"),
            "['a','b']\n['ab']\n[]\n");
}

TEST(Distinct, NaNsAreOneValueAndSoAreZeros) {
  EXPECT_EQ(distinct("x:Float64\nnan\n0\n-0\nnan\n1\n"), "nan\n0\n1\n");
}

TEST(Distinct, StopsWhenItHasEnough) {
  EXPECT_EQ(distinct("a:UInt8\n1\n1\n--\n2\n2\n--\n3\n", 2), "1\n2\nenough\n");
}

class DistinctOnDisk : public SpillFixture {
 protected:
  static std::string small_memory(uint64_t bytes, int threads) {
    return "max_bytes_before_external_group_by = " + std::to_string(bytes) +
           ", max_threads = " + std::to_string(threads);
  }
};

TEST_F(DistinctOnDisk, HasTheRowsOfMemory) {
  fill(24'000);
  for (const std::string columns :
       {"id", "concat(s, toString(id))", "s, n", "n, id % 7, f",
        "toLowCardinality(concat(s, toString(id)))", "[s, toString(n)]", "*"}) {
    const std::string query = "SELECT DISTINCT " + columns + " FROM t";
    for (const int threads : {1, 3}) expect_same(query, small_memory(100'000, threads));
  }
  for (const std::string query : {
           "SELECT DISTINCT s, id FROM t ORDER BY s, id",
           "SELECT count(), sum(x) FROM (SELECT DISTINCT id % 20000 AS x FROM t)",
           "SELECT id FROM t UNION DISTINCT SELECT id + 5000 FROM t",
       }) {
    expect_same(query, small_memory(100'000, 2));
  }
}

// Nothing has room beyond the first rows, at any level.
TEST_F(DistinctOnDisk, PartsPartitionsUntilTheyFit) {
  expect_same("SELECT DISTINCT number * 7919 % 150001 FROM numbers(300000)", small_memory(1, 2));
  const std::string query =
      "SELECT count(), sum(x) FROM (SELECT DISTINCT number % 300000 AS x FROM numbers(600000))";
  EXPECT_EQ(sql_.run(query + " SETTINGS max_memory_usage = 8000000"), "300000\t44999850000\n");
  EXPECT_GT(sql_.report.temporary_bytes_written, 0u);
  EXPECT_LE(sql_.report.memory_peak_bytes, 8'000'000u);
  EXPECT_TRUE(sql_.try_run(query + " SETTINGS max_memory_usage = 8000000, "
                                   "max_bytes_ratio_before_external_group_by = 0")
                  .starts_with("MEMORY_LIMIT_EXCEEDED: Query memory limit exceeded"));
}

TEST_F(DistinctOnDisk, LeavesNoFileWhenTheDiskFails) {
  expect_error_on_every_fault(
      "SELECT DISTINCT number * 7919 % 40001 FROM numbers(60000) SETTINGS " + small_memory(1, 1),
      23);
}

}  // namespace
}  // namespace freshet
