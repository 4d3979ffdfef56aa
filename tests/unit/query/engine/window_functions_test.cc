// Window functions end to end, where a text of answers cannot say it.
#include <gtest/gtest.h>

#include "query/aggregate/window_function.h"
#include "storage/base/random.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

TEST(WindowFunctions, GiveWhatTheirExamplesSay) {
  EngineHarness sql;
  for (const WindowFunctionEntry* entry : all_window_functions()) {
    if (!entry->alias_of.empty()) continue;
    EXPECT_EQ(sql.try_run(std::string(entry->example)), std::string(entry->example_result) + "\n")
        << entry->example;
  }
}

// A frame's aggregate is that of the rows which a join with the frame's condition finds.
TEST(WindowFunctions, FramesAgreeWithJoins) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (g UInt8, n UInt32, x Nullable(Int32)) ORDER BY n");
  sql.run(
      "INSERT INTO t SELECT number * 7 % 4, number, if(number % 5 = 0, NULL, number * 31 % 100) "
      "FROM numbers(300)");
  Random random(3);
  for (size_t round = 0; round < 12; ++round) {
    const std::string before = std::to_string(random.below(40));
    const std::string after = std::to_string(random.below(40));
    const auto over = [&](const std::string& prefix, const std::string& suffix) {
      std::string list;
      for (const char* call : {"sum(x)", "count(x)", "min(x)", "max(x)", "uniqExact(x)"}) {
        std::string text = call;
        text.insert(text.find('(') + 1, prefix);
        list += ", " + text + suffix;
      }
      return list;
    };
    const std::string window = " OVER (PARTITION BY g ORDER BY n RANGE BETWEEN " + before +
                               " PRECEDING AND " + after + " FOLLOWING)";
    const std::string windowed = "SELECT n" + over("", window) + " FROM t ORDER BY n";
    const std::string joined =
        "SELECT a.n" + over("b.", "") +
        " FROM t AS a JOIN t AS b ON a.g = b.g WHERE b.n >= toInt64(a.n) - " + before +
        " AND b.n <= a.n + " + after + " GROUP BY a.n ORDER BY a.n";
    ASSERT_EQ(sql.try_run(windowed), sql.try_run(joined)) << windowed << "\n" << joined;
  }
}

TEST(WindowFunctions, ManyWorkersGiveTheSameRows) {
  EngineHarness one(1);
  EngineHarness four(4);
  const std::string query =
      "SELECT sum(r * n), sum(s), sum(c), sum(l) FROM (SELECT number AS n, row_number() OVER "
      "(PARTITION BY number % 321 ORDER BY number) AS r, sum(number) OVER (PARTITION BY number % "
      "321 ORDER BY number ROWS 3 PRECEDING) AS s, count() OVER (PARTITION BY number % 321) AS c, "
      "lag(number) OVER (PARTITION BY number % 321, number % 2 ORDER BY number) AS l "
      "FROM numbers(500000))";
  EXPECT_EQ(one.run(query), four.run(query));
}

TEST(WindowFunctions, ObeyTheQuerysMemory) {
  EngineHarness sql(2, 20'000'000);
  const std::string query =
      "SELECT max(s) FROM (SELECT sum(number) OVER (ORDER BY number) AS s FROM numbers(2000000))";
  EXPECT_TRUE(sql.try_run(query).starts_with("MEMORY_LIMIT_EXCEEDED"));
  EXPECT_EQ(sql.memory().bytes(), 0U);
}

}  // namespace
}  // namespace freshet
