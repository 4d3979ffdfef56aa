#include "query/expression/evaluator.h"

#include <gtest/gtest.h>

#include "query/expression/throwing_functions.h"
#include "query/plan/binder.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/column/coded_column.h"
#include "storage/column/number_column.h"
#include "storage/column/time_zone.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

constexpr std::string_view kRows =
    "a:Int32 b:Int32 n:Nullable(Int32) s:String l:Array(Int32)\n"
    "6\t2\t1\tx\t[1,2]\n"
    "7\t0\t\\N\ty\t[]\n"
    "-8\t4\t0\tx\t[0]\n";

class Evaluator : public testing::Test {
 protected:
  Evaluator() {
    functions_.time_zone = TimeZone::utc();
    context_.functions = &functions_;
  }

  BoundExpressionPtr bind(const std::string& sql) {
    return bind_expression(rows_.schema, *parse_expression_text(sql), context_);
  }
  // Cells, separated by spaces.
  std::string evaluate(const std::string& sql) {
    const BoundExpressionPtr bound = bind(sql);
    const ColumnPtr column = evaluate_expression(*bound, rows_.chunk);
    EXPECT_EQ(column->size(), rows_.chunk.row_count) << sql;
    return column_to_text(bound->type, column);
  }
  std::string evaluate_or_error(const std::string& sql) {
    try {
      return evaluate(sql);
    } catch (const Error& error) {
      return std::string(error_name(error.code()));
    }
  }
  // The column s as codes into a dictionary that has one entry that no row has.
  void code_strings(std::string_view entries, std::vector<uint32_t> codes) {
    auto dictionary = std::make_shared<Dictionary>();
    dictionary->entries = column_from_text("String", entries);
    rows_.chunk.columns[3] = std::make_shared<DictionaryColumn>(
        dictionary, Buffer<uint32_t>(codes.begin(), codes.end()));
  }

  FunctionContext functions_;
  BindContext context_;
  TypedChunk rows_ = typed_chunk_from_text(kRows);
};

TEST_F(Evaluator, BranchesRunOnlyOnTheRowsThatReachThem) {
  EXPECT_EQ(evaluate_or_error("intDiv(a, b)"), "ILLEGAL_DIVISION");
  EXPECT_EQ(evaluate("if(b = 0, 0, intDiv(a, b))"), "3 0 -2");
  EXPECT_EQ(evaluate("if(b != 0, intDiv(a, b), -1)"), "3 -1 -2");
  EXPECT_EQ(evaluate("multiIf(b = 0, 0, a < 0, intDiv(a, b), intDiv(a, b) * 10)"), "30 0 -2");
  EXPECT_EQ(evaluate("CASE WHEN b = 0 THEN NULL ELSE intDiv(a, b) END"), "3 \\N -2");
  EXPECT_EQ(evaluate("b != 0 AND intDiv(a, b) > 0"), "1 0 0");
  EXPECT_EQ(evaluate("b = 0 OR intDiv(a, b) > 0"), "1 1 0");
  EXPECT_EQ(evaluate_or_error("intDiv(a, b) > 0 AND b != 0"), "ILLEGAL_DIVISION");
}

TEST_F(Evaluator, BranchesMayStandInsideEachOther) {
  EXPECT_EQ(
      evaluate("if(a > 0, if(b != 0, intDiv(a, b), 100), if(b = 4, intDiv(1, b), intDiv(1, 0)))"),
      "3 100 0");
  EXPECT_EQ(evaluate("if(b = 0, 1, intDiv(a, b)) + if(b = 0, 1, intDiv(a, b))"), "6 2 -4");
}

TEST_F(Evaluator, ANullConditionIsNotTrueButGoesOnInAnd) {
  EXPECT_EQ(evaluate("if(n, 'yes', 'no')"), "yes no no");
  EXPECT_EQ(evaluate("n AND 1"), "1 \\N 0");
  EXPECT_EQ(evaluate("n OR 0"), "1 \\N 0");
  EXPECT_EQ(evaluate("n OR 1"), "1 1 1");
  // NULL AND false is false: the row with NULL must look at the second argument.
  EXPECT_EQ(evaluate_or_error("n AND intDiv(1, b) > 5"), "ILLEGAL_DIVISION");
  EXPECT_EQ(evaluate("(n = 1) AND intDiv(6, if(b = 0, 1, b)) > 2"), "1 \\N 0");
}

