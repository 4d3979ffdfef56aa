// GROUP BY on disk: small limits force it, and the groups are those of a query with all memory.
#include "query/operator/spilled_groups.h"

#include <gtest/gtest.h>

#include "tests/unit/query/operator/spill_fixture.h"

namespace freshet {
namespace {

class SpilledGroups : public SpillFixture {
 protected:
  static std::string small_memory(uint64_t bytes, int threads) {
    return "max_bytes_before_external_group_by = " + std::to_string(bytes) +
           ", max_threads = " + std::to_string(threads);
  }
  void expect_same(const std::string& query, uint64_t bytes, int threads) {
    SpillFixture::expect_same(query, small_memory(bytes, threads));
  }
};

constexpr std::string_view kCalls =
    "count(), sum(id), sum(n), count(n), min(s), max(s), min(n), max(f), avg(n), uniqExact(s), "
    "uniq(id % 100), sumIf(id, n > 50), countIf(s LIKE '%1%'), arraySort(groupUniqArray(n % 3)), "
    "sum(f), argMin(id % 10, id), argMax(s, (f, s)), quantileExact(0.5)(n), sumOrNull(n), "
    "arraySort(groupArray(id)), sum(DISTINCT n), quantile(0.9)(f), any(1), stddevPop(n), "
    "groupBitXor(id), uniqExact(s, n)";

TEST_F(SpilledGroups, AreTheGroupsOfMemoryForEveryKindOfKey) {
  fill(2'000);
  for (const std::string key : {
           "toUInt8(id % 200)",           // 8 bits
           "toUInt16(id % 1500)",         // 16 bits, direct
           "n",                           // Nullable
           "toInt32(id % 2000)",          // 32 bits
           "id",                          // as many groups as rows
           "id % 500, toUInt32(id % 7)",  // 128 bits
           "s",                           // text
           "toLowCardinality(s)",
           "toLowCardinality(toNullable(s))",
           "f",
           "s, n",
           "[toString(n)]",
           "(n, id % 200)",
           "toFixedString(substring(s, 1, 8), 8)",
       }) {
    const std::string query =
        "SELECT " + key + ", " + std::string(kCalls) + " FROM t GROUP BY " + key;
    for (const int threads : {1, 3}) expect_same(query, 150'000, threads);
  }
}

TEST_F(SpilledGroups, WithFewCallsOrNone) {
  fill(8'000);
  for (const std::string key : {"id", "s", "id, n", "n"}) {
    for (const std::string calls : {"", ", count()", ", sum(id), max(f), avg(f)"}) {
      expect_same("SELECT " + key + calls + " FROM t GROUP BY " + key, 40'000, 3);
    }
  }
}

// Each chunk, and each block of a partition that is read back, is too much.
TEST_F(SpilledGroups, PartPartitionsUntilTheyFit) {
  fill(2'000);
  for (const std::string key : {"id", "s, n"}) {
    expect_same("SELECT " + key + ", count(), sum(id), groupArray(id % 1) FROM t GROUP BY " + key,
                1, 2);
  }
}

TEST_F(SpilledGroups, FeedWhatComesAfterThem) {
  fill(24'000);
  for (const std::string query : {
           "SELECT s, count() AS c, sum(id) AS x FROM t GROUP BY s ORDER BY c DESC, x LIMIT 10",
           "SELECT s, count() AS c FROM t GROUP BY s HAVING c > 2 AND max(id) > 20000 ORDER BY s",
           "SELECT count(), sum(c) FROM (SELECT id, count() AS c FROM t GROUP BY id)",
           "SELECT id % 5000 AS k, n, count() FROM t GROUP BY k, n WITH ROLLUP",
           "SELECT id % 5000 AS k, f, count() FROM t GROUP BY k, f WITH CUBE",
           "SELECT id % 5000 AS k, count() FROM t GROUP BY k WITH TOTALS",
           "SELECT id % 5000 AS k, f, sum(n) FROM t GROUP BY GROUPING SETS ((k), (f), ())",
           "SELECT id % 5000 AS k FROM t GROUP BY k UNION ALL SELECT id FROM t GROUP BY id",
           "SELECT a.s, c FROM (SELECT s, count() AS c FROM t GROUP BY s) AS a JOIN "
           "(SELECT s, max(id) AS m FROM t GROUP BY s) AS b ON a.s = b.s WHERE m > 20000",
       }) {
    expect_same(query, 100'000, 3);
  }
}

TEST_F(SpilledGroups, GiveTotals) {
  fill(24'000);
  const std::string query = "SELECT s, count(), sum(id) FROM t GROUP BY s WITH TOTALS";
  sql_.run(query);
  const Schema schema = schema_from_text("s:String c:UInt64 x:UInt64");
  ASSERT_TRUE(sql_.report.totals.has_value());
  const std::string totals = chunk_rows_text(schema, *sql_.report.totals);
  sql_.run(query + " SETTINGS " + small_memory(100'000, 2));
  EXPECT_GT(sql_.report.temporary_bytes_written, 0u);
  ASSERT_TRUE(sql_.report.totals.has_value());
  EXPECT_EQ(chunk_rows_text(schema, *sql_.report.totals), totals);
}

TEST_F(SpilledGroups, GoToDiskAtTheQuerysLimitOfMemory) {
  const std::string query =
      "SELECT count(), sum(c), sum(x) FROM (SELECT number % 300000 AS k, count() AS c, "
      "sum(number) AS x, any(toString(number)) FROM numbers(600000) GROUP BY k)";
  EXPECT_EQ(sql_.run(query), "300000\t600000\t179999700000\n");
  EXPECT_EQ(sql_.report.temporary_bytes_written, 0u);
  const std::string limited = query + " SETTINGS max_memory_usage = 16000000";
  EXPECT_EQ(sql_.run(limited), "300000\t600000\t179999700000\n");
  EXPECT_GT(sql_.report.temporary_bytes_written, 0u);
  EXPECT_LE(sql_.report.memory_peak_bytes, 16'000'000u);
  // Without the disk the limit is an error, as it is for ClickHouse.
  EXPECT_TRUE(sql_.try_run(limited + ", max_bytes_ratio_before_external_group_by = 0")
                  .starts_with("MEMORY_LIMIT_EXCEEDED: Query memory limit exceeded"));
  EXPECT_TRUE(sql_.try_run(limited + ", max_bytes_ratio_before_external_group_by = 1")
                  .starts_with("BAD_ARGUMENTS: Setting max_bytes_ratio_before_external_group_by "
                               "should be >= 0 and < 1"));
}

TEST_F(SpilledGroups, GoToDiskAtTheServersLimitOfMemory) {
  EngineHarness small(2, 16'000'000);
  EXPECT_EQ(small.run("SELECT count(), sum(c) FROM (SELECT number % 300000 AS k, count() AS c, "
                      "any(toString(number)) FROM numbers(600000) GROUP BY k)"),
            "300000\t600000\n");
  EXPECT_GT(small.report.temporary_bytes_written, 0u);
  EXPECT_LE(small.report.memory_peak_bytes, 16'000'000u);
}

// What sets and arrays hold outside of their rows counts.
TEST_F(SpilledGroups, CountTheMemoryOfStates) {
  for (const std::string call :
       {"length(groupArray(number))", "uniqExact(number)", "uniq(number)", "count(DISTINCT number)",
        "length(groupUniqArray(number))", "quantileExact(0.5)(number)", "quantile(0.5)(number)"}) {
    sql_.run("SELECT number % 100 AS k, " + call + " FROM numbers(100000) GROUP BY k");
    EXPECT_GT(sql_.report.memory_peak_bytes, 700'000u) << call;
    EXPECT_LT(sql_.report.memory_peak_bytes, 15'000'000u) << call;
  }
  EXPECT_EQ(sql_.run("SELECT sum(u), sum(a) FROM (SELECT number % 1000 AS k, uniqExact(number) AS "
                     "u, length(groupArray(number)) AS a FROM numbers(100000) GROUP BY k) SETTINGS "
                     "max_memory_usage = 2000000, max_threads = 1"),
            "100000\t100000\n");
  EXPECT_GT(sql_.report.temporary_bytes_written, 0u);
}

TEST_F(SpilledGroups, AreAnErrorWhereOneIsTooLarge) {
  const std::string limit = " SETTINGS max_memory_usage = 1000000";
  for (const std::string query : {
           "SELECT length(groupArray(number)) FROM numbers(400000)",
           "SELECT uniqExact(toString(number), number) FROM numbers(400000)",
           "SELECT number % 2 AS k, length(groupArray(number)) FROM numbers(400000) GROUP BY k",
       }) {
    EXPECT_TRUE(sql_.try_run(query + limit)
                    .starts_with("MEMORY_LIMIT_EXCEEDED: Query memory limit exceeded"))
        << query;
    EXPECT_TRUE(temporary_files().empty());
    EXPECT_EQ(sql_.memory().bytes(), 0u);
  }
  // Numbers and strings of all rows are counted as groups, which may go to disk.
  for (const std::string value : {"number", "toString(number)"}) {
    EXPECT_EQ(sql_.run("SELECT uniqExact(" + value + ") FROM numbers(400000)" + limit), "400000\n");
    EXPECT_GT(sql_.report.temporary_bytes_written, 0u) << value;
  }
}

TEST_F(SpilledGroups, KeepToTheLimitsOfTemporaryData) {
  fill(24'000);
  const std::string query =
      "SELECT s, count() FROM t GROUP BY s SETTINGS " + small_memory(100'000, 2);
  for (const std::string whose : {"query", "user"}) {
    EXPECT_TRUE(sql_.try_run(query + ", max_temporary_data_on_disk_size_for_" + whose + " = 10000")
                    .starts_with("TOO_MANY_ROWS_OR_BYTES: Limit for temporary files size"));
    EXPECT_TRUE(temporary_files().empty());
  }
  sql_.run(query + ", max_temporary_data_on_disk_size_for_query = 10000000");
}

TEST_F(SpilledGroups, AreCountedAsEvents) {
  fill(24'000);
  sql_.run("SELECT s, count() FROM t GROUP BY s SETTINGS " + small_memory(100'000, 2));
  const uint64_t written = sql_.report.temporary_bytes_written;
  EXPECT_GE(event("ExternalProcessingFilesTotal"), 1u);
  EXPECT_GE(event("ExternalAggregationWritePart"), 2u);
  EXPECT_GE(event("ExternalAggregationMerge"), kPartitionCount);
  EXPECT_EQ(event("ExternalAggregationCompressedBytes"), written);
  EXPECT_EQ(event("ExternalProcessingCompressedBytesTotal"), written);
  EXPECT_GT(event("ExternalAggregationUncompressedBytes"),
            event("ExternalAggregationCompressedBytes"));
}

TEST_F(SpilledGroups, OnADiskThatFailsAreAnErrorAndLeaveNoFile) {
  fill(3'000);
  expect_error_on_every_fault(
      "SELECT id, count(), groupArray(s) FROM t GROUP BY id SETTINGS " + small_memory(150'000, 1),
      5);
}

TEST_F(SpilledGroups, OfAQueryThatIsCancelledLeaveNoFile) {
  fill(24'000);
  expect_no_file_after_cancel("SELECT id, count() FROM t GROUP BY id SETTINGS " +
                              small_memory(100'000, 2));
}

TEST_F(SpilledGroups, OfAServerThatWasKilledAreRemovedAtTheNextStart) {
  sql_.files().create_directories("/data/tmp");
  sql_.files().open_append("/data/tmp/7.tmp", AppendMode::Overwrite)->append("groups");
  sql_.open();
  EXPECT_TRUE(temporary_files().empty());
}

}  // namespace
}  // namespace freshet
