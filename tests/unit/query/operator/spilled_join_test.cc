// JOIN on disk: small limits force it, and the rows are those of a query with all memory.
#include "query/operator/spilled_join.h"

#include <gtest/gtest.h>

#include "tests/unit/query/operator/spill_fixture.h"

namespace freshet {
namespace {

class SpilledJoin : public SpillFixture {
 protected:
  // Tables a and b, of which half the keys have partners, some of them several.
  void fill_both(size_t rows) {
    fill(rows, "a");
    fill(rows, "whole_b");
    sql_.run("CREATE TABLE b (id UInt64, s String, n Nullable(Int32), f Float64) ORDER BY id");
    sql_.run("INSERT INTO b SELECT id + " + std::to_string(rows / 2) +
             ", concat(s, if(id % 2 = 0, '', '!')), n + 2500, f FROM whole_b WHERE id % 3 != 0");
  }
  static std::string small_memory(uint64_t bytes, int threads) {
    return "max_bytes_in_join = " + std::to_string(bytes) +
           ", max_threads = " + std::to_string(threads);
  }
};

TEST_F(SpilledJoin, HasTheRowsOfMemoryForEveryKind) {
  fill_both(3'000);
  for (const std::string kind :
       {"INNER JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "ANY LEFT JOIN", "ANY RIGHT JOIN",
        "SEMI LEFT JOIN", "SEMI RIGHT JOIN", "ANTI LEFT JOIN", "ANTI RIGHT JOIN"}) {
    for (const std::string condition : {
             "a.id = b.id",                  // a number
             "a.id = b.id AND a.f = b.f",    // two of them
             "a.s = b.s AND a.id = b.id",    // bytes
             "a.n = b.n AND a.id = b.id",    // NULL finds no partner
             "a.n <=> b.n AND a.id = b.id",  // NULL finds NULL
         }) {
      // Which partner comes out where any may is not defined, so only what all have in common is
      // looked at.
      const bool any = kind.starts_with("ANY") || kind.starts_with("SEMI");
      const std::string query = std::string("SELECT a.id, a.s, ") +
                                (any ? "b.id" : "b.id, b.s, b.n, a.f") + " FROM a " + kind +
                                " b ON " + condition;
      for (const int threads : {1, 3}) expect_same(query, small_memory(60'000, threads));
    }
  }
}

TEST_F(SpilledJoin, HasManyPartnersOfAKey) {
  fill_both(3'000);
  for (const std::string kind : {"INNER JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"}) {
    for (const std::string condition :
         {"a.s = b.s", "a.n = b.n", "a.s = b.s AND a.id < b.id", "a.n = b.n AND a.f > b.f"}) {
      expect_same("SELECT a.id, a.s, b.id, b.n FROM a " + kind + " b ON " + condition,
                  small_memory(20'000, 2));
    }
  }
  for (const std::string kind : {"SEMI LEFT JOIN", "ANTI LEFT JOIN", "ANY INNER JOIN"}) {
    expect_same("SELECT count() FROM a " + kind + " b ON a.s = b.s", small_memory(20'000, 2));
  }
}

TEST_F(SpilledJoin, FillsWithNullWhereAsked) {
  fill_both(3'000);
  expect_same("SELECT a.id, b.id, b.s FROM a FULL JOIN b ON a.id = b.id",
              small_memory(100'000, 2) + ", join_use_nulls = 0");
  sql_.settings.set("join_use_nulls", "1");
  expect_same("SELECT a.id, b.id, b.s FROM a FULL JOIN b ON a.id = b.id", small_memory(100'000, 2));
}

// Each partition is too much, and each part of it.
TEST_F(SpilledJoin, PartsPartitionsUntilTheyFit) {
  fill_both(600);
  for (const std::string kind : {"INNER JOIN", "FULL JOIN"}) {
    expect_same("SELECT a.id, a.s, b.s FROM a " + kind + " b ON a.id = b.id", small_memory(1, 2));
    expect_same("SELECT a.id, b.s FROM a " + kind + " b ON a.s = b.s", small_memory(1, 1));
  }
}

TEST_F(SpilledJoin, GoesToDiskAtTheQuerysLimitOfMemory) {
  const std::string query =
      "SELECT count(), sum(x), sum(length(s)) FROM (SELECT number AS k, number * 2 AS x FROM "
      "numbers(300000)) AS l JOIN (SELECT number * 3 AS k, toString(number) AS s FROM "
      "numbers(300000)) AS r ON l.k = r.k";
  const std::string expected = sql_.run(query);
  EXPECT_TRUE(expected.starts_with("100000\t")) << expected;
  const std::string limited = query + " SETTINGS max_memory_usage = 12000000";
  EXPECT_EQ(sql_.run(limited), expected);
  EXPECT_GT(sql_.report.temporary_bytes_written, 0u);
  EXPECT_LE(sql_.report.memory_peak_bytes, 12'000'000u);
  EXPECT_TRUE(sql_.try_run(limited + ", max_bytes_ratio_before_external_join = 0")
                  .starts_with("MEMORY_LIMIT_EXCEEDED: Query memory limit exceeded"));
}

// Whichever side is built from.
TEST_F(SpilledJoin, IsAnErrorWhenTheRowsOfOneKeyAreTooMany) {
  const std::string outcome = sql_.try_run(
      "SELECT count() FROM (SELECT number % 2 AS k, toString(number) AS s FROM numbers(300000)) AS "
      "l JOIN (SELECT number % 2 AS k, toString(number) AS t FROM numbers(300000)) AS r ON l.k = "
      "r.k WHERE s != t SETTINGS max_memory_usage = 4000000");
  EXPECT_TRUE(
      outcome.starts_with("MEMORY_LIMIT_EXCEEDED: Query memory limit exceeded: the 150000 "
                          "rows of one key"))
      << outcome;
  EXPECT_TRUE(temporary_files().empty());
  EXPECT_EQ(sql_.memory().bytes(), 0u);
}

TEST_F(SpilledJoin, WithoutKeysIsAnErrorWhenTheMemoryIsShort) {
  EXPECT_TRUE(
      sql_.try_run("SELECT count() FROM (SELECT toString(number) AS s FROM numbers(300000)) "
                   "AS l, (SELECT toString(number) AS t FROM numbers(300000)) AS r WHERE s "
                   "!= t SETTINGS max_memory_usage = 4000000")
          .starts_with("MEMORY_LIMIT_EXCEEDED: Query memory limit exceeded"));
}

TEST_F(SpilledJoin, OnADiskThatFailsIsAnErrorAndLeavesNoFile) {
  fill_both(1'000);
  expect_error_on_every_fault(
      "SELECT a.id, a.s, b.s FROM a FULL JOIN b ON a.id = b.id SETTINGS " + small_memory(4'000, 1),
      7);
}

TEST_F(SpilledJoin, OfAQueryThatIsCancelledLeavesNoFile) {
  fill_both(8'000);
  expect_no_file_after_cancel("SELECT a.id, a.s, b.s FROM a FULL JOIN b ON a.id = b.id SETTINGS " +
                              small_memory(100'000, 2));
  EXPECT_GT(event("ExternalJoinWritePart"), 0u);
  EXPECT_GT(event("ExternalJoinMerge"), 0u);
  EXPECT_GT(event("ExternalJoinUncompressedBytes"), event("ExternalJoinCompressedBytes"));
}

}  // namespace
}  // namespace freshet
