#include "storage/column/value.h"

#include <gtest/gtest.h>

#include <limits>

namespace freshet {
namespace {

TEST(Value, NumbersCompareByValueAcrossKinds) {
  EXPECT_TRUE(compare_values(Value(uint64_t{5}), Value(int64_t{-1})) > 0);
  EXPECT_TRUE(compare_values(Value(int64_t{-1}), Value(std::numeric_limits<uint64_t>::max())) < 0);
  EXPECT_TRUE(compare_values(Value(uint64_t{2}), Value(2.5)) < 0);
  EXPECT_TRUE(compare_values(Value(-2.5), Value(int64_t{-2})) < 0);
  EXPECT_TRUE(compare_values(Value(Int128{7}), Value(uint64_t{7})) == 0);
  EXPECT_TRUE(compare_values(Value(~UInt128{0}), Value(Int128{-1})) > 0);
}

TEST(Value, BigIntegersCompareExactlyWithFloats) {
  const uint64_t above = (uint64_t{1} << 53) + 1;  // no double has this value
  EXPECT_TRUE(compare_values(Value(above), Value(9007199254740992.0)) > 0);
  EXPECT_TRUE(compare_values(Value(std::numeric_limits<uint64_t>::max()), Value(1e300)) < 0);
}

TEST(Value, NullIsLastAndNaNAfterNumbers) {
  const Value nan(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(compare_values(nan, Value(std::numeric_limits<double>::infinity())) > 0);
  EXPECT_TRUE(compare_values(nan, Value(uint64_t{1})) > 0);
  EXPECT_TRUE(compare_values(Value(), nan) > 0);
  EXPECT_TRUE(compare_values(Value(), Value()) == 0);
}

TEST(Value, ListsCompareElementByElement) {
  const Value a(ValueList{Value(uint64_t{1}), Value(uint64_t{2})});
  const Value b(ValueList{Value(uint64_t{1})});
  EXPECT_TRUE(compare_values(a, b) > 0);
  EXPECT_TRUE(compare_values(Value(std::string("a")), Value(std::string("b"))) < 0);
}

}  // namespace
}  // namespace freshet
