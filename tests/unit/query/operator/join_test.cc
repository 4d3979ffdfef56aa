// Joins of every kind against two loops that do the same the slow way.
#include "query/operator/join.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "storage/base/random.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

struct Row {
  uint64_t id;
  std::string key;  // "\\N" is NULL
  int64_t value;
};

std::string values_text(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    text += (text.empty() ? "(" : ", (") + std::to_string(row.id) + ", " +
            (row.key == "\\N" ? "NULL" : "'" + row.key + "'") + ", " + std::to_string(row.value) +
            ")";
  }
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

class Join : public testing::Test {
 protected:
  // Rows as one INSERT SELECT, so that no format stands between.
  void fill(const std::string& table, const std::string& key_type, const std::vector<Row>& rows) {
    sql_.run("DROP TABLE IF EXISTS " + table);
    sql_.run("CREATE TABLE " + table + " (id UInt64, k " + key_type + ", v Int64) ORDER BY id");
    if (rows.empty()) return;
    sql_.run("INSERT INTO " + table + " SELECT t.1, t.2, t.3 FROM (SELECT arrayJoin([" +
             values_text(rows) + "]) AS t)");
  }

  static bool matches(const Row& l, const Row& r, bool residual) {
    return l.key != "\\N" && l.key == r.key && (!residual || l.value < r.value);
  }
  static std::string pair(uint64_t left, uint64_t right) {
    return std::to_string(left) + "\t" + std::to_string(right);
  }

