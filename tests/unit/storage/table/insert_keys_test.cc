#include "storage/table/insert_keys.h"

#include <gtest/gtest.h>

#include <thread>

#include "storage/base/limits.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

constexpr uint64_t kSecond = 1'000'000;
constexpr TableId kTable{7};

PutInsertKey key(const std::string& name, uint64_t lsn, uint64_t time_us, TableId table = kTable) {
  return {table, name, Lsn(lsn), time_us};
}

TEST(InsertKeys, BelongToTheirTable) {
  InsertKeys keys;
  keys.add(key("k", 10, 1));
  EXPECT_EQ(keys.find(kTable, "k", {}, 1), Lsn(10));
  EXPECT_EQ(keys.find(TableId(8), "k", {}, 1), std::nullopt);
  EXPECT_EQ(keys.find(kTable, "other", {}, 1), std::nullopt);
}

TEST(InsertKeys, OldestGoesWhenThereAreTooMany) {
  InsertKeys keys;
  for (uint64_t i = 1; i <= 3; ++i) keys.add(key("k" + std::to_string(i), i, 1));
  const KeyWindow window{.count_max = 2};
  EXPECT_EQ(keys.find(kTable, "k1", window, 1), std::nullopt);
  EXPECT_EQ(keys.find(kTable, "k2", window, 1), Lsn(2));
  EXPECT_EQ(keys.find(kTable, "k3", window, 1), Lsn(3));
}

TEST(InsertKeys, GoWhenTheyAreTooOld) {
  InsertKeys keys;
  keys.add(key("k", 1, 100 * kSecond));
  const KeyWindow window{.age_max_us = 60 * kSecond};
  EXPECT_EQ(keys.find(kTable, "k", window, 160 * kSecond), Lsn(1));
  // A clock that was set back is no reason to forget.
  EXPECT_EQ(keys.find(kTable, "k", window, 50 * kSecond), Lsn(1));
  EXPECT_EQ(keys.find(kTable, "k", window, 161 * kSecond), std::nullopt);
  EXPECT_EQ(keys.size(), 0u);
}

TEST(InsertKeys, ComeBackAfterTheyWentAsNewOnes) {
  InsertKeys keys;
  const KeyWindow window{.count_max = 1};
  keys.add(key("k", 1, 1));
  keys.add(key("l", 2, 1));
  EXPECT_EQ(keys.find(kTable, "k", window, 1), std::nullopt);
  keys.add(key("k", 3, 1));
  EXPECT_EQ(keys.find(kTable, "k", window, 1), Lsn(3));
  EXPECT_EQ(keys.find(kTable, "l", window, 1), std::nullopt);
}

TEST(InsertKeys, AreBoundedInAll) {
  InsertKeys keys;
  for (uint64_t i = 1; i <= kInsertKeysMax + 5; ++i) {
    keys.add(key("k" + std::to_string(i), i, 1, TableId(i % 3)));
  }
  EXPECT_EQ(keys.size(), kInsertKeysMax);
  const KeyWindow window{.count_max = kInsertKeysMax};
  EXPECT_EQ(keys.find(TableId(5 % 3), "k5", window, 1), std::nullopt);
  EXPECT_EQ(keys.find(TableId(6 % 3), "k6", window, 1), Lsn(6));
}

TEST(InsertKeys, AreListedInTheOrderOfTheLog) {
  InsertKeys keys;
  keys.add(key("a", 1, 1, TableId(2)));
  keys.add(key("b", 2, 1, TableId(1)));
  keys.add(key("c", 3, 1, TableId(2)));
  keys.add(key("d", 4, 1, TableId(3)));
  keys.forget(TableId(3));
  std::string listed;
  for (const PutInsertKey& found : keys.between(Lsn(1), Lsn(9))) listed += found.key;
  EXPECT_EQ(listed, "bc");
}

TEST(KeyWindow, IsWhatTheTablesSettingsSay) {
  TableDefinition table;
  EXPECT_EQ(key_window(table).count_max, kInsertKeysPerTableMax);
  EXPECT_FALSE(deduplicates_blocks(table));
  table.settings["non_replicated_deduplication_window"] = "5";
  table.settings["replicated_deduplication_window_seconds"] = "60";
  EXPECT_EQ(key_window(table).count_max, 5u);
  EXPECT_EQ(key_window(table).age_max_us, 60 * kSecond);
  EXPECT_TRUE(deduplicates_blocks(table));
  table.settings["non_replicated_deduplication_window"] = "0";
  EXPECT_EQ(key_window(table).count_max, kInsertKeysPerTableMax);
  EXPECT_FALSE(deduplicates_blocks(table));
}

class InsertKeysOfStore : public testing::Test {
 protected:
  CommitReceipt insert(const std::string& table, const std::string& name, int id) {
    const auto transaction = store_->begin_insert();
    transaction->append(store_.id(table),
                        chunk_from_text("id:UInt64\n" + std::to_string(id) + "\n"));
    transaction->set_idempotency_key(name, store_.id(table));
    return transaction->commit();
  }
  void create(const std::string& table) {
    store_->create_table(table_from_text(table, "id:UInt64"));
  }

  FaultFileSystem files_;
  TestStore store_{files_};
};

