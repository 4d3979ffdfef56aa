#include "query/engine/system_tables.h"

#include <gtest/gtest.h>

#include "query/engine/system_table_entry.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

TEST(SystemTables, CanAllBeRead) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8, b Nullable(Decimal(9, 2))) ORDER BY a");
  sql.run("INSERT INTO t SELECT 1, 2");
  sql.run("OPTIMIZE TABLE t FINAL");
  sql.run("CREATE MATERIALIZED VIEW v AS SELECT a FROM t");
  for (const SystemTableEntry& entry : all_system_tables()) {
    if (entry.name == "numbers" || entry.name == "zeros") continue;
    const std::string name = std::string(entry.database) + "." + std::string(entry.name);
    EXPECT_NO_THROW(sql.run("SELECT * FROM " + name)) << name;
  }
}

TEST(SystemTables, AnswerInUpperCaseToo) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8, b FixedString(4))");
  EXPECT_EQ(sql.run("SELECT COLUMN_NAME, character_octet_length FROM INFORMATION_SCHEMA.COLUMNS "
                    "WHERE table_schema = 'default' ORDER BY ORDINAL_POSITION"),
            "a\t\\N\nb\t4\n");
}

TEST(SystemTables, DescribeTablesAndColumns) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8, b Decimal(9, 2) DEFAULT a, c DateTime64(3)) "
          "PARTITION BY a ORDER BY (a, toDate(c)) PRIMARY KEY a COMMENT 'hi'");
  sql.run("INSERT INTO t (a) SELECT number FROM numbers(3)");
  EXPECT_EQ(sql.run("SELECT engine, partition_key, sorting_key, primary_key, total_rows, comment "
                    "FROM system.tables WHERE database = 'default'"),
            "MergeTree\ta\ta, toDate(c)\ta\t3\thi\n");
  EXPECT_EQ(sql.run("SELECT name, type, position, default_kind, default_expression, "
                    "is_in_partition_key, is_in_sorting_key, is_in_primary_key, numeric_precision, "
                    "datetime_precision FROM system.columns WHERE table = 't' ORDER BY position"),
            "a\tUInt8\t1\t\t\t1\t1\t1\t8\t\\N\n"
            "b\tDecimal(9, 2)\t2\tDEFAULT\ta\t0\t0\t0\t9\t\\N\n"
            "c\tDateTime64(3)\t3\t\t\t0\t1\t0\t\\N\t3\n");
  sql.store().flush_all();
  EXPECT_EQ(sql.run("SELECT partition_id, active, rows FROM system.parts WHERE table = 't' "
                    "ORDER BY partition_id"),
            "0\t1\t1\n1\t1\t1\n2\t1\t1\n");
}

TEST(SystemTables, ListWhatTheDialectHas) {
  EngineHarness sql;
  EXPECT_EQ(sql.run("SELECT value, readonly, type FROM system.settings "
                    "WHERE name = 'enable_http_compression'"),
            "1\t0\tBool\n");
  EXPECT_EQ(sql.run("SELECT is_aggregate, case_insensitive FROM system.functions "
                    "WHERE name IN ('plus', 'sum') ORDER BY name"),
            "0\t0\n1\t1\n");
  EXPECT_EQ(sql.run("SELECT alias_to FROM system.data_type_families WHERE name = 'VARCHAR'"),
            "String\n");
  EXPECT_EQ(sql.run("SELECT count() > 5 FROM system.formats"), "1\n");
}

TEST(SystemTables, ShowTheQueryThatReadsThem) {
  EngineHarness sql;
  EXPECT_EQ(sql.run("SELECT query, user FROM system.processes"),
            "SELECT query, user FROM system.processes\tdefault\n");
}

