#include "storage/wal/wal_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "storage/wal/wal_reader.h"
#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

using testing::ElementsAre;

constexpr WalOptions kSmallFiles{.file_bytes_max = 128};

std::vector<std::string> replay(FileSystem& files, Lsn from = {}) {
  std::vector<std::string> payloads;
  WalReader(files, "wal").replay(from, [&](std::string_view payload, Lsn) {
    payloads.emplace_back(payload);
  });
  return payloads;
}

ErrorCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::LogicalError;
}

TEST(WalWriter, ReturnsThePositionPastTheRecord) {
  FaultFileSystem files;
  WalWriter writer(files, "wal");
  EXPECT_EQ(writer.append("12345678"), Lsn(kWalHeaderBytes + 8));
  EXPECT_EQ(writer.append(""), Lsn(2 * kWalHeaderBytes + 8));
  EXPECT_EQ(writer.durable_lsn(), Lsn(0));
  writer.wait_durable(Lsn(kWalHeaderBytes + 8));
  EXPECT_EQ(writer.durable_lsn(), Lsn(2 * kWalHeaderBytes + 8)) << "one sync covers both";
}

TEST(WalWriter, ContinuesAfterTheLastRecord) {
  FaultFileSystem files;
  Lsn first;
  {
    WalWriter writer(files, "wal");
    first = writer.append("first");
  }
  WalWriter writer(files, "wal");
  EXPECT_EQ(writer.durable_lsn(), first) << "opening makes durable what it finds";
  writer.append("second");
  EXPECT_THAT(replay(files), ElementsAre("first", "second"));
}

TEST(WalWriter, WritesLargeRecords) {
  FaultFileSystem files;
  const std::string large(1 << 20, 'x');
  WalWriter writer(files, "wal", {}, kSmallFiles);
  writer.append("before");
  writer.append(large);
  writer.append("after");
  EXPECT_THAT(replay(files), ElementsAre("before", large, "after"));
  EXPECT_EQ(list_wal_files(files, "wal").size(), 3U) << "a record too long for a file has its own";
}

TEST(WalWriter, StartsANewFileWhenTheRecordDoesNotFit) {
  FaultFileSystem files;
  WalWriter writer(files, "wal", {}, kSmallFiles);
  for (int record = 0; record < 8; ++record) writer.append(std::string(32, 'x'));
  EXPECT_THAT(list_wal_files(files, "wal"), ElementsAre(0, 128, 256, 384));
  EXPECT_EQ(writer.durable_lsn(), Lsn(384)) << "a file is synced before the next one starts";
}

TEST(WalWriter, RemovesOnlyFilesThatAreNotNeeded) {
  FaultFileSystem files;
  WalWriter writer(files, "wal", {}, kSmallFiles);
  for (int record = 0; record < 8; ++record) writer.append(std::string(32, 'x'));
  writer.remove_before(Lsn(255));
  EXPECT_THAT(list_wal_files(files, "wal"), ElementsAre(128, 256, 384));
  writer.remove_before(Lsn(10'000));
  EXPECT_THAT(list_wal_files(files, "wal"), ElementsAre(384)) << "the file in use stays";
  writer.append("last");
  EXPECT_EQ(replay(files, Lsn(512)), std::vector<std::string>{"last"});
}

TEST(WalWriter, StartsAnewWhenTheLogEndsBeforeTheCheckpoint) {
  FaultFileSystem files;
  WalWriter(files, "wal").append("old");
  WalWriter writer(files, "wal", Lsn(1000));
  EXPECT_EQ(writer.append("new"), Lsn(1000 + kWalHeaderBytes + 3));
  EXPECT_THAT(replay(files, Lsn(1000)), ElementsAre("new"));
}

TEST(WalWriter, SyncsOnceForAllThreadsThatWait) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 50;
  FaultFileSystem files;
  WalWriter writer(files, "wal");
  std::atomic<int> appended = 0;
  std::atomic<int> expected = 0;
  std::barrier round_start(kThreads, [&]() noexcept { expected += kThreads; });
  // A sync lasts until every thread of the round has appended.
  files.set_sync_hook([&] {
    while (appended < expected) std::this_thread::yield();
  });
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kRounds; ++round) {
        round_start.arrive_and_wait();
        const Lsn lsn = writer.append(std::to_string(thread) + " " + std::to_string(round));
        ++appended;
        writer.wait_durable(lsn);
        EXPECT_GE(writer.durable_lsn(), lsn);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(writer.stats().append_count, kThreads * kRounds);
  EXPECT_LE(writer.stats().sync_count, 2 * kRounds) << "who missed the first sync shares the next";

  files.crash();
  const std::vector<std::string> found = replay(files);
  EXPECT_EQ(found.size(), kThreads * kRounds);
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), kThreads * kRounds);
}