TEST_F(Evaluator, NullInGivesNullOut) {
  EXPECT_EQ(evaluate("n + a"), "7 \\N -8");
  EXPECT_EQ(evaluate("n = n"), "1 \\N 1");
  EXPECT_EQ(evaluate("n IS NULL"), "0 1 0");
  EXPECT_EQ(evaluate("coalesce(n, a)"), "1 7 0");
  // The cell behind the NULL is nobody's.
  EXPECT_EQ(evaluate("intDiv(10, if(n IS NULL, NULL, 5))"), "2 \\N 2");
  EXPECT_EQ(evaluate("NULL + a"), "\\N \\N \\N");
}

TEST_F(Evaluator, ConstantsAreColumnsOfOneCell) {
  EXPECT_EQ(evaluate("1 + 2"), "3 3 3");
  EXPECT_EQ(evaluate("if(1, a, intDiv(a, 0))"), "6 7 -8");
  EXPECT_EQ(evaluate("[a, 1]"), "[6,1] [7,1] [-8,1]");
  EXPECT_EQ(evaluate_constant(*bind("intDiv(7, 2) + length('abc')")), Value(uint64_t{6}));
  EXPECT_THROW(evaluate_constant(*bind("intDiv(7, 0)")), Error);
}

TEST_F(Evaluator, FoldingLeavesWhatThrowsInPlace) {
  EXPECT_EQ(fold_constants(bind("1 + 2 * 3"))->kind, BoundExpression::Kind::Constant);
  const auto throws = fold_constants(bind("intDiv(1, 0)"));
  EXPECT_EQ(throws->kind, BoundExpression::Kind::Function);
  EXPECT_EQ(fold_constants(bind("rand()"))->kind, BoundExpression::Kind::Function);
  EXPECT_EQ(fold_constants(bind("if(0, intDiv(1, 0), 5)"))->kind, BoundExpression::Kind::Constant);
}

TEST_F(Evaluator, DictionaryColumnsAreCellsLikeOthers) {
  const std::vector<std::string> expressions = {"upper(s)",
                                                "s = 'x'",
                                                "s IN ('x', 'z')",
                                                "s NOT IN ('x')",
                                                "concat(s, s)",
                                                "concat(s, toString(a))",
                                                "if(s = 'x', 'one', s)",
                                                "length(s) + a",
                                                "[s, 'k']",
                                                "s LIKE '%y'",
                                                "toNullable(s)",
                                                "(s, a)",
                                                "if(b = 0, s, toString(intDiv(a, b)))",
                                                "s = 'x' AND b != 0 AND intDiv(a, b) > 0",
                                                "if(a > 6, s, throwIf(a < -100) = 0 ? s : 'no')"};
  std::vector<std::string> flat_results;
  for (const std::string& sql : expressions) flat_results.push_back(evaluate(sql));
  code_strings("y unused x", {2, 0, 2});
  for (size_t i = 0; i < expressions.size(); ++i) {
    EXPECT_EQ(evaluate(expressions[i]), flat_results[i]) << expressions[i];
  }
}

TEST_F(Evaluator, AnEntryThatNoRowHasMayNotFail) {
  code_strings("7 nonsense 8", {0, 2, 0});
  EXPECT_EQ(evaluate("toInt32(s)"), "7 8 7");
  code_strings("7 nonsense 8", {0, 1, 0});
  EXPECT_EQ(evaluate_or_error("toInt32(s)"), "CANNOT_PARSE_TEXT");
  EXPECT_EQ(evaluate("if(b = 0, 0, toInt32(s))"), "7 0 7");
}

TEST_F(Evaluator, LambdasSeeTheirRowsColumns) {
  EXPECT_EQ(evaluate("arrayMap(x -> x * a, l)"), "[6,12] [] [0]");
  EXPECT_EQ(evaluate("arrayMap(x -> if(x = 0, 0, intDiv(a, x)), l)"), "[6,3] [] [0]");
  EXPECT_EQ(evaluate("arrayMap(x -> arraySum(arrayMap(y -> x * y + a, l)), l)"), "[15,18] [] [-8]");
  EXPECT_EQ(evaluate("arrayFilter(x -> x > n, l)"), "[2] [] []");
}

