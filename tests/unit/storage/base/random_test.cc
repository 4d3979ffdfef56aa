#include "storage/base/random.h"

#include <gtest/gtest.h>

namespace freshet {
namespace {

TEST(Random, ReplaysFromItsSeed) {
  Random first(42);
  Random second(42);
  for (int draw = 0; draw < 100; ++draw) EXPECT_EQ(first.next(), second.next());
}

TEST(Random, StaysBelowTheBoundAndReachesEveryValue) {
  Random random(1);
  int seen[10] = {};
  for (int draw = 0; draw < 10'000; ++draw) ++seen[random.below(10)];
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
}

}  // namespace
}  // namespace freshet
