#include "query/plan/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/golden.h"
#include "tests/unit/query/plan/plan_text.h"

namespace freshet {
namespace {

// t: 5 rows, u: 1 row, wide: empty.
class Optimizer : public testing::Test {
 protected:
  Optimizer() {
    plans_.create_table("t",
                        "id:UInt64 a:Int32 b:UInt8 s:String n:Nullable(Int32) d:Date "
                        "ts:DateTime('UTC') l:Array(UInt8)");
    plans_.create_table("u", "id:UInt64 x:Int32 name:String");
    plans_.insert("t",
                  "id:UInt64 a:Int32 b:UInt8 s:String n:Nullable(Int32) d:Date "
                  "ts:DateTime('UTC') l:Array(UInt8)\n"
                  "1\t10\t1\tone\t\\N\t2024-01-01\t2024-01-01 00:00:00\t[]\n"
                  "2\t20\t2\ttwo\t2\t2024-01-02\t2024-01-02 00:00:00\t[1]\n"
                  "3\t30\t3\tthree\t3\t2024-01-03\t2024-01-03 00:00:00\t[1,2]\n");
    plans_.insert("u", "id:UInt64 x:Int32 name:String\n1\t1\tone");
  }

  // Each block's plan when `before` have run, and what `rule` makes of it.
  void check_rule(const std::string& golden, const std::vector<Rule>& before, Rule rule) {
    check_golden("tests/golden/plan/" + golden, [&](const std::string& sql) {
      std::vector<Rule> rules = before;
      const std::string old_plan = plans_.after(rules, sql);
      rules.push_back(rule);
      const std::string new_plan = plans_.after(rules, sql);
      return new_plan == old_plan ? "unchanged:\n" + old_plan
                                  : "before:\n" + old_plan + "after:\n" + new_plan;
    });
  }

  PlanHarness plans_;
};

TEST_F(Optimizer, FoldsConstants) {
  check_rule("rule_constant_folding.txt", {}, fold_plan_constants);
}

TEST_F(Optimizer, PushesPredicatesDown) {
  check_rule("rule_predicate_pushdown.txt", {fold_plan_constants}, push_down_predicates);
}

TEST_F(Optimizer, MergesProjections) {
  check_rule("rule_merge_projections.txt", {push_down_predicates}, merge_projections);
}

TEST_F(Optimizer, ReducesGroupKeys) {
  check_rule("rule_group_keys.txt", {push_down_predicates, merge_projections}, reduce_group_keys);
}

TEST_F(Optimizer, SimplifiesAggregates) {
  check_rule("rule_aggregates.txt", {push_down_predicates, merge_projections}, simplify_aggregates);
}

TEST_F(Optimizer, CountsDistinctAsGroups) {
  check_rule("rule_distinct_counts.txt", {push_down_predicates, merge_projections},
             count_distinct_as_groups);
}

TEST_F(Optimizer, PushesLimitsDown) {
  check_rule("rule_limits.txt", {push_down_predicates, merge_projections}, push_down_limits);
}

TEST_F(Optimizer, PrunesColumns) {
  check_rule("rule_column_pruning.txt", {push_down_predicates, merge_projections}, prune_columns);
}

TEST_F(Optimizer, PreparesScans) {
  check_rule("rule_scans.txt",
             {fold_plan_constants, push_down_predicates, merge_projections, prune_columns,
              merge_projections},
             prepare_scans);
}

TEST_F(Optimizer, ChoosesBuildSides) {
  check_rule("rule_build_side.txt", {push_down_predicates, merge_projections, prune_columns},
             choose_build_sides);
}

TEST_F(Optimizer, ReadsLengthsOfStrings) {
  check_rule("rule_string_lengths.txt",
             {push_down_predicates, merge_projections, prune_columns, merge_projections},
             read_lengths_of_strings);
}

TEST_F(Optimizer, OrdersJoins) {
  const auto fill = [&](const std::string& table, const std::string& columns, size_t rows) {
    plans_.create_table(table, columns);
    std::string text = columns + "\n";
    for (size_t i = 0; i < rows; ++i) {
      for (size_t c = static_cast<size_t>(std::ranges::count(columns, ':')); c > 0; --c) {
        text += std::to_string(i) + (c == 1 ? "\n" : "\t");
      }
    }
    plans_.insert(table, text);
  };
  fill("sales", "id:UInt64 customer:UInt32 product:UInt32 amount:Int64", 5000);
  fill("customers", "id:UInt32 region:UInt32 name:String", 300);
  fill("products", "id:UInt32 brand:UInt32 price:Int64", 100);
  fill("regions", "id:UInt32 name:String", 10);
  check_rule(
      "rule_join_order.txt",
      {push_down_predicates, merge_projections, prune_columns, merge_projections, prepare_scans},
      order_joins);
}

TEST_F(Optimizer, DoesAllOfIt) {
  check_golden("tests/golden/plan/optimizer.txt",
               [&](const std::string& sql) { return plans_.optimized(sql); });
}

TEST_F(Optimizer, PlansWindows) {
  check_golden("tests/golden/plan/window.txt",
               [&](const std::string& sql) { return plans_.optimized(sql); });
}

TEST_F(Optimizer, ReadsWideColumnsOfATopNLate) {
  // It pays for tables of many blocks only.
  plans_.create_table("big", "id:UInt64 a:UInt64 s:String");
  std::string rows = "id:UInt64 a:UInt64 s:String\n";
  for (int i = 0; i < 1000; ++i) rows += "1\t2\tx\n";
  std::string many = rows;
  for (int i = 0; i < 300; ++i) many += rows.substr(rows.find('\n') + 1);
  plans_.insert("big", many);
  check_golden("tests/golden/plan/rule_late_materialization.txt",
               [&](const std::string& sql) { return plans_.optimized(sql); });
  EXPECT_EQ(
      plans_.optimized("SELECT * FROM big ORDER BY a LIMIT 1", {.late_materialization = false}),
      "Limit 1\n"
      "  Sort [a] limit 1\n"
      "    Scan default.big columns [id, a, s]\n");
  EXPECT_EQ(plans_.optimized("SELECT s FROM big WHERE 1 + 1 = 2 LIMIT 1", {.enabled = false})
                .substr(0, 7),
            "Limit 1");
}

}  // namespace
}  // namespace freshet
