// Overload: rows are refused early, with an error that says so, and none is lost or doubled.

#include "storage/table/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <future>
#include <set>
#include <thread>

#include "storage/base/overloaded_error.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kBudgetBytes = 4 << 20;

// Rows [first, first + count), about 250 bytes each.
Chunk rows(uint64_t first, uint64_t count) {
  std::string text = "id:UInt64 name:String\n";
  for (uint64_t id = first; id < first + count; ++id) {
    text += std::to_string(id) + "\t" + std::string(250, 'x') + "\n";
  }
  return chunk_from_text(text);
}

void insert(TestStore& store, TableId table, Chunk chunk) {
  store->require_room(table);
  const auto transaction = store->begin_insert();
  transaction->append(table, std::move(chunk));
  transaction->commit();
}

void create(TestStore& store, const std::string& table) {
  store->create_table(table_from_text(table, "id:UInt64 name:String", {"id"}));
}

// Ids of the table's rows; fails when one is there twice.
std::set<uint64_t> ids_of(TestStore& store, const std::string& table) {
  const Chunk all = scan(*store->snapshot()->find("default", table));
  std::set<uint64_t> ids;
  for (size_t row = 0; row < all.row_count; ++row) {
    EXPECT_TRUE(ids.insert(value_at(*all.columns[0], row).as<uint64_t>()).second);
  }
  return ids;
}

TEST(Admission, RefusesBeforeMemoryIsShortAndGoesOnAfterAFlush) {
  FaultFileSystem files;
  StoreOptions options;
  options.directory = "/data";
  options.background_work = false;
  TestStore store(files, options, kBudgetBytes);
  create(store, "t");
  const TableId table = store.id("t");
  constexpr uint64_t kRows = 100;
  uint64_t taken = 0;
  std::string refusal;
  while (refusal.empty()) {
    ASSERT_LT(taken, 1'000'000u);
    try {
      insert(store, table, rows(taken, kRows));
      taken += kRows;
    } catch (const OverloadedError& error) {
      refusal = error.display();
      EXPECT_GE(error.retry_after_seconds(), 1);
    }
  }
  EXPECT_GT(taken, 0u);
  // There is room for what runs: memory is not used up.
  EXPECT_TRUE(store.memory.try_grow(kBudgetBytes / 8));
  store.memory.shrink(kBudgetBytes / 8);
  EXPECT_THAT(refusal, HasSubstr("default.t"));
  EXPECT_THAT(refusal, HasSubstr("option memory"));
  EXPECT_THAT(refusal, HasSubstr("TOO_MANY_PARTS"));
  EXPECT_EQ(store.metrics.counter("store_inserts_refused_total", "").value(), 1u);
  EXPECT_EQ(ids_of(store, "t").size(), taken);

  store->flush_all();
  insert(store, table, rows(taken, kRows));
  store.open();
  EXPECT_EQ(ids_of(store, "t").size(), taken + kRows);
}

TEST(Admission, RefusesWhenOthersHaveTakenTheMemory) {
  FaultFileSystem files;
  TestStore store(files, {}, kBudgetBytes);
  create(store, "t");
  const uint64_t others = kBudgetBytes / 16 * 15 + 1;
  ASSERT_TRUE(store.memory.try_grow(others));
  try {
    insert(store, store.id("t"), rows(0, 1));
    FAIL();
  } catch (const OverloadedError& error) {
    EXPECT_EQ(error.code(), ErrorCode::MemoryLimitExceeded);
    EXPECT_THAT(error.message(), HasSubstr("option memory"));
  }
  store.memory.shrink(others);
  insert(store, store.id("t"), rows(0, 1));
  EXPECT_EQ(ids_of(store, "t").size(), 1u);
}

TEST(Admission, AnInsertThatFindsNoMemoryOnItsWayMayComeAgain) {
  FaultFileSystem files;
  TestStore store(files, {}, kBudgetBytes);
  create(store, "t");
  const uint64_t others = kBudgetBytes / 16 * 14;
  ASSERT_TRUE(store.memory.try_grow(others));
  EXPECT_THROW(insert(store, store.id("t"), rows(0, 3'000)), OverloadedError);
  EXPECT_EQ(store.memory.bytes(), others);
  store.memory.shrink(others);
  insert(store, store.id("t"), rows(0, 3'000));
  EXPECT_EQ(ids_of(store, "t").size(), 3'000u);
}

// The disk takes no segments for a while, the log goes on.
TEST(Admission, WritersThatAreRefusedAndComeAgainLoseAndDoubleNothing) {
  FaultFileSystem files;
  std::promise<void> disk_is_fast;
  const std::shared_future<void> fast = disk_is_fast.get_future().share();
  files.set_sync_hook([fast] {
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    if (std::string_view(name.data()) == "flush") fast.wait();
  });
  StoreOptions options;
  options.directory = "/data";
  options.flush_rows_max = 100;
  options.commit_wait_ms_max = 0;
  auto store = std::make_unique<TestStore>(files, options);
  create(*store, "t");
  const TableId table = store->id("t");

  constexpr uint64_t kWriters = 4;
  constexpr uint64_t kInserts = 60;
  constexpr uint64_t kRows = 10;
  std::atomic<uint64_t> refused{0};
  std::vector<std::thread> writers;
  for (uint64_t writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (uint64_t number = 0; number < kInserts;) {
        try {
          insert(*store, table, rows((writer * kInserts + number) * kRows, kRows));
          ++number;
        } catch (const OverloadedError&) {
          ++refused;
          std::this_thread::yield();
        }
      }
    });
  }
  // All of them cannot be taken before the disk is fast again, so some are refused.
  while (refused == 0) std::this_thread::yield();
  EXPECT_LT((*store)->snapshot()->find("default", "t")->row_count(), kWriters * kInserts * kRows);
  disk_is_fast.set_value();
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(ids_of(*store, "t").size(), kWriters * kInserts * kRows);
  store->open();
  EXPECT_EQ(ids_of(*store, "t").size(), kWriters * kInserts * kRows);
}

// No table alone is due for a flush, all together fill the memory.
TEST(Admission, ManySmallTablesAreFlushedToo) {
  FaultFileSystem files;
  StoreOptions options;
  options.directory = "/data";
  TestStore store(files, options, kBudgetBytes);
  constexpr uint64_t kTables = 40;
  constexpr uint64_t kRounds = 6;
  constexpr uint64_t kRows = 100;
  std::vector<TableId> tables;
  for (uint64_t table = 0; table < kTables; ++table) {
    create(store, "t" + std::to_string(table));
    tables.push_back(store.id("t" + std::to_string(table)));
  }
  for (uint64_t round = 0; round < kRounds; ++round) {
    for (const TableId table : tables) {
      for (bool taken = false; !taken;) {
        try {
          insert(store, table, rows(round * kRows, kRows));
          taken = true;
        } catch (const OverloadedError&) {
          std::this_thread::yield();
        }
      }
    }
  }
  for (uint64_t table = 0; table < kTables; ++table) {
    EXPECT_EQ(ids_of(store, "t" + std::to_string(table)).size(), kRounds * kRows);
  }
}

}  // namespace
}  // namespace freshet
