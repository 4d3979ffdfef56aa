// The optimizer keeps every answer: queries give the same rows with it and without it.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "storage/base/random.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

class SameAnswers : public testing::Test {
 protected:
  SameAnswers() {
    sql_.run(
        "CREATE TABLE t (id UInt64, a Int32, b UInt8, s String, n Nullable(Int32), f Float64, "
        "d Date, l Array(UInt8)) ORDER BY id");
    sql_.run("CREATE TABLE u (id UInt64, x Int32, name LowCardinality(String)) ORDER BY id");
    sql_.run("CREATE TABLE empty (id UInt64, x Int32) ORDER BY id");
    sql_.run(
        "INSERT INTO t SELECT number % 40, number % 7 - 3, number % 3, "
        "['', 'a', 'ab', 'a_b', 'a\\\\qb', 'b'][number % 6 + 1], "
        "if(number % 5 = 0, NULL, toInt32(number % 11)), number / 4 - 5, "
        "toDate('2024-01-01') + number % 9, range(number % 4) FROM numbers(200)");
    sql_.run(
        "INSERT INTO u SELECT number * 3 % 50, number % 5, ['x', 'y', 'z'][number % 3 + 1] "
        "FROM numbers(30)");
    sql_.run("OPTIMIZE TABLE t FINAL");
  }

  std::vector<std::string> rows(const std::string& query, bool optimized, bool in_order) {
    const std::string settings = optimized ? "" : " SETTINGS query_plan_enable_optimizations = 0";
    std::istringstream text(sql_.try_run(query + settings));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    if (!in_order) std::sort(lines.begin(), lines.end());
    return lines;
  }

  void check(const std::string& query, bool in_order = false) {
    const auto plain = rows(query, false, in_order);
    EXPECT_EQ(rows(query, true, in_order), plain) << query;
    // A query that only fails shows nothing.
    EXPECT_TRUE(plain.empty() || plain[0].find("_") == std::string::npos ||
                plain[0].find(": ") == std::string::npos)
        << query << "\n"
        << plain[0];
  }

  EngineHarness sql_;
};

