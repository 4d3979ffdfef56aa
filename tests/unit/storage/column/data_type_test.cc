#include "storage/column/data_type.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/column/time_zone.h"

namespace freshet {
namespace {

std::string canonical(std::string_view text) { return parse_data_type(text)->name(); }

ErrorCode code_of(std::string_view text) {
  try {
    parse_data_type(text);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "parsed: " << text;
  return ErrorCode::LogicalError;
}

TEST(DataType, NamesAreCanonical) {
  EXPECT_EQ(canonical("UInt8"), "UInt8");
  EXPECT_EQ(canonical(" Array( Nullable(UInt8) ) "), "Array(Nullable(UInt8))");
  EXPECT_EQ(canonical("Decimal(9,2)"), "Decimal(9, 2)");
  EXPECT_EQ(canonical("DateTime('UTC')"), "DateTime('UTC')");
  EXPECT_EQ(canonical("DateTime64(3,'Europe/Berlin')"), "DateTime64(3, 'Europe/Berlin')");
  EXPECT_EQ(canonical("FixedString(16)"), "FixedString(16)");
  EXPECT_EQ(canonical("Map(LowCardinality(String),Array(Nullable(UInt8)))"),
            "Map(LowCardinality(String), Array(Nullable(UInt8)))");
  EXPECT_EQ(canonical("IntervalDay"), "IntervalDay");
}

TEST(DataType, CanonicalNamesParseToEqualTypes) {
  for (const char* text :
       {"Bool", "Decimal(38, 10)", "Enum8('a\\'b' = 1, 'c\\t' = 2)", "Tuple(a UInt8, `b c` String)",
        "AggregateFunction(quantiles(0.5, 0.9), Float64)", "LowCardinality(Nullable(String))",
        "SimpleAggregateFunction(sum, Nullable(UInt64))", "Map(String, Array(Date32))"}) {
    EXPECT_EQ(canonical(text), text);
  }
}

TEST(DataType, SqlAliasesMeanClickHouseTypes) {
  EXPECT_EQ(canonical("varchar(255)"), "String");
  EXPECT_EQ(canonical("INT"), "Int32");
  EXPECT_EQ(canonical("int(11) unsigned"), "UInt32");
  EXPECT_EQ(canonical("BIGINT UNSIGNED"), "UInt64");
  EXPECT_EQ(canonical("double precision"), "Float64");
  EXPECT_EQ(canonical("NATIONAL CHARACTER LARGE OBJECT"), "String");
  EXPECT_EQ(canonical("boolean"), "Bool");
  EXPECT_EQ(canonical("numeric(10, 2)"), "Decimal(10, 2)");
  EXPECT_EQ(canonical("TIMESTAMP"), "DateTime");
  EXPECT_EQ(canonical("BINARY(4)"), "FixedString(4)");
  EXPECT_EQ(canonical("DateTime32('UTC')"), "DateTime('UTC')");
}

TEST(DataType, DefaultsFillMissingParameters) {
  EXPECT_EQ(canonical("Decimal"), "Decimal(10, 0)");
  EXPECT_EQ(canonical("Decimal(10)"), "Decimal(10, 0)");
  EXPECT_EQ(canonical("Decimal32(3)"), "Decimal(9, 3)");
  EXPECT_EQ(canonical("Decimal128(3)"), "Decimal(38, 3)");
  EXPECT_EQ(canonical("DateTime64"), "DateTime64(3)");
  EXPECT_EQ(canonical("DateTime(3)"), "DateTime64(3)");
}

TEST(DataType, EnumsNumberTheirEntriesAndSortThem) {
  EXPECT_EQ(canonical("Enum('a', 'b', 'c')"), "Enum8('a' = 1, 'b' = 2, 'c' = 3)");
  EXPECT_EQ(canonical("Enum('z' = 5, 'b')"), "Enum8('z' = 5, 'b' = 6)");
  EXPECT_EQ(canonical("Enum('z' = 500, 'b' = -1)"), "Enum16('b' = -1, 'z' = 500)");
  EXPECT_EQ(code_of("Enum8('a' = 1000)"), ErrorCode::ArgumentOutOfBound);
  EXPECT_EQ(code_of("Enum8('a' = 1, 'a' = 2)"), ErrorCode::SyntaxError);
  EXPECT_EQ(code_of("Enum8('a' = 1, 'b' = 1)"), ErrorCode::SyntaxError);
}

TEST(DataType, TupleNamesAreQuotedWhenTheyMust) {
  EXPECT_EQ(canonical("Tuple(a UInt8, \"b c\" Array(Int8))"), "Tuple(a UInt8, `b c` Array(Int8))");
  EXPECT_EQ(canonical("Tuple(double precision)"), "Tuple(Float64)");
  EXPECT_EQ(canonical("Nested(a UInt8, b String)"), "Array(Tuple(a UInt8, b String))");
  EXPECT_EQ(code_of("Tuple(a UInt8, String)"), ErrorCode::BadArguments);
}

TEST(DataType, PhysicalKindFollowsTheType) {
  EXPECT_EQ(parse_data_type("Decimal(9, 2)")->kind(), PhysicalKind::I32);
  EXPECT_EQ(parse_data_type("Decimal(18, 2)")->kind(), PhysicalKind::I64);
  EXPECT_EQ(parse_data_type("Decimal(19, 2)")->kind(), PhysicalKind::I128);
  EXPECT_EQ(parse_data_type("LowCardinality(Nullable(String))")->kind(), PhysicalKind::Nullable);
  EXPECT_EQ(parse_data_type("Map(String, UInt8)")->kind(), PhysicalKind::Array);
  EXPECT_EQ(parse_data_type("AggregateFunction(sum, UInt8)")->kind(), PhysicalKind::String);
  EXPECT_EQ(parse_data_type("SimpleAggregateFunction(sum, UInt64)")->id(), TypeId::UInt64);
}

TEST(DataType, AggregateKeepsFunctionAndArguments) {
  const DataTypePtr state = parse_data_type("AggregateFunction(quantile(0.5), Float64)");
  EXPECT_EQ(state->aggregate(), "quantile(0.5)");
  EXPECT_EQ(state->argument(0)->id(), TypeId::Float64);
  EXPECT_FALSE(state->is_simple_aggregate());
  const DataTypePtr simple = parse_data_type("SimpleAggregateFunction(max, UInt8)");
  EXPECT_EQ(simple->aggregate(), "max");
  EXPECT_TRUE(simple->is_simple_aggregate());
}

TEST(DataType, TimeZoneBelongsToTheType) {
  EXPECT_EQ(parse_data_type("DateTime")->time_zone(), nullptr);
  EXPECT_EQ(parse_data_type("DateTime('Asia/Tokyo')")->time_zone()->name(), "Asia/Tokyo");
  EXPECT_EQ(code_of("DateTime('Foo/Bar')"), ErrorCode::BadArguments);
  EXPECT_EQ(code_of("DateTime('../../etc/passwd')"), ErrorCode::BadArguments);
}

TEST(DataType, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(code_of("foo(3)"), ErrorCode::UnknownType);
  EXPECT_EQ(code_of("uint8"), ErrorCode::UnknownType);
  EXPECT_EQ(code_of("UInt8 x"), ErrorCode::SyntaxError);
  EXPECT_EQ(code_of("Array(Int8"), ErrorCode::SyntaxError);
  EXPECT_EQ(code_of("DateTime('UTC"), ErrorCode::SyntaxError);
  EXPECT_EQ(code_of("Int256"), ErrorCode::NotImplemented);
  EXPECT_EQ(code_of("Decimal(50, 2)"), ErrorCode::NotImplemented);
  EXPECT_EQ(code_of("Decimal(77, 2)"), ErrorCode::ArgumentOutOfBound);
  EXPECT_EQ(code_of("Nullable(Array(Int8))"), ErrorCode::IllegalTypeOfArgument);
  EXPECT_EQ(code_of("LowCardinality(Decimal(9, 2))"), ErrorCode::IllegalTypeOfArgument);
  std::string deep = "UInt8";
  for (int i = 0; i < 200; ++i) deep = "Array(" + deep + ")";
  EXPECT_EQ(code_of(deep), ErrorCode::SyntaxError);
}

TEST(DataType, NullableGoesInsideLowCardinality) {
  const DataTypePtr type = nullable_type(parse_data_type("LowCardinality(String)"));
  EXPECT_EQ(type->name(), "LowCardinality(Nullable(String))");
  EXPECT_TRUE(can_be_null(*type));
  EXPECT_EQ(without_nullable(type)->name(), "String");
}

}  // namespace
}  // namespace freshet
