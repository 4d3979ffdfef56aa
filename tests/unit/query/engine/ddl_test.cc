#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

TEST(CreateTable, ShowsItselfAsClickHouseDoes) {
  EngineHarness sql;
  sql.run(
      "CREATE TABLE t (a UInt32, b String DEFAULT 'x' COMMENT 'bc' CODEC(ZSTD(3)), "
      "c Date MATERIALIZED toDate(a), e UInt64 ALIAS a+1, m DEFAULT a + 1, "
      "INDEX ix b TYPE bloom_filter(0.01) GRANULARITY 4) "
      "ENGINE=MergeTree PARTITION BY toYYYYMM(c) ORDER BY (a, b) TTL c + INTERVAL 1 DAY "
      "SETTINGS index_granularity=100 COMMENT 'tc'");
  EXPECT_EQ(sql.run("SHOW CREATE TABLE t"),
            "CREATE TABLE default.t\n(\n    `a` UInt32,\n"
            "    `b` String DEFAULT 'x' COMMENT 'bc' CODEC(ZSTD(3)),\n"
            "    `c` Date MATERIALIZED toDate(a),\n    `e` UInt64 ALIAS a + 1,\n"
            "    `m` UInt64 DEFAULT a + 1,\n"
            "    INDEX ix b TYPE bloom_filter(0.01) GRANULARITY 4\n)\nENGINE = MergeTree\n"
            "PARTITION BY toYYYYMM(c)\nORDER BY (a, b)\nTTL c + toIntervalDay(1)\n"
            "SETTINGS index_granularity = 100\nCOMMENT 'tc'\n");
  EXPECT_EQ(sql.run("DESCRIBE t"),
            "a\tUInt32\t\t\t\t\t\n"
            "b\tString\tDEFAULT\t'x'\tbc\tZSTD(3)\t\n"
            "c\tDate\tMATERIALIZED\ttoDate(a)\t\t\t\n"
            "e\tUInt64\tALIAS\ta + 1\t\t\t\n"
            "m\tUInt64\tDEFAULT\ta + 1\t\t\t\n");
}

TEST(CreateTable, MakesAMergeTreeWithoutKeyByDefault) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  EXPECT_EQ(sql.run("SHOW CREATE t"),
            "CREATE TABLE default.t\n(\n    `a` UInt8\n)\nENGINE = MergeTree\n"
            "ORDER BY tuple()\n");
  sql.run("CREATE TABLE k (a UInt8 PRIMARY KEY, b String) ENGINE = MergeTree");
  EXPECT_EQ(sql.run("SELECT sorting_key, primary_key FROM system.tables WHERE name = 'k'"),
            "a\ta\n");
}

TEST(CreateTable, RefusesWhatClickHouseRefuses) {
  EngineHarness sql;
  const std::pair<const char*, const char*> cases[] = {
      {"(x UInt8, x String)", "ILLEGAL_COLUMN"},
      {"(x UInt8 DEFAULT y)", "UNKNOWN_IDENTIFIER"},
      {"(x UInt8 DEFAULT y, y UInt8 DEFAULT x)", "CYCLIC_ALIASES"},
      {"(x UInt8 DEFAULT 'abc')", "CANNOT_PARSE_TEXT"},
      {"(x Foo)", "UNKNOWN_TYPE"},
      {"(x UInt8 CODEC(Foo))", "UNKNOWN_CODEC"},
      {"(x UInt8) ENGINE = Foo", "UNKNOWN_STORAGE"},
      {"(x UInt8) ENGINE = Kafka", "NOT_IMPLEMENTED"},
      {"(x UInt8) ENGINE = Memory ORDER BY x", "BAD_ARGUMENTS"},
      {"(x UInt8) ENGINE = MergeTree(1) ORDER BY x", "NUMBER_OF_ARGUMENTS_DOESNT_MATCH"},
      {"(x UInt8) ORDER BY z", "UNKNOWN_IDENTIFIER"},
      {"(x UInt8) ORDER BY 1", "ILLEGAL_COLUMN"},
      {"(x UInt8, y UInt8) PRIMARY KEY y ORDER BY (x, y)", "BAD_ARGUMENTS"},
      {"(x UInt8, y UInt8) PRIMARY KEY (x, y) ORDER BY x", "BAD_ARGUMENTS"},
      {"(x UInt8, s Float32) ORDER BY x PARTITION BY s", "BAD_ARGUMENTS"},
      {"(x UInt8) ORDER BY x TTL x", "BAD_TTL_EXPRESSION"},
      {"(x UInt8, s Int8) ENGINE = CollapsingMergeTree(x) ORDER BY x", "BAD_TYPE_OF_FIELD"},
      {"(x UInt8, s Int8) ENGINE = CollapsingMergeTree(q) ORDER BY x", "NO_SUCH_COLUMN_IN_TABLE"},
      {"(x UInt8, s String) ENGINE = ReplacingMergeTree(s) ORDER BY x", "BAD_TYPE_OF_FIELD"},
      {"(x UInt8, s UInt8) ENGINE = SummingMergeTree(x) ORDER BY x", "BAD_ARGUMENTS"},
      {"(x SimpleAggregateFunction(avg, UInt8)) ENGINE = MergeTree", "BAD_ARGUMENTS"},
      {"(x UInt8, CONSTRAINT c CHECK x > 1)", "NOT_IMPLEMENTED"},
  };
  for (const auto& [definition, code] : cases) {
    const std::string result = sql.try_run(std::string("CREATE TABLE t ") + definition);
    EXPECT_EQ(result.substr(0, result.find(':')), code) << definition << "\n" << result;
  }
  EXPECT_EQ(sql.run("SHOW TABLES"), "");
}

