// Queries whose groups, rows and joins are larger than their memory answer over HTTP what they
// answer with all memory. Times and bytes on disk are printed; the answers are compared.
//
// FRESHET_SPILL_ROWS=10000000 makes it a load test, with 300 MB for each query.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>

#include "tests/support/environment.h"
#include "tests/system/whole_server.h"

namespace freshet {
namespace {

class Spill : public testing::Test {
 protected:
  struct Outcome {
    uint64_t row_bytes = 0;
    uint64_t hash = 0;
    uint64_t temporary_bytes = 0;
    double seconds = 0;
  };

  // `memory` 0: all that the server has.
  Outcome run(const std::string& sql, uint64_t memory) {
    HttpClient client(server_.address());
    Outcome outcome;
    const uint64_t bytes_before = bytes_written();
    const auto start = std::chrono::steady_clock::now();
    const HttpAnswer answer = client.post(
        {{"max_memory_usage", std::to_string(memory)}}, {}, sql, [&](std::string_view piece) {
          outcome.row_bytes += piece.size();
          // Pieces are cut anywhere: byte by byte.
          for (const char c : piece) {
            outcome.hash = (outcome.hash ^ static_cast<uint8_t>(c)) * 0x100000001B3ULL;
          }
        });
    EXPECT_EQ(answer.status, 200) << sql << "\n" << answer.body;
    EXPECT_TRUE(answer.complete) << sql;
    outcome.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    outcome.temporary_bytes = bytes_written() - bytes_before;
    return outcome;
  }

  uint64_t bytes_written() const {
    return std::stoull(
        server_.query("SELECT sum(value) FROM system.events WHERE event = "
                      "'ExternalProcessingCompressedBytesTotal'"));
  }

  void expect_same(const char* what, const std::string& sql, uint64_t memory) {
    const Outcome whole = run(sql, 0);
    const Outcome spilled = run(sql, memory);
    EXPECT_EQ(spilled.row_bytes, whole.row_bytes) << what;
    EXPECT_EQ(spilled.hash, whole.hash) << what;
    EXPECT_GT(spilled.temporary_bytes, 0u) << what;
    EXPECT_EQ(whole.temporary_bytes, 0u) << what;
    EXPECT_EQ(files_on_disk(), 0u) << what;
    std::printf("%-28s in memory %6.2f s, on disk %6.2f s and %8.1f MB\n", what, whole.seconds,
                spilled.seconds, static_cast<double>(spilled.temporary_bytes) / 1e6);
    std::fflush(stdout);
  }

  size_t files_on_disk() const {
    const std::filesystem::path folder = server_.directory() / "tmp";
    if (!std::filesystem::exists(folder)) return 0;
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
  }

  WholeServer server_{"spill"};
  const uint64_t rows_ = number_from_environment("FRESHET_SPILL_ROWS", 300'000);
  const uint64_t memory_ = std::max<uint64_t>(12'000'000, rows_ * 30);
  const std::string numbers_ = "numbers(" + std::to_string(rows_) + ")";
};

TEST_F(Spill, GroupsMoreKeysThanTheMemoryHas) {
  const std::string key = "number * 7919 % " + std::to_string(rows_ * 3 / 4 + 1);
  const std::string over = " FROM " + numbers_ + " GROUP BY ";
  expect_same("UInt64, count",
              "SELECT count(), sum(c), sum(cityHash64(k, c)) FROM (SELECT " + key +
                  " AS k, count() AS c" + over + "k)",
              memory_);
  expect_same("UInt64, count sum avg",
              "SELECT count(), sum(cityHash64(k, c, s, a)) FROM (SELECT " + key +
                  " AS k, count() AS c, sum(number) AS s, avg(number) AS a" + over + "k)",
              memory_);
  expect_same("(UInt64, UInt32), count sum",
              "SELECT count(), sum(cityHash64(k, l, c, s)) FROM (SELECT " + key +
                  " AS k, toUInt32(number % 3) AS l, count() AS c, sum(number) AS s" + over +
                  "k, l)",
              memory_);
  expect_same("String, count sum avg",
              "SELECT count(), sum(cityHash64(k, c, s, a)) FROM (SELECT concat('key ', toString(" +
                  key + ")) AS k, count() AS c, sum(number) AS s, avg(number) AS a" + over + "k)",
              memory_);
  expect_same("UInt64, uniq groupArray",
              "SELECT count(), sum(cityHash64(k, u, a)) FROM (SELECT " + key +
                  " AS k, uniq(number) AS u, arraySort(groupArray(number)) AS a" + over + "k)",
              memory_);
  expect_same("top 10 of String",
              "SELECT concat('key ', toString(" + key + ")) AS k, count() AS c" + over +
                  "k ORDER BY c DESC, k LIMIT 10",
              memory_);
}

TEST_F(Spill, SortsMoreRowsThanTheMemoryHas) {
  expect_same("ORDER BY, four columns",
              "SELECT number * 7919 % 1000003 AS k, toString(number) AS s, number / 7 AS f, "
              "concat('some longer text for ', s) AS t FROM " +
                  numbers_ + " ORDER BY k, s",
              memory_);
  expect_same("ORDER BY String DESC",
              "SELECT toString(number * 7919 % 1000003) AS s, number, number % 256 AS b FROM " +
                  numbers_ + " ORDER BY s DESC, number",
              memory_);
}

TEST_F(Spill, JoinsMoreRowsThanTheMemoryHas) {
  const std::string right =
      "(SELECT number * 3 AS k, number % 1000 AS x, toString(number) AS s FROM " + numbers_ +
      ") AS r";
  for (const std::string kind : {"INNER", "LEFT", "FULL"}) {
    expect_same(
        (kind + " JOIN").c_str(),
        "SELECT count(), sum(l.k), sum(r.k), sum(x), sum(length(s)), sum(cityHash64(l.k, s)) "
        "FROM (SELECT number AS k FROM " +
            numbers_ + ") AS l " + kind + " JOIN " + right + " ON l.k = r.k",
        memory_);
  }
}

TEST_F(Spill, AQueryThatFailsIsAloneAndLeavesNoFile) {
  HttpClient client(server_.address());
  const HttpAnswer answer = client.post(
      {{"max_memory_usage", "8000000"}}, {},
      "SELECT number % 3 AS k, length(groupArray(number)) FROM numbers(3000000) GROUP BY k");
  EXPECT_EQ(answer.header("x-clickhouse-exception-code"), "241") << answer.body;
  EXPECT_EQ(files_on_disk(), 0u);
  EXPECT_EQ(server_.query("SELECT count() FROM numbers(10)"), "10\n");
}

}  // namespace
}  // namespace freshet
