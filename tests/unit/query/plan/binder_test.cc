#include "query/plan/binder.h"

#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/unit/query/plan/plan_text.h"

namespace freshet {
namespace {

class Binder : public testing::Test {
 protected:
  Binder() {
    plans_.create_table("t",
                        "id:UInt64 a:Int32 s:String n:Nullable(Int32) l:Array(UInt8) "
                        "p:Tuple(x UInt8, y String)");
    plans_.create_table("u", "id:UInt64 a:Int32 name:String");
  }
  std::string columns(std::string_view sql) {
    std::string text;
    const LogicalPlan plan = plans_.bind(sql);
    for (const NamedType& column : plan.schema().columns()) {
      text += (text.empty() ? "" : ", ") + column.name + " " + column.type->name();
    }
    return text;
  }
  std::string error(std::string_view sql) { return plans_.bound_or_error(sql); }

  PlanHarness plans_;
};

TEST_F(Binder, MakesPlans) {
  check_golden("tests/golden/plan/binder.txt",
               [&](const std::string& sql) { return plans_.bound(sql); });
}

TEST_F(Binder, NamesResultColumnsAsTheyAreWritten) {
  EXPECT_EQ(
      columns("SELECT a + 1, count(), s AS x, t.id, [1, 2], 'it''s' FROM t GROUP BY a, s, id"),
      "plus(a, 1) Int64, count() UInt64, x String, id UInt64, [1, 2] Array(UInt8), "
      "'it\\'s' String");
  EXPECT_EQ(columns("SELECT * FROM t"),
            "id UInt64, a Int32, s String, n Nullable(Int32), l Array(UInt8), "
            "p Tuple(x UInt8, y String)");
  EXPECT_EQ(columns("SELECT t.*, u.name FROM t JOIN u ON t.id = u.id").substr(0, 8), "id UInt6");
  EXPECT_EQ(columns("SELECT * EXCEPT (l, p), n AS again FROM t"),
            "id UInt64, a Int32, s String, n Nullable(Int32), again Nullable(Int32)");
  EXPECT_EQ(columns("SELECT COLUMNS('^(a|s)$') FROM t"), "a Int32, s String");
  EXPECT_EQ(columns("SELECT * REPLACE (a + 1 AS a) FROM t").substr(0, 18), "id UInt64, a Int64");
}

TEST_F(Binder, AliasesHideColumns) {
  // `a` is the alias everywhere but inside its own expression.
  EXPECT_EQ(plans_.bound("SELECT a + 1 AS a FROM t WHERE a > 5"),
            "Project [plus(a, 1) as a]\n"
            "  Filter [greater(plus(a, 1), 5)]\n"
            "    Scan default.t columns [id, a, s, n, l, p]\n");
  plans_.context().prefer_column_name_to_alias = true;
  EXPECT_EQ(plans_.bound("SELECT a + 1 AS a FROM t WHERE a > 5"),
            "Project [plus(a, 1) as a]\n"
            "  Filter [greater(a, 5)]\n"
            "    Scan default.t columns [id, a, s, n, l, p]\n");
}

TEST_F(Binder, SaysWhichNameItDoesNotKnow) {
  EXPECT_EQ(error("SELECT nmae FROM u").substr(0, 41), "UNKNOWN_IDENTIFIER: Unknown expression id");
  EXPECT_NE(error("SELECT nmae FROM u").find("['name']"), std::string::npos);
  EXPECT_EQ(error("SELECT t.id FROM t AS x").substr(0, 18), "UNKNOWN_IDENTIFIER");
  EXPECT_EQ(error("SELECT x.id FROM t").substr(0, 18), "UNKNOWN_IDENTIFIER");
  EXPECT_EQ(error("SELECT 1 FROM nope").substr(0, 13), "UNKNOWN_TABLE");
  EXPECT_EQ(error("SELECT 1 FROM other.t").substr(0, 16), "UNKNOWN_DATABASE");
  EXPECT_EQ(error("SELECT nope(a) FROM t").substr(0, 16), "UNKNOWN_FUNCTION");
}

TEST_F(Binder, KnowsAliasesEverywhereInTheirSelect) {
  EXPECT_EQ(columns("SELECT y * 2 AS z, a + 1 AS y FROM t"), "z Int64, y Int64");
  EXPECT_EQ(columns("SELECT count() AS c FROM t GROUP BY id HAVING c > 1 ORDER BY c"), "c UInt64");
  EXPECT_EQ(columns("WITH a * 2 AS twice SELECT twice + 1 FROM t"), "plus(twice, 1) Int64");
  EXPECT_EQ(error("SELECT a AS x, id AS x FROM t").substr(0, 33),
            "MULTIPLE_EXPRESSIONS_FOR_ALIAS: M");
}

TEST_F(Binder, FindsColumnsOfTablesByTheirQualifier) {
  EXPECT_EQ(columns("SELECT t.a, u.a, name FROM t JOIN u ON t.id = u.id"),
            "a Int32, u.a Int32, name String");
  EXPECT_EQ(columns("SELECT x.a FROM t AS x"), "a Int32");
  EXPECT_EQ(columns("SELECT default.t.a FROM t"), "a Int32");
  EXPECT_EQ(columns("SELECT p.x, p.y, tupleElement(p, 'x') FROM t"),
            "p.x UInt8, p.y String, tupleElement(p, 'x') UInt8");
  EXPECT_EQ(columns("SELECT id FROM t JOIN u USING (id)"), "id UInt64");
}

TEST_F(Binder, RefusesAggregatesWhereRowsAreMeant) {
  EXPECT_EQ(error("SELECT 1 FROM t WHERE count() > 1").substr(0, 19), "ILLEGAL_AGGREGATION");
  EXPECT_EQ(error("SELECT sum(count()) FROM t").substr(0, 19), "ILLEGAL_AGGREGATION");
  EXPECT_EQ(error("SELECT a, count() FROM t").substr(0, 16), "NOT_AN_AGGREGATE");
  EXPECT_EQ(error("SELECT a + id, count() FROM t GROUP BY a").substr(0, 16), "NOT_AN_AGGREGATE");
  EXPECT_EQ(columns("SELECT a + id, count() FROM t GROUP BY a + id"),
            "plus(a, id) Int64, count() UInt64");
  EXPECT_EQ(columns("SELECT (a + id) * 2, count() FROM t GROUP BY a + id").substr(0, 8),
            "multiply");
}

TEST_F(Binder, TakesPositionsInGroupByAndOrderBy) {
  EXPECT_EQ(plans_.bound("SELECT s, count() FROM t GROUP BY 1 ORDER BY 2 DESC"),
            plans_.bound("SELECT s, count() FROM t GROUP BY s ORDER BY count() DESC"));
  EXPECT_EQ(error("SELECT s FROM t ORDER BY 2").substr(0, 13), "BAD_ARGUMENTS");
  EXPECT_EQ(error("SELECT s FROM t ORDER BY 0").substr(0, 13), "BAD_ARGUMENTS");
}

TEST_F(Binder, FillsParametersIn) {
  plans_.context().parameters["n"] = "7";
  plans_.context().parameters["bad"] = "x";
  EXPECT_EQ(plans_.bound("SELECT a FROM t WHERE a = {n:Int32}"),
            plans_.bound("SELECT a FROM t WHERE a = CAST(7, 'Int32')"));
  EXPECT_EQ(error("SELECT {bad:Int32}").substr(0, 19), "BAD_QUERY_PARAMETER");
  EXPECT_EQ(error("SELECT {missing:Int32}").substr(0, 23), "UNKNOWN_QUERY_PARAMETER");
}

TEST_F(Binder, WidensTypesOfUnions) {
  EXPECT_EQ(columns("SELECT 1 AS x UNION ALL SELECT -1"), "x Int16");
  EXPECT_EQ(columns("SELECT 1 AS x UNION ALL SELECT NULL"), "x Nullable(UInt8)");
  EXPECT_EQ(error("SELECT 1, 2 UNION ALL SELECT 1").substr(0, 40),
            "UNION_ALL_RESULT_STRUCTURES_MISMATCH: Di");
  EXPECT_EQ(error("SELECT 1 UNION SELECT 2").substr(0, 27), "EXPECTED_ALL_OR_DISTINCT: E");
  plans_.context().union_default_mode = "ALL";
  EXPECT_EQ(columns("SELECT 1 AS x UNION SELECT 2"), "x UInt8");
}

TEST_F(Binder, RefusesJoinsThatMeanNothing) {
  EXPECT_EQ(error("SELECT 1 FROM t ANY FULL JOIN u ON t.id = u.id"),
            "NOT_IMPLEMENTED: ANY FULL JOINs are not implemented");
}

TEST_F(Binder, OuterJoinsMakeNullsWhenTold) {
  const std::string sql = "SELECT t.a, name FROM t LEFT JOIN u ON t.id = u.id";
  EXPECT_EQ(columns(sql), "a Int32, name String");
  plans_.context().join_use_nulls = true;
  EXPECT_EQ(columns(sql), "a Int32, name Nullable(String)");
  EXPECT_EQ(columns("SELECT t.a, name FROM t FULL JOIN u ON t.id = u.id"),
            "a Nullable(Int32), name Nullable(String)");
  EXPECT_EQ(columns("SELECT t.a, name FROM t INNER JOIN u ON t.id = u.id"), "a Int32, name String");
}

}  // namespace
}  // namespace freshet