TEST_F(SameAnswers, OfChosenQueries) {
  for (const std::string query : {
           "SELECT count() FROM t WHERE a > 1 AND 1 = 2",
           "SELECT a FROM t WHERE NULL",
           "SELECT uniqExact(n) FROM t",
           "SELECT uniqExact(n) FROM t WHERE 0",
           "SELECT b, avg(length(s)), max(length(s)), countIf(empty(s)) FROM t GROUP BY b",
           "SELECT min(length(s)), max(length(s)) FROM t",
           "SELECT length(s) AS x FROM t ORDER BY x DESC LIMIT 3",
           "SELECT count() FROM t WHERE s != '' AND notEmpty(s)",
           "SELECT id FROM t WHERE '' = s",
           "SELECT length(s) + id FROM t WHERE length(s) > 1",
           "SELECT sum(length(s)) FROM t WHERE s > 'a'",
           "SELECT x.id FROM t AS x JOIN t AS y ON length(x.s) = y.id",
           "SELECT count(DISTINCT b) FROM t",
           "SELECT count(DISTINCT n), count(), count(n), sum(a), avg(b), min(id) FROM t",
           "SELECT count(DISTINCT n), count(), sum(a), avg(b), max(n) FROM t WHERE 0",
           "SELECT b, uniqExact(n), sum(n), avg(a), max(n), countIf(a > 1) FROM t GROUP BY b",
           "SELECT b, n, count(DISTINCT a), sumIf(a, id > 3), min(d) FROM t GROUP BY b, n",
           "SELECT b, uniqExact(a), uniqExact(a) + 1, avg(a) FROM t GROUP BY b HAVING avg(a) > 1",
           "SELECT b, uniqExact(a), uniqExact(n), sum(a) FROM t GROUP BY b",
           "SELECT b, uniqExact(a), max(s) FROM t GROUP BY b",
           "SELECT s, uniqExact(a), count() FROM t GROUP BY s",
           "SELECT 'x', uniqExact(a), count() FROM t WHERE id > 1000 GROUP BY 'x'",
           "SELECT uniqExact(l), uniqExact(n + 1) FROM t",
           "SELECT x FROM (SELECT a + 1 AS x, s FROM t) WHERE x > 1",
           "SELECT s, count() AS c FROM t GROUP BY s HAVING s != 'a' AND c > 1",
           "SELECT count() AS c FROM t HAVING 0 > 1 OR c = 0",
           "SELECT count() FROM t WHERE id > 1000 GROUP BY 'x'",
           "SELECT count(), sum(a) FROM empty, t WHERE t.id = empty.id",
           "SELECT a, a + 1, b + a, count() FROM t GROUP BY a, a + 1, b, b + a",
           "SELECT sum(a), sum(a + 1), sum(a - 2), sum(3 + a), count(n) FROM t",
           "SELECT b, sum(b + 250), sum(b + 1), sum(b - 200), sum(b) FROM t GROUP BY b",
           "SELECT sum(n), sum(n + 1), sum(n + 2), sum(n - 1) FROM t",
           "SELECT sum(id + 18446744073709551615), sum(id + 1), sum(id) FROM t",
           "SELECT sum(b + 1), sum(b + 2), sum(b + 3) FROM t WHERE a > 100",
           "SELECT id FROM t WHERE s LIKE 'a\\\\qb%'",
           "SELECT id FROM t WHERE s LIKE 'a\\\\_b%'",
           "SELECT id FROM t WHERE s LIKE 'a_b'",
           "SELECT count() FROM t WHERE s LIKE 'a%' AND s NOT LIKE '%b'",
           "SELECT count() FROM t WHERE b = 300 OR b > -1",
           "SELECT count() FROM t WHERE a = 1.5 OR a < 0.5",
           "SELECT count() FROM t WHERE n IS NULL OR n IN (1, 2, NULL)",
           "SELECT count() FROM t WHERE n NOT IN (1, 2)",
           "SELECT count() FROM t WHERE f = -0.0 OR f < -4.5",
           "SELECT count() FROM t WHERE d >= '2024-01-05' AND toYear(d) = 2024",
           "SELECT t.a, u.x FROM t JOIN u ON t.id = u.id WHERE t.a > u.x AND u.x < 3 AND t.b = 1",
           "SELECT t.a, u.x FROM t, u WHERE t.id = u.id AND t.a + 1 = u.x",
           "SELECT t.a, u.x FROM t LEFT JOIN u ON t.id = u.id WHERE t.a > 1 AND u.x < 3",
           "SELECT t.a, u.x FROM t LEFT JOIN u ON t.id = u.id AND t.a > 1 WHERE u.x = 0",
           "SELECT t.a, u.x FROM t RIGHT JOIN u ON t.id = u.id WHERE t.a > 1 OR u.x < 3",
           "SELECT t.a, u.x FROM t RIGHT JOIN u ON t.id = u.id WHERE t.a = 0 AND u.x < 3",
           "SELECT t.a, u.x FROM t FULL JOIN u ON t.id = u.id WHERE t.a = 0 AND u.x < 3",
           "SELECT t.id FROM t LEFT SEMI JOIN u ON t.id = u.id WHERE t.a > 0",
           "SELECT t.id FROM t LEFT ANTI JOIN u ON t.id = u.id WHERE t.a > 0",
           "SELECT u.id FROM t RIGHT ANTI JOIN u ON t.id = u.id WHERE u.x > 0",
           "SELECT u.name, count() FROM t JOIN u USING (id) GROUP BY u.name",
           "SELECT e, a FROM t ARRAY JOIN l AS e WHERE e > 1 AND a > 0",
           "SELECT e, a FROM t LEFT ARRAY JOIN l AS e WHERE e = 0 AND a > 0",
           "SELECT arrayJoin(l) AS e, count() FROM t WHERE b = 1 GROUP BY e",
           "SELECT count() FROM (SELECT DISTINCT a, s FROM t) WHERE s = 'a'",
           "SELECT id FROM (SELECT id, a FROM t UNION ALL SELECT id, x FROM u) WHERE id > 30",
           "SELECT s, a, count() FROM t GROUP BY ROLLUP (s, a) HAVING a > 0",
           "SELECT s, a, count() FROM t GROUP BY CUBE (s, a)",
           "SELECT count() FROM (SELECT s FROM t LIMIT 1 BY s) WHERE s != 'a'",
           "SELECT count() FROM (SELECT * FROM t LIMIT 7)",
           "SELECT count() FROM (SELECT id FROM t UNION ALL SELECT id FROM u LIMIT 5)",
           "SELECT count() FROM (SELECT s, a FROM t GROUP BY s, a LIMIT 4)",
           "SELECT count() FROM (SELECT DISTINCT a FROM t LIMIT 3)",
           "SELECT count() FROM t WHERE id IN (SELECT id FROM u WHERE x > 2)",
           "SELECT if(b = 0, 0, intDiv(a, b)) FROM t",
           "SELECT count() FROM t WHERE b != 0 AND intDiv(10, b) > 5",
           "SELECT 1 FROM t WHERE id = 5",
       }) {
    check(query);
  }
  for (const std::string query : {
           "SELECT upper(s), id, a FROM t ORDER BY a, id, s, n, f LIMIT 13",
           "SELECT s FROM t ORDER BY a DESC, id, f LIMIT 3 OFFSET 5",
           "SELECT n FROM t ORDER BY n, f",
           "SELECT n FROM t ORDER BY n DESC NULLS FIRST, f LIMIT 50",
           "SELECT a FROM t ORDER BY a LIMIT 10 WITH TIES",
           "SELECT a FROM (SELECT a, s, f FROM t ORDER BY a, f LIMIT 30) WHERE s = 'a' ORDER BY f",
           "SELECT s, count() AS c FROM t GROUP BY s ORDER BY c DESC, s LIMIT 2",
           "SELECT id, a FROM t ORDER BY f LIMIT 2 BY a LIMIT 9",
           "SELECT DISTINCT b FROM t WHERE n IS NOT NULL ORDER BY b LIMIT 2",
       }) {
    check(query, true);
  }
}

