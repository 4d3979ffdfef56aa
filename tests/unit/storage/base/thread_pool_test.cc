#include "storage/base/thread_pool.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <latch>

namespace freshet {
namespace {

TEST(ThreadPool, RunsEveryTaskBeforeItStops) {
  std::atomic<int> runs = 0;
  ThreadPool pool("test", 3, 4);
  for (int task = 0; task < 1000; ++task) {
    EXPECT_TRUE(pool.submit([&runs] { ++runs; }));
  }
  pool.stop();
  EXPECT_EQ(runs, 1000);
  EXPECT_FALSE(pool.submit([] {}));
}

TEST(ThreadPool, RefusesWhenTheQueueIsFull) {
  ThreadPool pool("test", 1, 2);
  std::latch started(1);
  std::latch release(1);
  pool.submit([&] {
    started.count_down();
    release.wait();
  });
  started.wait();
  EXPECT_TRUE(pool.try_submit([] {}));
  EXPECT_TRUE(pool.try_submit([] {}));
  EXPECT_FALSE(pool.try_submit([] {}));
  EXPECT_EQ(pool.queued(), 2U);
  release.count_down();
}

TEST(ThreadPool, NamesItsThreads) {
  std::string name(32, '\0');
  {
    ThreadPool pool("flush", 1);
    pool.submit([&name] { pthread_getname_np(pthread_self(), name.data(), name.size()); });
  }
  EXPECT_STREQ(name.c_str(), "flush-0");
}

}  // namespace
}  // namespace freshet
