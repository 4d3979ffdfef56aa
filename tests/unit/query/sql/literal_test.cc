#include "query/sql/literal.h"

#include <gtest/gtest.h>

namespace freshet {
namespace {

LiteralValue number(std::string_view digits, bool negative = false) {
  return parse_number_literal(digits, negative).value;
}

TEST(Literal, IntegersAreUnsignedUnlessNegative) {
  EXPECT_EQ(number("0"), LiteralValue(uint64_t{0}));
  EXPECT_EQ(number("18446744073709551615"), LiteralValue(UINT64_MAX));
  EXPECT_EQ(number("0xFF"), LiteralValue(uint64_t{255}));
  EXPECT_EQ(number("0b101"), LiteralValue(uint64_t{5}));
  EXPECT_EQ(number("1_000"), LiteralValue(uint64_t{1000}));
  EXPECT_EQ(number("1", true), LiteralValue(int64_t{-1}));
  EXPECT_EQ(number("0", true), LiteralValue(uint64_t{0}));
  EXPECT_EQ(number("9223372036854775808", true), LiteralValue(INT64_MIN));
}

TEST(Literal, OtherNumbersAreDoubles) {
  EXPECT_EQ(number("1.5"), LiteralValue(1.5));
  EXPECT_EQ(number("1e3"), LiteralValue(1000.0));
  EXPECT_EQ(number("0x1.8p1"), LiteralValue(3.0));
  EXPECT_EQ(number("18446744073709551616"), LiteralValue(18446744073709551616.0));
  EXPECT_EQ(number("9223372036854775809", true), LiteralValue(-9223372036854775809.0));
  EXPECT_EQ(literal_name(parse_number_literal("1e999", false)), "inf");
}

TEST(Literal, KeepsTheDigitsForDecimals) {
  const Literal literal = parse_number_literal("0.12345678901234567890", true);
  EXPECT_EQ(literal.text, "-0.12345678901234567890");
  EXPECT_EQ(literal_sql(literal), "-0.12345678901234567890");
}

TEST(Literal, IsNamedAsClickHouseNamesIt) {
  EXPECT_EQ(literal_name(parse_number_literal("1.50", false)), "1.5");
  EXPECT_EQ(literal_name(parse_number_literal("1e3", false)), "1000.");
  EXPECT_EQ(literal_name(parse_number_literal("1.", false)), "1.");
  EXPECT_EQ(literal_name(parse_number_literal(".5", false)), "0.5");
  EXPECT_EQ(literal_name(parse_number_literal("1.23e5", false)), "123000.");
  EXPECT_EQ(literal_name(parse_number_literal("123456789.123", false)), "123456789.123");
  EXPECT_EQ(literal_name(parse_number_literal("0.000001", false)), "0.000001");
  EXPECT_EQ(literal_name(parse_number_literal("0.0000001", false)), "1e-7");
  EXPECT_EQ(literal_name(parse_number_literal("1e20", false)), "100000000000000000000.");
  EXPECT_EQ(literal_name(parse_number_literal("1.5e21", false)), "1.5e21");
  EXPECT_EQ(literal_name(parse_number_literal("18446744073709551616", false)),
            "18446744073709552000.");
  EXPECT_EQ(literal_name(parse_number_literal("0.0", true)), "-0.");
  EXPECT_EQ(literal_name(parse_number_literal("inf", true)), "-inf");
  EXPECT_EQ(literal_name(parse_number_literal("NaN", false)), "nan");
  EXPECT_EQ(literal_name(Literal{std::string("it's\n"), {}}), "'it\\'s\\n'");
}

TEST(Literal, NanEqualsNan) {
  EXPECT_TRUE(parse_number_literal("nan", false) == parse_number_literal("NaN", false));
}

}  // namespace
}  // namespace freshet