// Parts put together at random, so that rules meet in ways nobody thought of.
TEST_F(SameAnswers, OfQueriesMadeAtRandom) {
  Random random(11);
  const auto pick = [&](const std::vector<std::string>& from) {
    return from[random.below(from.size())];
  };
  const std::vector<std::string> numbers = {
      "a",         "b",     "id",        "n",          "a + b",
      "a * 2 - 1", "b - 3", "length(s)", "toInt64(f)", "if(a > 0, b, id)"};
  const std::vector<std::string> comparisons = {"=", "!=", "<", "<=", ">", ">="};
  const auto condition = [&] {
    switch (random.below(7)) {
      case 0:
        return "s LIKE '" + pick({"a%", "%b", "a_b", "ab", "%", "a\\\\_b"}) + "'";
      case 1:
        return pick(numbers) + " IN (" + std::to_string(random.below(4)) + ", 7, -1)";
      case 2:
        return "n IS " + pick({"NULL", "NOT NULL"});
      case 3:
        return "(" + pick(numbers) + " > 2 OR s = 'a')";
      case 4:
        return "NOT (" + pick(numbers) + " < " + pick(numbers) + ")";
      default:
        return pick(numbers) + " " + pick(comparisons) + " " + std::to_string(random.below(9)) +
               pick({"", ".5", ""});
    }
  };
  const auto where = [&] {
    std::string text;
    for (size_t i = random.below(4); i > 0; --i) {
      text += (text.empty() ? " WHERE " : " AND ") + condition();
    }
    return text;
  };
  for (int i = 0; i < 300; ++i) {
    std::string from = pick({"t", "t", "(SELECT * FROM t" + where() + ")",
                             "(SELECT id, a + 1 AS a, b, s, n, f, d, l FROM t" + where() + ")",
                             "(SELECT * FROM t UNION ALL SELECT * FROM t" + where() + ")",
                             "(SELECT DISTINCT * FROM t" + where() + ")"});
    std::string query;
    switch (random.below(4)) {
      case 0:
        query = "SELECT id, s, " + pick(numbers) + " FROM " + from + where();
        break;
      case 1:
        query = "SELECT " + pick({"s", "b", "a % 3", "n"}) + " AS k, " + pick(numbers) +
                " AS k2, " + "count(), sum(" + pick(numbers) + "), min(s), max(" + pick(numbers) +
                "), sum(b), "
                "sum(b + 1), sum(b - 2) FROM " +
                from + where() + " GROUP BY k, k2" +
                pick({"", " HAVING k = 'a'", " HAVING count() > 1", " HAVING k2 > 1"});
        // Numbers are not compared with 'a'.
        if (query.find("HAVING k = 'a'") != std::string::npos) {
          query.replace(query.find("HAVING k = 'a'"), 14, "HAVING toString(k) = 'a'");
        }
        break;
      case 2:
        query =
            "SELECT count(), sum(" + pick(numbers) + "), count(n), any(1) FROM " + from + where();
        break;
      default:
        query = "SELECT q.id, q.s, u.x, u.name FROM " + from + " AS q " +
                pick({"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"}) + " u ON q.id = u.id" +
                pick({"", " AND q.a > u.x"}) +
                pick({"", " WHERE u.x > 1", " WHERE q.b = 1 AND u.name != 'x'", " WHERE q.a > u.x",
                      " WHERE q.s = 'a' OR u.x = 2"});
    }
    check(query);
  }
}

