#include <gtest/gtest.h>

#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"

namespace freshet {
namespace {

struct Header {
  std::string_view sql;
  std::string_view name;
};

// Headers that ClickHouse 26.7 prints for these expressions (TSVWithNames, unescaped).
constexpr Header kHeaders[] = {
    {"a + 1", "plus(a, 1)"},
    {"count(*)", "count()"},
    {"COUNT(*)", "COUNT()"},
    {"Count(1)", "Count(1)"},
    {"count(DISTINCT a)", "countDistinct(a)"},
    {"COUNT(DISTINCT a)", "COUNTDistinct(a)"},
    {"count(DISTINCT a, a + 1)", "countDistinct(a, plus(a, 1))"},
    {"sum(DISTINCT a)", "sumDistinct(a)"},
    {"quantile(0.9)(a)", "quantile(0.9)(a)"},
    {"x = 1 AND y", "and(equals(x, 1), y)"},
    {"'abc'", "'abc'"},
    {"'it''s'", "'it\\'s'"},
    {"'a\\tb\\\\'", "'a\\tb\\\\'"},
    {"'\\0'", "'\\0'"},
    {"'q\"x'", "'q\"x'"},
    {"-1", "-1"},
    {"-0", "0"},
    {"1.0", "1."},
    {"0x1F", "31"},
    {"NULL", "NULL"},
    {"TRUE", "true"},
    {"CAST(x AS Int8)", "CAST(x, 'Int8')"},
    {"x::Int8", "CAST(x, 'Int8')"},
    {"CAST('a' AS Enum8('a'=1))", "CAST('a', 'Enum8(\\'a\\' = 1)')"},
    {"CAST(1 AS x, 'UInt8')", "CAST(x, 'UInt8')"},
    {"[1,2]", "[1, 2]"},
    {"array(1, 2)", "[1, 2]"},
    {"[a, 1]", "[a, 1]"},
    {"(1,2)", "(1, 2)"},
    {"tuple(1, 2)", "(1, 2)"},
    {"(a, 1)", "(a, 1)"},
    {"(1,)", "(1)"},
    {"[]", "[]"},
    {"map('a', 1)['a']", "arrayElement(map('a', 1), 'a')"},
    {"(1, 2).1", "tupleElement((1, 2), 1)"},
    {"t.a", "t.a"},
    {"a AS b", "b"},
    {"(a AS y) + 1", "plus(y, 1)"},
    {"[5 AS f]", "[f]"},
    {"`x y` + 1", "plus(x y, 1)"},
    {"arrayMap(x -> x + 1, [1])", "arrayMap(lambda(tuple(x), plus(x, 1)), [1])"},
    {"arrayMap((x, y) -> x + y, a, b)", "arrayMap(lambda(tuple(x, y), plus(x, y)), a, b)"},
    {"IF(1, 2, 3)", "IF(1, 2, 3)"},
    {"UPPER('a')", "UPPER('a')"},
    {"LTRIM('a')", "trimLeft('a')"},
    {"first_value(a) RESPECT NULLS", "first_value(a)"},
    {"sum(a) OVER ()", "sum(a) OVER ()"},
    {"row_number() OVER w", "row_number() OVER w"},
    {"sum(a) OVER (PARTITION BY a ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
     "sum(a) OVER (PARTITION BY a ORDER BY a ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT "
     "ROW)"},
    {"sum(a) OVER (ORDER BY a RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING)",
     "sum(a) OVER (ORDER BY a ASC RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING)"},
    {"sum(a) OVER (w ROWS UNBOUNDED PRECEDING)",
     "sum(a) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"},
    {"sum(a) OVER (PARTITION BY a, b ORDER BY a DESC NULLS FIRST, b)",
     "sum(a) OVER (PARTITION BY a, b ORDER BY a DESC NULLS FIRST, b ASC)"},
};

TEST(ColumnName, IsClickHousesHeader) {
  for (const auto& [sql, name] : kHeaders) {
    EXPECT_EQ(column_name(*parse_expression_text(sql)), name) << sql;
  }
}

}  // namespace
}  // namespace freshet
