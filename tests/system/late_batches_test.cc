// Batches of events come in no order of time, over thirty days of daily partitions: a late row must
// not make the store write its day anew. What was written for each byte is printed and bounded.
//
// FRESHET_BATCHES sets how many batches come (the default keeps the test run short).

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/support/environment.h"
#include "tests/system/whole_server.h"

namespace freshet {
namespace {

constexpr int kBatchRows = 10'000;
constexpr double kAmplificationMax = 5;
// Days are written by flushes of many batches: each day has a few segments, not one for each batch.
constexpr int kSegmentsPerDayMax = 12;

int batch_count() { return static_cast<int>(number_from_environment("FRESHET_BATCHES", 100)); }

// Half of a batch is of one day, as a source that was away sends it, and half of any day.
std::string batch_sql(int batch) {
  const std::string number = std::to_string(batch);
  const std::string rows = std::to_string(kBatchRows);
  return "INSERT INTO events SELECT " + number + " * " + rows +
         " + number AS id, toDateTime('2026-03-01 00:00:00', 'UTC') + 86400 * "
         "if(number % 2 = 0, cityHash64(" +
         number +
         ") % 30, cityHash64(id) % 30) + cityHash64(id, 1) % 86400 AS time, "
         "cityHash64(id, 2) % 100000 AS user, concat('/page/', toString(cityHash64(id, 3) % 5000)) "
         "AS url FROM numbers(" +
         rows + ")";
}

TEST(LateBatches, AreWrittenAFewTimesOnly) {
  // With little memory a flush comes every few dozen batches.
  WholeServer server("late_batches", "memory = \"256MiB\"\n");
  server.query(
      "CREATE TABLE events (id UInt64, time DateTime('UTC'), user UInt32, url String) "
      "ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY (user, time)");
  const int batches = batch_count();
  for (int batch = 0; batch < batches; ++batch) server.query(batch_sql(batch));
  while (server.query("SELECT count() FROM system.merges") != "0\n") std::this_thread::yield();

  const std::string rows = std::to_string(batches * kBatchRows);
  EXPECT_EQ(server.query("SELECT count() FROM events"), rows + "\n");
  // One set of all ids would not fit the memory; groups go to disk.
  EXPECT_EQ(server.query("SELECT uniqExact(id) FROM events"), rows + "\n");
  EXPECT_EQ(server.query("SELECT uniqExact(toDate(time)) FROM events"), "30\n");
  const std::string segments =
      server.query("SELECT count() FROM system.parts WHERE active AND table = 'events'");
  EXPECT_LE(std::atoi(segments.c_str()), 30 * kSegmentsPerDayMax);
  const std::string amplification = server.query(
      "SELECT value FROM system.asynchronous_metrics WHERE metric = 'store_write_amplification'");
  EXPECT_LT(std::atof(amplification.c_str()), kAmplificationMax);
  std::printf("%d batches of %d rows, segments %s", batches, kBatchRows, segments.c_str());
  std::printf("bytes written for each byte: %s", amplification.c_str());
}

}  // namespace
}  // namespace freshet
