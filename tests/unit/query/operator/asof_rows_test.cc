// ASOF joins against two loops that look for the nearest partner, in memory and on disk.
#include "query/operator/asof_rows.h"

#include <gtest/gtest.h>

#include <optional>
#include <sstream>

#include "storage/base/random.h"
#include "tests/unit/query/operator/spill_fixture.h"

namespace freshet {
namespace {

struct Row {
  uint64_t id;
  uint64_t key;
  std::optional<int> time;  // none: NULL, or NaN
};

// How a number becomes a cell of a type that is ordered alike.
struct TimeType {
  std::string name;
  std::string cell;  // with # for the number
  std::string none;  // empty: there are no NULLs
};

std::string replaced(const std::string& pattern, const std::string& number) {
  const size_t at = pattern.find('#');
  return pattern.substr(0, at) + number + pattern.substr(at + 1);
}

class AsofJoin : public SpillFixture {
 protected:
  void fill_times(const std::string& table, const TimeType& type, const std::vector<Row>& rows) {
    sql_.run("DROP TABLE IF EXISTS " + table);
    sql_.run("CREATE TABLE " + table + " (id UInt64, k UInt16, s String, t " + type.name +
             ") ORDER BY id");
    std::string text;
    for (const Row& row : rows) {
      text += (text.empty() ? "" : " UNION ALL ") + std::string("SELECT ") +
              std::to_string(row.id) + ", " + std::to_string(row.key) + ", toString(" +
              std::to_string(row.key * 7) + "), " +
              (row.time ? replaced(type.cell, std::to_string(*row.time)) : type.none);
    }
    if (!text.empty()) sql_.run("INSERT INTO " + table + " " + text);
  }

  static bool holds(int left, const std::string& op, int right) {
    if (op == ">=") return left >= right;
    if (op == ">") return left > right;
    return op == "<=" ? left <= right : left < right;
  }

  // Ids of the left rows, and the cell of the nearest right row as a number.
  static std::string expected(const std::vector<Row>& left, const std::vector<Row>& right,
                              const std::string& op, bool keep_left) {
    std::ostringstream out;
    for (const Row& l : left) {
      std::optional<int> nearest;
      for (const Row& r : right) {
        if (r.key != l.key || !l.time || !r.time || !holds(*l.time, op, *r.time)) continue;
        if (!nearest || std::abs(*l.time - *r.time) < std::abs(*l.time - *nearest)) {
          nearest = r.time;
        }
      }
      if (nearest) {
        out << l.id << '\t' << *nearest << '\n';
      } else if (keep_left) {
        out << l.id << "\t0\n";
      }
    }
    return out.str();
  }
};

std::vector<Row> random_times(Random& random, size_t count, bool some_are_none) {
  std::vector<Row> rows;
  for (size_t i = 0; i < count; ++i) {
    std::optional<int> time = static_cast<int>(random.below(40)) + 1;
    if (some_are_none && random.chance(0.15)) time.reset();
    rows.push_back({i + 1, random.below(4), time});
  }
  return rows;
}

TEST_F(AsofJoin, FindsTheNearestPartnerAsTwoLoopsDo) {
  Random random(11);
  // The right rows' numbers come back by their id: it says which number it was.
  for (const TimeType& type : std::vector<TimeType>{
           {"Int32", "# - 20", ""},
           {"UInt64", "#", ""},
           {"Nullable(Int16)", "#", "NULL"},
           {"Float64", "# / 8", "nan"},
           {"Date", "toDate('2024-01-01') + #", ""},
           {"DateTime('UTC')", "toDateTime('2024-01-01 00:00:00', 'UTC') + #", ""},
           {"DateTime64(3, 'UTC')", "toDateTime64('2024-01-01 00:00:00.123', 3, 'UTC') + #", ""},
           {"Decimal(9, 2)", "toDecimal32(# / 4, 2)", ""},
           {"Nullable(Decimal(38, 10))", "toDecimal128(#, 10)", "NULL"},
           {"LowCardinality(Nullable(Date))", "toDate('2024-01-01') + #", "NULL"},
       }) {
    for (const auto& [left_count, right_count] :
         std::vector<std::pair<size_t, size_t>>{{0, 4}, {4, 0}, {1, 1}, {40, 9}, {60, 80}}) {
      const auto left = random_times(random, left_count, !type.none.empty());
      const auto right = random_times(random, right_count, !type.none.empty());
      fill_times("l", type, left);
      fill_times("r", type, right);
      fill_times("numbers_of", {"Int32", "#", "0"}, right);
      for (const std::string op : {">=", ">", "<=", "<"}) {
        for (const std::string keys : {"l.k = r.k", "l.k = r.k AND r.s = l.s"}) {
          for (const bool keep_left : {false, true}) {
            const std::string join = keep_left ? " LEFT ASOF JOIN " : " ASOF JOIN ";
            const std::string query = "SELECT l.id, n.t FROM l" + join + "r ON " + keys +
                                      " AND l.t " + op +
                                      " r.t LEFT JOIN numbers_of AS n ON r.id = n.id ORDER BY l.id";
            EXPECT_EQ(sql_.run(query), expected(left, right, op, keep_left))
                << type.name << ": " << query;
          }
        }
      }
      EXPECT_EQ(sql_.run("SELECT l.id, n.t FROM l ASOF JOIN r USING (k, t) LEFT JOIN numbers_of AS "
                         "n ON r.id = n.id ORDER BY l.id"),
                expected(left, right, ">=", false))
          << type.name;
    }
  }
}

TEST_F(AsofJoin, TakesTheFirstOfEqualPartners) {
  sql_.run("CREATE TABLE l (k UInt8, t UInt8) ORDER BY t");
  sql_.run("CREATE TABLE r (k UInt8, t UInt8, id UInt8) ORDER BY id");
  sql_.run("INSERT INTO l SELECT 1, 5");
  sql_.run(
      "INSERT INTO r SELECT 1, t, number + 1 FROM (SELECT [5, 5, 4, 4, 6, 6][number + 1] AS t, "
      "number FROM numbers(6))");
  const auto partner = [&](const std::string& op) {
    return sql_.run("SELECT r.id FROM l ASOF JOIN r ON l.k = r.k AND l.t " + op + " r.t");
  };
  EXPECT_EQ(partner(">="), "1\n");
  EXPECT_EQ(partner("<="), "1\n");
  EXPECT_EQ(partner(">"), "3\n");
  EXPECT_EQ(partner("<"), "5\n");
}

TEST_F(AsofJoin, OnDiskHasTheRowsOfMemory) {
  fill(3'000, "a");
  fill(3'000, "b");
  for (const std::string kind : {"ASOF JOIN", "LEFT ASOF JOIN"}) {
    for (const std::string condition :
         {"a.s = b.s AND a.id > b.id", "a.s = b.s AND a.n <= b.n",
          "a.n = b.n AND a.f >= b.f AND b.id % 3 = 0 AND a.id % 5 != 0"}) {
      expect_same("SELECT a.id, a.s, b.id FROM a " + kind + " b ON " + condition,
                  "max_bytes_in_join = 20000, max_threads = 1");
    }
  }
}

TEST_F(AsofJoin, ByManyWorkersIsThatOfOne) {
  fill(40'000, "a");
  fill(20'000, "b");
  const std::string query =
      "SELECT count(), sum(a.id * b.id), sum(length(b.s)) FROM a ASOF JOIN b ON a.n = b.n AND a.id "
      "< b.id SETTINGS max_threads = ";
  EXPECT_EQ(sql_.run(query + "1"), sql_.run(query + "3"));
}

}  // namespace
}  // namespace freshet
