#include "storage/table/unique_keys.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <optional>
#include <thread>

#include "storage/base/random.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"
#include "tests/support/mutate_rows.h"
#include "tests/support/segment_hook.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

const std::string kHeader = "id:UInt64 part:UInt64 name:String\n";

TableDefinition keyed_table(const std::string& name, std::vector<std::string> unique_key,
                            std::vector<std::string> order_by = {"name"},
                            std::string partition_by = {}) {
  TableDefinition definition =
      table_from_text(name, kHeader, std::move(order_by), std::move(partition_by));
  definition.unique_key = std::move(unique_key);
  return definition;
}

std::string row(uint64_t id, uint64_t part, const std::string& name) {
  return std::to_string(id) + "\t" + std::to_string(part) + "\t" + name + "\n";
}

class UniqueKeysTest : public testing::Test {
 protected:
  void create(std::vector<std::string> unique_key = {"id"}, std::string partition_by = {}) {
    store_->create_table(
        keyed_table("t", std::move(unique_key), {"name"}, std::move(partition_by)));
  }

  FaultFileSystem files_;
  TestStore store_{files_};
};

TEST_F(UniqueKeysTest, NewRowsReplaceOldOnesOfTheirKey) {
  create();
  store_.insert("t", kHeader + row(1, 0, "a") + row(2, 0, "b"));
  store_.insert("t", kHeader + row(2, 5, "c") + row(3, 0, "d"));
  EXPECT_EQ(store_.rows("t"), "1,0,a 2,5,c 3,0,d");
  store_->flush_all();
  store_.insert("t", kHeader + row(1, 1, "e"));
  store_.insert("t", kHeader + row(1, 2, "f") + row(3, 1, "g"));
  EXPECT_EQ(store_.rows("t"), "1,2,f 2,5,c 3,1,g");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,2,f 2,5,c 3,1,g");
  store_.insert("t", kHeader + row(1, 3, "h") + row(2, 6, "i"));
  store_->optimize_table(store_.id("t"));
  store_.insert("t", kHeader + row(3, 7, "j"));
  EXPECT_EQ(store_.rows("t"), "1,3,h 2,6,i 3,7,j");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,3,h 2,6,i 3,7,j");
}

TEST_F(UniqueKeysTest, TheLastRowOfABatchWins) {
  create();
  store_.insert("t", kHeader + row(1, 0, "z") + row(2, 0, "b") + row(1, 1, "y") + row(1, 2, "a"));
  EXPECT_EQ(store_.rows("t"), "1,2,a 2,0,b");
  const auto insert = store_->begin_insert();
  insert->append(store_.id("t"), chunk_from_text(kHeader + row(5, 0, "first") + row(1, 3, "m")));
  insert->append(store_.id("t"), chunk_from_text(kHeader + row(5, 0, "second")));
  insert->commit();
  EXPECT_EQ(store_.rows("t"), "1,3,m 2,0,b 5,0,second");
}

TEST_F(UniqueKeysTest, KeysOfSeveralColumns) {
  create({"part", "name"});
  store_.insert("t", kHeader + row(1, 1, "a") + row(2, 1, "b") + row(3, 2, "a"));
  store_->flush_all();
  store_.insert("t", kHeader + row(9, 2, "a") + row(8, 1, "b") + row(7, 3, "a"));
  EXPECT_EQ(store_.rows("t"), "1,1,a 7,3,a 8,1,b 9,2,a");
}

TEST_F(UniqueKeysTest, ReplacesAcrossPartitionsUnlessTheKeyTellsThem) {
  create({"id"}, "div(part, 10)");
  store_.insert("t", kHeader + row(1, 5, "a") + row(2, 15, "b"));
  store_->flush_all();
  store_.insert("t", kHeader + row(1, 25, "c"));
  EXPECT_EQ(store_.rows("t"), "1,25,c 2,15,b");
  store_->create_table(keyed_table("u", {"id", "part"}, {"name"}, "div(part, 10)"));
  store_.insert("u", kHeader + row(1, 5, "a") + row(1, 15, "b"));
  store_->flush_all();
  store_.insert("u", kHeader + row(1, 15, "c") + row(1, 16, "d"));
  EXPECT_EQ(store_.rows("u"), "1,15,c 1,16,d 1,5,a");
}

