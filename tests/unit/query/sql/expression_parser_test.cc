#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {
namespace {

using testing::HasSubstr;

struct Case {
  std::string_view sql;
  std::string_view calls;
};

void expect_calls(const std::vector<Case>& cases) {
  for (const auto& [sql, calls] : cases) {
    EXPECT_EQ(column_name(*parse_expression_text(sql)), calls) << sql;
  }
}

// The right sides are what ClickHouse 26.7 makes of the left ones.
TEST(ExpressionParser, PrecedenceIsClickHouses) {
  expect_calls({
      {"a + b * c", "plus(a, multiply(b, c))"},
      {"(a + b) * c", "multiply(plus(a, b), c)"},
      {"a - b - c", "minus(minus(a, b), c)"},
      {"a * b / c % d", "modulo(divide(multiply(a, b), c), d)"},
      {"a DIV b MOD c", "modulo(intDiv(a, b), c)"},
      {"a || b + c", "concat(a, plus(b, c))"},
      {"a + b || c", "concat(plus(a, b), c)"},
      {"a = b = c", "equals(equals(a, b), c)"},
      {"a < b IS NULL", "isNull(less(a, b))"},
      {"a IS NULL = b", "equals(isNull(a), b)"},
      {"NOT a IS NULL", "not(isNull(a))"},
      {"NOT a = b AND c", "and(not(equals(a, b)), c)"},
      {"NOT a IN (1)", "not(in(a, 1))"},
      {"a = NOT b", "equals(a, not(b))"},
      {"a * NOT b = c", "multiply(a, not(equals(b, c)))"},
      {"a OR b AND c", "or(a, and(b, c))"},
      {"a = b BETWEEN c AND d",
       "and(greaterOrEquals(equals(a, b), c), lessOrEquals(equals(a, b), d))"},
      {"a BETWEEN b AND c = d", "and(greaterOrEquals(a, b), lessOrEquals(a, equals(c, d)))"},
      {"a BETWEEN b AND c AND d", "and(and(greaterOrEquals(a, b), lessOrEquals(a, c)), d)"},
      {"a NOT BETWEEN b AND c OR d", "or(or(less(a, b), greater(a, c)), d)"},
      {"a IN (1) = b", "equals(in(a, 1), b)"},
      {"a LIKE b = c", "equals(like(a, b), c)"},
      {"a NOT LIKE b AND c", "and(notLike(a, b), c)"},
      {"-a % b", "modulo(negate(a), b)"},
      {"-a.1", "negate(tupleElement(a, 1))"},
      {"-a[1]", "negate(arrayElement(a, 1))"},
      {"-a::Int8", "negate(CAST(a, 'Int8'))"},
      {"a + b[1]::Int8", "plus(a, CAST(arrayElement(b, 1), 'Int8'))"},
      {"a OR b ? c : d", "if(or(a, b), c, d)"},
      {"a ? b : c + d", "if(a, b, plus(c, d))"},
      {"a ? b : c ? d : e", "if(a, b, if(c, d, e))"},
      {"x -> x + 1", "lambda(tuple(x), plus(x, 1))"},
  });
}

TEST(ExpressionParser, ChainsOfAndOrConcatBecomeOneCall) {
  expect_calls({
      {"a AND b AND c", "and(a, b, c)"},
      {"a AND (b AND c)", "and(a, and(b, c))"},
      {"(a OR b) OR c", "or(or(a, b), c)"},
      {"a || b || c", "concat(a, b, c)"},
      {"a || (b || c)", "concat(a, concat(b, c))"},
  });
}

TEST(ExpressionParser, OperatorsAreFunctions) {
  expect_calls({
      {"a == b", "equals(a, b)"},
      {"a <> b", "notEquals(a, b)"},
      {"a <=> b", "isNotDistinctFrom(a, b)"},
      {"a IS NOT DISTINCT FROM b", "isNotDistinctFrom(a, b)"},
      {"a IS DISTINCT FROM b", "isDistinctFrom(a, b)"},
      {"a IS TRUE", "isNotDistinctFrom(a, true)"},
      {"a is not null", "isNotNull(a)"},
      {"a NOT ILIKE 'x'", "notILike(a, 'x')"},
      {"a REGEXP 'x'", "match(a, 'x')"},
      {"a NOT IN (1, 2)", "notIn(a, (1, 2))"},
      {"a GLOBAL NOT IN b", "globalNotIn(a, b)"},
      {"(a, b) IN ((1, 2), (3, 4))", "in((a, b), ((1, 2), (3, 4)))"},
      {"+a", "a"},
      {"- -a", "negate(negate(a))"},
      {"x AT TIME ZONE 'UTC'", "toTimeZone(x, 'UTC')"},
  });
}

TEST(ExpressionParser, MinusBeforeANumberIsPartOfIt) {
  expect_calls({
      {"-1", "-1"},
      {"- 1", "-1"},
      {"2 - -1", "minus(2, -1)"},
      {"2-1", "minus(2, 1)"},
      {"-(1)", "negate(1)"},
      {"-(-2)", "negate(-2)"},
      {"-1.1 % 1", "modulo(-1.1, 1)"},
      {"-inf", "-inf"},
      {"a-1", "minus(a, 1)"},
  });
}

TEST(ExpressionParser, SpecialFormsAreCalls) {
  expect_calls({
      {"CASE WHEN a THEN b WHEN c THEN d END", "multiIf(a, b, c, d, NULL)"},
      {"CASE a WHEN 1 THEN 'b' ELSE 'c' END", "caseWithExpression(a, 1, 'b', 'c')"},
      {"DATE '2020-01-01'", "toDate('2020-01-01')"},
      {"TIMESTAMP '2020-01-01 00:00:00'", "toDateTime('2020-01-01 00:00:00')"},
      {"INTERVAL 1 DAY", "toIntervalDay(1)"},
      {"INTERVAL a + 1 HOURS", "toIntervalHour(plus(a, 1))"},
      {"INTERVAL -1 WEEK", "toIntervalWeek(-1)"},
      {"INTERVAL '1' DAY", "toIntervalDay('1')"},
      {"INTERVAL '2 day 3 hour'", "(toIntervalDay(2), toIntervalHour(3))"},
      {"now() - INTERVAL 1 DAY < a", "less(minus(now(), toIntervalDay(1)), a)"},
      {"EXTRACT(DAY FROM a)", "toDayOfMonth(a)"},
      {"EXTRACT(WEEK FROM a)", "toISOWeek(a)"},
      {"EXTRACT(DOW FROM a)", "toDayOfWeek(a, 2)"},
      {"extract(a, 'b')", "extract(a, 'b')"},
      {"SUBSTRING(a FROM 2 FOR 1)", "substring(a, 2, 1)"},
      {"SUBSTRING(a, 2, 1)", "substring(a, 2, 1)"},
      {"POSITION('a' IN b)", "position(b, 'a')"},
      {"position(a, 'b')", "position(a, 'b')"},
      {"TRIM(a)", "trimBoth(a)"},
      {"TRIM(LEADING 'x' FROM a)", "trimLeft(a, 'x')"},
      {"TRIM(TRAILING FROM a)", "trimRight(a)"},
      {"DATE_ADD(DAY, 1, a)", "plus(a, toIntervalDay(1))"},
      {"DATE_SUB(a, INTERVAL 1 DAY)", "minus(a, toIntervalDay(1))"},
      {"DATE_SUB(d, INTERVAL 1 DAY)", "minus(d, toIntervalDay(1))"},
      {"DATE_DIFF(DAY, a, b)", "dateDiff('day', a, b)"},
      {"timestamp_diff('hour', a, b)", "dateDiff('hour', a, b)"},
      {"count() FILTER (WHERE a > 1)", "countIf(greater(a, 1))"},
      {"count(*) FILTER (WHERE a > 1)", "countIf(greater(a, 1))"},
      {"sum(a) FILTER (WHERE b)", "sumIf(a, b)"},
  });
}

TEST(ExpressionParser, CastsLiteralsFromTheirOwnText) {
  expect_calls({
      {"1.10::Decimal(9,2)", "CAST('1.10', 'Decimal(9, 2)')"},
      {"-1::Int8", "CAST('-1', 'Int8')"},
      {"'1'::Int8", "CAST('1', 'Int8')"},
      {"[1, 2]::Array(Int8)", "CAST('[1, 2]', 'Array(Int8)')"},
      {"(1,'x')::Tuple(Int8, String)", "CAST('(1,\\'x\\')', 'Tuple(Int8, String)')"},
      {"NULL::Nullable(String)", "CAST(NULL, 'Nullable(String)')"},
      {"[a]::Array(Int8)", "CAST([a], 'Array(Int8)')"},
      {"a::Int8::String", "CAST(CAST(a, 'Int8'), 'String')"},
      {"CAST(1.1 AS Decimal(9,2))", "CAST(1.1, 'Decimal(9, 2)')"},
      {"cast(a as nullable(int))", "CAST(a, 'nullable(int)')"},
      {"CAST(a, 'Int8')", "CAST(a, 'Int8')"},
  });
}

TEST(ExpressionParser, TypesComeBackInCanonicalSpelling) {
  EXPECT_EQ(parse_type_text("Nullable( Decimal(18,4) )"), "Nullable(Decimal(18, 4))");
  EXPECT_EQ(parse_type_text("Enum8('a'=1,'b' = -2)"), "Enum8('a' = 1, 'b' = -2)");
  EXPECT_EQ(parse_type_text("Tuple(a UInt8,`b c` String)"), "Tuple(a UInt8, `b c` String)");
  EXPECT_EQ(parse_type_text("AggregateFunction(quantiles(0.5,0.9),UInt64)"),
            "AggregateFunction(quantiles(0.5, 0.9), UInt64)");
  EXPECT_EQ(parse_type_text("DateTime64(3,'UTC')"), "DateTime64(3, 'UTC')");
  EXPECT_EQ(parse_type_text("double precision"), "DOUBLE PRECISION");
  EXPECT_EQ(parse_type_text("int unsigned"), "INT UNSIGNED");
  EXPECT_EQ(parse_type_text("Map(String, Array(Nullable(Int8)))"),
            "Map(String, Array(Nullable(Int8)))");
  EXPECT_EQ(parse_type_text("varchar(10)"), "varchar(10)");
}

TEST(ExpressionParser, KeywordsMayBeColumns) {
  expect_calls({
      {"date + timestamp + interval + case + end + key + format + values",
       "plus(plus(plus(plus(plus(plus(plus(date, timestamp), interval), case), end), key), "
       "format), values)"},
      {"left(a, 1)", "left(a, 1)"},
      {"and(a, b)", "and(a, b)"},
      {"in(a, b)", "in(a, b)"},
      {"`from`", "from"},
      {"t.select", "t.select"},
  });
}

TEST(ExpressionParser, TellsTheKindsOfParentheses) {
  EXPECT_TRUE(as<FunctionCall>(parse_expression_text("(a, b)")));
  EXPECT_TRUE(as<FunctionCall>(parse_expression_text("(a,)")));
  EXPECT_TRUE(as<FunctionCall>(parse_expression_text("()")));
  EXPECT_TRUE(as<Identifier>(parse_expression_text("(a)")));
  EXPECT_TRUE(as<Subquery>(parse_expression_text("(SELECT 1)")));
  EXPECT_TRUE(as<Subquery>(parse_expression_text("((SELECT 1) UNION ALL (SELECT 2))")));
  EXPECT_TRUE(as<FunctionCall>(parse_expression_text("((SELECT 1) + 1)")));
  EXPECT_TRUE(as<Lambda>(parse_expression_text("(a, b) -> a")));
}

TEST(ExpressionParser, RecordsWhereThingsAreWritten) {
  const std::string_view sql = "foo + bar(baz)  AS x";
  const ExpressionPtr sum = parse_expression_text(sql);
  const auto text = [&](const ExpressionPtr& expression) {
    return sql.substr(expression->range.begin, expression->range.end - expression->range.begin);
  };
  EXPECT_EQ(text(sum), "foo + bar(baz)");
  EXPECT_EQ(text(as<FunctionCall>(sum)->arguments[0]), "foo");
  EXPECT_EQ(text(as<FunctionCall>(sum)->arguments[1]), "bar(baz)");
  EXPECT_EQ(sum->alias, "x");
}

TEST(ExpressionParser, ReplacesIdentifierParameters) {
  ParseOptions options;
  options.identifier_parameters = {{"t", "my table"}, {"c", "a"}};
  const Statement statement = parse_statement(
      "SELECT {c:Identifier}, {x:UInt8} FROM db.{t:Identifier} AS {c:Identifier}", options);
  EXPECT_EQ(to_sql(statement), "SELECT a, {x:UInt8} FROM db.`my table` AS a");
  try {
    parse_statement("SELECT {d:Identifier}", options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::UnknownQueryParameter);
    EXPECT_THAT(error.message(), HasSubstr("d"));
  }
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

ErrorCode code_of(const std::string& sql) {
  try {
    parse_expression_text(sql);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::LogicalError;
}

TEST(ExpressionParser, RefusesWhatIsTooDeepHoweverItIsWritten) {
  const std::size_t n = 100 * kQueryDepthMax;
  EXPECT_EQ(code_of(repeated("(", n) + "1" + repeated(")", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of(repeated("[", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of(repeated("f(", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of(repeated("NOT ", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of(repeated("- ", n) + "a"), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of(repeated("a ? ", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of(repeated("x -> ", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of(repeated("CASE ", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of(repeated("INTERVAL (", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of(repeated("(SELECT ", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of("1::" + repeated("Array(", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of("1" + repeated(" + 1", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of("a" + repeated("[1]", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of("a" + repeated("::Int8", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of("a" + repeated(" IS NULL", n)), ErrorCode::TooDeepRecursion);
  EXPECT_EQ(code_of("(SELECT 1" + repeated(" UNION ALL SELECT 1 EXCEPT SELECT 1", n) + ")"),
            ErrorCode::TooDeepRecursion);
}

TEST(ExpressionParser, LongFlatListsAreNotDeep) {
  const std::size_t n = 20 * kQueryDepthMax;
  EXPECT_EQ(parse_expression_text("a IN (1" + repeated(", 1", n) + ")")->height, 3u);
  EXPECT_EQ(parse_expression_text("a" + repeated(" AND a", n))->height, 2u);
  EXPECT_EQ(parse_expression_text("a" + repeated(" OR a", n))->height, 2u);
}

TEST(ExpressionParser, FourHundredLevelsAreFine) {
  const std::string sql = repeated("(1 + ", 400) + "1" + repeated(")", 400);
  EXPECT_EQ(parse_expression_text(sql)->height, 401u);
}

}  // namespace
}  // namespace freshet
