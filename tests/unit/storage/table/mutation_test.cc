#include "storage/table/mutation.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <thread>

#include "storage/base/random.h"
#include "storage/table/compaction.h"
#include "tests/support/mutate_rows.h"
#include "tests/support/segment_hook.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

const std::string kHeader = "id:UInt64 name:String\n";

Chunk renamed(Chunk rows, const std::string& name) {
  std::string text = kHeader;
  for (size_t row = 0; row < rows.row_count; ++row) {
    text += std::to_string(value_at(*rows.columns[0], row).as<uint64_t>()) + "\t" + name + "\n";
  }
  return chunk_from_text(text);
}

std::string lines(uint64_t begin, uint64_t end) {
  std::string text = kHeader;
  for (uint64_t id = begin; id < end; ++id) text += std::to_string(id) + "\tx\n";
  return text;
}

class MutationTest : public testing::Test {
 protected:
  void create(const std::string& name, std::vector<std::string> order_by = {"id"},
              std::string partition_by = {}, MergeMode mode = MergeMode::Plain) {
    TableDefinition definition =
        table_from_text(name, kHeader, std::move(order_by), std::move(partition_by));
    definition.merge_mode = mode;
    store_->create_table(std::move(definition));
  }
  uint64_t remove(std::vector<uint64_t> ids) {
    return mutate_rows(*store_, store_.id("t"), first_cell_in(std::move(ids)));
  }
  uint64_t rename(std::vector<uint64_t> ids, const std::string& name) {
    return mutate_rows(*store_, store_.id("t"), first_cell_in(std::move(ids)),
                       [&](Chunk rows) { return renamed(std::move(rows), name); });
  }
  const TableVersion& version() {
    snapshot_ = store_->snapshot();
    return *snapshot_->find("default", "t");
  }

  SegmentHookFileSystem files_;
  TestStore store_{files_};
  SnapshotPtr snapshot_;
};

TEST_F(MutationTest, DeletesRowsOfMemtableAndSegments) {
  create("t", {"id"}, "div(id, 10)");
  store_.insert("t", kHeader + "1\ta\n12\tb\n3\tc\n");
  store_->flush_all();
  store_.insert("t", kHeader + "4\td\n15\te\n");
  const SnapshotPtr before = store_->snapshot();
  EXPECT_EQ(remove({3, 12, 15}), 3u);
  EXPECT_EQ(store_.rows("t"), "1,a 4,d");
  EXPECT_EQ(version().row_count(), 2u);
  EXPECT_EQ(TestStore::rows_text(*before->find("default", "t")), "1,a 12,b 15,e 3,c 4,d");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,a 4,d");
  EXPECT_EQ(version().row_count(), 2u);
}

TEST_F(MutationTest, ReplacesRowsInOneCommit) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n2\tb\n");
  store_->flush_all();
  store_.insert("t", kHeader + "3\tc\n");
  EXPECT_EQ(rename({2, 3}, "new"), 2u);
  EXPECT_EQ(store_.rows("t"), "1,a 2,new 3,new");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,a 2,new 3,new");
  // Once more, now that some of them are replacements.
  rename({1, 2}, "newer");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,newer 2,newer 3,new");
}

TEST_F(MutationTest, HappensNotAtAllWithoutCommit) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n");
  {
    const auto mutation = store_->begin_mutation(store_.id("t"));
    remove_rows(*mutation, first_cell_in({1}), [](Chunk rows) { return renamed(rows, "b"); });
  }
  EXPECT_EQ(store_.rows("t"), "1,a");
  EXPECT_EQ(rename({1}, "c"), 1u);
  EXPECT_EQ(store_.rows("t"), "1,c");
}

TEST_F(MutationTest, FlushAndMergeLeaveDeletedRowsOut) {
  create("t");
  for (uint64_t begin = 0; begin < 30; begin += 10) {
    store_.insert("t", lines(begin, begin + 10));
    remove({begin + 1});
    store_->flush_all();
    remove({begin + 2});
  }
  EXPECT_EQ(version().segments[0]->reader->row_count(), 9u);
  EXPECT_EQ(version().segments[0]->row_count(), 8u);
  store_->optimize_table(store_.id("t"));
  ASSERT_EQ(store_.segment_count("t"), 1u);
  EXPECT_EQ(version().segments[0]->reader->row_count(), 24u);
  EXPECT_TRUE(version().segments[0]->deleted.empty());
  store_.open();
  EXPECT_EQ(version().row_count(), 24u);
}

