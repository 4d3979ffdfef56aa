// A server starts at once on what is in segments, and reads its log again after SIGKILL: both times
// are printed, that all rows are there is checked.
//
// FRESHET_RESTART_ROWS and FRESHET_RESTART_LOG_MB make it a load test.

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/support/environment.h"
#include "tests/system/server_process.h"

namespace freshet {
namespace {

constexpr uint16_t kPort = 18125;
constexpr uint64_t kInsertRows = 100'000;
// Each stays below the rows and bytes that are flushed, so that most rows are in the log alone.
constexpr int kLoggedTables = 8;
constexpr uint64_t kLoggedInsertRows = 20'000;

uint64_t bytes_below(const std::filesystem::path& directory) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

class Restart : public testing::Test {
 protected:
  Restart()
      : directory_(std::filesystem::temp_directory_path() /
                   ("freshet_restart_" + std::to_string(getpid()))),
        server_(FRESHET_BINARY, directory_.string(), kPort) {
    std::filesystem::remove_all(directory_);
  }
  ~Restart() override { std::filesystem::remove_all(directory_); }

  double start_ms() {
    const auto start = std::chrono::steady_clock::now();
    server_.start();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
  }

  const std::filesystem::path directory_;
  ServerProcess server_;
};

TEST_F(Restart, OpensSegmentsAtOnce) {
  const uint64_t rows = number_from_environment("FRESHET_RESTART_ROWS", 200'000);
  server_.start();
  ASSERT_FALSE(HasFatalFailure());
  server_.query(
      "CREATE TABLE events (id UInt64, time DateTime, user UInt32, url String) "
      "ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (user, time)");
  for (uint64_t first = 0; first < rows; first += kInsertRows) {
    server_.query(
        "INSERT INTO events SELECT number + " + std::to_string(first) +
        " AS id, toDateTime('2026-01-01 00:00:00') + id % 15000000, cityHash64(id) % 1000000, "
        "concat('/page/', toString(cityHash64(id, 1) % 5000)) FROM numbers(" +
        std::to_string(kInsertRows) + ")");
    ASSERT_FALSE(HasFailure());
  }
  const std::string facts = "SELECT count(), sum(id), sum(cityHash64(url)) FROM events";
  const std::string before = server_.query(facts);
  server_.terminate();
  const double elapsed_ms = start_ms();
  ASSERT_FALSE(HasFatalFailure());
  EXPECT_EQ(server_.query(facts), before);
  std::printf("start with %llu rows in segments, %llu MB: %.0f ms\n",
              static_cast<unsigned long long>(rows),
              static_cast<unsigned long long>(bytes_below(directory_) / 1'000'000), elapsed_ms);
  server_.terminate();
}

TEST_F(Restart, ReadsItsLogAgain) {
  const uint64_t log_mb = number_from_environment("FRESHET_RESTART_LOG_MB", 10);
  server_.start();
  ASSERT_FALSE(HasFatalFailure());
  for (int table = 0; table < kLoggedTables; ++table) {
    server_.query("CREATE TABLE t" + std::to_string(table) +
                  " (id UInt64, hash UInt64, text String) ENGINE = MergeTree ORDER BY id");
  }
  // 96 characters that no encoding makes short.
  std::string text = "concat(''";
  for (int part = 0; part < 6; ++part) {
    text += ", hex(cityHash64(id, " + std::to_string(part) + "))";
  }
  text += ")";
  const std::filesystem::path log = directory_ / "log";
  for (uint64_t first = 0; bytes_below(log) < log_mb * 1'000'000; first += kLoggedInsertRows) {
    for (int table = 0; table < kLoggedTables; ++table) {
      server_.query("INSERT INTO t" + std::to_string(table) + " SELECT number + " +
                    std::to_string(first) + " AS id, cityHash64(id), " + text + " FROM numbers(" +
                    std::to_string(kLoggedInsertRows) + ")");
      ASSERT_FALSE(HasFailure());
    }
  }
  std::string facts;
  for (int table = 0; table < kLoggedTables; ++table) {
    facts += std::string(table == 0 ? "" : " UNION ALL ") +
             "SELECT count(), sum(hash), sum(cityHash64(text)) FROM t" + std::to_string(table);
  }
  const std::string before = server_.query(facts);
  const uint64_t bytes = bytes_below(log);
  // A log of more than half a gigabyte is flushed, table after table.
  const std::string flushed =
      server_.query("SELECT uniqExact(table) FROM system.parts WHERE active");
  server_.kill_now();
  const double elapsed_ms = start_ms();
  ASSERT_FALSE(HasFatalFailure());
  EXPECT_EQ(server_.query(facts), before);
  std::printf("start after SIGKILL with a log of %llu MB: %.0f ms; tables flushed before: %s",
              static_cast<unsigned long long>(bytes / 1'000'000), elapsed_ms, flushed.c_str());
  server_.terminate();
}

}  // namespace
}  // namespace freshet
