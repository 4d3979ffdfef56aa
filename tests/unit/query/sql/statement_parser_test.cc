#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "tests/unit/query/sql/round_trip.h"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

template <class Body>
Body parse_as(std::string_view sql) {
  return std::get<Body>(parse_statement(sql).body);
}

TEST(StatementParser, CreateTableHasColumnsAndStorage) {
  const auto create = parse_as<CreateTable>(
      "CREATE TABLE IF NOT EXISTS db.t (a UInt64, b Int32 NULL DEFAULT a + 1 CODEC(Delta, ZSTD(3)) "
      "COMMENT 'c', "
      "PRIMARY KEY a) ENGINE = ReplacingMergeTree(v) PARTITION BY toYYYYMM(d) ORDER BY (a, b) "
      "TTL d + INTERVAL 1 DAY SETTINGS index_granularity = 8192");
  EXPECT_TRUE(create.if_not_exists);
  EXPECT_EQ(create.name.database, "db");
  ASSERT_EQ(create.elements.columns.size(), 2u);
  const ColumnDeclaration& b = create.elements.columns[1];
  EXPECT_EQ(b.type, "Nullable(Int32)");
  EXPECT_EQ(b.default_kind, ColumnDefaultKind::Default);
  EXPECT_EQ(to_sql(*b.default_expression), "a + 1");
  EXPECT_EQ(b.codecs.size(), 2u);
  EXPECT_EQ(b.comment, "c");
  EXPECT_TRUE(create.elements.primary_key);
  EXPECT_EQ(create.storage.engine->name, "ReplacingMergeTree");
  EXPECT_EQ(create.storage.engine->arguments.size(), 1u);
  EXPECT_EQ(to_sql(*create.storage.order_by), "(a, b)");
  EXPECT_EQ(create.storage.ttl.size(), 1u);
  EXPECT_EQ(create.storage.settings[0].name, "index_granularity");
}

TEST(StatementParser, MaterializedViewHasTargetOrEngine) {
  const auto to = parse_as<CreateView>("CREATE MATERIALIZED VIEW v TO db.t AS SELECT 1");
  EXPECT_TRUE(to.materialized);
  EXPECT_EQ(to.to->table, "t");
  const auto own = parse_as<CreateView>(
      "CREATE MATERIALIZED VIEW v ENGINE = SummingMergeTree ORDER BY a POPULATE AS SELECT a FROM "
      "t");
  EXPECT_FALSE(own.to);
  EXPECT_EQ(own.storage.engine->name, "SummingMergeTree");
  EXPECT_TRUE(own.populate);
}

TEST(StatementParser, FormatAndSettingsComeInEitherOrder) {
  const Statement a = parse_statement("SELECT 1 SETTINGS x = 1 FORMAT JSON;");
  const Statement b = parse_statement("SELECT 1 FORMAT JSON SETTINGS x = 1");
  EXPECT_EQ(a.format, "JSON");
  EXPECT_EQ(b.format, "JSON");
  EXPECT_EQ(std::get<Select>(std::get<QueryPtr>(a.body)->body).settings.size(), 1u);
  EXPECT_EQ(b.settings.size(), 1u);
}

TEST(StatementParser, FormatMayFollowDefinitions) {
  EXPECT_EQ(parse_statement("CREATE TABLE t (a Int8) ENGINE = Memory FORMAT JSON;").format, "JSON");
  EXPECT_EQ(parse_statement("SHOW TABLES FORMAT TSVRaw").format, "TSVRaw");
}

TEST(StatementParser, ShowTablesHasFilters) {
  const auto show = parse_as<Show>("SHOW FULL TABLES FROM db NOT ILIKE '%x%' LIMIT 5");
  EXPECT_EQ(show.kind, ShowKind::Tables);
  EXPECT_TRUE(show.full && show.not_like && show.case_insensitive);
  EXPECT_EQ(show.database, "db");
  EXPECT_EQ(show.like, "%x%");
  EXPECT_TRUE(show.limit);
}

TEST(StatementParser, AlterIsAListOfCommands) {
  const auto alter = parse_as<Alter>(
      "ALTER TABLE t ADD COLUMN a Int8 AFTER b, MODIFY SETTING c = 1, d = 2, UPDATE e = 1, f = 2 "
      "WHERE g, "
      "MODIFY TTL h + INTERVAL 1 DAY, i + INTERVAL 2 DAY, DROP PARTITION 202001");
  ASSERT_EQ(alter.commands.size(), 5u);
  EXPECT_EQ(alter.commands[0].after, "b");
  EXPECT_EQ(alter.commands[1].settings.size(), 2u);
  EXPECT_EQ(alter.commands[2].assignments.size(), 2u);
  EXPECT_EQ(alter.commands[3].ttl.size(), 2u);
  EXPECT_EQ(alter.commands[4].kind, AlterKind::DropPartition);
}

