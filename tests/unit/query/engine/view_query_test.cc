#include "query/engine/view_query.h"

#include <gtest/gtest.h>

#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"

namespace freshet {
namespace {

std::string qualified(std::string_view sql) {
  return to_sql(*qualify_tables(parse_query_text(sql), "d"));
}

std::string followed(std::string_view sql) {
  const auto name = followed_table(*parse_query_text(sql));
  return name ? name->database + "." + name->table : "none";
}

TEST(QualifyTables, NamesTheDatabaseEverywhere) {
  EXPECT_EQ(qualified("SELECT a FROM t JOIN x.u ON t.a = u.a WHERE a IN (SELECT b FROM v)"),
            to_sql(*parse_query_text(
                "SELECT a FROM d.t JOIN x.u ON t.a = u.a WHERE a IN (SELECT b FROM d.v)")));
  EXPECT_EQ(qualified("SELECT 1 FROM a UNION ALL SELECT 2 FROM (SELECT * FROM b)"),
            to_sql(*parse_query_text(
                "SELECT 1 FROM d.a UNION ALL SELECT 2 FROM (SELECT * FROM d.b)")));
}

TEST(QualifyTables, LeavesWithNamesAlone) {
  EXPECT_EQ(qualified("WITH x AS (SELECT 1 AS a FROM t) SELECT a FROM x"),
            to_sql(*parse_query_text("WITH x AS (SELECT 1 AS a FROM d.t) SELECT a FROM x")));
}

TEST(FollowedTable, IsTheFirstOfFrom) {
  EXPECT_EQ(followed("SELECT 1 FROM d.t JOIN d.u USING (a)"), "d.t");
  EXPECT_EQ(followed("SELECT 1 FROM (SELECT * FROM d.t)"), "d.t");
  EXPECT_EQ(followed("WITH x AS (SELECT * FROM d.t) SELECT * FROM x"), "d.t");
  EXPECT_EQ(followed("SELECT 1 FROM numbers(3)"), "none");
  EXPECT_EQ(followed("SELECT 1"), "none");
}

}  // namespace
}  // namespace freshet
