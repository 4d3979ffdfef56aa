#include "storage/column/decimal.h"

#include <gtest/gtest.h>

#include <cmath>

namespace freshet {
namespace {

// The decimal as it would be printed, or "none".
std::string reparsed(std::string_view text, uint32_t precision, uint32_t scale) {
  const std::optional<Int128> value = parse_decimal(text, precision, scale);
  if (!value) return "none";
  std::string out;
  append_decimal(out, *value, scale);
  return out;
}

TEST(Decimal, ReadsEverySpelling) {
  EXPECT_EQ(reparsed("1.5", 9, 2), "1.5");
  EXPECT_EQ(reparsed("-1.55", 9, 2), "-1.55");
  EXPECT_EQ(reparsed("+2", 9, 2), "2");
  EXPECT_EQ(reparsed(".5", 9, 2), "0.5");
  EXPECT_EQ(reparsed("1.", 9, 2), "1");
  EXPECT_EQ(reparsed("1e3", 9, 2), "1000");
  EXPECT_EQ(reparsed("1.5e-1", 9, 2), "0.15");
  EXPECT_EQ(reparsed("-0.05", 18, 4), "-0.05");
  EXPECT_EQ(reparsed("12345678901234567890.123", 38, 10), "12345678901234567890.123");
}

TEST(Decimal, CutsDigitsPastTheScale) {
  EXPECT_EQ(reparsed("1.555", 9, 2), "1.55");
  EXPECT_EQ(reparsed("-0.001", 9, 2), "0");
}

TEST(Decimal, RefusesWhatIsNoNumberOrTooLong) {
  for (const char* text : {"", "-", ".", "abc", "1.2.3", "1e", "1e99999", "1 "}) {
    EXPECT_EQ(reparsed(text, 9, 2), "none") << text;
  }
  EXPECT_EQ(reparsed("9999999.99", 9, 2), "9999999.99");
  EXPECT_EQ(reparsed("10000000", 9, 2), "none");
  EXPECT_EQ(reparsed("1e10", 9, 2), "none");
  EXPECT_EQ(reparsed(std::string(39, '9'), 38, 0), "none");
  EXPECT_EQ(reparsed(std::string(38, '9'), 38, 0), std::string(38, '9'));
  EXPECT_EQ(reparsed(std::string(60, '9'), 38, 0), "none");
}

TEST(Decimal, RescalingDetectsOverflow) {
  EXPECT_EQ(rescale_decimal(155, 2, 1), Int128{15});
  EXPECT_EQ(rescale_decimal(155, 2, 4), Int128{15500});
  EXPECT_EQ(rescale_decimal(power_of_ten(37), 0, 5), std::nullopt);
}

TEST(Decimal, ConvertsFromFloatsThatFit) {
  EXPECT_EQ(decimal_from_double(1.5, 9, 2), Int128{150});
  EXPECT_EQ(decimal_from_double(1e9, 9, 2), std::nullopt);
  EXPECT_EQ(decimal_from_double(std::nan(""), 9, 2), std::nullopt);
  EXPECT_EQ(decimal_to_double(150, 2), 1.5);
}

}  // namespace
}  // namespace freshet