TEST(CreateTable, RefusesATakenName) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  EXPECT_EQ(sql.try_run("CREATE TABLE t (a UInt8)"),
            "TABLE_ALREADY_EXISTS: Table default.t already exists");
  sql.run("CREATE TABLE IF NOT EXISTS t (b String)");
  EXPECT_EQ(sql.try_run("CREATE TABLE x.t (a UInt8)").substr(0, 16), "UNKNOWN_DATABASE");
}

TEST(CreateTableAsSelect, TakesColumnsAndRows) {
  EngineHarness sql;
  sql.run("CREATE TABLE t ORDER BY n AS SELECT number AS n, toString(number) AS s FROM numbers(3)");
  EXPECT_EQ(sql.report.rows_written, 3u);
  EXPECT_TRUE(sql.report.lsn.has_value());
  EXPECT_EQ(sql.run("SELECT * FROM t ORDER BY n"), "0\t0\n1\t1\n2\t2\n");
  sql.run("CREATE TABLE u (a UInt8, b String) AS SELECT number, 'x' FROM numbers(2)");
  EXPECT_EQ(sql.run("SELECT * FROM u ORDER BY a"), "0\tx\n1\tx\n");
  sql.run("CREATE TABLE e EMPTY AS SELECT 1 AS one");
  EXPECT_EQ(sql.run("SELECT count() FROM e"), "0\n");
}

TEST(CreateTableAsSelect, LeavesNothingWhenItFails) {
  EngineHarness sql;
  EXPECT_EQ(
      sql.try_run("CREATE TABLE t AS SELECT intDiv(1, number) AS x FROM numbers(3)").substr(0, 16),
      "ILLEGAL_DIVISION");
  EXPECT_EQ(sql.run("SELECT count() FROM system.tables WHERE database = 'default'"), "0\n");
  EXPECT_TRUE(sql.store().snapshot()->tables().empty());
}

TEST(CreateTableAs, CopiesAnotherTable) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8, b UInt8 DEFAULT a) PARTITION BY b ORDER BY a");
  sql.run("CREATE TABLE u AS t");
  EXPECT_EQ(sql.run("SELECT partition_key, sorting_key FROM system.tables WHERE name = 'u'"),
            "b\ta\n");
  sql.run("CREATE TABLE m AS t ENGINE = Memory");
  EXPECT_EQ(sql.run("SELECT engine, sorting_key FROM system.tables WHERE name = 'm'"),
            "Memory\t\n");
}

TEST(CreateOrReplace, SwapsTheTableInOneStep) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8) ");
  sql.run("INSERT INTO t SELECT 1");
  sql.run("CREATE OR REPLACE TABLE t AS SELECT a + 1 AS b FROM t");
  EXPECT_EQ(sql.run("SELECT b FROM t"), "2\n");
  EXPECT_EQ(sql.store().snapshot()->tables().size(), 1u);
  EXPECT_EQ(sql.try_run("REPLACE TABLE nope (a UInt8)").substr(0, 13), "UNKNOWN_TABLE");
}

TEST(Use, TakesDatabasesThatHoldNoTablesOfTheStore) {
  EngineHarness sql;
  sql.run("USE system");
  EXPECT_EQ(sql.run("SELECT currentDatabase(), count() FROM one"), "system\t1\n");
  sql.run("USE information_schema");
  EXPECT_THAT(sql.try_run("USE nowhere"), testing::StartsWith("UNKNOWN_DATABASE"));
}

TEST(View, KeepsItsDatabase) {
  EngineHarness sql;
  sql.run("CREATE DATABASE d");
  sql.run("CREATE TABLE d.t (a UInt8)");
  sql.run("INSERT INTO d.t SELECT 7");
  sql.run("USE d");
  sql.run("CREATE VIEW v AS SELECT a, count() AS c FROM t GROUP BY a");
  sql.run("CREATE VIEW default.w AS SELECT a FROM t");
  sql.run("USE default");
  EXPECT_EQ(sql.run("SELECT * FROM d.v"), "7\t1\n");
  EXPECT_EQ(sql.run("SELECT * FROM w"), "7\n");
  EXPECT_EQ(sql.run("SHOW CREATE VIEW d.v"),
            "CREATE VIEW d.v\n(\n    `a` UInt8,\n    `c` UInt64\n)\nAS SELECT\n    a,\n"
            "    count() AS c\nFROM d.t\nGROUP BY a\n");
  EXPECT_EQ(sql.try_run("INSERT INTO d.v SELECT 1, 2").substr(0, 15), "NOT_IMPLEMENTED");
  sql.run("CREATE OR REPLACE VIEW d.v AS SELECT a + 1 AS x FROM d.t");
  EXPECT_EQ(sql.run("SELECT x FROM d.v"), "8\n");
}