TEST_F(UniqueKeysTest, GoesOnAfterDeletesAndUpdates) {
  create();
  const auto renamed = [](Chunk rows) {
    std::string text = kHeader;
    for (size_t at = 0; at < rows.row_count; ++at) {
      text += row(value_at(*rows.columns[0], at).as<uint64_t>(), 9, "new");
    }
    return chunk_from_text(text);
  };
  store_.insert("t", kHeader + row(1, 0, "a") + row(2, 0, "b") + row(3, 0, "c"));
  store_->flush_all();
  store_.insert("t", kHeader + row(4, 0, "d") + row(5, 0, "e"));
  mutate_rows(*store_, store_.id("t"), first_cell_in({1, 4}));
  mutate_rows(*store_, store_.id("t"), first_cell_in({2, 5}), renamed);
  EXPECT_EQ(store_.rows("t"), "2,9,new 3,0,c 5,9,new");
  store_.insert("t", kHeader + row(1, 1, "f") + row(2, 1, "g") + row(4, 1, "h") + row(5, 1, "i"));
  EXPECT_EQ(store_.rows("t"), "1,1,f 2,1,g 3,0,c 4,1,h 5,1,i");
  mutate_rows(*store_, store_.id("t"), first_cell_in({5}), renamed);
  store_->flush_all();
  store_.insert("t", kHeader + row(5, 2, "j"));
  EXPECT_EQ(store_.rows("t"), "1,1,f 2,1,g 3,0,c 4,1,h 5,2,j");
}

TEST_F(UniqueKeysTest, TruncateForgetsAllKeys) {
  create();
  store_.insert("t", kHeader + row(1, 0, "a"));
  store_->flush_all();
  store_.insert("t", kHeader + row(2, 0, "b"));
  store_->truncate_table(store_.id("t"));
  store_.insert("t", kHeader + row(1, 1, "c") + row(2, 1, "d"));
  store_.insert("t", kHeader + row(2, 2, "e"));
  EXPECT_EQ(store_.rows("t"), "1,1,c 2,2,e");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,1,c 2,2,e");
}

TEST_F(UniqueKeysTest, StagedInsertsReplaceToo) {
  StoreOptions options;
  options.directory = "/staged";
  options.background_work = false;
  options.stage_rows_min = 20;
  TestStore store(files_, options);
  store->create_table(keyed_table("t", {"id"}, {"name"}, "div(part, 10)"));
  store.insert("t", kHeader + row(3, 0, "old") + row(7, 5, "old"));
  store->flush_all();
  store.insert("t", kHeader + row(8, 5, "old"));
  auto insert = store->begin_insert();
  // Each id three times, in other partitions, sorted the other way around by name: ids 0 to 9.
  for (uint64_t round = 0; round < 3; ++round) {
    for (uint64_t id = 0; id < 10; ++id) {
      const std::string name = std::string(1, static_cast<char>('c' - round)) + std::to_string(id);
      insert->append(store.id("t"),
                     chunk_from_text(kHeader + row(id, (id * 7 + round) % 30, name)));
    }
  }
  insert->commit();
  insert.reset();  // before the store that it is of
  const std::string expected =
      "0,2,a0 1,9,a1 2,16,a2 3,23,a3 4,0,a4 5,7,a5 6,14,a6 7,21,a7 8,28,a8 9,5,a9";
  EXPECT_EQ(store.rows("t"), expected);
  store.open();
  EXPECT_EQ(store.rows("t"), expected);
  store.insert("t", kHeader + row(0, 0, "x") + row(9, 0, "y"));
  store->optimize_table(store.id("t"));
  store.open();
  EXPECT_EQ(store.rows("t"),
            "0,0,x 1,9,a1 2,16,a2 3,23,a3 4,0,a4 5,7,a5 6,14,a6 7,21,a7 8,28,a8 9,0,y");
}

TEST_F(UniqueKeysTest, ARepeatedInsertReplacesNothing) {
  create();
  const auto insert_once = [&](const std::string& text) {
    const auto insert = store_->begin_insert();
    insert->append(store_.id("t"), chunk_from_text(kHeader + text));
    insert->set_idempotency_key("once");
    return insert->commit().duplicate;
  };
  EXPECT_FALSE(insert_once(row(1, 0, "a")));
  store_.insert("t", kHeader + row(1, 1, "b"));
  EXPECT_TRUE(insert_once(row(1, 0, "a")));
  store_.insert("t", kHeader + row(2, 1, "c"));
  EXPECT_EQ(store_.rows("t"), "1,1,b 2,1,c");
}