TEST_F(InsertKeysOfStore, NameAnInsertOfOneTable) {
  create("a");
  create("b");
  EXPECT_FALSE(insert("a", "k", 1).duplicate);
  EXPECT_FALSE(insert("b", "k", 2).duplicate);
  EXPECT_TRUE(insert("a", "k", 3).duplicate);
  const TableStore::Rename renames[] = {{store_.id("a"), "default", "b"},
                                        {store_.id("b"), "default", "a"}};
  store_->rename_tables(renames);
  EXPECT_TRUE(insert("a", "k", 4).duplicate);
  EXPECT_EQ(store_.rows("a") + "|" + store_.rows("b"), "2|1");
}

TEST_F(InsertKeysOfStore, GoWithTheRowsOfATable) {
  create("a");
  insert("a", "flushed", 1);
  store_->flush_all();
  insert("a", "logged", 2);
  store_->truncate_table(store_.id("a"));
  EXPECT_FALSE(insert("a", "flushed", 1).duplicate);
  store_->truncate_table(store_.id("a"));
  store_.open();
  EXPECT_FALSE(insert("a", "flushed", 1).duplicate);
  EXPECT_FALSE(insert("a", "logged", 2).duplicate);
  EXPECT_TRUE(insert("a", "logged", 2).duplicate);
  store_->flush_all();
  store_.open();
  EXPECT_TRUE(insert("a", "flushed", 1).duplicate);
  store_->drop_table(store_.id("a"));
  create("a");
  EXPECT_FALSE(insert("a", "flushed", 1).duplicate);
}

TEST_F(InsertKeysOfStore, GrowOldOverRestartsToo) {
  create("a");
  insert("a", "flushed", 1);
  store_->flush_all();
  insert("a", "logged", 2);
  store_.clock.advance_seconds(kInsertKeySecondsMax);
  store_.open();
  EXPECT_TRUE(insert("a", "flushed", 1).duplicate);
  EXPECT_TRUE(insert("a", "logged", 2).duplicate);
  store_.clock.advance_seconds(1);
  store_.open();
  EXPECT_FALSE(insert("a", "flushed", 1).duplicate);
  EXPECT_FALSE(insert("a", "logged", 2).duplicate);
}

TEST_F(InsertKeysOfStore, LetOneOfManyAtOnceThrough) {
  create("a");
  for (int round = 0; round < 20; ++round) {
    constexpr int kAttempts = 8;
    std::vector<CommitReceipt> receipts(kAttempts);
    std::vector<std::thread> threads;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      threads.emplace_back([&, attempt] {
        receipts[static_cast<size_t>(attempt)] = insert("a", "k" + std::to_string(round), round);
      });
    }
    for (std::thread& thread : threads) thread.join();
    int first_count = 0;
    for (const CommitReceipt& receipt : receipts) {
      EXPECT_EQ(receipt.lsn, receipts[0].lsn);
      if (!receipt.duplicate) ++first_count;
    }
    EXPECT_EQ(first_count, 1);
  }
  EXPECT_EQ(store_->snapshot()->find("default", "a")->row_count(), 20u);
}

TEST_F(InsertKeysOfStore, AreFreeAgainWhenTheInsertWasRefused) {
  create("a");
  files_.set_capacity(0);
  EXPECT_THROW(insert("a", "k", 1), Error);
  files_.set_capacity(~uint64_t{0});
  EXPECT_FALSE(insert("a", "k", 1).duplicate);
  EXPECT_EQ(store_.rows("a"), "1");
}

TEST_F(InsertKeysOfStore, AreShownWithTheirCommits) {
  create("a");
  const CommitReceipt first = insert("a", "k", 1);
  insert("a", "k", 1);
  const auto shown = [&] {
    std::string text;
    for (const CommitEntry& commit : store_->recent_commits()) {
      text += commit.key + (commit.duplicate ? " again" : "") + " " +
              std::to_string(commit.rows_of_table.at(0).second) + "\n";
    }
    return text;
  };
  EXPECT_EQ(shown(), "k 1\nk again 0\n");
  const CommitEntry entry = store_->recent_commits()[1];
  EXPECT_EQ(entry.lsn, first.lsn);
  EXPECT_EQ(entry.time_us, static_cast<uint64_t>(store_.clock.wall_ns()) / 1000);
  store_.open();
  EXPECT_EQ(shown(), "k 1\n");
}

TEST_F(InsertKeysOfStore, LetReadersWaitForACommit) {
  create("a");
  const Lsn first = insert("a", "k1", 1).lsn;
  EXPECT_TRUE(store_->wait_visible(first, std::chrono::milliseconds(0)));
  const Lsn next(first.value + 1);
  EXPECT_FALSE(store_->wait_visible(next, std::chrono::milliseconds(1)));
  std::thread writer([&] { insert("a", "k2", 2); });
  EXPECT_TRUE(store_->wait_visible(next, std::chrono::minutes(5)));
  EXPECT_EQ(store_.rows("a"), "1 2");
  writer.join();
  store_.open();
  EXPECT_TRUE(store_->wait_visible(next, std::chrono::milliseconds(0)));
}

}  // namespace
}  // namespace freshet