TEST(Drop, TakesTheInnerTableOfAMaterializedView) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  sql.run("CREATE MATERIALIZED VIEW v AS SELECT a FROM t");
  EXPECT_EQ(sql.run("SHOW TABLES"), ".inner.v\nt\nv\n");
  EXPECT_EQ(sql.try_run("DROP VIEW t"), "INCORRECT_QUERY: Table default.t is not a View");
  sql.run("DROP VIEW v");
  EXPECT_EQ(sql.run("SHOW TABLES"), "t\n");
  EXPECT_EQ(sql.try_run("DROP TABLE tt"),
            "UNKNOWN_TABLE: Table default.tt does not exist. Maybe you meant: ['t']");
  sql.run("DROP TABLE IF EXISTS tt, t");
  EXPECT_EQ(sql.run("SHOW TABLES"), "");
}

TEST(Rename, CarriesOutPairsInOrder) {
  EngineHarness sql;
  sql.run("CREATE TABLE a (x UInt8) ");
  sql.run("CREATE TABLE b (y UInt8) ");
  sql.run("RENAME TABLE a TO tmp, b TO a, tmp TO b");
  EXPECT_EQ(sql.run("SELECT table, name FROM system.columns WHERE database = 'default' ORDER BY 1"),
            "a\ty\nb\tx\n");
  sql.run("EXCHANGE TABLES a AND b");
  EXPECT_EQ(sql.run("SHOW CREATE TABLE a"),
            "CREATE TABLE default.a\n(\n    `x` UInt8\n)\nENGINE = MergeTree\n"
            "ORDER BY tuple()\n");
  EXPECT_EQ(sql.try_run("RENAME TABLE a TO b").substr(0, 20), "TABLE_ALREADY_EXISTS");
  sql.run("RENAME DATABASE default TO other");
  EXPECT_EQ(sql.run("SHOW TABLES FROM other"), "a\nb\n");
}

TEST(Rename, ViewsFollowTheNamesOfTheirTables) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  sql.run("CREATE MATERIALIZED VIEW v AS SELECT a FROM t");
  sql.run("RENAME TABLE v TO w");
  EXPECT_EQ(sql.run("SHOW TABLES"), ".inner.w\nt\nw\n");
  sql.run("CREATE TABLE u (a UInt8)");
  sql.run("EXCHANGE TABLES t AND u");
  sql.run("INSERT INTO u SELECT 1");
  EXPECT_EQ(sql.run("SELECT * FROM w"), "");
  sql.run("INSERT INTO t SELECT 2");
  EXPECT_EQ(sql.run("SELECT * FROM w"), "2\n");
  sql.run("CREATE OR REPLACE TABLE t (a UInt8)");
  sql.run("INSERT INTO t SELECT 3");
  EXPECT_EQ(sql.run("SELECT * FROM w ORDER BY a"), "2\n3\n");
}

TEST(Truncate, EmptiesTablesAndMaterializedViews) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  sql.run("CREATE MATERIALIZED VIEW v AS SELECT a FROM t");
  sql.run("INSERT INTO t SELECT 1");
  sql.run("TRUNCATE TABLE v");
  EXPECT_EQ(sql.run("SELECT (SELECT count() FROM t), (SELECT count() FROM v)"), "1\t0\n");
  sql.run("TRUNCATE TABLE t");
  EXPECT_EQ(sql.run("SELECT count() FROM t"), "0\n");
}

TEST(Alter, ChangesCommentsAndSettings) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
  sql.run("ALTER TABLE t MODIFY COMMENT 'about t', COMMENT COLUMN a 'about a'");
  sql.run("ALTER TABLE t MODIFY SETTING x = 1");
  EXPECT_EQ(sql.run("SELECT engine_full, comment FROM system.tables WHERE name = 't'"),
            "MergeTree ORDER BY a SETTINGS x = 1\tabout t\n");
  EXPECT_EQ(sql.run("SELECT comment FROM system.columns WHERE table = 't'"), "about a\n");
  sql.run("ALTER TABLE t RESET SETTING x");
  EXPECT_EQ(sql.run("SELECT engine_full FROM system.tables WHERE name = 't'"),
            "MergeTree ORDER BY a\n");
  EXPECT_EQ(sql.try_run("ALTER TABLE t MODIFY ORDER BY tuple()").substr(0, 15), "NOT_IMPLEMENTED");
}

TEST(Definitions, SurviveAReopen) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8, b UInt8 DEFAULT a + 1) ORDER BY a");
  sql.run(
      "CREATE MATERIALIZED VIEW v ENGINE = SummingMergeTree ORDER BY a AS "
      "SELECT a, sum(b) AS s FROM t GROUP BY a");
  sql.open();
  sql.run("INSERT INTO t (a) SELECT 1");
  EXPECT_EQ(sql.run("SELECT * FROM v"), "1\t2\n");
}

}  // namespace
}  // namespace freshet
