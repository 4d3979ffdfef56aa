// EXPLAIN indexes = 1 over segments of several blocks.

#include <gtest/gtest.h>

#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

class ExplainIndexes : public testing::Test {
 protected:
  ExplainIndexes() {
    db_.run(
        "CREATE TABLE t (id UInt64, day Date, v UInt32, s String, "
        "INDEX by_s s TYPE bloom_filter(0.001) GRANULARITY 2) ENGINE = MergeTree "
        "PARTITION BY toYYYYMM(day) ORDER BY id");
    // Three partitions of 40000 rows, three blocks each.
    for (const char* day : {"2024-01-10", "2024-02-10", "2024-03-10"}) {
      db_.run("INSERT INTO t SELECT number, '" + std::string(day) +
              "', intDiv(number, 10000), concat('v', toString(number)) FROM numbers(40000)");
      db_.store().flush_all();
    }
  }

  // The lines from "Indexes:" on, without what they are indented by.
  std::string explain(const std::string& where) {
    const std::string text = db_.run("EXPLAIN indexes = 1 SELECT s FROM t WHERE " + where);
    std::string lines;
    size_t indent = std::string::npos;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find('\n', begin);
      const std::string line = text.substr(begin, end - begin);
      if (line.find("Indexes:") != std::string::npos) indent = line.find("Indexes:");
      if (indent != std::string::npos) lines += line.substr(indent) + "\n";
      begin = end + 1;
    }
    return lines;
  }

  EngineHarness db_;
};

TEST_F(ExplainIndexes, SaysWhatEachIndexLeaves) {
  EXPECT_EQ(explain("toYYYYMM(day) = 202402 AND id >= 20000 AND id < 30000 AND v = 2 AND "
                    "s = 'v25000'"),
            "Indexes:\n"
            "  Min-Max\n"
            "    Keys:\n"
            "      day\n"
            "    Condition: equals(toYYYYMM(day), 202402)\n"
            "    Parts: 1/3\n"
            "    Granules: 3/9\n"
            "  Partition\n"
            "    Condition: true\n"
            "    Parts: 1/1\n"
            "    Granules: 3/3\n"
            "  PrimaryKey\n"
            "    Keys:\n"
            "      id\n"
            "    Condition: and((id in (-Inf, 30000)), (id in [20000, +Inf)))\n"
            "    Parts: 1/1\n"
            "    Granules: 1/3\n"
            "  ZoneMap\n"
            "    Keys:\n"
            "      s\n"
            "      v\n"
            "    Condition: and((s in ['v25000', 'v25000']), (v in [2, 2]))\n"
            "    Parts: 1/1\n"
            "    Granules: 1/1\n"
            "  Skip\n"
            "    Name: by_s\n"
            "    Description: bloom_filter(0.001)\n"
            "    Parts: 1/1\n"
            "    Granules: 1/1\n");
}

TEST_F(ExplainIndexes, SkipIndexLeavesTheBlocksThatMayHaveTheValue) {
  const std::string lines = explain("s = 'v10'");
  EXPECT_NE(lines.find("  Skip\n    Name: by_s\n    Description: bloom_filter(0.001)\n"
                       "    Parts: 3/3\n    Granules: 3/"),
            std::string::npos)
      << lines;
}

TEST_F(ExplainIndexes, WithoutConditionsEverythingIsLeft) {
  EXPECT_EQ(explain("1"),
            "Indexes:\n"
            "  Min-Max\n"
            "    Condition: true\n"
            "    Parts: 3/3\n"
            "    Granules: 9/9\n"
            "  Partition\n"
            "    Condition: true\n"
            "    Parts: 3/3\n"
            "    Granules: 9/9\n"
            "  PrimaryKey\n"
            "    Condition: true\n"
            "    Parts: 3/3\n"
            "    Granules: 9/9\n");
}

TEST_F(ExplainIndexes, SettingsTurnIndexesOff) {
  const std::string select = "SELECT count() FROM t WHERE id = 5 AND s = 'v5'";
  EXPECT_EQ(db_.run(select), "3\n");
  const uint64_t pruned = db_.report.rows_read;
  EXPECT_EQ(db_.run(select + " SETTINGS use_primary_key = 0, use_skip_indexes = 0"), "3\n");
  EXPECT_EQ(db_.report.rows_read, 120'000U);
  EXPECT_EQ(pruned, 3U * 16'384);
}

TEST_F(ExplainIndexes, AlterAddsAndDropsThem) {
  db_.run("ALTER TABLE t DROP INDEX by_s");
  db_.run("ALTER TABLE t ADD INDEX by_v (v) TYPE set(10)");
  EXPECT_EQ(db_.run("SELECT name, type_full, expr, granularity FROM system.data_skipping_indices"),
            "by_v\tset(10)\tv\t1\n");
  // Rows written from now on have it.
  db_.run(
      "INSERT INTO t SELECT number, '2024-04-10', if(number < 20000, 1, 100), '' "
      "FROM numbers(40000)");
  db_.store().flush_all();
  const std::string lines = explain("v = 50 AND day > '2024-04-01'");
  EXPECT_NE(lines.find("  Skip\n    Name: by_v\n    Description: set(10)\n    Parts: 0/1\n"
                       "    Granules: 0/1\n"),
            std::string::npos)
      << lines;
  db_.open();
  EXPECT_EQ(db_.run("SELECT count() FROM t WHERE v = 50"), "0\n");
  EXPECT_EQ(db_.run("SELECT count() FROM t WHERE v = 100"), "20000\n");
}

}  // namespace
}  // namespace freshet
