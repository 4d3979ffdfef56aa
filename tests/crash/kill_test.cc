// Kills a real server with SIGKILL at random moments under concurrent writers, many rounds, and
// checks after each restart that every acknowledged batch is there exactly once and whole, in the
// table and in the materialized view that follows it.
//
// FRESHET_KILL_ROUNDS sets the number of rounds (the default keeps the test run short).

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "client/http_client.h"
#include "storage/base/error.h"
#include "storage/base/random.h"
#include "tests/support/environment.h"
#include "tests/system/server_process.h"

namespace freshet {
namespace {

constexpr size_t kWriters = 8;
constexpr uint16_t kPort = 18123;

struct Batch {
  uint64_t rows = 0;
  bool acknowledged = false;
};

// What one writer sent, by batch number.
using Sent = std::map<uint64_t, Batch>;

void write_until_killed(const ServerAddress& server, size_t writer, uint64_t seed, Sent& sent) {
  Random random(seed);
  HttpClient client(server);
  uint64_t number = sent.empty() ? 0 : sent.rbegin()->first + 1;
  try {
    for (;; ++number) {
      // Mostly single rows and small batches, now and then a large one.
      const uint64_t rows = random.chance(0.03) ? 20'000 : 1 + random.below(20);
      std::string body;
      for (uint64_t k = 0; k < rows; ++k) {
        body += std::to_string(writer) + '\t' + std::to_string(number) + '\t' + std::to_string(k) +
                "\tsome text of row " + std::to_string(k) + '\n';
      }
      sent[number] = {rows, false};
      const HttpAnswer answer =
          client.post({{"query", "INSERT INTO rows FORMAT TabSeparated"}}, {}, body);
      if (answer.status != 200 || !answer.complete) {
        ADD_FAILURE() << answer.body;
        return;
      }
      sent[number].acknowledged = true;
    }
  } catch (const Error&) {
    // The server was killed.
  }
}

// (writer, batch) -> (rows, sum of k)
std::map<std::pair<uint64_t, uint64_t>, std::pair<uint64_t, uint64_t>> read_batches(
    const ServerProcess& server, const std::string& sql) {
  std::map<std::pair<uint64_t, uint64_t>, std::pair<uint64_t, uint64_t>> batches;
  std::istringstream lines(server.query(sql));
  uint64_t writer = 0;
  uint64_t number = 0;
  uint64_t rows = 0;
  uint64_t sum = 0;
  while (lines >> writer >> number >> rows >> sum) batches[{writer, number}] = {rows, sum};
  return batches;
}

TEST(Kill, EveryAcknowledgedBatchIsThereOnceAndWhole) {
  const int rounds = static_cast<int>(number_from_environment("FRESHET_KILL_ROUNDS", 5));
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("freshet_kill_" + std::to_string(getpid()));
  std::filesystem::remove_all(directory);
  ServerProcess server(FRESHET_BINARY, directory.string(), kPort);
  server.start();
  server.query(
      "CREATE TABLE rows (writer UInt64, number UInt64, k UInt64, text String) ENGINE = MergeTree "
      "PARTITION BY writer % 3 ORDER BY (writer, number, k)");
  server.query(
      "CREATE MATERIALIZED VIEW batches ENGINE = SummingMergeTree ORDER BY (writer, number) AS "
      "SELECT writer, number, count() AS row_count, sum(k) AS total FROM rows GROUP BY writer, "
      "number");

  Random random(20240301);
  std::vector<Sent> sent(kWriters);
  uint64_t acknowledged = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::thread> writers;
    for (size_t writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back(write_until_killed, server.address(), writer, random.next(),
                           std::ref(sent[writer]));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random.below(400)));
    server.kill_now();
    for (std::thread& writer : writers) writer.join();
    server.start();
    if (HasFatalFailure()) return;

    const auto table = read_batches(
        server, "SELECT writer, number, count(), sum(k) FROM rows GROUP BY writer, number");
    const auto view = read_batches(
        server,
        "SELECT writer, number, sum(row_count), sum(total) FROM batches GROUP BY writer, number");
    EXPECT_EQ(table, view) << "round " << round;
    size_t known = 0;
    for (size_t writer = 0; writer < kWriters; ++writer) {
      for (auto it = sent[writer].begin(); it != sent[writer].end();) {
        const auto found = table.find({writer, it->first});
        const uint64_t rows = it->second.rows;
        if (found == table.end()) {
          EXPECT_FALSE(it->second.acknowledged) << "round " << round << ": batch " << it->first
                                                << " of writer " << writer << " is lost";
          it = sent[writer].erase(it);
          continue;
        }
        ++known;
        const std::pair<uint64_t, uint64_t> whole{rows, rows * (rows - 1) / 2};
        EXPECT_EQ(found->second, whole)
            << "round " << round << ": batch " << it->first << " of writer " << writer;
        // From now on it must stay: a reader has seen it.
        it->second.acknowledged = true;
        ++it;
      }
    }
    EXPECT_EQ(known, table.size()) << "round " << round << ": batches that nobody sent";
    acknowledged = known;
  }
  server.terminate();
  std::printf("%d rounds, %llu batches\n", rounds, static_cast<unsigned long long>(acknowledged));
  EXPECT_GT(acknowledged, 0U);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace freshet