Chunk many_rows(uint64_t begin, uint64_t end, const std::string& name) {
  Buffer<uint64_t> ids;
  Buffer<uint64_t> parts;
  auto names = std::make_shared<StringColumn>();
  for (uint64_t id = begin; id < end; ++id) {
    ids.push_back(id * 7919 % 200'003);  // distinct, in no order
    parts.push_back(0);
    names->append_string(name);
  }
  return {
      .columns = {make_number_column(std::move(ids)), make_number_column(std::move(parts)), names},
      .row_count = static_cast<size_t>(end - begin)};
}

// An index of 150,000 rows takes more than a quarter of 5 MB: the keys are read instead.
TEST_F(UniqueKeysTest, ReadsKeysWhenThereIsNoMemoryForAnIndex) {
  StoreOptions options;
  options.directory = "/small";
  options.background_work = false;
  for (const uint64_t memory_bytes : {uint64_t{5'000'000}, uint64_t{0}}) {
    options.directory += "x";
    TestStore store(files_, options, memory_bytes);
    store->create_table(keyed_table("t", {"id"}, {"id"}));
    const auto insert = store->begin_insert();
    for (uint64_t begin = 0; begin < 150'000; begin += 10'000) {
      insert->append(store.id("t"), many_rows(begin, begin + 10'000, "old"));
    }
    insert->commit();
    store->optimize_table(store.id("t"));
    const auto upsert = store->begin_insert();
    upsert->append(store.id("t"), many_rows(40'000, 41'000, "new"));
    upsert->append(store.id("t"), many_rows(149'990, 150'010, "new"));
    upsert->commit();
    const SnapshotPtr snapshot = store->snapshot();
    const TableVersion& version = *snapshot->find("default", "t");
    EXPECT_EQ(version.row_count(), 150'010u);
    ASSERT_EQ(version.segments.size(), 1u);
    EXPECT_EQ(version.segments[0]->deleted.count(), 1010u);
    // Only the index keeps memory beyond the new rows.
    EXPECT_EQ(store.memory.bytes() > 1'000'000, memory_bytes == 0);
  }
}

// Random upserts, updates, deletes, flushes, merges and reopenings beside a map.
class RandomUpserts : public testing::TestWithParam<uint64_t> {};

TEST_P(RandomUpserts, AgreeWithAPlainMap) {
  Random random(GetParam());
  SegmentHookFileSystem files;
  StoreOptions options;
  options.directory = "/data";
  options.background_work = false;
  options.stage_rows_min = 50;
  const bool is_partitioned = GetParam() % 3 == 0;
  TestStore store(files, options);
  store->create_table(keyed_table(
      "t", is_partitioned ? std::vector<std::string>{"id", "part"} : std::vector<std::string>{"id"},
      {"name"}, GetParam() % 3 == 1 ? "" : "div(part, 10)"));
  std::map<std::pair<uint64_t, uint64_t>, std::string> model;
  uint64_t last_name = 0;
  const auto put = [&](uint64_t id, uint64_t part, const std::string& name) {
    model[{id, is_partitioned ? part : 0}] =
        std::to_string(id) + "," + std::to_string(part) + "," + name;
  };
  const auto text_of_model = [&] {
    std::vector<std::string> rows;
    for (const auto& [key, text] : model) rows.push_back(text);
    std::sort(rows.begin(), rows.end());
    std::string all;
    for (const std::string& each : rows) all += (all.empty() ? "" : " ") + each;
    return all;
  };
  const auto upsert = [&] {
    const auto insert = store->begin_insert();
    const uint64_t count = random.chance(0.15) ? 120 : 1 + random.below(8);
    for (uint64_t index = 0; index < count; ++index) {
      const uint64_t id = random.below(60);
      const uint64_t part = random.below(30);
      // Names sort in any order.
      const std::string name =
          std::to_string(random.below(1000)) + "n" + std::to_string(++last_name);
      put(id, part, name);
      insert->append(store.id("t"), chunk_from_text(kHeader + row(id, part, name)));
    }
    insert->commit();
  };
  for (int step = 0; step < 150; ++step) {
    const uint64_t kind = random.below(20);
    if (kind < 11) {
      upsert();
    } else if (kind < 13) {
      const uint64_t id = random.below(60);
      mutate_rows(*store, store.id("t"), first_cell_in({id}));
      std::erase_if(model, [&](const auto& item) { return item.first.first == id; });
    } else if (kind < 15) {
      const uint64_t id = random.below(60);
      const auto renamed = [&](Chunk rows) {
        std::string text = kHeader;
        for (size_t at = 0; at < rows.row_count; ++at) {
          const auto part = value_at(*rows.columns[1], at).as<uint64_t>();
          put(id, part, "u" + std::to_string(step));
          text += row(id, part, "u" + std::to_string(step));
        }
        return chunk_from_text(text);
      };
      mutate_rows(*store, store.id("t"), first_cell_in({id}), renamed);
    } else if (kind < 18) {
      if (random.chance(0.7)) {
        files.at_next_segment([&] {
          upsert();
          upsert();
        });
      }
      if (random.chance(0.6)) {
        store->flush_table(store.id("t"));
      } else {
        store->optimize_table(store.id("t"));
      }
      files.at_next_segment(nullptr);
    } else if (kind < 19) {
      store.open();
    }
    ASSERT_EQ(store.rows("t"), text_of_model()) << "after step " << step;
  }
  store->truncate_table(store.id("t"));
  store.close();
  EXPECT_EQ(store.memory.bytes(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomUpserts, testing::Range<uint64_t>(1, 25));

// Writers upsert the same few keys while the background flushes and merges: readers see each key
// once, and in the end it is the row of the commit with the greatest LSN.
TEST(UpsertConcurrency, EachKeyIsThereOnceAndTheLastCommitWins) {
  constexpr uint64_t kWriters = 6;
  constexpr uint64_t kCommits = 60;
  constexpr uint64_t kKeys = 10;
  FaultFileSystem files;
  StoreOptions options;
  options.directory = "/data";
  options.flush_rows_max = 40;
  TestStore store(files, options);
  store->create_table(keyed_table("t", {"id"}));
  const TableId table = store.id("t");
  std::atomic<uint64_t> running{kWriters};
  Mutex mutex;
  std::map<uint64_t, std::pair<Lsn, std::string>> newest;  // by key
  std::vector<std::thread> threads;
  for (uint64_t writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      Random random(writer);
      for (uint64_t number = 0; number < kCommits; ++number) {
        const uint64_t id = random.below(kKeys);
        const uint64_t other = random.below(kKeys);
        const std::string name = "w" + std::to_string(writer) + "-" + std::to_string(number);
        const auto insert = store->begin_insert();
        insert->append(table, chunk_from_text(kHeader + row(id, 1, name) + row(other, 2, name)));
        const Lsn lsn = insert->commit().lsn;
        MutexLock lock(mutex);
        if (newest[id].first < lsn) {
          newest[id] = {lsn, std::to_string(id) + "," + (id == other ? "2," : "1,") + name};
        }
        if (newest[other].first < lsn) newest[other] = {lsn, std::to_string(other) + ",2," + name};
      }
      --running;
    });
  }
  threads.emplace_back([&] {
    while (running > 0) {
      const SnapshotPtr snapshot = store->snapshot();
      const Chunk rows = scan(*snapshot->find(table));
      std::vector<uint64_t> ids;
      for (size_t at = 0; at < rows.row_count; ++at) {
        ids.push_back(value_at(*rows.columns[0], at).as<uint64_t>());
      }
      std::sort(ids.begin(), ids.end());
      EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
    }
  });
  threads.emplace_back([&] {
    while (running > 0) store->optimize_table(table);
  });
  for (std::thread& thread : threads) thread.join();
  std::string expected;
  for (const auto& [id, last] : newest) expected += (expected.empty() ? "" : " ") + last.second;
  EXPECT_EQ(store.rows("t"), expected);
  store.open();
  EXPECT_EQ(store.rows("t"), expected);
}

}  // namespace
}  // namespace freshet
