#include "query/aggregate/top_counters.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "storage/base/random.h"

namespace freshet {
namespace {

constexpr size_t kCountersMax = 30;

// Ten keys come often, the rest of 10,000 hardly ever.
class Stream {
 public:
  explicit Stream(uint64_t seed) : random_(seed) {}

  uint64_t next() { return random_.below(3) == 0 ? random_.below(10) : 10 + random_.below(10'000); }

 private:
  Random random_;
};

TEST(TopCounters, AreExactForFewKeys) {
  TopCounters<std::string> counters;
  std::map<std::string, uint64_t> times;
  Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const std::string key = "key " + std::to_string(random.below(kCountersMax));
    counters.add(std::string_view(key), 1, kCountersMax);
    ++times[key];
  }
  EXPECT_EQ(counters.size(), times.size());
  for (const auto* counter : counters.counters()) {
    EXPECT_EQ(counter->count, times[counter->key]);
    EXPECT_EQ(counter->error, 0u);
  }
}

TEST(TopCounters, FindWhatComesOftenAndBoundTheError) {
  TopCounters<uint64_t> counters;
  std::map<uint64_t, uint64_t> times;
  Stream stream(2);
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t key = stream.next();
    counters.add(key, 1, kCountersMax);
    ++times[key];
  }
  EXPECT_EQ(counters.size(), kCountersMax);
  size_t often = 0;
  for (const auto* counter : counters.counters()) often += counter->key < 10;
  EXPECT_EQ(often, 10u);
  // A count is never too small. (What the filter gathered is of several keys together.)
  for (const auto* counter : counters.counters()) EXPECT_GE(counter->count, times[counter->key]);
}

TEST(TopCounters, MergeLikeOneStream) {
  TopCounters<uint64_t> all;
  std::map<uint64_t, uint64_t> times;
  for (uint64_t seed = 10; seed < 15; ++seed) {
    TopCounters<uint64_t> part;
    Stream stream(seed);
    for (int i = 0; i < 20'000; ++i) {
      const uint64_t key = stream.next();
      part.add(key, 1, kCountersMax);
      ++times[key];
    }
    all.merge(part, kCountersMax);
    EXPECT_LE(all.size(), kCountersMax);
  }
  size_t often = 0;
  for (const auto* counter : all.counters()) {
    if (counter->key >= 10) continue;
    ++often;
    EXPECT_GE(counter->count, times[counter->key]);
  }
  EXPECT_EQ(often, 10u);
}

TEST(TopCounters, MergeWithNothingChangesNothing) {
  TopCounters<uint64_t> some;
  for (uint64_t key = 0; key < 5; ++key) some.add(key, key + 1, kCountersMax);
  some.merge({}, kCountersMax);
  TopCounters<uint64_t> none;
  none.merge(some, kCountersMax);
  for (const auto* counters : {&some, &none}) {
    EXPECT_EQ(counters->size(), 5u);
    for (const auto* counter : counters->counters()) EXPECT_EQ(counter->count, counter->key + 1);
  }
}

}  // namespace
}  // namespace freshet
