// Fifty clients insert one row at a time, each acknowledged when it is durable and visible: the
// rate and the times are printed; that nothing is refused, that every acknowledged row is seen at
// once and after SIGKILL, and that such inserts do not make files, is checked.
//
// FRESHET_WRITER_SECONDS sets how long they write (the default keeps the test run short).

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/environment.h"
#include "tests/system/server_process.h"

namespace freshet {
namespace {

using std::chrono::steady_clock;

constexpr size_t kWriters = 50;
constexpr uint16_t kPort = 18124;
// Every so many inserts, a writer asks on a second connection for the row just acknowledged.
constexpr uint64_t kInsertsPerLook = 20;
constexpr int kSegmentsMax = 16;

double milliseconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

struct Written {
  uint64_t rows = 0;
  std::vector<double> acknowledged_ms;
  std::vector<double> visible_ms;  // from the acknowledgement to the answer that shows the row
  std::string failure;
};

void write_rows(const ServerAddress& server, size_t writer, steady_clock::time_point until,
                Written& written) {
  HttpClient inserts(server);
  HttpClient selects(server);
  const std::string name = std::to_string(writer);
  while (steady_clock::now() < until) {
    const std::string number = std::to_string(written.rows);
    const auto start = steady_clock::now();
    const HttpAnswer inserted =
        inserts.post({{"query", "INSERT INTO events FORMAT TabSeparated"}}, {},
                     name + '\t' + number + "\tclick\t2024-03-01 10:00:00\n");
    if (inserted.status != 200) {
      written.failure = inserted.body;
      return;
    }
    written.acknowledged_ms.push_back(milliseconds_since(start));
    ++written.rows;
    if (written.rows % kInsertsPerLook != 0) continue;
    const auto acknowledged = steady_clock::now();
    const HttpAnswer seen = selects.post(
        {}, {}, "SELECT count() FROM events WHERE writer = " + name + " AND number = " + number);
    written.visible_ms.push_back(milliseconds_since(acknowledged));
    if (seen.body != "1\n") {
      written.failure = "row " + number + " is not seen: " + seen.body;
      return;
    }
  }
}

void print_quantiles(const char* what, std::vector<double> times_ms) {
  ASSERT_FALSE(times_ms.empty());
  std::sort(times_ms.begin(), times_ms.end());
  std::printf("%s: p50 %.2f ms, p99 %.2f ms, longest %.2f ms\n", what,
              times_ms[times_ms.size() / 2], times_ms[times_ms.size() * 99 / 100], times_ms.back());
}

TEST(SingleRowWriters, NothingIsRefusedOrLostAndNoFilesAreMade) {
  const int seconds = static_cast<int>(number_from_environment("FRESHET_WRITER_SECONDS", 2));
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("freshet_writers_" + std::to_string(getpid()));
  std::filesystem::remove_all(directory);
  ServerProcess server(FRESHET_BINARY, directory.string(), kPort);
  server.start();
  ASSERT_FALSE(HasFatalFailure());
  server.query(
      "CREATE TABLE events (writer UInt32, number UInt64, event LowCardinality(String), "
      "time DateTime) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (writer, number)");

  std::vector<Written> written(kWriters);
  const auto start = steady_clock::now();
  {
    std::vector<std::thread> writers;
    for (size_t writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back(write_rows, server.address(), writer,
                           start + std::chrono::seconds(seconds), std::ref(written[writer]));
    }
    for (std::thread& writer : writers) writer.join();
  }
  const double elapsed_ms = milliseconds_since(start);
  const std::string segments =
      server.query("SELECT count() FROM system.parts WHERE active AND table = 'events'");
  server.kill_now();
  server.start();
  ASSERT_FALSE(HasFatalFailure());

  uint64_t rows = 0;
  std::string expected;
  std::vector<double> acknowledged_ms;
  std::vector<double> visible_ms;
  for (size_t writer = 0; writer < kWriters; ++writer) {
    const Written& one = written[writer];
    EXPECT_EQ(one.failure, "") << "writer " << writer;
    rows += one.rows;
    expected += std::to_string(writer) + '\t' + std::to_string(one.rows) + '\t' +
                std::to_string(one.rows * (one.rows - 1) / 2) + '\n';
    acknowledged_ms.insert(acknowledged_ms.end(), one.acknowledged_ms.begin(),
                           one.acknowledged_ms.end());
    visible_ms.insert(visible_ms.end(), one.visible_ms.begin(), one.visible_ms.end());
  }
  EXPECT_EQ(server.query("SELECT writer, count(), sum(number) FROM events GROUP BY writer ORDER BY "
                         "writer"),
            expected);
  EXPECT_LE(std::atoi(segments.c_str()), kSegmentsMax);
  std::printf("%zu writers, %llu rows, %.0f rows/s, segments %s", kWriters,
              static_cast<unsigned long long>(rows), static_cast<double>(rows) * 1000 / elapsed_ms,
              segments.c_str());
  print_quantiles("INSERT of one row", acknowledged_ms);
  print_quantiles("SELECT that sees it", visible_ms);
  server.terminate();
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace freshet
