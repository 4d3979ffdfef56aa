#include "storage/codec/string_set.h"

#include <gtest/gtest.h>

#include <string>

namespace freshet {
namespace {

TEST(StringSet, NumbersStringsInTheOrderOfTheirFirstUse) {
  StringSet set;
  EXPECT_EQ(set.find_or_add("b"), 0U);
  EXPECT_EQ(set.find_or_add(""), 1U);
  EXPECT_EQ(set.find_or_add("b"), 0U);
  EXPECT_EQ(set.find_or_add(std::string_view("b\0", 2)), 2U);
  EXPECT_EQ(set.size(), 3U);
  EXPECT_EQ(set.at(1), "");
  EXPECT_EQ(set.at(2), std::string_view("b\0", 2));
}

TEST(StringSet, FindsEverythingAfterGrowing) {
  StringSet set;
  for (uint32_t i = 0; i < 20'000; ++i) ASSERT_EQ(set.find_or_add("key " + std::to_string(i)), i);
  for (uint32_t i = 0; i < 20'000; ++i) ASSERT_EQ(set.find_or_add("key " + std::to_string(i)), i);
  EXPECT_EQ(set.size(), 20'000U);
}

}  // namespace
}  // namespace freshet
