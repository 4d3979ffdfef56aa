#include "query/engine/insert_target.h"

#include <gtest/gtest.h>

#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

TEST(InsertTarget, FillsInColumnsThatWereNotNamed) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8, b UInt8 DEFAULT c + 1, c UInt8 DEFAULT a * 2, "
          "m UInt8 MATERIALIZED b * 10, n String, al UInt8 ALIAS a)");
  sql.run("INSERT INTO t (a) SELECT 3");
  sql.run("INSERT INTO t (b, a) SELECT 9, 4");
  EXPECT_EQ(sql.run("SELECT a, b, c, m, n, al FROM t ORDER BY a"),
            "3\t7\t6\t70\t\t3\n4\t9\t8\t90\t\t4\n");
  const auto target = sql.open_insert("t");
  EXPECT_EQ(target->input_schema(), schema_from_text("a:UInt8 b:UInt8 c:UInt8 n:String"));
}

TEST(InsertTarget, TakesDefaultsForFlaggedCells) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8, b UInt8 DEFAULT a + 1, c UInt8 DEFAULT b * 2)");
  const auto target = sql.open_insert("t");
  std::vector<Buffer<uint8_t>> defaults(3);
  defaults[1] = {1, 0};
  defaults[2] = {1, 1};
  target->put(chunk_from_text("a:UInt8 b:UInt8 c:UInt8\n1\t0\t0\n5\t50\t0\n"), defaults);
  EXPECT_EQ(target->commit().rows, 2u);
  EXPECT_EQ(sql.run("SELECT * FROM t ORDER BY a"), "1\t2\t4\n5\t50\t100\n");
}

TEST(InsertTarget, ReadsEphemeralColumnsAndForgetsThem) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (raw String EPHEMERAL, size UInt64 DEFAULT CAST(raw, 'UInt64') + 1)");
  sql.run("INSERT INTO t (raw) SELECT '3'");
  EXPECT_EQ(sql.run("SELECT * FROM t"), "4\n");
}

TEST(InsertTarget, RefusesColumnsThatCannotBeInserted) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8, m UInt8 MATERIALIZED a, al UInt8 ALIAS a)");
  EXPECT_EQ(sql.try_run("INSERT INTO t (m) SELECT 1").substr(0, 14), "ILLEGAL_COLUMN");
  EXPECT_EQ(sql.try_run("INSERT INTO t (al) SELECT 1").substr(0, 23), "NO_SUCH_COLUMN_IN_TABLE");
  EXPECT_EQ(sql.try_run("INSERT INTO t (zz) SELECT 1"),
            "NO_SUCH_COLUMN_IN_TABLE: No such column zz in table default.t");
  EXPECT_EQ(sql.try_run("INSERT INTO t (a, a) SELECT 1, 2").substr(0, 16), "DUPLICATE_COLUMN");
  EXPECT_EQ(sql.try_run("INSERT INTO nope SELECT 1").substr(0, 13), "UNKNOWN_TABLE");
}

TEST(InsertTarget, DropsEverythingWhenItIsNotCommitted) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  sql.open_insert("t")->put(chunk_from_text("a:UInt8\n1\n"), {});
  EXPECT_EQ(sql.run("SELECT count() FROM t"), "0\n");
}

TEST(InsertTarget, PutsBadRowsIntoTheQuarantine) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  for (int i = 0; i < 2; ++i) {
    const auto target = sql.open_insert("t");
    target->put(chunk_from_text("a:UInt8\n1\n"), {});
    target->put_quarantine(chunk_from_text(
        "time:DateTime64(3) row:UInt64 column:String reason:String raw:String source:String\n"
        "2024-01-01 00:00:00.000\t7\ta\tno number\tx\ttest\n"));
    target->commit();
  }
  EXPECT_EQ(sql.run("SELECT row, column, reason, raw, source FROM t_quarantine"),
            "7\ta\tno number\tx\ttest\n7\ta\tno number\tx\ttest\n");
  EXPECT_EQ(sql.run("SELECT sorting_key FROM system.tables WHERE name = 't_quarantine'"), "time\n");
}

TEST(InsertTarget, KnowsARetryByItsToken) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  sql.run("CREATE TABLE u (a UInt8)");
  for (int i = 0; i < 2; ++i) {
    sql.run("INSERT INTO t SELECT 1 SETTINGS insert_deduplication_token = 'one'");
    sql.run("INSERT INTO u SELECT 1 SETTINGS insert_deduplication_token = 'one'");
  }
  EXPECT_EQ(sql.run("SELECT (SELECT count() FROM t), (SELECT count() FROM u)"), "1\t1\n");
}

TEST(InsertTarget, KeepsNoRowsInANullTable) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8) ENGINE = Null");
  sql.run("CREATE MATERIALIZED VIEW v AS SELECT a + 1 AS b FROM t");
  sql.run("INSERT INTO t SELECT 1");
  EXPECT_EQ(sql.run("SELECT (SELECT count() FROM t), (SELECT sum(b) FROM v)"), "0\t2\n");
}

