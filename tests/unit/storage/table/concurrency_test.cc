#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "tests/support/fault_file_system.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

constexpr uint64_t kWriters = 8;
constexpr uint64_t kCommits = 150;

TypedChunk event(uint64_t writer, uint64_t number) {
  return typed_chunk_from_text("writer:UInt64 number:UInt64\n" + std::to_string(writer) + "\t" +
                               std::to_string(number) + "\n");
}

// How many events each writer has; fails unless they are its first ones, each once.
std::map<uint64_t, uint64_t> require_prefixes(const TableVersion& version) {
  std::map<uint64_t, std::vector<uint64_t>> numbers;
  const Chunk rows = scan(version);
  for (size_t row = 0; row < rows.row_count; ++row) {
    numbers[value_at(*rows.columns[0], row).as<uint64_t>()].push_back(
        value_at(*rows.columns[1], row).as<uint64_t>());
  }
  std::map<uint64_t, uint64_t> counts;
  for (auto& [writer, list] : numbers) {
    std::sort(list.begin(), list.end());
    for (uint64_t index = 0; index < list.size(); ++index) EXPECT_EQ(list[index], index);
    counts[writer] = list.size();
  }
  return counts;
}

// Writers commit to two tables at once while tables are flushed, merged, created and dropped;
// readers must see both tables at the same commit, and every writer's commits in their order.
TEST(StoreConcurrency, ReadersSeePrefixesOfAllCommits) {
  FaultFileSystem files;
  StoreOptions options;
  options.directory = "/data";
  options.flush_rows_max = 100;
  TestStore store(files, options);
  store->create_table(table_from_text("a", "writer:UInt64 number:UInt64", {"number"}));
  store->create_table(table_from_text("b", "writer:UInt64 number:UInt64", {"writer"}));
  const TableId a = store.id("a");
  const TableId b = store.id("b");

  std::atomic<uint64_t> writing{kWriters};
  std::vector<std::thread> threads;
  for (uint64_t writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      for (uint64_t number = 0; number < kCommits; ++number) {
        const auto insert = store->begin_insert();
        insert->append(a, event(writer, number).chunk);
        insert->append(b, event(writer, number).chunk);
        const Lsn lsn = insert->commit().lsn;
        EXPECT_GE(store->snapshot()->lsn(), lsn);
      }
      --writing;
    });
  }
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] {
      Lsn last;
      while (writing > 0) {
        const SnapshotPtr snapshot = store->snapshot();
        EXPECT_GE(snapshot->lsn(), last);
        last = snapshot->lsn();
        EXPECT_EQ(require_prefixes(*snapshot->find(a)), require_prefixes(*snapshot->find(b)));
      }
    });
  }
  threads.emplace_back([&] {
    while (writing > 0) {
      const TableId extra =
          store->create_table(table_from_text("extra", "writer:UInt64 number:UInt64"))->id;
      const auto insert = store->begin_insert();
      insert->append(extra, event(1, 1).chunk);
      insert->commit();
      store->flush_table(extra);
      store->optimize_table(a);
      store->drop_table(extra);
    }
  });
  for (std::thread& thread : threads) thread.join();

  const auto all = require_prefixes(*store->snapshot()->find(a));
  EXPECT_EQ(all.size(), kWriters);
  for (const auto& [writer, count] : all) EXPECT_EQ(count, kCommits);
  store.open();
  EXPECT_EQ(require_prefixes(*store->snapshot()->find(a)), all);
  EXPECT_EQ(require_prefixes(*store->snapshot()->find(b)), all);
}

TEST(StoreConcurrency, LargeInsertsAppearWhole) {
  FaultFileSystem files;
  StoreOptions options;
  options.directory = "/data";
  options.stage_rows_min = 200;
  TestStore store(files, options);
  store->create_table(table_from_text("t", "writer:UInt64 number:UInt64", {"number"}));
  const TableId table = store.id("t");
  std::atomic<uint64_t> writing{3};
  std::vector<std::thread> threads;
  for (uint64_t writer = 0; writer < 3; ++writer) {
    threads.emplace_back([&, writer] {
      for (int round = 0; round < 3; ++round) {
        const auto insert = store->begin_insert();
        for (uint64_t number = 0; number < 1000; ++number) {
          insert->append(table, event(writer, number).chunk);
        }
        insert->commit();
      }
      --writing;
    });
  }
  threads.emplace_back([&] {
    while (writing > 0) {
      EXPECT_EQ(store->snapshot()->find(table)->row_count() % 1000, 0u);
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store->snapshot()->find(table)->row_count(), 9000u);
  const std::string rows = store.rows("t");
  store->optimize_table(table);
  EXPECT_EQ(store.rows("t"), rows);
  EXPECT_EQ(store.memory.bytes(), 0u);
  store.open();
  EXPECT_EQ(store.rows("t"), rows);
}

TEST(StoreConcurrency, CommitsShareSyncs) {
  FaultFileSystem files;
  TestStore store(files);
  store->create_table(table_from_text("t", "writer:UInt64 number:UInt64"));
  files.set_sync_hook([] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); });
  const uint64_t before = files.sync_count();
  std::vector<std::thread> threads;
  for (uint64_t writer = 0; writer < 16; ++writer) {
    threads.emplace_back([&, writer] {
      for (uint64_t number = 0; number < 20; ++number) {
        const auto insert = store->begin_insert();
        insert->append(store.id("t"), event(writer, number).chunk);
        insert->commit();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(files.sync_count() - before, 160u);
  EXPECT_EQ(store->snapshot()->find("default", "t")->row_count(), 320u);
}

}  // namespace
}  // namespace freshet
