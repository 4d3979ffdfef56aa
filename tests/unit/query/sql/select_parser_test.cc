#include <gtest/gtest.h>

#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"

namespace freshet {
namespace {

Select parse_select(std::string_view sql) { return std::get<Select>(parse_query_text(sql)->body); }

SetOperation parse_set_operation(std::string_view sql) {
  return std::get<SetOperation>(parse_query_text(sql)->body);
}

TEST(SelectParser, ReadsEveryClause) {
  const Select select = parse_select(
      "WITH 1 AS one, t AS (SELECT 2) SELECT DISTINCT a, b c FROM db.t AS x FINAL SAMPLE 0.1 "
      "OFFSET 0.5 "
      "PREWHERE p WHERE w GROUP BY g, h WITH TOTALS HAVING v WINDOW win AS (ORDER BY o) QUALIFY q "
      "ORDER BY o1, o2 DESC NULLS FIRST LIMIT 1 BY k LIMIT 10 OFFSET 5 SETTINGS max_threads = 2");
  EXPECT_EQ(select.with.size(), 2u);
  EXPECT_EQ(select.with[0].name, "one");
  EXPECT_TRUE(select.with[1].query);
  EXPECT_TRUE(select.distinct);
  EXPECT_EQ(select.list[1]->alias, "c");
  EXPECT_EQ(std::get<TableName>(select.from->source).database, "db");
  EXPECT_EQ(select.from->alias, "x");
  EXPECT_TRUE(select.from->final);
  EXPECT_TRUE(select.from->sample_offset);
  EXPECT_TRUE(select.prewhere && select.where && select.having && select.qualify);
  EXPECT_EQ(select.group_by->keys.size(), 2u);
  EXPECT_TRUE(select.group_by->with_totals);
  EXPECT_EQ(select.windows[0].name, "win");
  EXPECT_TRUE(select.order_by[1].descending);
  EXPECT_EQ(select.order_by[1].nulls_first, true);
  EXPECT_EQ(select.limit_by->keys.size(), 1u);
  EXPECT_EQ(to_sql(*select.limit->limit), "10");
  EXPECT_EQ(to_sql(*select.limit->offset), "5");
  EXPECT_EQ(select.settings[0].name, "max_threads");
}

TEST(SelectParser, LimitWithCommaHasTheOffsetFirst) {
  const Select select = parse_select("SELECT 1 LIMIT 5, 10");
  EXPECT_EQ(to_sql(*select.limit->limit), "10");
  EXPECT_EQ(to_sql(*select.limit->offset), "5");
}

TEST(SelectParser, FetchIsLimit) {
  const Select select = parse_select("SELECT 1 OFFSET 5 ROWS FETCH FIRST 10 ROWS WITH TIES");
  EXPECT_EQ(to_sql(*select.limit->limit), "10");
  EXPECT_EQ(to_sql(*select.limit->offset), "5");
  EXPECT_TRUE(select.limit->with_ties);
}

TEST(SelectParser, WordsOfAJoinComeInEitherOrder) {
  for (const std::string_view sql :
       {"SELECT 1 FROM a ANY LEFT JOIN b USING (x)", "SELECT 1 FROM a LEFT ANY JOIN b USING (x)",
        "SELECT 1 FROM a LEFT OUTER ANY JOIN b USING x"}) {
    const auto join = std::get<Join>(parse_select(sql).joins[0]);
    EXPECT_EQ(join.kind, JoinKind::Left) << sql;
    EXPECT_EQ(join.strictness, JoinStrictness::Any) << sql;
    EXPECT_EQ(join.using_list.size(), 1u) << sql;
  }
}

TEST(SelectParser, JoinsAndArrayJoinsKeepTheirOrder) {
  const Select select = parse_select(
      "SELECT 1 FROM a, b CROSS JOIN c LEFT ARRAY JOIN d AS e, f ASOF JOIN g ON h >= i");
  ASSERT_EQ(select.joins.size(), 4u);
  EXPECT_EQ(std::get<Join>(select.joins[0]).kind, JoinKind::Comma);
  EXPECT_EQ(std::get<Join>(select.joins[1]).kind, JoinKind::Cross);
  EXPECT_TRUE(std::get<ArrayJoin>(select.joins[2]).left);
  EXPECT_EQ(std::get<ArrayJoin>(select.joins[2]).list[0]->alias, "e");
  EXPECT_EQ(std::get<Join>(select.joins[3]).strictness, JoinStrictness::Asof);
}

TEST(SelectParser, ValuesIsATableFunction) {
  const Select select = parse_select("SELECT * FROM VALUES (('Bool', 1), ('Int8', 2)) AS attrs");
  const auto* call = as<FunctionCall>(std::get<TableFunction>(select.from->source).call);
  EXPECT_EQ(call->name, "VALUES");
  EXPECT_EQ(call->arguments.size(), 2u);
  EXPECT_EQ(select.from->alias, "attrs");
}

TEST(SelectParser, UnionsOfOneKindMakeOneNode) {
  const SetOperation operation =
      parse_set_operation("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3");
  EXPECT_EQ(operation.op, SetOperator::UnionAll);
  EXPECT_EQ(operation.operands.size(), 3u);
}

TEST(SelectParser, IntersectBindsTighterThanUnion) {
  const SetOperation operation =
      parse_set_operation("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3");
  EXPECT_EQ(operation.op, SetOperator::UnionAll);
  EXPECT_EQ(std::get<SetOperation>(operation.operands[1]->body).op, SetOperator::IntersectAll);
}

TEST(SelectParser, UnionAndExceptGroupFromTheLeft) {
  const SetOperation operation = parse_set_operation("SELECT 1 EXCEPT SELECT 2 UNION SELECT 3");
  EXPECT_EQ(operation.op, SetOperator::UnionDefault);
  EXPECT_EQ(std::get<SetOperation>(operation.operands[0]->body).op, SetOperator::ExceptAll);
}

TEST(SelectParser, ExceptAfterAsteriskNeedsAQueryToBeASetOperation) {
  EXPECT_EQ(parse_set_operation("SELECT * EXCEPT SELECT 1").op, SetOperator::ExceptAll);
  EXPECT_EQ(parse_set_operation("SELECT * EXCEPT (SELECT 1)").op, SetOperator::ExceptAll);
  EXPECT_EQ(as<Asterisk>(parse_select("SELECT * EXCEPT (a)").list[0])->transformers.size(), 1u);
}

TEST(SelectParser, GroupingIsWrittenTwoWays) {
  EXPECT_EQ(parse_select("SELECT 1 GROUP BY ROLLUP(a, b)"),
            parse_select("SELECT 1 GROUP BY a, b WITH ROLLUP"));
  EXPECT_EQ(
      parse_select("SELECT 1 GROUP BY GROUPING SETS ((a, b), ())").group_by->grouping_sets.size(),
      2u);
}

TEST(SelectParser, EqualTreesCompareEqualWhereverTheyStand) {
  EXPECT_TRUE(*parse_query_text("SELECT a+1 FROM t") ==
              *parse_query_text("select  (a + 1)\nFROM `t`"));
  EXPECT_FALSE(*parse_query_text("SELECT a+1 FROM t") == *parse_query_text("SELECT a+2 FROM t"));
}

}  // namespace
}  // namespace freshet