TEST(StatementParser, RollupsHaveATableAndASelect) {
  const auto create =
      parse_as<CreateRollup>("CREATE ROLLUP IF NOT EXISTS r ON db.t (SELECT a, sum(b) GROUP BY a)");
  EXPECT_TRUE(create.if_not_exists);
  EXPECT_EQ(create.definition.name, "r");
  EXPECT_EQ(create.table.database, "db");
  EXPECT_EQ(to_sql(*create.definition.query), "SELECT a, sum(b) GROUP BY a");
  const auto spelled =
      parse_as<Alter>("ALTER TABLE db.t ADD PROJECTION r (SELECT a, sum(b) GROUP BY a)");
  EXPECT_EQ(spelled.commands[0].projection, create.definition);
  EXPECT_EQ(parse_as<DropRollup>("DROP ROLLUP r ON t").table.table, "t");
  EXPECT_EQ(parse_as<Show>("SHOW ROLLUPS IN t").name.table, "t");
  EXPECT_THAT(parse_error("CREATE ROLLUP r (SELECT 1)"), HasSubstr("Expected ON"));
  EXPECT_THAT(parse_error("CREATE ROLLUP r ON t SELECT 1"), StartsWith("SYNTAX_ERROR"));
}

TEST(StatementParser, KillHasItsCondition) {
  const auto kill = parse_as<Kill>("KILL QUERY WHERE query_id='x' ASYNC");
  EXPECT_EQ(to_sql(*kill.where), "query_id = 'x'");
  EXPECT_EQ(kill.mode, KillMode::Async);
}

TEST(StatementParser, SystemKeepsWordsAndTable) {
  const auto system = parse_as<System>("system stop merges db.t");
  EXPECT_THAT(system.words, ElementsAre("STOP", "MERGES"));
  EXPECT_EQ(system.name->table, "t");
}

TEST(StatementParser, RefusesKnownStatementsByName) {
  EXPECT_EQ(parse_error("GRANT SELECT ON t TO u"),
            "NOT_IMPLEMENTED: Statement is not supported: GRANT");
  EXPECT_EQ(parse_error("CREATE USER u"), "NOT_IMPLEMENTED: CREATE is not supported: USER");
  EXPECT_THAT(parse_error("CREATE TABLE t ON CLUSTER c (a Int8)"),
              StartsWith("NOT_IMPLEMENTED: ON CLUSTER"));
  EXPECT_THAT(parse_error("SELECT 1 ORDER BY a WITH FILL"),
              StartsWith("NOT_IMPLEMENTED: ORDER BY .. WITH FILL"));
}

struct InsertCase {
  std::string_view sql;
  std::string_view format;
  std::string_view data;
};

TEST(InsertParser, SaysWhereTheDataBegins) {
  const InsertCase cases[] = {
      {"INSERT INTO t FORMAT CSV\n1,2\n", "CSV", "1,2\n"},
      {"INSERT INTO t FORMAT CSV 1,2", "CSV", "1,2"},
      {"INSERT INTO t FORMAT CSV;\n1,2", "CSV", "1,2"},
      {"INSERT INTO t FORMAT CSV ; \r\n1,2", "CSV", "1,2"},
      {"INSERT INTO t FORMAT CSV\n\n1,2", "CSV", "\n1,2"},
      {"INSERT INTO t FORMAT CSV\r\n\r\n1", "CSV", "\r\n1"},
      {"INSERT INTO t FORMAT CSV;;1", "CSV", ";1"},
      {"INSERT INTO t FORMAT RowBinary\n\n\x01'", "RowBinary", "\n\x01'"},
      {"INSERT INTO t FORMAT JSONEachRow {\"a\": 'unclosed", "JSONEachRow", "{\"a\": 'unclosed"},
      {"INSERT INTO t FORMAT CSV", "CSV", ""},
      {"INSERT INTO t VALUES (1, 'a'), (2)", "Values", " (1, 'a'), (2)"},
      {"insert into t (a, b) values(1, ~)", "Values", "(1, ~)"},
      {"INSERT INTO t FORMAT Values (1)", "Values", "(1)"},
      {"INSERT INTO t SETTINGS async_insert=1 FORMAT TSV\n\\N", "TSV", "\\N"},
      {"INSERT INTO t SELECT * FROM input('a Int8') FORMAT CSV\n1\n", "CSV", "1\n"},
      {"INSERT INTO format FORMAT CSV\n1", "CSV", "1"},
      {"INSERT INTO values VALUES (1)", "Values", " (1)"},
  };
  for (const auto& [sql, format, data] : cases) {
    const auto insert = parse_as<Insert>(sql);
    EXPECT_EQ(insert.format, format) << sql;
    EXPECT_EQ(sql.substr(insert.data_offset), data) << sql;
  }
}

TEST(InsertParser, SelectHasNoData) {
  const auto insert = parse_as<Insert>("INSERT INTO db.t (a, `b c`, d.e) SELECT 1, 2, 3");
  EXPECT_EQ(insert.source, InsertSource::Select);
  EXPECT_EQ(insert.data_offset, 0u);
  EXPECT_THAT(insert.columns, ElementsAre("a", "b c", "d.e"));
  EXPECT_TRUE(insert.query);
}

TEST(InsertParser, InfileBelongsToTheClient) {
  const auto insert =
      parse_as<Insert>("INSERT INTO t FROM INFILE 'a.csv' COMPRESSION 'gzip' FORMAT CSV");
  EXPECT_EQ(insert.source, InsertSource::File);
  EXPECT_EQ(insert.infile, "a.csv");
  EXPECT_EQ(insert.compression, "gzip");
  EXPECT_EQ(insert.format, "CSV");
}

}  // namespace
}  // namespace freshet
