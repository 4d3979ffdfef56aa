// A table with a unique key answers as fast as a plain one right after its rows were replaced: the
// times are printed, in turn for both tables; that both hold the same is checked.
//
// FRESHET_UPSERT_ROWS makes it a load test; a tenth of them is replaced.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/support/environment.h"
#include "tests/system/whole_server.h"

namespace freshet {
namespace {

using std::chrono::steady_clock;

constexpr uint64_t kInsertRows = 250'000;
constexpr uint64_t kReplaceRows = 10'000;
constexpr int kTries = 21;

double milliseconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

// `times` has one value for each call so far.
std::string timed(HttpClient& client, const std::string& sql, std::vector<double>& times) {
  const auto start = steady_clock::now();
  const HttpAnswer answer = client.post({}, {}, sql);
  times.push_back(milliseconds_since(start));
  EXPECT_EQ(answer.status, 200) << answer.body;
  return answer.body;
}

double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

TEST(Upsert, CostsReadersNothing) {
  const uint64_t rows = number_from_environment("FRESHET_UPSERT_ROWS", 500'000);
  WholeServer server("upsert");
  server.query(
      "CREATE TABLE upserted (k UInt64, x UInt64) ENGINE = MergeTree ORDER BY k UNIQUE KEY k");
  server.query("CREATE TABLE plain (k UInt64, x UInt64) ENGINE = MergeTree ORDER BY k");
  // Keys come in no order.
  const auto insert = [&](const std::string& table, uint64_t first, uint64_t count,
                          const std::string& x) {
    server.query("INSERT INTO " + table + " SELECT (number + " + std::to_string(first) +
                 ") * 2654435761 % 4294967296 AS k, " + x + " FROM numbers(" +
                 std::to_string(count) + ")");
    ASSERT_FALSE(testing::Test::HasFailure());
  };
  const auto start = steady_clock::now();
  for (uint64_t first = 0; first < rows; first += kInsertRows) {
    insert("upserted", first, std::min(kInsertRows, rows - first), "k % 1000");
  }
  const double load_ms = milliseconds_since(start);
  const auto start_plain = steady_clock::now();
  for (uint64_t first = 0; first < rows; first += kInsertRows) {
    insert("plain", first, std::min(kInsertRows, rows - first), "k % 1000");
  }
  const double load_plain_ms = milliseconds_since(start_plain);

  // Every tenth batch of keys is replaced, far from each other.
  const auto start_replacing = steady_clock::now();
  const uint64_t replaced = rows / 10;
  for (uint64_t done = 0; done < replaced; done += kReplaceRows) {
    insert("upserted", done * 10, std::min(kReplaceRows, replaced - done), "k % 1000 + 1");
  }
  const double replace_ms = milliseconds_since(start_replacing);

  HttpClient client(server.address());
  std::vector<double> upserted_ms;
  std::vector<double> plain_ms;
  std::string upserted;
  std::string plain;
  for (int i = 0; i < kTries; ++i) {
    upserted = timed(client, "SELECT count(), sum(x) FROM upserted", upserted_ms);
    plain = timed(client, "SELECT count(), sum(x) + " + std::to_string(replaced) + " FROM plain",
                  plain_ms);
  }
  EXPECT_EQ(upserted, plain);
  EXPECT_EQ(server.query("SELECT uniqExact(k), countIf(x = k % 1000 + 1) FROM upserted"),
            std::to_string(rows) + "\t" + std::to_string(replaced) + "\n");
  std::printf("%llu rows loaded: %.0f rows/s by unique key, %.0f plain\n",
              static_cast<unsigned long long>(rows), static_cast<double>(rows) * 1000 / load_ms,
              static_cast<double>(rows) * 1000 / load_plain_ms);
  std::printf("%llu rows replaced: %.0f rows/s\n", static_cast<unsigned long long>(replaced),
              static_cast<double>(replaced) * 1000 / replace_ms);
  std::printf(
      "SELECT count(), sum(x): first %.2f ms, median %.2f ms; plain first %.2f ms, median "
      "%.2f ms; ratio of medians %.2f\n",
      upserted_ms[0], median(upserted_ms), plain_ms[0], median(plain_ms),
      median(upserted_ms) / median(plain_ms));
}

}  // namespace
}  // namespace freshet