TEST_F(MutationTest, OptimizeRewritesASegmentWithDeletedRows) {
  create("t", {"id"}, "div(id, 10)");
  store_.insert("t", lines(0, 20));
  store_->flush_all();
  remove({3});
  const SegmentId untouched = version().segments[1]->id;
  store_->optimize_table(store_.id("t"));
  ASSERT_EQ(store_.segment_count("t"), 2u);
  EXPECT_EQ(version().segments[0]->reader->row_count(), 9u);
  EXPECT_EQ(version().segments[1]->id, untouched);
}

TEST_F(MutationTest, BackgroundWorkRewritesSegmentsThatAreMostlyDeleted) {
  create("t");
  store_.insert("t", lines(0, 10));
  store_->flush_all();
  remove({0, 1, 2, 3, 4});
  EXPECT_TRUE(pick_merge(version().segments).empty());
  remove({5});
  const std::vector<SegmentPtr> picked = pick_merge(version().segments);
  ASSERT_EQ(picked.size(), 1u);
  EXPECT_EQ(picked[0]->id, version().segments[0]->id);
}

TEST_F(MutationTest, ATableWithAllRowsDeletedHasNoSegmentAfterAMerge) {
  create("t");
  store_.insert("t", lines(0, 3));
  store_->flush_all();
  store_.insert("t", lines(3, 6));
  store_->flush_all();
  remove({0, 1, 2, 3, 4, 5});
  EXPECT_EQ(plan_scan(version(), {}, 4).tasks.size(), 0u);
  store_->optimize_table(store_.id("t"));
  EXPECT_EQ(store_.segment_count("t"), 0u);
  store_.insert("t", lines(7, 8));
  remove({7});
  store_->flush_all();
  EXPECT_EQ(store_.segment_count("t"), 0u);
  store_.open();
  EXPECT_EQ(store_.rows("t"), "");
}

TEST_F(MutationTest, FindsRowsThatWereMovedAfterItsSnapshot) {
  create("t", {"id"}, "div(id, 10)");
  store_.insert("t", kHeader + "5\ta\n3\tb\n14\tc\n");
  store_->flush_all();
  store_.insert("t", kHeader + "4\td\n15\te\n6\tf\n");
  auto mutation = store_->begin_mutation(store_.id("t"));
  EXPECT_EQ(remove_rows(*mutation, first_cell_in({3, 15, 6}),
                        [](Chunk rows) { return renamed(std::move(rows), "new"); }),
            3u);
  store_->flush_all();
  store_.insert("t", kHeader + "2\tg\n");
  store_->optimize_table(store_.id("t"));
  EXPECT_EQ(store_.segment_count("t"), 2u);
  mutation->commit();
  mutation.reset();  // before the store that it is of
  const std::string expected = "14,c 15,new 2,g 3,new 4,d 5,a 6,new";
  EXPECT_EQ(store_.rows("t"), expected);
  store_.open();
  EXPECT_EQ(store_.rows("t"), expected);
  store_->optimize_table(store_.id("t"));
  store_.open();
  EXPECT_EQ(store_.rows("t"), expected);
}

TEST_F(MutationTest, AFlushKeepsDeletesThatComeWhileItWrites) {
  create("t", {"id"}, "div(id, 10)");
  store_.insert("t", kHeader + "5\ta\n3\tb\n14\tc\n");
  files_.at_next_segment([&] {
    remove({3});
    rename({14}, "new");
    store_.insert("t", kHeader + "7\td\n");
    remove({7});
  });
  store_->flush_all();
  EXPECT_FALSE(files_.is_due());
  EXPECT_EQ(store_.rows("t"), "14,new 5,a");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "14,new 5,a");
  store_->flush_all();
  store_.open();
  EXPECT_EQ(store_.rows("t"), "14,new 5,a");
}

