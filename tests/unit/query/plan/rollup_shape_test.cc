#include "query/plan/rollup_shape.h"

#include <gtest/gtest.h>

#include "query/plan/explain.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/column/time_zone.h"
#include "storage/table/table_columns.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

class RollupsBound : public testing::Test {
 protected:
  RollupsBound() {
    functions_.time_zone = TimeZone::utc();
    functions_.now_ns = 1'710'498'030'123'456'789;
    functions_.database = "default";
    context_.functions = &functions_;
    table_ = table_from_text("t",
                             "time:DateTime site:String n:Int32 f:Float64 x:Nullable(Int64) "
                             "code:LowCardinality(String) l:Array(UInt8) u:UInt64");
    ColumnDefinition alias;
    alias.name = "hour";
    alias.type = parse_data_type("DateTime");
    alias.default_kind = DefaultKind::Alias;
    alias.default_expression = "toStartOfHour(time)";
    // Among the others, so that positions in the stored schema differ from those in the definition.
    table_.columns.insert(table_.columns.begin() + 1, alias);
  }

  RollupShape bind(const std::string& sql) {
    return bind_rollup(*parse_query_text(sql), table_, context_);
  }

  // A line for each key, and for each aggregate: column, type, what fills it, what merges it.
  std::string shape(const std::string& sql) {
    const RollupShape shape = bind(sql);
    const Schema schema = table_.stored_schema();
    const std::vector<NamedType> columns = shape.columns();
    std::string text;
    for (size_t i = 0; i < shape.keys.size(); ++i) {
      text += "key " + columns[i].name + " " + columns[i].type->name() + "\n";
      EXPECT_TRUE(columns[i].name.starts_with(explain_expression(*shape.keys[i], schema)));
    }
    for (size_t i = 0; i < shape.aggregates.size(); ++i) {
      const auto& aggregate = shape.aggregates[i];
      const NamedType& column = columns[shape.keys.size() + i];
      text += column.name + " " + column.type->name() + " = " +
              explain_call(aggregate.partial, schema) + ", " + aggregate.merge + "\n";
    }
    return text;
  }

  std::string plan(const std::string& sql) {
    TableVersion rows;
    rows.definition = std::make_shared<const TableDefinition>(table_);
    rows.schema = table_.stored_schema();
    const LogicalPlan plan = rollup_plan(bind(sql), rows);
    check_plan(*plan.root);
    return explain_plan(plan);
  }

  std::string error(const std::string& sql) {
    try {
      return shape(sql);
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " + error.message();
    }
  }
  // What the SELECT must not have.
  std::string refused(const std::string& sql) {
    const std::string text = error(sql);
    const std::string start =
        "INCORRECT_QUERY: A rollup is keys and aggregates over all rows of its table: its SELECT "
        "must not have ";
    return text.starts_with(start) ? text.substr(start.size()) : text;
  }

  FunctionContext functions_;
  BindContext context_;
  TableDefinition table_;
};

TEST_F(RollupsBound, HaveKeysInOrderAndEachAggregateOnce) {
  EXPECT_EQ(shape("SELECT toStartOfHour(time) AS h, sum(n) / count(), uniq(u), count(*) "
                  "GROUP BY h, site"),
            "key toStartOfHour(time) DateTime\n"
            "key site String\n"
            "sum(n) Int64 = sum(n), sum\n"
            "count() UInt64 = count(), sum\n"
            "uniq(u) AggregateFunction(uniq, UInt64) = uniqState(u), uniqMerge\n");
  EXPECT_EQ(shape("SELECT hour, COUNT(n), count(1), Sum(n + 1) GROUP BY ALL"),
            "key toStartOfHour(time) DateTime\n"
            "count() UInt64 = count(), sum\n"
            "sum(plus(n, 1)) Int64 = sum(plus(n, 1)), sum\n");
  EXPECT_EQ(shape("SELECT code GROUP BY code ORDER BY code"), "key code LowCardinality(String)\n");
  EXPECT_EQ(shape("SELECT 'a', max(u)"), "max(u) UInt64 = max(u), max\n");
  EXPECT_EQ(shape("WITH n * 2 AS m SELECT m, count() GROUP BY 1"),
            "key multiply(n, 2) Int64\ncount() UInt64 = count(), sum\n");
}

