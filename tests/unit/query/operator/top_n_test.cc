// ORDER BY .. LIMIT over a table of many blocks gives what ORDER BY gives, cut: whatever the blocks
// and groups that the top-N's bound leaves out.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/base/random.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

// The first `count` lines.
std::string front(const std::string& text, size_t count) {
  size_t end = 0;
  for (; count > 0 && end < text.size(); --count) end = text.find('\n', end) + 1;
  return text.substr(0, end);
}

class TopN : public testing::Test {
 protected:
  // Three segments, of which the newest has other values, and rows in memory.
  void SetUp() override {
    sql_.run(
        "CREATE TABLE t (id UInt64, i Int32, u UInt8, s String, l LowCardinality(String), "
        "n Nullable(Int16), f Float64, d Decimal(9, 2), day Date, e Enum8('b' = -1, 'a' = 1)) "
        "ENGINE = MergeTree ORDER BY id");
    for (size_t part = 0; part < 4; ++part) {
      const std::string x = "(number * 2654435761 % 1000003)";
      sql_.run("INSERT INTO t SELECT number + " + std::to_string(part * 40'000) + ", toInt32(" + x +
               " % 5000) - 2500 + intDiv(number, 100) + " + std::to_string(part * 300) + ", " + x +
               " % 256, leftPad(toString(" + x + " % 3000 + " + std::to_string(part * 10) +
               "), 5, '0'), toString(" + x + " % 50), if(" + x + " % 11 = 0, NULL, " + x +
               " % 2000), if(" + x + " % 501 = 0, nan, " + x + " % 9000 / 8), toDecimal32(" + x +
               " % 700, 2) / 10, toDate('2024-01-01') + " + x + " % 900, if(" + x +
               " % 3 = 0, 'a', 'b') FROM numbers(40000)");
      if (part < 3) sql_.store().flush_all();
    }
  }

  void compare(const std::string& select, const std::string& order, size_t limit) {
    const std::string whole = sql_.run(select + " ORDER BY " + order);
    for (const char* threads : {"1", "4"}) {
      EXPECT_EQ(sql_.run(select + " ORDER BY " + order + " LIMIT " + std::to_string(limit) +
                         " SETTINGS max_threads = " + threads),
                front(whole, limit))
          << select << " ORDER BY " << order << " LIMIT " << limit;
    }
  }

  EngineHarness sql_{4};
};

TEST_F(TopN, OfRowsIsTheFrontOfTheWholeOrder) {
  for (const std::string key : {"i", "u", "s", "l", "n", "f", "d", "day", "e", "i % 1000"}) {
    for (const std::string direction : {"", " DESC", " DESC NULLS FIRST", " ASC NULLS FIRST"}) {
      // `id` last, so that nothing is left to chance.
      compare("SELECT " + key + ", id FROM t", key + direction + ", id", 7);
    }
    compare("SELECT " + key + ", id FROM t WHERE s LIKE '%7%' AND u > 3", key + " DESC, id", 20);
    compare("SELECT " + key + ", id, s FROM t", key + ", id", 6000);
  }
  compare("SELECT i, id FROM t WHERE i < -2400", "i DESC, id", 3);
  compare("SELECT id FROM t WHERE 0", "id", 3);
}

TEST_F(TopN, OfRowsLeavesOutDeletedOnes) {
  sql_.run("DELETE FROM t WHERE i > 1000");
  compare("SELECT i, id FROM t", "i DESC, id", 10);
  sql_.run("ALTER TABLE t ADD COLUMN late Int64 DEFAULT i * 2");
  compare("SELECT late, id FROM t", "late DESC, id", 10);
}

TEST_F(TopN, OfGroupsIsTheFrontOfTheWholeOrder) {
  for (const std::string key : {"s", "i", "u", "n", "id % 100000", "s, u", "l, n", "day, e, f"}) {
    const std::string grouped = " FROM t GROUP BY " + key;
    compare("SELECT " + key + ", count() AS c" + grouped, "c DESC, " + key, 10);
    compare("SELECT " + key + ", max(i) AS m, sum(n) AS x" + grouped, "m, " + key, 10);
    compare("SELECT " + key + ", sum(n) AS x" + grouped, "x DESC NULLS FIRST, " + key, 10);
    compare("SELECT " + key + ", avg(f) AS a" + grouped + " HAVING count() > 1",
            "isNaN(a), a, " + key, 10);
    compare("SELECT " + key + ", min(s) AS m" + grouped, "m DESC, " + key, 10);
    compare("SELECT " + key + ", count() AS c" + grouped, key, 10);
  }
}

}  // namespace
}  // namespace freshet
