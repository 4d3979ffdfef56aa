#include <gtest/gtest.h>

#include "storage/column/data_type.h"

namespace freshet {
namespace {

// The common type's name, or "none".
std::string common(const std::vector<std::string_view>& texts) {
  std::vector<DataTypePtr> types;
  for (const std::string_view text : texts) types.push_back(parse_data_type(text));
  const std::optional<DataTypePtr> found = common_type(types);
  return found ? (*found)->name() : "none";
}

TEST(CommonType, IntegersWidenToHoldBothSigns) {
  EXPECT_EQ(common({"UInt8", "UInt32"}), "UInt32");
  EXPECT_EQ(common({"UInt8", "Int8"}), "Int16");
  EXPECT_EQ(common({"UInt32", "Int8"}), "Int64");
  EXPECT_EQ(common({"Bool", "Int8"}), "Int16");
  EXPECT_EQ(common({"UInt64", "Int64"}), "none");
}

TEST(CommonType, FloatsWidenForWideIntegers) {
  EXPECT_EQ(common({"UInt16", "Float32"}), "Float32");
  EXPECT_EQ(common({"Int32", "Float32"}), "Float64");
  EXPECT_EQ(common({"Int64", "Float64"}), "Float64");
}

TEST(CommonType, DecimalsKeepDigitsOnBothSides) {
  EXPECT_EQ(common({"Decimal(9, 2)", "Decimal(18, 4)"}), "Decimal(18, 4)");
  EXPECT_EQ(common({"Decimal(9, 2)", "UInt8"}), "Decimal(9, 2)");
  EXPECT_EQ(common({"Decimal(9, 2)", "UInt64"}), "Decimal(38, 2)");
}

TEST(CommonType, StringsAndEnumsMeetInString) {
  EXPECT_EQ(common({"FixedString(3)", "String"}), "String");
  EXPECT_EQ(common({"Enum8('a' = 1)", "String"}), "String");
  EXPECT_EQ(common({"String", "UInt8"}), "none");
}

TEST(CommonType, DatesMeetInTheFinerType) {
  EXPECT_EQ(common({"Date", "DateTime('UTC')"}), "DateTime('UTC')");
  EXPECT_EQ(common({"Date", "Date32"}), "Date32");
  EXPECT_EQ(common({"DateTime", "DateTime64(6, 'UTC')"}), "DateTime64(6, 'UTC')");
}

TEST(CommonType, NullMakesNullable) {
  EXPECT_EQ(common({"UInt8", "Nullable(Nothing)"}), "Nullable(UInt8)");
  EXPECT_EQ(common({"Nullable(Int8)", "UInt16"}), "Nullable(Int32)");
  EXPECT_EQ(common({"Array(Int8)", "Nullable(Nothing)"}), "none");
  EXPECT_EQ(common({"Nothing", "UInt8"}), "UInt8");
}

TEST(CommonType, LowCardinalityStaysOnlyAmongItsOwn) {
  EXPECT_EQ(common({"LowCardinality(String)", "String"}), "String");
  EXPECT_EQ(common({"LowCardinality(String)", "LowCardinality(Nullable(String))"}),
            "LowCardinality(Nullable(String))");
}

TEST(CommonType, NestedTypesMeetElementByElement) {
  EXPECT_EQ(common({"Array(UInt8)", "Array(Int8)"}), "Array(Int16)");
  EXPECT_EQ(common({"Array(Nothing)", "Array(String)"}), "Array(String)");
  EXPECT_EQ(common({"Tuple(UInt8, String)", "Tuple(Int8, Nullable(String))"}),
            "Tuple(Int16, Nullable(String))");
  EXPECT_EQ(common({"Map(String, UInt8)", "Map(String, Int8)"}), "Map(String, Int16)");
  EXPECT_EQ(common({"Array(UInt8)", "UInt8"}), "none");
}

}  // namespace
}  // namespace freshet