TEST_F(RollupsBound, KeepPlainNumbersWhereThoseMerge) {
  EXPECT_EQ(shape("SELECT count(x), sum(x), min(x), max(code), any(x), sum(f), groupBitOr(u), "
                  "sumIf(x, n > 1), countIf(n > 1), sumWithOverflow(n)"),
            "count(x) UInt64 = count(x), sum\n"
            "sum(x) Nullable(Int64) = sum(x), sum\n"
            "min(x) Nullable(Int64) = min(x), min\n"
            "max(code) String = max(code), max\n"
            "any(x) Nullable(Int64) = any(x), any\n"
            "sum(f) Float64 = sum(f), sum\n"
            "groupBitOr(u) UInt64 = groupBitOr(u), groupBitOr\n"
            "sumIf(x, greater(n, 1)) Nullable(Int64) = sumIf(x, greater(n, 1)), sum\n"
            "countIf(greater(n, 1)) UInt64 = countIf(greater(n, 1)), sum\n"
            "sumWithOverflow(n) Int32 = sumWithOverflow(n), sumWithOverflow\n");
}

TEST_F(RollupsBound, KeepStatesOfTheOthers) {
  EXPECT_EQ(shape("SELECT avg(n), minIf(n, n > 3), quantiles(0.5, 0.9)(f), uniqState(code), "
                  "uniq(code), argMax(site, time), sumOrNull(n)"),
            "avg(n) AggregateFunction(avg, Int32) = avgState(n), avgMerge\n"
            "minIf(n, greater(n, 3)) AggregateFunction(minIf, Int32, UInt8) = "
            "minIfState(n, greater(n, 3)), minIfMerge\n"
            "quantiles(0.5, 0.9)(f) AggregateFunction(quantiles(0.5, 0.9), Float64) = "
            "quantilesState(0.5, 0.9)(f), quantilesMerge\n"
            "uniq(code) AggregateFunction(uniq, String) = uniqState(code), uniqMerge\n"
            "argMax(site, time) AggregateFunction(argMax, String, DateTime) = "
            "argMaxState(site, time), argMaxMerge\n"
            "sumOrNull(n) AggregateFunction(sumOrNull, Int32) = sumOrNullState(n), "
            "sumOrNullMerge\n");
}

TEST_F(RollupsBound, GiveEachColumnANameOfItsOwn) {
  EXPECT_EQ(shape("SELECT n IN (1,2,3,4,5,6,7,8,9) AS a, n IN (2,3,4,5,6,7,8,9,10) AS b "
                  "GROUP BY a, b")
                .find("_2 UInt8"),
            shape("SELECT n IN (1,2,3,4,5,6,7,8,9) AS a, n IN (2,3,4,5,6,7,8,9,10) AS b "
                  "GROUP BY a, b")
                    .size() -
                std::string("_2 UInt8\n").size());
}

TEST_F(RollupsBound, AreMadeByPlansInOrderOfTheKeys) {
  EXPECT_EQ(plan("SELECT site, sum(u), uniq(n) GROUP BY site, toStartOfHour(time)"),
            "Sort [site, toStartOfHour(time)]\n"
            "  Aggregate keys [site, toStartOfHour(time)] calls [sum(u), uniqState(n)]\n"
            "    Scan default.t columns [time, site, n, u]\n");
  EXPECT_EQ(plan("SELECT count()"),
            "Aggregate calls [count()] empty without rows\n"
            "  Scan default.t columns []\n");
}

TEST_F(RollupsBound, TellWhichColumnsTheyAreMadeOf) {
  EXPECT_EQ(bind("SELECT hour, avg(u), sum(n) GROUP BY hour").inputs(),
            (std::vector<ColumnIndex>{0, 2, 7}));
  EXPECT_EQ(bind("SELECT count()").inputs(), std::vector<ColumnIndex>());
}

