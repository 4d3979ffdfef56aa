#include "storage/base/allocation_count.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace freshet {
namespace {

// What the objects made by `make` hold, and that nothing is left when they are gone.
template <class Make>
int64_t bytes_of(const Make& make) {
  const int64_t before = thread_allocated_bytes();
  int64_t held = 0;
  {
    const auto made = make();
    held = thread_allocated_bytes() - before;
  }
  EXPECT_EQ(thread_allocated_bytes(), before);
  return held;
}

TEST(AllocationCount, IsWhatNewHasTakenAndDeleteHasNotGivenBack) {
  const int64_t vector_bytes = bytes_of([] { return std::vector<uint64_t>(1000); });
  EXPECT_GE(vector_bytes, 8000);
  EXPECT_LT(vector_bytes, 8200);
  EXPECT_GE(bytes_of([] { return std::string(5000, 'x'); }), 5000);
  EXPECT_GE(bytes_of([] { return std::make_unique<char[]>(100); }), 100);
  const int64_t map_bytes = bytes_of([] {
    std::map<int, std::string> map;
    for (int i = 0; i < 100; ++i) map[i] = std::string(100, 'x');
    return map;
  });
  EXPECT_GT(map_bytes, 13'000);
  EXPECT_LT(map_bytes, 25'000);
}

TEST(AllocationCount, CountsAlignedBlocks) {
  struct alignas(64) Line {
    char bytes[64];
  };
  EXPECT_GE(bytes_of([] { return std::vector<Line>(10); }), 640);
  const auto line = std::make_unique<Line>();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(line.get()) % 64, 0u);
}

TEST(AllocationCount, CountsZeroedBlocks) {
  const int64_t before = thread_allocated_bytes();
  auto* cells = static_cast<uint64_t*>(allocate_zeroed(100, sizeof(uint64_t)));
  EXPECT_GE(thread_allocated_bytes() - before, 800);
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(cells[i], 0u);
  free_zeroed(cells);
  free_zeroed(nullptr);
  EXPECT_EQ(thread_allocated_bytes(), before);
}

TEST(AllocationCount, IsOfOneThread) {
  std::vector<char> block;
  int64_t in_thread = 0;
  const int64_t before = thread_allocated_bytes();
  std::thread thread([&] {
    const int64_t start = thread_allocated_bytes();
    block.resize(1'000'000);
    in_thread = thread_allocated_bytes() - start;
  });
  thread.join();
  EXPECT_GE(in_thread, 1'000'000);
  // The thread object itself is ours and small.
  EXPECT_LT(thread_allocated_bytes() - before, 10'000);
}

TEST(AllocationCount, LeavesAFailureToTheCaller) {
  // More than any machine has; volatile, so that the compiler does not see it.
  volatile size_t bytes = size_t{1} << 60;
  const int64_t before = thread_allocated_bytes();
  EXPECT_THROW(static_cast<void>(::operator new(bytes)), std::bad_alloc);
  EXPECT_EQ(::operator new(bytes, std::nothrow), nullptr);
  EXPECT_THROW(allocate_zeroed(bytes, 2), std::bad_alloc);
  EXPECT_EQ(thread_allocated_bytes(), before);
}

}  // namespace
}  // namespace freshet
