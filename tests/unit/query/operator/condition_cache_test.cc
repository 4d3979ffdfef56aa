// What scans remember of their conditions never changes an answer, and saves reading.
#include "query/operator/condition_cache.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/base/metrics.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

class ConditionCacheTest : public testing::Test {
 protected:
  // Two segments of ten blocks each, and rows in memory. No zone map tells where a value of `v` is.
  void SetUp() override {
    sql_.run(
        "CREATE TABLE t (id UInt64, v UInt32, s String, time DateTime) ENGINE = MergeTree "
        "ORDER BY id");
    for (size_t part = 0; part < 3; ++part) {
      const std::string first = std::to_string(part * kPartRows);
      sql_.run("INSERT INTO t SELECT number + " + first +
               ", (number * 2654435761 + 7) % 4294967291, toString(number % 1000), "
               "toDateTime('2024-01-01 00:30:00', 'UTC') + number FROM numbers(" +
               std::to_string(part < 2 ? kPartRows : 1000) + ")");
      if (part < 2) sql_.store().flush_all();
    }
    value_ = sql_.run("SELECT v FROM t WHERE id = 77777");
    value_.pop_back();
  }

  std::string ids(const std::string& condition, const std::string& settings = "1") {
    return sql_.run("SELECT id FROM t WHERE " + condition +
                    " ORDER BY id SETTINGS use_query_condition_cache = " + settings);
  }
  // Asks twice, and once without; gives the answer and notes how many rows the second one read.
  std::string expect_same(const std::string& condition) {
    const std::string plain = ids(condition, "0");
    EXPECT_EQ(ids(condition), plain) << condition;
    EXPECT_EQ(ids(condition), plain) << condition;
    rows_read_ = sql_.report.rows_read;
    return plain;
  }

  static constexpr size_t kPartRows = 160'000;
  EngineHarness sql_;
  std::string value_;
  uint64_t rows_read_ = 0;
};