TEST_F(RollupsBound, RefuseWhatIsNotOverAllRows) {
  EXPECT_EQ(refused("SELECT n FROM t GROUP BY n"), "FROM: it reads its table");
  EXPECT_EQ(refused("SELECT n WHERE n > 1 GROUP BY n"), "WHERE: n > 1");
  EXPECT_EQ(refused("SELECT n GROUP BY n HAVING count() > 1"), "HAVING: count() > 1");
  EXPECT_EQ(refused("SELECT n GROUP BY n LIMIT 1"), "LIMIT");
  EXPECT_EQ(refused("SELECT n GROUP BY n LIMIT 1 BY n"), "LIMIT BY");
  EXPECT_EQ(refused("SELECT DISTINCT n GROUP BY n"), "DISTINCT");
  EXPECT_EQ(refused("SELECT n, count() GROUP BY n WITH TOTALS"), "WITH TOTALS");
  EXPECT_EQ(refused("SELECT n, count() GROUP BY n WITH ROLLUP"), "GROUP BY ROLLUP");
  EXPECT_EQ(refused("SELECT n, count() GROUP BY GROUPING SETS ((n), ())"), "GROUPING SETS");
  EXPECT_EQ(refused("SELECT n, count() GROUP BY n SETTINGS max_threads = 1"),
            "SETTINGS: max_threads");
  EXPECT_EQ(refused("SELECT n GROUP BY n UNION ALL SELECT n GROUP BY n"),
            "UNION, INTERSECT or EXCEPT");
  EXPECT_EQ(refused("SELECT n, sum(count()) OVER () GROUP BY n"), "window functions");
  EXPECT_EQ(refused("SELECT arrayJoin(l) AS e, count() GROUP BY e"), "arrayJoin");
  EXPECT_EQ(refused("SELECT n, count() GROUP BY n, (SELECT 1)"), "subqueries");
  EXPECT_EQ(refused("SELECT n IN (SELECT n) AS a GROUP BY a"), "subqueries");
  EXPECT_EQ(refused("WITH a AS (SELECT 1) SELECT n GROUP BY n"), "subqueries: a");
  EXPECT_EQ(refused("SELECT n, count() AS c GROUP BY n ORDER BY c"),
            "ORDER BY of other than its keys: c");
}

TEST_F(RollupsBound, RefuseWhatIsNotTheSameForAllAndAlways) {
  EXPECT_EQ(refused("SELECT rand() AS r GROUP BY r"), "functions that are not deterministic: rand");
  EXPECT_EQ(refused("SELECT sum(n + rand())"), "functions that are not deterministic: rand");
  EXPECT_EQ(refused("SELECT time > now() AS late GROUP BY late").substr(0, 47),
            "functions that depend on who asks, or when: gre");
  EXPECT_EQ(refused("SELECT countIf(site = currentUser())").substr(0, 47),
            "functions that depend on who asks, or when: cou");
}

TEST_F(RollupsBound, RefuseProjectionsThatAreTheRowsInAnotherOrder) {
  EXPECT_EQ(error("SELECT n, site ORDER BY site"),
            "NOT_IMPLEMENTED: Only rollups and projections with GROUP BY or aggregates are kept, "
            "none that are the rows in another order");
  EXPECT_EQ(error("SELECT n"),
            "NOT_IMPLEMENTED: Only rollups and projections with GROUP BY or aggregates are kept");
}

TEST_F(RollupsBound, RefuseStatesThatCannotBeKept) {
  EXPECT_EQ(error("SELECT groupConcat(', ')(site)").substr(0, 68),
            "NOT_IMPLEMENTED: A rollup cannot keep states of groupConcatState: On");
  EXPECT_EQ(error("SELECT max(NULL)"),
            "NOT_IMPLEMENTED: A rollup cannot keep max(NULL), which is always NULL");
}

TEST_F(RollupsBound, PassOnWhatBindingSays) {
  EXPECT_EQ(error("SELECT nope, count() GROUP BY nope").substr(0, 18), "UNKNOWN_IDENTIFIER");
  EXPECT_EQ(error("SELECT n, count()").substr(0, 16), "NOT_AN_AGGREGATE");
}

TEST_F(RollupsBound, AreRememberedWhileTheirTableStaysTheSame) {
  RollupDefinition rollup;
  rollup.id = 3;
  rollup.name = "r";
  rollup.select = "SELECT site, sum(n) GROUP BY site";
  rollup.columns = bind(rollup.select).columns();
  rollup.key_count = 1;
  auto table = std::make_shared<const TableDefinition>(table_);
  RollupShapes shapes;
  const auto first = shapes.find(table, rollup, functions_);
  EXPECT_EQ(first->rows->name, "t.r");
  EXPECT_EQ(first->columns->schema().size(), 2U);
  EXPECT_EQ(shapes.find(table, rollup, functions_), first);
  const auto altered = std::make_shared<const TableDefinition>(table_);
  EXPECT_NE(shapes.find(altered, rollup, functions_), first);
  // Only the caller keeps definitions.
  const std::weak_ptr<const TableDefinition> gone = table;
  table = nullptr;
  EXPECT_TRUE(gone.expired());
}

}  // namespace
}  // namespace freshet