TEST_F(MutationTest, AMergeKeepsDeletesThatComeWhileItWrites) {
  create("t");
  for (uint64_t begin = 0; begin < 30; begin += 10) {
    store_.insert("t", lines(begin, begin + 3));
    store_->flush_all();
  }
  remove({11});
  files_.at_next_segment([&] {
    remove({1, 12});
    rename({20}, "new");
  });
  store_->optimize_table(store_.id("t"));
  EXPECT_FALSE(files_.is_due());
  // What was merged, and the row that came while it was.
  EXPECT_EQ(store_.segment_count("t"), 2u);
  EXPECT_EQ(store_.rows("t"), "0,x 10,x 2,x 20,new 21,x 22,x");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "0,x 10,x 2,x 20,new 21,x 22,x");
}

TEST_F(MutationTest, WorksOnTablesThatMergeRows) {
  create("t", {"id"}, {}, MergeMode::Replacing);
  store_.insert("t", kHeader + "1\ta\n2\tb\n");
  store_.insert("t", kHeader + "1\tc\n");
  EXPECT_EQ(rename({2}, "new"), 1u);
  // The memtable was flushed for the mutation: one row of key 1 is left.
  EXPECT_EQ(store_.rows("t"), "1,c 2,new");
  store_.insert("t", kHeader + "1\td\n");
  EXPECT_EQ(remove({1}), 2u);  // two segments have one each
  EXPECT_EQ(store_.rows("t"), "2,new");
  store_->optimize_table(store_.id("t"));
  store_.open();
  EXPECT_EQ(store_.rows("t"), "2,new");
}

TEST_F(MutationTest, StagesLargeReplacements) {
  StoreOptions options;
  options.directory = "/staged";
  options.background_work = false;
  options.stage_rows_min = 20;
  TestStore store(files_, options);
  store->create_table(table_from_text("t", kHeader, {"id"}));
  store.insert("t", lines(0, 15));
  store->flush_all();
  store.insert("t", lines(15, 50));
  const auto all = [](const Chunk&, size_t) { return true; };
  const auto rename_all = [](Chunk rows) { return renamed(std::move(rows), "new"); };
  EXPECT_EQ(mutate_rows(*store, store.id("t"), all, rename_all), 50u);
  EXPECT_EQ(store->snapshot()->find("default", "t")->row_count(), 50u);
  store.open();
  const std::string rows = store.rows("t");
  EXPECT_EQ(store->snapshot()->find("default", "t")->row_count(), 50u);
  EXPECT_EQ(rows.find(",x"), std::string::npos);
  // Deletes in segments that only the log names.
  EXPECT_EQ(mutate_rows(*store, store.id("t"), first_cell_in({20, 30})), 2u);
  store.open();
  EXPECT_EQ(store->snapshot()->find("default", "t")->row_count(), 48u);
  store->optimize_table(store.id("t"));
  store.open();
  EXPECT_EQ(store->snapshot()->find("default", "t")->row_count(), 48u);
}

TEST_F(MutationTest, TruncateStartsAnew) {
  create("t");
  store_.insert("t", lines(0, 3));
  remove({1});
  store_->truncate_table(store_.id("t"));
  store_.insert("t", lines(5, 8));
  remove({6});
  EXPECT_EQ(store_.rows("t"), "5,x 7,x");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "5,x 7,x");
}

TEST_F(MutationTest, IsRefusedWhenTheTableWasTruncatedMeanwhile) {
  create("t");
  store_.insert("t", lines(0, 3));
  const auto mutation = store_->begin_mutation(store_.id("t"));
  remove_rows(*mutation, first_cell_in({1}), [](Chunk rows) { return renamed(rows, "new"); });
  store_->truncate_table(store_.id("t"));
  EXPECT_THROW(mutation->commit(), Error);
  EXPECT_EQ(store_.rows("t"), "");
}

TEST_F(MutationTest, ThrowsOnMissingTables) {
  EXPECT_THROW(store_->begin_mutation(TableId(99)), Error);
}

// A store of which recovery itself flushes: rows of the log are in a segment before the record that
// deletes them is read.
TEST_F(MutationTest, RecoveryFlushesRowsThatLaterRecordsDelete) {
  create("t");
  for (uint64_t begin = 0; begin < 100; begin += 10) store_.insert("t", lines(begin, begin + 10));
  remove({3, 55, 99});
  rename({4, 56}, "new");
  const std::string rows = store_.rows("t");
  store_.close();
  StoreOptions options;
  options.directory = "/data";
  options.background_work = false;
  options.flush_rows_max = 25;
  TestStore small(files_, options);
  EXPECT_GT(small.segment_count("t"), 2u);
  EXPECT_EQ(small.rows("t"), rows);
  small.open();
  EXPECT_EQ(small.rows("t"), rows);
}