TEST_F(ConditionCacheTest, SparesBlocksWithoutRows) {
  // The same values stand in both segments.
  EXPECT_EQ(expect_same("v = " + value_), "77777\n237777\n");
  EXPECT_LE(rows_read_, 2 * 16'384u + 1000);
  // Conditions in another order are the same.
  EXPECT_EQ(expect_same("s = '777' AND v = " + value_), "77777\n237777\n");
  EXPECT_EQ(ids("v = " + value_ + " AND s = '777'"), "77777\n237777\n");
  EXPECT_LE(sql_.report.rows_read, 2 * 16'384u + 1000);
  // One more condition is another question.
  EXPECT_EQ(expect_same("v = " + value_ + " AND id < 100000"), "77777\n");
  EXPECT_EQ(expect_same("v = " + value_ + " AND NOT s = '777'"), "");
}

TEST_F(ConditionCacheTest, ForgetsWhenTold) {
  expect_same("v = " + value_);
  sql_.run("SYSTEM DROP QUERY CONDITION CACHE");
  ids("v = " + value_);
  EXPECT_EQ(sql_.report.rows_read, 2 * kPartRows + 1000);
  ids("v = " + value_);
  EXPECT_LE(sql_.report.rows_read, 2 * 16'384u + 1000);
  ids("v = " + value_, "0");
  EXPECT_EQ(sql_.report.rows_read, 2 * kPartRows + 1000);
}

TEST_F(ConditionCacheTest, SeesWhatIsWritten) {
  const std::string condition = "v = " + value_;
  expect_same(condition);
  sql_.run("INSERT INTO t SELECT 1000000, " + value_ + ", '', 0");
  EXPECT_EQ(expect_same(condition), "77777\n237777\n1000000\n");
  sql_.store().flush_all();
  EXPECT_EQ(expect_same(condition), "77777\n237777\n1000000\n");
  sql_.run("ALTER TABLE t DELETE WHERE id = 77777 SETTINGS mutations_sync = 1");
  EXPECT_EQ(expect_same(condition), "237777\n1000000\n");
  sql_.run("ALTER TABLE t UPDATE v = " + value_ + " WHERE id = 5 SETTINGS mutations_sync = 1");
  EXPECT_EQ(expect_same(condition), "5\n237777\n1000000\n");
  sql_.run("OPTIMIZE TABLE t FINAL");
  EXPECT_EQ(expect_same(condition), "5\n237777\n1000000\n");
  sql_.run("TRUNCATE TABLE t");
  EXPECT_EQ(expect_same(condition), "");
}

// A block that lost its only row of use to a mutation is not one whose rows all failed.
TEST_F(ConditionCacheTest, LearnsNothingFromDeletedRows) {
  sql_.run("ALTER TABLE t DELETE WHERE id = 77777 SETTINGS mutations_sync = 1");
  EXPECT_EQ(expect_same("v = " + value_), "237777\n");
}

TEST_F(ConditionCacheTest, KnowsWhatTheConditionMeans) {
  const std::string by_hour = "toHour(time) = 0 AND id % 1000 = 0";
  const std::string in_utc = expect_same(by_hour);
  sql_.settings.set("session_timezone", "Asia/Tokyo");
  const std::string in_tokyo = expect_same(by_hour);
  EXPECT_NE(in_tokyo, in_utc);
  sql_.settings.set("session_timezone", "");
  EXPECT_EQ(expect_same(by_hour), in_utc);

  EXPECT_EQ(expect_same("s > '9989'"), expect_same("s IN ('999', '9990')"));
  sql_.run("ALTER TABLE t MODIFY COLUMN s UInt32");
  EXPECT_EQ(expect_same("s > 9989"), "");
  sql_.run("ALTER TABLE t ADD COLUMN w UInt32 DEFAULT 1");
  EXPECT_EQ(expect_same("w + v * 0 = 2"), "");
  sql_.run("ALTER TABLE t MODIFY COLUMN w UInt32 DEFAULT 2");
  EXPECT_NE(expect_same("w + v * 0 = 2"), "");
}

// What is beyond the bound of a top-N was left out by it, not by the condition.
TEST_F(ConditionCacheTest, IsNotFooledByBoundsAndLimits) {
  const auto first = [&](const std::string& order) {
    return sql_.run("SELECT id FROM t WHERE s = '77' ORDER BY " + order + " LIMIT 1");
  };
  EXPECT_EQ(first("id"), "77\n");
  EXPECT_EQ(first("id DESC"), "320077\n");
  sql_.run("SELECT id FROM t WHERE s = '77' LIMIT 1");
  EXPECT_EQ(sql_.run("SELECT count() FROM t WHERE s = '77'"), "321\n");
  EXPECT_EQ(sql_.run("SELECT count() FROM t WHERE s = '77'"), "321\n");
}

TEST_F(ConditionCacheTest, AsksAgainWhatChance) {
  EXPECT_EQ(ConditionCache::condition({}, {}, nullptr, "UTC")->conjuncts.size(), 0u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sql_.run("SELECT count() > 0 FROM t WHERE rand() % 30000 = v % 2"), "1\n");
    EXPECT_EQ(sql_.report.rows_read, 2 * kPartRows + 1000);
  }
}

TEST_F(ConditionCacheTest, TakesNoMoreMemoryThanItMay) {
  MetricsRegistry metrics;
  constexpr uint64_t kBytesMax = 20'000;
  ConditionCache cache(kBytesMax, metrics);
  const auto segment = sql_.store().snapshot()->find("default", "t")->segments.front()->reader;
  const auto question = [](uint64_t value) {
    return ConditionCache::condition(
        {constant_expression(Value(value), simple_type(TypeId::UInt64))}, {}, nullptr, "UTC");
  };
  const auto blocks_left = [&](uint64_t value) {
    std::vector<uint32_t> blocks = {0, 1, 2};
    cache.take_out_empty(*question(value), segment, blocks);
    return blocks;
  };
  for (uint64_t i = 0; i < 1000; ++i) {
    cache.add_empty(question(i), segment, 1);
    EXPECT_LE(cache.memory_bytes(), kBytesMax);
  }
  EXPECT_EQ(blocks_left(999), (std::vector<uint32_t>{0, 2}));
  EXPECT_EQ(blocks_left(0), (std::vector<uint32_t>{0, 1, 2}));
  cache.clear();
  EXPECT_EQ(cache.memory_bytes(), 0u);
  EXPECT_EQ(blocks_left(999), (std::vector<uint32_t>{0, 1, 2}));
}

}  // namespace
}  // namespace freshet
