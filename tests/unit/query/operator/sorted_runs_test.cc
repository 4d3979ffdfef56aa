// ORDER BY on disk: small limits force it, and the order is that of a query with all memory.
#include "query/operator/sorted_runs.h"

#include <gtest/gtest.h>

#include "tests/unit/query/operator/spill_fixture.h"

namespace freshet {
namespace {

class SortedRuns : public SpillFixture {
 protected:
  static std::string small_memory(uint64_t bytes, int threads) {
    return "max_bytes_before_external_sort = " + std::to_string(bytes) +
           ", max_threads = " + std::to_string(threads);
  }
};

TEST_F(SortedRuns, AreOneOrderForEveryKindOfColumn) {
  fill(8'000);
  for (const std::string columns : {
           "id DESC",
           "n, id",
           "n DESC NULLS FIRST, id DESC",
           "s, id",
           "s DESC, n, id DESC",
           "f, s, id",
           "if(id % 5 = 0, nan, f) DESC, id",
           "toLowCardinality(s), id",
           "[n, 1], id",
           "(f, s), id",
           "toFixedString(substring(s, 1, 8), 8), id",
           "toDecimal64(f, 3), id",
       }) {
    const std::string query = "SELECT *, [s], (n, f) FROM t ORDER BY " + columns;
    for (const int threads : {1, 3}) expect_same(query, small_memory(200'000, threads));
  }
}

// Each chunk is a run: more of them than are merged at once.
TEST_F(SortedRuns, OfAnyNumberAreMerged) {
  const std::string rows =
      "SELECT number * 7919 % 300007 AS k, toString(number) FROM numbers(300000) ORDER BY k";
  expect_same(rows, small_memory(1, 1));
  EXPECT_GE(event("ExternalSortWritePart"), 18u);
  EXPECT_GE(event("ExternalSortMerge"), 3u);
  // In order already, in the other order, and all equal.
  for (const std::string key : {"number", "-number", "1"}) {
    expect_same("SELECT count(), sum(x) FROM (SELECT number AS x FROM numbers(300000) ORDER BY " +
                    key + ")",
                small_memory(1, 2));
  }
}

TEST_F(SortedRuns, GiveTheFirstRowsOfALimit) {
  for (const std::string limit :
       {"LIMIT 40000", "LIMIT 150000 OFFSET 100000", "LIMIT 1 BY k % 7", "LIMIT 50000 WITH TIES"}) {
    expect_same(
        "SELECT number * 7919 % 300007 AS k, toString(number) AS s FROM numbers(300000) ORDER BY "
        "intDiv(k, 3), s " +
            limit,
        small_memory(100'000, 2));
  }
}

TEST_F(SortedRuns, GoToDiskAtTheQuerysLimitOfMemory) {
  const std::string query =
      "SELECT count(), sum(k), max(length(s)) FROM (SELECT number * 7919 % 300007 AS k, "
      "toString(number) AS s FROM numbers(300000) ORDER BY k)";
  const std::string limited = query + " SETTINGS max_memory_usage = 8000000";
  const std::string expected = sql_.run(query);
  EXPECT_EQ(sql_.run(limited), expected);
  EXPECT_GT(sql_.report.temporary_bytes_written, 0u);
  EXPECT_LE(sql_.report.memory_peak_bytes, 8'000'000u);
  EXPECT_TRUE(sql_.try_run(limited + ", max_bytes_ratio_before_external_sort = 0")
                  .starts_with("MEMORY_LIMIT_EXCEEDED: Query memory limit exceeded"));
}

TEST_F(SortedRuns, OnADiskThatFailsAreAnErrorAndLeaveNoFile) {
  expect_error_on_every_fault(
      "SELECT number * 7919 % 50021 AS k, toString(number) FROM numbers(50000) ORDER BY k "
      "SETTINGS " +
          small_memory(1, 1),
      1);
}

TEST_F(SortedRuns, OfAQueryThatIsCancelledLeaveNoFile) {
  fill(24'000);
  expect_no_file_after_cancel("SELECT * FROM t ORDER BY s, id SETTINGS " +
                              small_memory(100'000, 2));
}

}  // namespace
}  // namespace freshet