TEST(WalWriter, KeepsTheOrderOfEachThreadThroughRotations) {
  FaultFileSystem files;
  WalWriter writer(files, "wal", {}, {.file_bytes_max = 1000});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int record = 0; record < 200; ++record) {
        writer.wait_durable(writer.append(std::string(1, static_cast<char>('a' + thread)) +
                                          std::to_string(record)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  files.crash();
  int next[8] = {};
  for (const std::string& payload : replay(files)) {
    EXPECT_EQ(std::stoi(payload.substr(1)), next[payload[0] - 'a']++);
  }
  for (const int count : next) EXPECT_EQ(count, 200);
}

TEST(WalWriter, AcknowledgesNothingAfterAFailedSync) {
  FaultFileSystem files;
  WalWriter writer(files, "wal");
  const Lsn kept = writer.append("kept");
  writer.wait_durable(kept);
  const Lsn lost = writer.append("lost");
  files.fail_at(files.operation_count() + 1, Fault::IoError);
  EXPECT_EQ(code_of([&] { writer.wait_durable(lost); }), ErrorCode::CannotFsync);
  EXPECT_EQ(code_of([&] { writer.wait_durable(lost); }), ErrorCode::CannotFsync)
      << "the next sync would succeed, but the bytes are gone";
  EXPECT_EQ(code_of([&] { writer.append("more"); }), ErrorCode::CannotFsync);
  writer.wait_durable(kept);
  files.crash();
  EXPECT_THAT(replay(files), ElementsAre("kept"));
}

TEST(WalWriter, RefusesAnAppendOnAFullDiskAndGoesOn) {
  FaultFileSystem files;
  WalWriter writer(files, "wal");
  writer.append("first");
  files.set_capacity(100);
  EXPECT_EQ(code_of([&] { writer.append(std::string(1000, 'x')); }), ErrorCode::NotEnoughSpace);
  EXPECT_EQ(code_of([&] { writer.append(std::string(100'000, 'x')); }), ErrorCode::NotEnoughSpace);
  const Lsn small = writer.append("small");
  files.set_capacity(10'000);
  writer.append(std::string(1000, 'y'));
  writer.wait_durable(small);
  EXPECT_THAT(replay(files), ElementsAre("first", "small", std::string(1000, 'y')));
}

TEST(WalWriter, RotatesLaterWhenTheDiskIsFull) {
  // Every operation of a rotation may find the disk full; all but the sync are recoverable.
  for (uint64_t operation = 2; operation <= 3; ++operation) {
    FaultFileSystem files;
    WalWriter writer(files, "wal", {}, kSmallFiles);
    writer.append(std::string(90, 'a'));
    files.fail_at(files.operation_count() + operation, Fault::NoSpace);
    EXPECT_EQ(code_of([&] { writer.append(std::string(90, 'b')); }), ErrorCode::NotEnoughSpace);
    writer.wait_durable(writer.append("c"));
    EXPECT_THAT(replay(files), ElementsAre(std::string(90, 'a'), "c"));
    EXPECT_EQ(list_wal_files(files, "wal").size(), 2U);
  }
}

TEST(WalWriter, RefusesARecordBeyondTheLimit) {
  FaultFileSystem files;
  WalWriter writer(files, "wal");
  EXPECT_EQ(code_of([&] { writer.append(std::string(kWalRecordBytesMax + 1, 'x')); }),
            ErrorCode::TooManyRowsOrBytes);
  EXPECT_EQ(writer.end_lsn(), Lsn(0));
}

}  // namespace
}  // namespace freshet