  // All pairs of ids; 0 where there is no partner.
  static std::vector<std::string> expected(const std::vector<Row>& left,
                                           const std::vector<Row>& right, bool keep_left,
                                           bool keep_right, bool residual) {
    std::vector<std::string> lines;
    std::vector<bool> right_met(right.size(), false);
    for (const Row& l : left) {
      bool met = false;
      for (size_t j = 0; j < right.size(); ++j) {
        if (!matches(l, right[j], residual)) continue;
        lines.push_back(pair(l.id, right[j].id));
        met = right_met[j] = true;
      }
      if (!met && keep_left) lines.push_back(pair(l.id, 0));
    }
    for (size_t j = 0; j < right.size(); ++j) {
      if (!right_met[j] && keep_right) lines.push_back(pair(0, right[j].id));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  // Ids of the rows of `these` that have a partner among `those`, or that have none.
  static std::vector<std::string> partnered(const std::vector<Row>& these,
                                            const std::vector<Row>& those, bool wanted,
                                            bool residual, bool these_are_left) {
    std::vector<std::string> lines;
    for (const Row& row : these) {
      const bool met = std::any_of(those.begin(), those.end(), [&](const Row& other) {
        return these_are_left ? matches(row, other, residual) : matches(other, row, residual);
      });
      if (met == wanted) lines.push_back(std::to_string(row.id));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  void check(const std::vector<Row>& left, const std::vector<Row>& right) {
    for (const bool residual : {false, true}) {
      const std::string on = std::string(" r ON l.k = r.k") + (residual ? " AND l.v < r.v" : "");
      const auto run = [&](const std::string& kind, const std::string& what) {
        return lines_of(sql_.try_run("SELECT " + what + " FROM l " + kind + on));
      };
      const std::string ids = "l.id, r.id";
      EXPECT_EQ(run("INNER JOIN", ids), expected(left, right, false, false, residual));
      EXPECT_EQ(run("LEFT JOIN", ids), expected(left, right, true, false, residual));
      EXPECT_EQ(run("RIGHT JOIN", ids), expected(left, right, false, true, residual));
      EXPECT_EQ(run("FULL JOIN", ids), expected(left, right, true, true, residual));
      EXPECT_EQ(run("LEFT SEMI JOIN", "l.id"), partnered(left, right, true, residual, true));
      EXPECT_EQ(run("LEFT ANTI JOIN", "l.id"), partnered(left, right, false, residual, true));
      EXPECT_EQ(run("RIGHT SEMI JOIN", "r.id"), partnered(right, left, true, residual, false));
      EXPECT_EQ(run("RIGHT ANTI JOIN", "r.id"), partnered(right, left, false, residual, false));
      check_any(left, right, residual, run("ANY LEFT JOIN", ids), run("ANY RIGHT JOIN", ids));
    }
    // One pair of each key.
    std::map<std::string, int> keys;
    for (const Row& l : left) {
      for (const Row& r : right) {
        if (matches(l, r, false)) keys[l.key] = 1;
      }
    }
    EXPECT_EQ(lines_of(sql_.try_run("SELECT l.k FROM l ANY INNER JOIN r ON l.k = r.k")).size(),
              keys.size());
  }

  // Each row of the kept side once, with a partner if it has one.
  static void check_any(const std::vector<Row>& left, const std::vector<Row>& right, bool residual,
                        const std::vector<std::string>& any_left,
                        const std::vector<std::string>& any_right) {
    const auto all = expected(left, right, true, true, residual);
    const auto check_side = [&](const std::vector<std::string>& lines, bool is_left) {
      std::vector<std::string> once;
      for (const std::string& line : lines) {
        EXPECT_TRUE(std::binary_search(all.begin(), all.end(), line)) << line;
        const size_t tab = line.find('\t');
        once.push_back(is_left ? line.substr(0, tab) : line.substr(tab + 1));
      }
      std::sort(once.begin(), once.end());
      std::vector<std::string> ids;
      for (const Row& row : is_left ? left : right) ids.push_back(std::to_string(row.id));
      std::sort(ids.begin(), ids.end());
      EXPECT_EQ(once, ids);
    };
    check_side(any_left, true);
    check_side(any_right, false);
  }

  EngineHarness sql_{3};
};

std::vector<Row> random_rows(Random& random, size_t count, size_t key_count, bool nulls) {
  std::vector<Row> rows;
  for (size_t i = 0; i < count; ++i) {
    std::string key = std::to_string(random.below(key_count));
    if (nulls && random.chance(0.2)) key = "\\N";
    rows.push_back({i + 1, key, static_cast<int64_t>(random.below(5))});
  }
  return rows;
}

TEST_F(Join, OfEveryKindIsWhatTwoLoopsGive) {
  Random random(5);
  for (const std::string type : {"String", "Nullable(String)", "LowCardinality(String)",
                                 "LowCardinality(Nullable(String))"}) {
    const bool nulls = type.find("Nullable") != std::string::npos;
    for (const auto& [left_count, right_count] : std::vector<std::pair<size_t, size_t>>{
             {0, 0}, {0, 5}, {5, 0}, {1, 1}, {30, 6}, {6, 30}, {40, 40}}) {
      SCOPED_TRACE(type + " " + std::to_string(left_count) + " x " + std::to_string(right_count));
      const auto left = random_rows(random, left_count, 8, nulls);
      const auto right = random_rows(random, right_count, 8, nulls);
      fill("l", type, left);
      fill("r", type, right);
      check(left, right);
    }
  }
}

TEST_F(Join, KeysOfOtherTypesMeetInTheirCommonType) {
  sql_.run("CREATE TABLE a (id UInt64, k Int8) ORDER BY id");
  sql_.run("CREATE TABLE b (id UInt64, k Nullable(UInt32)) ORDER BY id");
  sql_.run("INSERT INTO a SELECT number + 1, toInt8(number) - 2 FROM numbers(5)");
  sql_.run("INSERT INTO b SELECT number + 1, if(number = 0, NULL, number) FROM numbers(4)");
  EXPECT_EQ(sql_.run("SELECT a.id, b.id FROM a JOIN b ON a.k = b.k ORDER BY a.id"), "4\t2\n5\t3\n");
  EXPECT_EQ(sql_.run("SELECT a.id, b.id FROM a FULL JOIN b ON a.k = b.k ORDER BY a.id, b.id"),
            "0\t1\n0\t4\n1\t0\n2\t0\n3\t0\n4\t2\n5\t3\n");
}

TEST_F(Join, NullsMeetOnlyWhereTheyAreAskedTo) {
  sql_.run("CREATE TABLE a (id UInt64, k Nullable(Int8)) ORDER BY id");
  sql_.run("INSERT INTO a SELECT 1, NULL UNION ALL SELECT 2, 5");
  EXPECT_EQ(sql_.run("SELECT x.id, y.id FROM a AS x JOIN a AS y ON x.k = y.k"), "2\t2\n");
  EXPECT_EQ(sql_.run("SELECT x.id, y.id FROM a AS x JOIN a AS y ON x.k <=> y.k ORDER BY 1"),
            "1\t1\n2\t2\n");
  EXPECT_EQ(sql_.run("SELECT x.id, y.id FROM a AS x LEFT JOIN a AS y ON x.k = y.k ORDER BY 1 "
                     "SETTINGS join_use_nulls = 1"),
            "1\t\\N\n2\t2\n");
}

TEST_F(Join, SeveralKeysMustAllBeEqual) {
  sql_.run("CREATE TABLE a (id UInt64, k Int32, s String, f Float64) ORDER BY id");
  sql_.run(
      "INSERT INTO a SELECT number, number % 3, toString(number % 2), number % 4 FROM numbers(24)");
  EXPECT_EQ(
      sql_.run("SELECT count() FROM a AS x JOIN a AS y ON x.k = y.k AND x.s = y.s AND x.f = y.f"),
      sql_.run("SELECT sum(c * c) FROM (SELECT count() AS c FROM a GROUP BY k, s, f)"));
}

TEST_F(Join, OfManyRowsByManyWorkersIsThatOfOne) {
  sql_.run("CREATE TABLE big (id UInt64, k UInt32) ORDER BY id");
  sql_.run("CREATE TABLE small (k UInt32, name String) ORDER BY k");
  for (int i = 0; i < 4; ++i) {
    sql_.run("INSERT INTO big SELECT number + " + std::to_string(i * 100'000) +
             ", number % 1000 FROM numbers(100000)");
  }
  sql_.run("INSERT INTO small SELECT number * 3, toString(number) FROM numbers(500)");
  for (const std::string kind : {"INNER", "LEFT", "RIGHT", "FULL", "LEFT SEMI", "LEFT ANTI",
                                 "RIGHT SEMI", "RIGHT ANTI", "ANY LEFT"}) {
    const std::string query =
        "SELECT count(), sum(b.id), sum(s.k), sum(length(name)) FROM big AS b " + kind +
        " JOIN small AS s ON b.k = s.k SETTINGS max_threads = ";
    if (kind == "RIGHT SEMI") continue;  // which partner is anybody's choice
    EXPECT_EQ(sql_.run(query + "1"), sql_.run(query + "3")) << kind;
  }
  // The side in the hash table does not matter.
  EXPECT_EQ(sql_.run("SELECT count(), sum(id) FROM big JOIN small ON big.k = small.k"),
            sql_.run("SELECT count(), sum(id) FROM small JOIN big ON big.k = small.k"));
}

TEST_F(Join, AChosenPartnerIsTheFirst) {
  sql_.run("CREATE TABLE a (k UInt8) ORDER BY k");
  sql_.run("CREATE TABLE b (k UInt8, id UInt8) ORDER BY id");
  sql_.run("INSERT INTO a SELECT 1 FROM numbers(2)");
  sql_.run("INSERT INTO b SELECT 1, number + 1 FROM numbers(3)");
  EXPECT_EQ(sql_.run("SELECT id FROM a ANY LEFT JOIN b ON a.k = b.k"), "1\n1\n");
  EXPECT_EQ(sql_.run("SELECT id FROM a ANY INNER JOIN b ON a.k = b.k"), "1\n");
  EXPECT_EQ(sql_.run("SELECT id FROM a LEFT JOIN b ON a.k = b.k"), "1\n2\n3\n1\n2\n3\n");
}

}  // namespace
}  // namespace freshet