// Tables joined in every order, by keys, by conditions and by neither.
TEST_F(SameAnswers, OfJoinsOfManyTables) {
  const std::vector<std::string> tables = {"j0", "j1", "j2", "j3", "j4"};
  for (size_t i = 0; i < tables.size(); ++i) {
    sql_.run("CREATE TABLE " + tables[i] +
             " (a Int32, b UInt8, n Nullable(Int16), s String) ORDER BY a");
    const std::string rows = std::to_string(std::vector<size_t>{60, 7, 25, 3, 12}[i]);
    sql_.run("INSERT INTO " + tables[i] + " SELECT number * 7 % " + rows +
             " % 13, number % 5, if(number % 4 = 0, NULL, toInt16(number % 9)), toString(number % "
             "3) FROM numbers(" +
             rows + ")");
  }
  Random random(23);
  const auto pick = [&](const std::vector<std::string>& from) {
    return from[random.below(from.size())];
  };
  for (int i = 0; i < 250; ++i) {
    std::vector<std::string> used;
    std::string from;
    std::string where;
    const auto equality = [&](const std::string& table) {
      const std::string& other = pick(used);
      return table +
             pick({".a = " + other + ".a", ".b = " + other + ".a", ".n = " + other + ".n",
                   ".n <=> " + other + ".n", ".s = " + other + ".s", ".a + 1 = " + other + ".b",
                   ".a = " + other + ".b + " + pick(used) + ".b"});
    };
    const auto condition = [&](const std::string& table) {
      return pick({table + ".a > 4", table + ".b != " + pick(used) + ".b", table + ".s = '1'",
                   table + ".a + " + pick(used) + ".a < 9", table + ".n IS NOT NULL"});
    };
    std::vector<std::string> left = tables;
    const size_t count = 3 + random.below(3);
    while (used.size() < count) {
      const size_t next = random.below(left.size());
      const std::string table = left[next];
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(next));
      if (used.empty()) {
        from = table;
      } else if (random.chance(0.3)) {
        from += ", " + table;
        where += (where.empty() ? " WHERE " : " AND ") + equality(table);
        if (random.chance(0.3)) where += " AND " + condition(table);
      } else {
        const std::string kind = random.chance(0.85) ? "JOIN" : pick({"LEFT JOIN", "SEMI JOIN"});
        from += " " + kind + " " + table + " ON " + equality(table);
        if (kind == "JOIN" && random.chance(0.4)) from += " AND " + condition(table);
      }
      used.push_back(table);
    }
    if (random.chance(0.3)) where += (where.empty() ? " WHERE " : " AND ") + condition(used[0]);
    check("SELECT count(), sum(" + used[0] + ".a), sum(" + used[1] + ".b * " + used[2] +
          ".a), sum(" + used[2] + ".n), max(" + used[1] + ".s) FROM " + from + where);
    check("SELECT " + used[2] + ".s, count(), sum(" + used[0] + ".a) FROM " + from + where +
          " GROUP BY 1");
  }
}

}  // namespace
}  // namespace freshet
