// EXPLAIN ANALYZE and EXPLAIN PIPELINE: the text, with numbers that a clock makes taken out.

#include <gtest/gtest.h>

#include <regex>

#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

class RunExplain : public testing::Test {
 protected:
  // t: three segments of three blocks each; names: a few rows in memory.
  RunExplain() {
    db_.run(
        "CREATE TABLE t (id UInt64, k UInt32, s String, INDEX by_s s TYPE bloom_filter(0.001) "
        "GRANULARITY 2) ENGINE = MergeTree ORDER BY id");
    for (const char* first : {"0", "40000", "80000"}) {
      db_.run("INSERT INTO t SELECT number + " + std::string(first) +
              ", number % 100, concat('v', toString(number)) FROM numbers(40000)");
      db_.store().flush_all();
    }
    db_.run("CREATE TABLE names (k UInt32, name String) ENGINE = MergeTree ORDER BY k");
    db_.run("INSERT INTO names SELECT number, concat('n', toString(number)) FROM numbers(7)");
  }

  // Times, bytes and workers are not the same every time.
  std::string analyze(const std::string& query) {
    std::string text = db_.run("EXPLAIN ANALYZE " + query);
    text = std::regex_replace(text, std::regex("[0-9.]+ ms"), "? ms");
    text = std::regex_replace(text, std::regex("[0-9.]+ (B|KB|MB)\\b"), "? B");
    return std::regex_replace(text, std::regex("[0-9]+ threads?"), "? threads");
  }

  EngineHarness db_{2};
};

TEST_F(RunExplain, CountsRowsThroughEveryOperator) {
  EXPECT_EQ(analyze("SELECT k, count() AS c FROM t WHERE id >= 79990 AND id < 80020 GROUP BY k "
                    "ORDER BY c DESC, k LIMIT 3"),
            "Limit 3\n"
            "  | rows 3 -> 3, ? B; ? ms, cpu ? ms, ? threads\n"
            "  Sort [c desc, k] limit 3\n"
            "    | rows 30 -> 3, ? B; ? ms, cpu ? ms, ? threads\n"
            "    Aggregate keys [k] calls [count()]\n"
            "      | rows 30 -> 30, ? B; ? ms, cpu ? ms, ? threads\n"
            "      Scan default.t columns [id, k] where [greaterOrEquals(id, 79990), less(id, "
            "80020)] outputs [k] filter [id >= 79990, id < 80020]\n"
            "        | rows 23616 -> 30, ? B; ? ms, cpu ? ms, ? threads\n"
            "        | segments 2 of 3, blocks 2 of 9; left out by PrimaryKey: 7 blocks\n"
            "Total ? ms, cpu ? ms; planned in ? ms; read 23616 rows; memory ? B\n");
}

TEST_F(RunExplain, SaysWhatJoinsAndTopNsSpareAScan) {
  EXPECT_EQ(analyze("SELECT name, count() FROM t JOIN names ON t.k = names.k GROUP BY name"),
            "Aggregate keys [name] calls [count()]\n"
            "  | rows 8400 -> 7, ? B; ? ms, cpu ? ms, ? threads\n"
            "  Join Inner on [k = k] outputs [name]\n"
            "    | rows 8400 with 7 -> 8400, ? B; ? ms, cpu ? ms, ? threads\n"
            "    Scan default.t columns [k]\n"
            "      | rows 120000 -> 8400, ? B; ? ms, cpu ? ms, ? threads\n"
            "      | segments 3 of 3, blocks 9 of 9; left out by join: 111600 rows\n"
            "    Scan default.names columns [k, name]\n"
            "      | rows 7 -> 7, ? B; ? ms, cpu ? ms, ? threads\n"
            "      | segments 0 of 0, blocks 0 of 0\n"
            "Total ? ms, cpu ? ms; planned in ? ms; read 120007 rows; memory ? B\n");
  const std::string by_id =
      analyze("SELECT count() FROM t JOIN names ON t.id = names.k SETTINGS max_threads = 1");
  EXPECT_NE(by_id.find("| rows 16384 -> 7,"), std::string::npos) << by_id;
  EXPECT_NE(by_id.find("blocks 1 of 9; left out by join: 8 blocks, join: 16377 rows\n"),
            std::string::npos)
      << by_id;
  const std::string top =
      analyze("SELECT id FROM t ORDER BY id DESC LIMIT 2 SETTINGS max_threads = 1");
  EXPECT_NE(top.find("blocks 1 of 9; left out by top-N: 8 blocks\n"), std::string::npos) << top;
}