TEST(MaterializedView, SeesEachInsertsRows) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (k UInt8, v UInt64) ORDER BY k");
  sql.run("CREATE MATERIALIZED VIEW m ENGINE = SummingMergeTree ORDER BY k AS "
          "SELECT k, sum(v) AS s, count() AS c FROM t WHERE v > 0 GROUP BY k");
  sql.run("INSERT INTO t SELECT number % 2, number FROM numbers(5)");
  sql.run("INSERT INTO t SELECT 1, 100");
  EXPECT_EQ(sql.run("SELECT k, sum(s), sum(c) FROM m GROUP BY k ORDER BY k"),
            "0\t6\t2\n1\t104\t3\n");
  sql.run("OPTIMIZE TABLE m FINAL");
  EXPECT_EQ(sql.run("SELECT * FROM m ORDER BY k"), "0\t6\t2\n1\t104\t3\n");
}

TEST(MaterializedView, KeepsAggregateStates) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (k UInt8, v UInt64) ORDER BY k");
  sql.run("CREATE MATERIALIZED VIEW m ENGINE = AggregatingMergeTree AS "
          "SELECT k, uniqState(v) AS u, avgState(v) AS a FROM t GROUP BY k");
  EXPECT_EQ(sql.run("SELECT sorting_key FROM system.tables WHERE name = '.inner.m'"), "k\n");
  sql.run("INSERT INTO t SELECT 1, number FROM numbers(10)");
  sql.run("INSERT INTO t SELECT 1, number FROM numbers(20)");
  const std::string merged = "SELECT k, uniqMerge(u), avgMerge(a) FROM m GROUP BY k";
  EXPECT_EQ(sql.run(merged), "1\t20\t7.833333333333333\n");
  sql.run("OPTIMIZE TABLE m FINAL");
  EXPECT_EQ(sql.run("SELECT count() FROM m"), "1\n");
  EXPECT_EQ(sql.run(merged), "1\t20\t7.833333333333333\n");
}

TEST(MaterializedView, WritesToANamedTableByColumnName) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  sql.run("CREATE TABLE sink (x String, y UInt64, z UInt64 DEFAULT y + 1)");
  sql.run("CREATE MATERIALIZED VIEW v TO sink AS SELECT a AS y, toString(a) AS x FROM t");
  sql.run("INSERT INTO t SELECT 5");
  EXPECT_EQ(sql.run("SELECT * FROM sink"), "5\t5\t6\n");
  EXPECT_EQ(sql.run("SELECT * FROM v"), "5\t5\t6\n");
  EXPECT_EQ(sql.try_run("CREATE MATERIALIZED VIEW w TO sink AS SELECT a AS q FROM t")
                .substr(0, 18),
            "THERE_IS_NO_COLUMN");
  sql.run("DROP TABLE sink");
  EXPECT_EQ(sql.try_run("INSERT INTO t SELECT 6").substr(0, 13), "UNKNOWN_TABLE");
  EXPECT_EQ(sql.run("SELECT count() FROM t"), "1\n");
}

TEST(MaterializedView, FeedsViewsBehindIt) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt64)");
  sql.run("CREATE TABLE u (b UInt64)");
  sql.run("CREATE MATERIALIZED VIEW v TO u AS SELECT a * 2 AS b FROM t");
  sql.run("CREATE MATERIALIZED VIEW w AS SELECT sum(b) AS s FROM u");
  sql.run("CREATE MATERIALIZED VIEW x AS SELECT max(b) AS s FROM v");
  sql.run("INSERT INTO t SELECT number FROM numbers(4)");
  EXPECT_EQ(sql.run("SELECT s FROM w"), "12\n");
  EXPECT_EQ(sql.run("SELECT s FROM x"), "6\n");
}

TEST(MaterializedView, JoinsWithTablesAsTheyAre) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (k UInt8)");
  sql.run("CREATE TABLE names (k UInt8, name String)");
  sql.run("INSERT INTO names SELECT 1, 'one'");
  sql.run("CREATE MATERIALIZED VIEW v AS SELECT k, name FROM t LEFT JOIN names USING (k)");
  sql.run("INSERT INTO t SELECT 1");
  sql.run("INSERT INTO t SELECT 2");
  EXPECT_EQ(sql.run("SELECT * FROM v ORDER BY k"), "1\tone\n2\t\n");
}

TEST(MaterializedView, PopulatesFromRowsThatAreThere) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (k UInt8)");
  sql.run("INSERT INTO t SELECT number % 2 FROM numbers(10)");
  sql.run("CREATE MATERIALIZED VIEW v ENGINE = SummingMergeTree ORDER BY k POPULATE AS "
          "SELECT k, count() AS c FROM t GROUP BY k");
  EXPECT_EQ(sql.run("SELECT * FROM v ORDER BY k"), "0\t5\n1\t5\n");
}

TEST(MaterializedView, RefusesTheInsertWhenItsSelectFails) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  sql.run("CREATE MATERIALIZED VIEW v AS SELECT intDiv(1, a) AS x FROM t");
  const std::string result = sql.try_run("INSERT INTO t SELECT 0");
  EXPECT_NE(result.find("while pushing to view default.v"), std::string::npos) << result;
  EXPECT_EQ(sql.run("SELECT count() FROM t"), "0\n");
}

}  // namespace
}  // namespace freshet