TEST(Show, FiltersByLike) {
  EngineHarness sql;
  sql.run("CREATE DATABASE d");
  sql.run("CREATE TABLE aa (x UInt8)");
  sql.run("CREATE TABLE ab (x UInt8)");
  EXPECT_EQ(sql.run("SHOW DATABASES"),
            "INFORMATION_SCHEMA\nd\ndefault\ninformation_schema\nsystem\n");
  EXPECT_EQ(sql.run("SHOW TABLES LIKE '%b'"), "ab\n");
  EXPECT_EQ(sql.run("SHOW TABLES NOT LIKE '%b'"), "aa\n");
  EXPECT_EQ(sql.run("SHOW TABLES FROM d"), "");
  EXPECT_EQ(sql.run("SHOW FULL TABLES"), "aa\tMergeTree\nab\tMergeTree\n");
  EXPECT_EQ(sql.try_run("SHOW TABLES FROM nope"),
            "UNKNOWN_DATABASE: Database nope does not exist");
}

TEST(Show, ColumnsInMySqlForm) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8, b Nullable(String) DEFAULT 'x') ORDER BY a");
  EXPECT_EQ(sql.run("SHOW COLUMNS FROM t"),
            "a\tUInt8\tNO\tPRI\t\\N\t\nb\tNullable(String)\tYES\t\t'x'\t\n");
}

TEST(Show, SettingsOfTheSession) {
  EngineHarness sql;
  sql.settings.set("max_threads", "3");
  EXPECT_EQ(sql.run("SHOW CHANGED SETTINGS"), "max_threads\tUInt64\t3\n");
  EXPECT_EQ(sql.run("SHOW SETTINGS LIKE 'join_use_nulls'"), "join_use_nulls\tBool\t0\n");
}

TEST(Exists, TellsTablesViewsAndDatabases) {
  EngineHarness sql;
  sql.run("CREATE TABLE t (a UInt8)");
  sql.run("CREATE VIEW v AS SELECT 1 AS x");
  EXPECT_EQ(sql.run("EXISTS t"), "1\n");
  EXPECT_EQ(sql.run("EXISTS TABLE nope"), "0\n");
  EXPECT_EQ(sql.run("EXISTS VIEW t"), "0\n");
  EXPECT_EQ(sql.run("EXISTS VIEW v"), "1\n");
  EXPECT_EQ(sql.run("EXISTS DATABASE system"), "1\n");
  EXPECT_EQ(sql.run("EXISTS system.tables"), "1\n");
}

TEST(Describe, KnowsQueriesAndFunctions) {
  EngineHarness sql;
  EXPECT_EQ(sql.run("DESCRIBE (SELECT 1 AS a, 'x' AS b)"),
            "a\tUInt8\t\t\t\t\t\nb\tString\t\t\t\t\t\n");
  EXPECT_EQ(sql.run("DESCRIBE numbers(4)"), "number\tUInt64\t\t\t\t\t\n");
  EXPECT_EQ(sql.run("DESCRIBE system.one"), "dummy\tUInt8\t\t\t\t\t\n");
}

TEST(Explain, PrintsSyntaxAndTree) {
  EngineHarness sql;
  EXPECT_EQ(sql.run("EXPLAIN SYNTAX SELECT a FROM t WHERE a>1"),
            "SELECT a\nFROM t\nWHERE a > 1\n");
  EXPECT_EQ(sql.run("EXPLAIN AST SELECT 1 + a AS b FROM t"),
            "SelectWithUnionQuery (children 1)\n"
            " ExpressionList (children 1)\n"
            "  SelectQuery (children 2)\n"
            "   ExpressionList (children 1)\n"
            "    Function plus (alias b) (children 1)\n"
            "     ExpressionList (children 2)\n"
            "      Literal UInt64_1\n"
            "      Identifier a\n"
            "   TablesInSelectQuery (children 1)\n"
            "    TablesInSelectQueryElement (children 1)\n"
            "     TableExpression (children 1)\n"
            "      TableIdentifier t\n");
}

}  // namespace
}  // namespace freshet