// And it may do so before the record that names a staged segment is read.
TEST_F(MutationTest, RecoveryFlushesWithoutTakingTheIdOfAStagedSegment) {
  StoreOptions options;
  options.directory = "/staged";
  options.background_work = false;
  options.stage_rows_min = 20;
  TestStore store(files_, options);
  store->create_table(table_from_text("t", kHeader, {"id"}));
  store.insert("t", lines(0, 10));
  store.insert("t", lines(10, 20));
  store.insert("t", lines(20, 50));
  const std::string rows = store.rows("t");
  store.close();
  options.flush_rows_max = 15;
  TestStore small(files_, options);
  EXPECT_EQ(small.rows("t"), rows);
  small.open();
  EXPECT_EQ(small.rows("t"), rows);
}

// Random work on one table beside a plain map: inserts, deletes, updates, flushes, merges and
// reopenings, with changes in the middle of flushes and merges.
class RandomMutations : public testing::TestWithParam<uint64_t> {
 protected:
  static constexpr uint64_t kIds = 400;

  void insert() {
    std::string text = kHeader;
    const uint64_t count = 1 + random_.below(40);
    for (uint64_t index = 0; index < count; ++index) {
      const uint64_t id = random_.below(kIds);
      const std::string name = "n" + std::to_string(++last_name_);
      text += std::to_string(id) + "\t" + name + "\n";
      model_.emplace(id, name);
    }
    store_->insert("t", text);
  }

  void mutate() {
    const uint64_t first = random_.below(kIds);
    const uint64_t end = first + 1 + random_.below(random_.chance(0.1) ? kIds : 20);
    const bool is_update = random_.chance(0.5);
    const std::string name = "u" + std::to_string(++last_name_);
    const auto mutation = (*store_)->begin_mutation(store_->id("t"));
    const auto in_range = [&](const Chunk& rows, size_t row) {
      const auto id = value_at(*rows.columns[0], row).as<uint64_t>();
      return first <= id && id < end;
    };
    RowReplacement replacement;
    if (is_update) replacement = [&](Chunk rows) { return renamed(std::move(rows), name); };
    const uint64_t count = remove_rows(*mutation, in_range, replacement);
    const auto begin_of = model_.lower_bound(first);
    const auto end_of = model_.lower_bound(end);
    EXPECT_EQ(count, static_cast<uint64_t>(std::distance(begin_of, end_of)));
    if (is_update) {
      for (auto row = begin_of; row != end_of; ++row) row->second = name;
    } else {
      model_.erase(begin_of, end_of);
    }
    // Between looking and committing others may work.
    if (random_.chance(0.3)) (*store_)->flush_table(store_->id("t"));
    if (random_.chance(0.2)) (*store_)->optimize_table(store_->id("t"));
    if (random_.chance(0.3)) insert();
    mutation->commit();
  }

  // Flushes or merges, with changes while it writes.
  void move_rows() {
    if (random_.chance(0.7)) {
      files_.at_next_segment([&] {
        if (random_.chance(0.5)) insert();
        mutate_once();
        if (random_.chance(0.5)) mutate_once();
      });
    }
    if (random_.chance(0.6)) {
      (*store_)->flush_table(store_->id("t"));
    } else {
      (*store_)->optimize_table(store_->id("t"));
    }
    files_.at_next_segment(nullptr);
  }

  // As mutate(), with nothing in between: the table is being flushed.
  void mutate_once() {
    const uint64_t id = random_.below(kIds);
    const std::string name = "m" + std::to_string(++last_name_);
    const bool is_update = random_.chance(0.5);
    RowReplacement replacement;
    if (is_update) replacement = [&](Chunk rows) { return renamed(std::move(rows), name); };
    mutate_rows(**store_, store_->id("t"), first_cell_in({id, id + 1}), replacement);
    if (is_update) {
      for (auto row = model_.lower_bound(id); row != model_.lower_bound(id + 2); ++row) {
        row->second = name;
      }
    } else {
      model_.erase(model_.lower_bound(id), model_.lower_bound(id + 2));
    }
  }