TEST_F(Evaluator, InFindsNullsNowhere) {
  EXPECT_EQ(evaluate("n IN (0, 1)"), "1 \\N 1");
  EXPECT_EQ(evaluate("n IN (0, NULL)"), "0 \\N 1");
  EXPECT_EQ(evaluate("n NOT IN (0)"), "1 \\N 0");
  EXPECT_EQ(evaluate("(a, s) IN ((6, 'x'), (7, 'x'))"), "1 0 0");
  EXPECT_EQ(evaluate("a IN (6, 1, 2, 3, 4, 5, 10, 11, 12, 0, -8)"), "1 0 1");
  EXPECT_EQ(evaluate("toFloat64(a) IN (6.0, nan)"), "1 0 0");
  EXPECT_EQ(evaluate("if(a = 7, nan, 0.) IN (nan)"), "0 1 0");
}

TEST_F(Evaluator, ExpressionsOverOneChunkShareTheirWork) {
  const auto first = bind("intDiv(a, if(b = 0, 1, b)) + 1");
  const auto second = bind("intDiv(a, if(b = 0, 1, b)) * 2");
  const std::vector<BoundExpressionPtr> both = {first, second, first};
  const auto columns = evaluate_expressions(both, rows_.chunk);
  EXPECT_EQ(column_to_text(first->type, columns[0]), "4 8 -1");
  EXPECT_EQ(column_to_text(second->type, columns[1]), "6 14 -4");
  EXPECT_EQ(columns[0], columns[2]);
}

TEST_F(Evaluator, NoRowsAreFine) {
  rows_.chunk = rows_.chunk.slice(0, 0);
  for (const std::string sql : {"a + b", "if(b = 0, 0, intDiv(a, b))", "arrayMap(x -> x + a, l)",
                                "s IN ('x')", "b != 0 AND intDiv(a, b) > 0", "1 + 1", "n"}) {
    EXPECT_EQ(evaluate(sql), "") << sql;
  }
}

TEST_F(Evaluator, SelectTrueTakesConditionsOfEveryForm) {
  const auto chosen = [](const ColumnPtr& condition) {
    std::vector<RowIndex> rows;
    select_true(*condition, rows);
    return rows;
  };
  EXPECT_EQ(chosen(column_from_text("UInt8", "0 1 2")), (std::vector<RowIndex>{1, 2}));
  EXPECT_EQ(chosen(column_from_text("Nullable(UInt8)", "\\N 1 0")), (std::vector<RowIndex>{1}));
  EXPECT_EQ(chosen(column_from_text("Float64", "0 -0 0.5")), (std::vector<RowIndex>{2}));
  const DataTypePtr nullable = parse_data_type("Nullable(UInt8)");
  EXPECT_EQ(chosen(make_constant_column(*nullable, Value(), 3)), (std::vector<RowIndex>{}));
  EXPECT_EQ(chosen(make_constant_column(*nullable, Value(uint64_t{1}), 2)),
            (std::vector<RowIndex>{0, 1}));
  auto dictionary = std::make_shared<Dictionary>();
  dictionary->entries = column_from_text("UInt8", "0 1");
  EXPECT_EQ(chosen(std::make_shared<DictionaryColumn>(dictionary, Buffer<uint32_t>{1, 0, 1})),
            (std::vector<RowIndex>{0, 2}));
  EXPECT_THROW(chosen(column_from_text("String", "x")), Error);
}

TEST_F(Evaluator, KnowsWhatMayThrow) {
  for (const std::string sql : {"intDiv(a, b)", "a % b", "a % 0", "a % -1", "toInt32(s)",
                                "CAST(s, 'Date')", "throwIf(a)", "if(b = 0, 0, intDiv(a, b))"}) {
    EXPECT_TRUE(may_throw(*bind(sql))) << sql;
  }
  for (const std::string sql :
       {"a + b", "a % 10", "intDiv(a, 7)", "toInt32OrNull(s)", "upper(s)", "a / b"}) {
    EXPECT_FALSE(may_throw(*bind(sql))) << sql;
  }
}

}  // namespace
}  // namespace freshet