TEST_F(RunExplain, NamesTheIndexThatLeavesBlocksOut) {
  // Between the least and the greatest string of some blocks, but not there.
  const std::string text = analyze("SELECT count() FROM t WHERE s = 'v123456'");
  EXPECT_NE(text.find("Skip by_s: "), std::string::npos) << text;
}

TEST_F(RunExplain, CountsWhatGoesToDiskByOperator) {
  const std::string text = db_.run(
      "EXPLAIN ANALYZE SELECT count() FROM (SELECT s, count() FROM t GROUP BY s) "
      "SETTINGS max_bytes_before_external_group_by = 100000, max_threads = 2");
  std::smatch found;
  ASSERT_TRUE(std::regex_search(
      text, found, std::regex("rows 120000 -> 40000, [^\n]*threads?, ([0-9.]+ [KM]B) on disk")))
      << text;
  EXPECT_NE(text.find("; " + found[1].str() + " on disk\n"), std::string::npos) << text;
}

TEST_F(RunExplain, RunsTotalsToo) {
  const std::string text = analyze("SELECT k % 2 AS b, count() FROM t GROUP BY b WITH TOTALS");
  EXPECT_NE(text.find("Totals\n"), std::string::npos) << text;
  EXPECT_NE(text.find("read 240000 rows"), std::string::npos) << text;
}

TEST_F(RunExplain, LeavesTheQueryAsItIs) {
  const std::string query =
      "SELECT name, sum(id) FROM t LEFT JOIN names USING (k) WHERE id % 7 = 0 GROUP BY name "
      "ORDER BY name";
  const std::string rows = db_.run(query);
  const uint64_t memory_before = db_.memory().bytes();
  analyze(query);
  EXPECT_EQ(db_.memory().bytes(), memory_before);
  EXPECT_EQ(db_.run(query), rows);
}

TEST_F(RunExplain, ShowsPipelines) {
  EXPECT_EQ(db_.run("EXPLAIN PIPELINE SELECT name, count() AS c FROM t JOIN names ON t.k = names.k "
                    "GROUP BY name ORDER BY c"),
            "Pipeline 1\n"
            "  Scan\n"
            "  JoinBuild\n"
            "Pipeline 2\n"
            "  Scan\n"
            "  JoinProbe\n"
            "  Aggregate\n"
            "Pipeline 3\n"
            "  SpilledJoin\n"
            "  Aggregate\n"
            "Pipeline 4\n"
            "  Groups\n"
            "  Sort\n"
            "Pipeline 5\n"
            "  SortedRows\n"
            "  Result\n");
  EXPECT_EQ(db_.run("EXPLAIN PIPELINE SELECT id FROM t LIMIT 1 BY k"),
            "Pipeline 1, one thread\n"
            "  Scan\n"
            "  LimitBy\n"
            "  Project\n"
            "  Result\n");
}

TEST_F(RunExplain, RefusesOtherStatements) {
  EXPECT_EQ(db_.try_run("EXPLAIN ESTIMATE SELECT 1").substr(0, 16), "NOT_IMPLEMENTED:");
  EXPECT_EQ(db_.try_run("EXPLAIN ANALYZE INSERT INTO names SELECT 1, 'x'"),
            "NOT_IMPLEMENTED: Only SELECT can be explained");
}

}  // namespace
}  // namespace freshet