  std::string model_text() const {
    std::vector<std::string> rows;
    for (const auto& [id, name] : model_) rows.push_back(std::to_string(id) + "," + name);
    std::sort(rows.begin(), rows.end());
    std::string text;
    for (const std::string& row : rows) text += (text.empty() ? "" : " ") + row;
    return text;
  }

  Random random_{GetParam()};
  SegmentHookFileSystem files_;
  std::optional<TestStore> store_;
  std::multimap<uint64_t, std::string> model_;
  uint64_t last_name_ = 0;
};

TEST_P(RandomMutations, AgreeWithAPlainMap) {
  StoreOptions options;
  options.directory = "/data";
  options.background_work = false;
  options.stage_rows_min = 60;
  store_.emplace(files_, options);
  (*store_)->create_table(
      table_from_text("t", kHeader, {"id"}, GetParam() % 2 == 0 ? "div(id, 100)" : ""));
  for (int step = 0; step < 120; ++step) {
    const uint64_t kind = random_.below(10);
    if (kind < 4) {
      insert();
    } else if (kind < 7) {
      mutate();
    } else if (kind < 9) {
      move_rows();
    } else if (random_.chance(0.5)) {
      store_->open();
    } else {
      // Recovery that has to flush on the way.
      store_->close();
      StoreOptions small = options;
      small.flush_rows_max = 1 + random_.below(50);
      TestStore other(files_, small);
      ASSERT_EQ(other.rows("t"), model_text()) << "in step " << step;
      other.close();
      store_->open();
    }
    ASSERT_EQ(store_->rows("t"), model_text()) << "after step " << step;
    ASSERT_EQ((*store_)->snapshot()->find("default", "t")->row_count(), model_.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomMutations, testing::Range<uint64_t>(1, 25));

// Each row is a counter; threads add to random ones by UPDATE while the background flushes and
// merges: no increment may be lost, no row doubled.
TEST(MutationConcurrency, UpdatesBesideFlushesAndMergesLoseNothing) {
  constexpr uint64_t kThreads = 4;
  constexpr uint64_t kUpdates = 40;
  FaultFileSystem files;
  StoreOptions options;
  options.directory = "/data";
  options.flush_rows_max = 30;
  TestStore store(files, options);
  store->create_table(table_from_text("t", "id:UInt64 count:UInt64\n", {"id"}));
  const TableId table = store.id("t");
  std::string text = "id:UInt64 count:UInt64\n";
  for (int id = 0; id < 20; ++id) text += std::to_string(id) + "\t0\n";
  store.insert("t", text);
  const auto add_one = [](Chunk rows) {
    std::string more = "id:UInt64 count:UInt64\n";
    for (size_t row = 0; row < rows.row_count; ++row) {
      more += std::to_string(value_at(*rows.columns[0], row).as<uint64_t>()) + "\t" +
              std::to_string(value_at(*rows.columns[1], row).as<uint64_t>() + 1) + "\n";
    }
    return chunk_from_text(more);
  };
  std::atomic<uint64_t> running{kThreads};
  std::atomic<uint64_t> added{0};
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      Random random(thread);
      for (uint64_t update = 0; update < kUpdates; ++update) {
        added += mutate_rows(*store, table, first_cell_in({random.below(20), random.below(20)}),
                             add_one);
      }
      --running;
    });
  }
  threads.emplace_back([&] {
    while (running > 0) store->optimize_table(table);
  });
  threads.emplace_back([&] {
    while (running > 0) EXPECT_EQ(store->snapshot()->find(table)->row_count(), 20u);
  });
  for (std::thread& thread : threads) thread.join();
  const auto sum = [&] {
    const SnapshotPtr snapshot = store->snapshot();
    const Chunk rows = scan(*snapshot->find(table));
    EXPECT_EQ(rows.row_count, 20u);
    uint64_t total = 0;
    for (size_t row = 0; row < rows.row_count; ++row) {
      total += value_at(*rows.columns[1], row).as<uint64_t>();
    }
    return total;
  };
  EXPECT_EQ(sum(), added);
  store.open();
  EXPECT_EQ(sum(), added);
}

}  // namespace
}  // namespace freshet
