#include "storage/column/column_filter.h"

#include <gtest/gtest.h>

namespace freshet {
namespace {

using Operator = ColumnCondition::Operator;

// Whether cells from 10 to 20 may satisfy the condition.
bool may_match(Operator op, std::vector<uint64_t> numbers) {
  ColumnCondition condition{0, op, {}};
  for (const uint64_t number : numbers) condition.values.emplace_back(number);
  return may_match_range(condition, Value(uint64_t{10}), Value(uint64_t{20}));
}

TEST(ColumnFilter, RangesThatCannotMatchArePruned) {
  EXPECT_TRUE(may_match(Operator::Equal, {10}));
  EXPECT_FALSE(may_match(Operator::Equal, {21}));
  EXPECT_TRUE(may_match(Operator::Less, {11}));
  EXPECT_FALSE(may_match(Operator::Less, {10}));
  EXPECT_TRUE(may_match(Operator::LessOrEqual, {10}));
  EXPECT_FALSE(may_match(Operator::Greater, {20}));
  EXPECT_TRUE(may_match(Operator::GreaterOrEqual, {20}));
  EXPECT_TRUE(may_match(Operator::In, {1, 15, 30}));
  EXPECT_FALSE(may_match(Operator::In, {1, 30}));
  EXPECT_FALSE(may_match(Operator::IsNull, {}));
  EXPECT_TRUE(may_match(Operator::IsNotNull, {}));
}

TEST(ColumnFilter, NotEqualPrunesOnlyRangesOfOneValue) {
  EXPECT_TRUE(may_match(Operator::NotEqual, {10}));
  const ColumnCondition condition{0, Operator::NotEqual, {Value(uint64_t{7})}};
  EXPECT_FALSE(may_match_range(condition, Value(uint64_t{7}), Value(uint64_t{7})));
}

TEST(ColumnFilter, ComparingWithNullMatchesNothing) {
  for (const Operator op : {Operator::Equal, Operator::NotEqual, Operator::Less}) {
    const ColumnCondition condition{0, op, {Value()}};
    EXPECT_FALSE(may_match_range(condition, Value(uint64_t{1}), Value(uint64_t{2})));
  }
}

}  // namespace
}  // namespace freshet
