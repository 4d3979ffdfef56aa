// Rollups are made and dropped while eight writers insert: no INSERT is refused, and each query
// finds in the rollup what it finds in the rows of the same moment.
//
// FRESHET_ROLLUP_ROUNDS sets how often (the default keeps the test run short). The longest INSERT
// is printed, not judged.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/environment.h"
#include "tests/unit/query/engine/engine_under_load.h"

namespace freshet {
namespace {

constexpr int kWriters = 8;
// Writers go on with small batches when there are so many rows: more are slow, not different.
constexpr uint64_t kRowsMax = 150'000;

// The left side is answered from the rollup, wherever that is there; the right side cannot be.
constexpr const char* kQuestion =
    "SELECT (a.c, a.s) = (b.c, b.s), a.c FROM (SELECT count() AS c, sum(v) AS s FROM t WHERE k < "
    "50) "
    "AS a, (SELECT countIf(id >= 0) AS c, sum(id) * 3 AS s FROM t WHERE id % 100 < 50) AS b";

class RollupsUnderLoad : public EngineUnderLoad {
 protected:
  RollupsUnderLoad() : EngineUnderLoad(5'000, 50'000) {
    run(engine_, "CREATE TABLE t (id UInt64, k UInt8, v UInt64) ORDER BY id");
  }
  ~RollupsUnderLoad() override {
    stopping_ = true;
    for (std::thread& writer : writers_) writer.join();
  }

  void begin_to_write() {
    for (int writer = 0; writer < kWriters; ++writer) {
      writers_.emplace_back([this, writer] {
        try {
          while (!stopping_) insert(writer);
        } catch (const std::exception& error) {
          ADD_FAILURE() << error.what();
        }
      });
    }
  }

  void insert(int writer) {
    const uint64_t rows = next_ < kRowsMax ? 50 : 2;
    const uint64_t first = next_.fetch_add(rows);
    const auto begun = std::chrono::steady_clock::now();
    run(engine_, "INSERT INTO t SELECT number + " + std::to_string(first) +
                     " AS i, i % 100, i * 3 FROM numbers(" + std::to_string(rows) + ")");
    const int64_t ns = (std::chrono::steady_clock::now() - begun) / std::chrono::nanoseconds(1);
    longest_ns_[static_cast<size_t>(writer)] =
        std::max(longest_ns_[static_cast<size_t>(writer)], ns);
  }

  uint64_t check() {
    const std::string answer = run(engine_, kQuestion);
    EXPECT_TRUE(answer.starts_with("1\t")) << answer;
    return std::stoull(answer.substr(2));
  }

  std::atomic<uint64_t> next_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> writers_;
  std::vector<int64_t> longest_ns_ = std::vector<int64_t>(kWriters, 0);
};

TEST_F(RollupsUnderLoad, AreMadeAndDropped) {
  begin_to_write();
  const uint64_t rounds = number_from_environment("FRESHET_ROLLUP_ROUNDS", 3);
  for (uint64_t round = 0; round < rounds && !HasFailure(); ++round) {
    // Some rows of each round have to be in segments before the rollup comes.
    const uint64_t rows = next_ + 2'000;
    while (next_ < rows && !HasFailure()) check();
    run(engine_, "CREATE ROLLUP r ON t (SELECT k, count(), sum(v) GROUP BY k)");
    for (int query = 0; query < 10; ++query) check();
    run(engine_, "ALTER TABLE t MATERIALIZE PROJECTION r");
    // Now it can be, but for the newest rows.
    run(engine_, "SELECT count(), sum(v) FROM t WHERE k < 50 SETTINGS force_rollups = 1");
    for (int query = 0; query < 10; ++query) check();
    run(engine_, "DROP ROLLUP r ON t");
    check();
  }
  stopping_ = true;
  for (std::thread& writer : writers_) writer.join();
  writers_.clear();
  EXPECT_EQ(run(engine_, "SELECT count(), uniqExact(id) FROM t"),
            std::to_string(next_) + "\t" + std::to_string(next_) + "\n");
  std::printf("%llu rows, longest INSERT %.1f ms\n", static_cast<unsigned long long>(next_),
              static_cast<double>(*std::ranges::max_element(longest_ns_)) * 1e-6);
}

}  // namespace
}  // namespace freshet
