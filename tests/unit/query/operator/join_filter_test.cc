// What a join's build side says of its keys: never that a partner is not there that is, and little
// else where that can be known. Joins give the same with it and without, and read fewer rows.
#include "query/operator/join_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/chunk_text.h"
#include "tests/unit/query/engine/engine_harness.h"
#include "tests/unit/query/operator/operator_harness.h"

namespace freshet {
namespace {

std::vector<RowIndex> selected(const JoinFilter& filter, const std::string& type,
                               const std::string& cells) {
  std::vector<RowIndex> rows;
  filter.select(column_from_text(type, cells), rows);
  return rows;
}

Value number(uint64_t value) { return Value(value); }
Value number(int64_t value) { return Value(value); }

TEST(JoinFilter, KnowsNothingAtFirst) {
  const JoinFilter filter;
  EXPECT_FALSE(filter.is_known());
  EXPECT_TRUE(filter.may_contain(number(uint64_t{1}), number(uint64_t{2})));
}

TEST(JoinFilter, IsExactForIntegersThatLieTogether) {
  JoinFilter filter;
  filter.learn(column_from_text("Int32", "-5 300 7"));
  ASSERT_TRUE(filter.is_known());
  EXPECT_EQ(selected(filter, "Int32", "-6 -5 -4 7 299 300 301 2147483647 -2147483648"),
            (std::vector<RowIndex>{1, 3, 5}));
  EXPECT_FALSE(filter.may_contain(number(int64_t{-100}), number(int64_t{-6})));
  EXPECT_TRUE(filter.may_contain(number(int64_t{-100}), number(int64_t{-5})));
  EXPECT_FALSE(filter.may_contain(number(int64_t{-4}), number(int64_t{6})));
  EXPECT_FALSE(filter.may_contain(number(int64_t{8}), number(int64_t{299})));
  EXPECT_TRUE(filter.may_contain(number(int64_t{8}), number(int64_t{300})));
  EXPECT_FALSE(filter.may_contain(number(int64_t{301}), number(int64_t{1000})));
  // Bounds of a narrower column that is not signed.
  EXPECT_TRUE(filter.may_contain(number(uint64_t{7}), number(uint64_t{7})));
  EXPECT_FALSE(filter.may_contain(number(uint64_t{8}), number(uint64_t{9})));
}

TEST(JoinFilter, LeavesOutNulls) {
  JoinFilter filter;
  filter.learn(column_from_text("Nullable(UInt8)", "1 \\N 3"));
  EXPECT_EQ(selected(filter, "Nullable(UInt8)", "\\N 1 2 3 0"), (std::vector<RowIndex>{1, 3}));
  JoinFilter none;
  none.learn(column_from_text("Nullable(UInt8)", "\\N \\N"));
  ASSERT_TRUE(none.is_known());
  EXPECT_TRUE(selected(none, "Nullable(UInt8)", "\\N 0 1").empty());
  EXPECT_FALSE(none.may_contain(number(uint64_t{0}), number(uint64_t{255})));
  EXPECT_FALSE(none.may_contain({}, {}));
}

TEST(JoinFilter, DropsMostOfOtherKeys) {
  for (const std::string type : {"UInt64", "Int64", "String", "Decimal(38, 0)"}) {
    std::string keys;
    std::string others;
    for (uint64_t i = 0; i < 1000; ++i) {
      const std::string space = i == 0 ? "" : " ";
      keys += space + std::to_string(i * 1'000'003'000'017);
      others += space + std::to_string(i * 1'000'003'000'017 + 1);
    }
    JoinFilter filter;
    filter.learn(column_from_text(type, keys));
    ASSERT_TRUE(filter.is_known()) << type;
    EXPECT_EQ(selected(filter, type, keys).size(), 1000u) << type;
    EXPECT_LT(selected(filter, type, others).size(), 100u) << type;
  }
}

TEST(JoinFilter, FindsFewKeysBetweenBounds) {
  JoinFilter filter;
  filter.learn(column_from_text("UInt64", "10 10000000000 18446744073709551615"));
  const auto may_contain = [&](uint64_t min, uint64_t max) {
    return filter.may_contain(number(min), number(max));
  };
  EXPECT_TRUE(may_contain(0, 10));
  EXPECT_FALSE(may_contain(0, 9));
  EXPECT_FALSE(may_contain(11, 9'999'999'999));
  EXPECT_TRUE(may_contain(11, 10'000'000'000));
  EXPECT_TRUE(may_contain(10'000'000'001, ~uint64_t{0}));
  EXPECT_FALSE(may_contain(10'000'000'001, ~uint64_t{0} - 1));
}

TEST(JoinFilter, DoesNotJudgeFractions) {
  JoinFilter filter;
  filter.learn(column_from_text("Float64", "1 2 nan"));
  EXPECT_FALSE(filter.is_known());
}

class FilteredJoin : public testing::Test {
 protected:
  // f: four segments of several blocks in order of id, and rows in memory. d: a few keys.
  void SetUp() override {
    sql_.run(
        "CREATE TABLE f (id UInt64, k UInt32, i Int16, s String, l LowCardinality(String), n "
        "Nullable(UInt32), d Date, x Float64) ENGINE = MergeTree ORDER BY id");
    for (size_t part = 0; part < 5; ++part) {
      sql_.run(
          "INSERT INTO f SELECT number + " + std::to_string(part * kPartRows) +
          " AS v, v * 7919 % 3000, toInt16(v % 500) - 250, toString(v * 31 % 4000), concat('l', "
          "toString(v % 40)), if(v % 5 = 0, NULL, v % 1000), toDate('2024-01-01') + "
          "intDiv(v, 1000), v % 64 / 8 FROM numbers(" +
          std::to_string(kPartRows) + ")");
      if (part < 4) sql_.store().flush_all();
    }
    sql_.run(
        "CREATE TABLE d (k UInt32, wide UInt64, i Int16, s String, l LowCardinality(String), n "
        "Nullable(UInt32), d Date, x Float64, id UInt64) ORDER BY k");
    sql_.run(
        "INSERT INTO d SELECT number * 97 % 3000, number * 97 % 3000, toInt16(number % 60) - 250, "
        "toString(number * 5), concat('l', toString(number % 3)), if(number % 2 = 0, NULL, "
        "number), "
        "toDate('2024-02-01') + number % 4, number % 4 / 8, 30000 + number FROM numbers(60)");
  }

  void expect_same(const std::string& query) {
    const std::string without =
        sorted_lines(sql_.run(query + " SETTINGS enable_join_runtime_filters = 0"));
    for (const std::string threads : {"1", "3"}) {
      EXPECT_TRUE(sorted_lines(sql_.run(query + " SETTINGS max_threads = " + threads)) == without)
          << query;
    }
  }

  static constexpr size_t kPartRows = 20'000;
  EngineHarness sql_{3};
};

TEST_F(FilteredJoin, GivesWhatItGivesWithoutFilter) {
  for (const std::string kind : {"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI LEFT JOIN",
                                 "ANTI LEFT JOIN", "ANTI RIGHT JOIN", "ANY LEFT JOIN"}) {
    for (const std::string key :
         {"f.k = d.k", "f.k = d.wide", "f.i = d.i", "f.s = d.s", "f.l = d.l", "f.n = d.n",
          "f.d = d.d", "f.x = d.x", "f.id = d.id", "f.k = d.n", "f.n <=> d.n AND f.id = d.id",
          "f.k + 1 = d.k", "f.i = d.i AND f.s = d.s", "lower(f.l) = d.l"}) {
      expect_same("SELECT count(), sum(f.id), sum(f.x), count(d.k), sum(d.k) FROM f " + kind +
                  " d ON " + key);
    }
  }
}

TEST_F(FilteredJoin, PassesWhatIsBetweenJoinAndScan) {
  for (const std::string probe :
       {"(SELECT k, id, x FROM f WHERE i > 0)", "(SELECT k + 1 AS k, id, x FROM f)",
        "(SELECT k, sum(id) AS id, count() AS x FROM f GROUP BY k)",
        "(SELECT DISTINCT k, id, x FROM f)", "(SELECT k, id, x FROM f ORDER BY x)",
        "(SELECT k, id, x FROM f ORDER BY id LIMIT 1000)",
        "(SELECT k, id, x FROM f WHERE id < 5000 UNION ALL SELECT k, id, i FROM f)",
        "(SELECT k, id, count() OVER (PARTITION BY k) AS x FROM f)",
        "(SELECT k, id, x FROM f LIMIT 1 BY k, i)",
        "(SELECT k, id, row_number() OVER (ORDER BY id) AS x FROM f)",
        "(SELECT k, max(id) AS id, sum(x) AS x FROM f GROUP BY ROLLUP(k))",
        "(SELECT f.k AS k, f.id AS id, e.i AS x FROM f LEFT JOIN d AS e ON f.i = e.i)",
        "(SELECT e.k AS k, f.id AS id, e.i AS x FROM f LEFT JOIN d AS e ON f.i = e.i)",
        "(SELECT e.k AS k, f.id AS id, e.i AS x FROM f JOIN d AS e ON f.i = e.i)",
        "(SELECT e.k AS k, f.id AS id, e.i AS x FROM f RIGHT JOIN d AS e ON f.i = e.i)",
        "(SELECT k, id, arrayJoin([1, 2]) AS x FROM f)"}) {
    for (const std::string kind : {"JOIN", "RIGHT JOIN", "SEMI LEFT JOIN"}) {
      expect_same("SELECT count(), sum(p.id), sum(p.x), sum(d.k) FROM " + probe + " AS p " + kind +
                  " d ON p.k = d.k");
    }
  }
}

TEST_F(FilteredJoin, LeavesOutDeletedRowsAndKnowsAlteredColumns) {
  sql_.run("DELETE FROM f WHERE i % 3 = 0");
  sql_.run("ALTER TABLE f ADD COLUMN late UInt32 DEFAULT k * 2");
  expect_same("SELECT count(), sum(f.id) FROM f JOIN d ON f.k = d.k");
  expect_same("SELECT count(), sum(f.id) FROM f JOIN d ON f.late = d.k");
}

TEST_F(FilteredJoin, SkipsBlocksWithoutPartners) {
  const auto rows_read = [&](const std::string& query) {
    sql_.run(query);
    return sql_.report.rows_read;
  };
  const std::string join = "SELECT count(), sum(x) FROM f JOIN d ON f.id = d.id";
  constexpr uint64_t kAll = 5 * kPartRows;
  EXPECT_GE(rows_read(join + " SETTINGS enable_join_runtime_filters = 0"), kAll);
  // A block of one segment, and the rows in memory.
  EXPECT_LT(rows_read(join), kAll / 2);
  // Three days, of which each is in one or two blocks.
  EXPECT_LT(rows_read("SELECT count() FROM f JOIN d ON f.d = d.d"), kAll / 2);
  // No build rows at all: nothing is read of the probe side.
  EXPECT_LE(rows_read("SELECT count() FROM f JOIN d ON f.k = d.k WHERE d.k = 1"), 60u);
}

TEST_F(FilteredJoin, OnDiskHasTheSameRows) {
  const std::string query = "SELECT f.id, d.s FROM f JOIN d ON f.k = d.k";
  EXPECT_TRUE(sorted_lines(sql_.run(query)) ==
              sorted_lines(sql_.run(query + " SETTINGS max_bytes_in_join = 1000")));
}

}  // namespace
}  // namespace freshet
