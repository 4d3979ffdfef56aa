#include "storage/base/memory_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "storage/base/error.h"

namespace freshet {
namespace {

TEST(MemoryLease, GivesItsBytesBackWhenItDies) {
  MemoryBudget budget(1000);
  {
    MemoryLease lease(budget);
    lease.grow(600);
    EXPECT_EQ(budget.bytes(), 600U);
  }
  EXPECT_EQ(budget.bytes(), 0U);
}

TEST(MemoryLease, RefusesBeyondItsOwnLimit) {
  MemoryBudget budget(0);
  MemoryLease lease(budget, 10'000'000);
  lease.grow(6 << 20);
  try {
    lease.grow(4 << 20);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::MemoryLimitExceeded);
    EXPECT_EQ(error.message(),
              "Query memory limit exceeded: would use 10.00 MiB (attempt to allocate chunk of "
              "4.00 MiB), maximum: 9.54 MiB");
  }
  EXPECT_EQ(lease.bytes(), 6U << 20) << "a refused request changes nothing";
}

TEST(MemoryLease, RefusesBeyondTheProcessLimit) {
  MemoryBudget budget(1000);
  MemoryLease first(budget);
  MemoryLease second(budget);
  first.grow(700);
  EXPECT_FALSE(second.try_grow(400));
  EXPECT_EQ(second.bytes(), 0U);
  EXPECT_THROW(second.grow(400), Error);
  first.shrink(200);
  EXPECT_TRUE(second.try_grow(400));
  EXPECT_EQ(second.peak_bytes(), 400U);
}

TEST(MemoryReservation, IsOneConsumersPartOfTheLease) {
  MemoryBudget budget(0);
  MemoryLease lease(budget, 1000);
  {
    MemoryReservation table(lease);
    MemoryReservation buffer(lease);
    table.resize(600);
    EXPECT_FALSE(buffer.try_resize(500));
    table.resize(300);
    EXPECT_TRUE(buffer.try_resize(500));
    EXPECT_EQ(lease.bytes(), 800U);
  }
  EXPECT_EQ(lease.bytes(), 0U);
}

TEST(MemoryLease, NeverPassesTheLimitUnderThreads) {
  MemoryBudget budget(1000);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&budget] {
      MemoryLease lease(budget, 600);
      for (int round = 0; round < 10'000; ++round) {
        if (lease.try_grow(300)) lease.shrink(300);
        EXPECT_LE(budget.bytes(), 1000U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.bytes(), 0U);
}

}  // namespace
}  // namespace freshet
