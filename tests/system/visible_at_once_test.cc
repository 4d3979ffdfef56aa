// An acknowledged row is visible to the next SELECT, on whatever connection.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/system/whole_server.h"

namespace freshet {
namespace {

using std::chrono::steady_clock;

double milliseconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

void print_quantiles(const char* what, std::vector<double>& times_ms) {
  std::sort(times_ms.begin(), times_ms.end());
  std::printf("%s: p50 %.2f ms, p99 %.2f ms\n", what, times_ms[times_ms.size() / 2],
              times_ms[times_ms.size() * 99 / 100]);
}

TEST(VisibleAtOnce, EveryInsertToTheSelectThatFollowsIt) {
  constexpr size_t kInserts = 1'000;
  WholeServer server("visible");
  server.query("CREATE TABLE events (id UInt64, text String) ENGINE = MergeTree ORDER BY id");
  server.query(
      "CREATE MATERIALIZED VIEW totals ENGINE = SummingMergeTree ORDER BY tuple() AS "
      "SELECT count() AS row_count, sum(id) AS total FROM events");
  HttpClient writer(server.address());
  HttpClient reader(server.address());
  std::vector<double> insert_ms;
  std::vector<double> select_ms;
  size_t total = 0;
  for (size_t i = 1; i <= kInserts; ++i) {
    total += i;
    const std::string id = std::to_string(i);
    const auto insert_start = steady_clock::now();
    const HttpAnswer inserted = writer.post({{"query", "INSERT INTO events FORMAT TabSeparated"}},
                                            {}, id + "\tevent " + id + "\n");
    insert_ms.push_back(milliseconds_since(insert_start));
    ASSERT_EQ(inserted.status, 200) << inserted.body;

    const auto select_start = steady_clock::now();
    const HttpAnswer seen = reader.post({}, {},
                                        "SELECT count(), anyIf(text, id = " + id +
                                            "), (SELECT sum(total) FROM totals) FROM events");
    select_ms.push_back(milliseconds_since(select_start));
    ASSERT_EQ(seen.body, id + "\tevent " + id + "\t" + std::to_string(total) + "\n");
  }
  print_quantiles("INSERT of one row", insert_ms);
  print_quantiles("SELECT that sees it", select_ms);
}

}  // namespace
}  // namespace freshet
