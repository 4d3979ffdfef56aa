#include "storage/table/table_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/fault_file_system.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

using testing::HasSubstr;

const std::string kHeader = "id:UInt64 name:String\n";

template <class Function>
std::string refusal(Function&& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.display();
  }
  return "accepted";
}

class TableStoreTest : public testing::Test {
 protected:
  void create(const std::string& name, std::vector<std::string> order_by = {"id"},
              std::string partition_by = {}) {
    store_->create_table(
        table_from_text(name, kHeader, std::move(order_by), std::move(partition_by)));
  }

  FaultFileSystem files_;
  TestStore store_{files_};
};

TEST_F(TableStoreTest, ShowsRowsAfterCommitOnly) {
  create("t");
  const auto insert = store_->begin_insert();
  insert->append(store_.id("t"), chunk_from_text(kHeader + "1\ta\n2\tb\n"));
  EXPECT_EQ(store_.rows("t"), "");
  const CommitReceipt receipt = insert->commit();
  EXPECT_EQ(receipt.rows, 2u);
  EXPECT_FALSE(receipt.duplicate);
  EXPECT_EQ(store_.rows("t"), "1,a 2,b");
  EXPECT_EQ(store_->snapshot()->lsn(), receipt.lsn);
}

TEST_F(TableStoreTest, ForgetsAnInsertThatIsNotCommitted) {
  create("t");
  store_->begin_insert()->append(store_.id("t"), chunk_from_text(kHeader + "1\ta\n"));
  EXPECT_EQ(store_.rows("t"), "");
  EXPECT_EQ(store_.memory.bytes(), 0u);
}

TEST_F(TableStoreTest, CommitsSeveralTablesTogether) {
  create("a");
  create("b");
  const SnapshotPtr before = store_->snapshot();
  const auto insert = store_->begin_insert();
  insert->append(store_.id("a"), chunk_from_text(kHeader + "1\tx\n"));
  insert->append(store_.id("b"), chunk_from_text(kHeader + "2\ty\n"));
  insert->commit();
  EXPECT_EQ(store_.rows("a"), "1,x");
  EXPECT_EQ(store_.rows("b"), "2,y");
  EXPECT_EQ(before->find("default", "a")->row_count(), 0u);
}

std::string numbered_rows(uint64_t begin, uint64_t end) {
  std::string text = kHeader;
  for (uint64_t id = begin; id < end; ++id) text += std::to_string(id) + "\tx\n";
  return text;
}

// A flush during replay comes before the record that names a staged segment is read.
TEST_F(TableStoreTest, RecoveryFlushesWithoutTakingTheIdOfAStagedSegment) {
  StoreOptions options;
  options.directory = "/staged";
  options.background_work = false;
  options.stage_rows_min = 20;
  TestStore store(files_, options);
  store->create_table(table_from_text("t", kHeader, {"id"}));
  store.insert("t", numbered_rows(0, 10));
  store.insert("t", numbered_rows(10, 20));
  store.insert("t", numbered_rows(20, 50));
  const std::string rows = store.rows("t");
  store.close();
  options.flush_rows_max = 15;
  TestStore small(files_, options);
  EXPECT_EQ(small.rows("t"), rows);
  small.open();
  EXPECT_EQ(small.rows("t"), rows);
}

TEST_F(TableStoreTest, KeepsEverythingOverAReopening) {
  create("t");
  store_->create_database("shop", "events");
  store_.insert("t", kHeader + "1\ta\n");
  store_->flush_table(store_.id("t"));
  store_.insert("t", kHeader + "2\tb\n");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,a 2,b");
  EXPECT_EQ(store_->snapshot()->databases(), (std::vector<std::string>{"default", "shop"}));
  EXPECT_EQ(store_->snapshot()->database_comment("shop"), "events");
  EXPECT_EQ(store_.segment_count("t"), 1u);
  store_.insert("t", kHeader + "3\tc\n");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,a 2,b 3,c");
}

TEST_F(TableStoreTest, FlushesSortedSegmentsByPartition) {
  create("t", {"id"}, "div(id, 10)");
  store_.insert("t", kHeader + "25\tx\n3\tc\n");
  store_.insert("t", kHeader + "21\ty\n1\ta\n");
  store_->flush_all();
  const SnapshotPtr snapshot = store_->snapshot();
  const TableVersion& version = *snapshot->find("default", "t");
  EXPECT_TRUE(version.memtable.empty());
  ASSERT_EQ(version.segments.size(), 2u);
  EXPECT_EQ(version.segments[0]->partition, "2");
  EXPECT_EQ(version.segments[1]->partition, "0");
  EXPECT_EQ(chunk_rows_text(version.schema, scan(version)), "21\ty\n25\tx\n1\ta\n3\tc\n");
  EXPECT_EQ(store_.memory.bytes(), 0u);
}

TEST_F(TableStoreTest, OldSnapshotsOutliveFlushMergeTruncateAndDrop) {
  create("t");
  for (int row = 0; row < 4; ++row) {
    store_.insert("t", kHeader + std::to_string(row) + "\tx\n");
    store_->flush_all();
  }
  const SnapshotPtr old = store_->snapshot();
  const TableVersion& version = *old->find("default", "t");
  store_->optimize_table(store_.id("t"));
  EXPECT_EQ(store_.segment_count("t"), 1u);
  EXPECT_EQ(TestStore::rows_text(version), "0,x 1,x 2,x 3,x");
  store_->truncate_table(store_.id("t"));
  EXPECT_EQ(store_.rows("t"), "");
  EXPECT_EQ(TestStore::rows_text(version), "0,x 1,x 2,x 3,x");
  store_->drop_table(store_.id("t"));
  EXPECT_EQ(TestStore::rows_text(version), "0,x 1,x 2,x 3,x");
}

TEST_F(TableStoreTest, StagesLargeInsertsBeforeTheCommit) {
  StoreOptions options;
  options.directory = "/staging";
  options.background_work = false;
  options.stage_rows_min = 100;
  TestStore store(files_, options);
  store->create_table(table_from_text("t", kHeader, {"id"}));
  auto insert = store->begin_insert();
  std::string expected;
  for (int part = 0; part < 5; ++part) {
    const auto first = static_cast<uint64_t>(100 * part);
    insert->append(store.id("t"), chunk_from_text(numbered_rows(first, first + 50)));
  }
  EXPECT_EQ(store.rows("t"), "");
  EXPECT_EQ(files_.list("/staging/segments/1").size(), 2u);
  insert->commit();
  insert.reset();  // it must not outlive the store, which is opened anew below
  const std::string rows = store.rows("t");
  EXPECT_EQ(store->snapshot()->find("default", "t")->row_count(), 250u);
  EXPECT_EQ(store.segment_count("t"), 2u);

  // Once from the log alone, then from the manifest, then merged.
  store.open();
  EXPECT_EQ(store.rows("t"), rows);
  store->flush_all();
  EXPECT_EQ(store.segment_count("t"), 3u);
  store.open();
  EXPECT_EQ(store.rows("t"), rows);
  store->optimize_table(store.id("t"));
  EXPECT_EQ(store.segment_count("t"), 1u);
  store.open();
  EXPECT_EQ(store.rows("t"), rows);
  EXPECT_EQ(files_.list("/staging/segments/1").size(), 1u);
}

TEST_F(TableStoreTest, MergedStagedSegmentsDoNotComeBackFromTheLog) {
  StoreOptions options;
  options.directory = "/staging";
  options.background_work = false;
  options.stage_rows_min = 1;
  TestStore store(files_, options);
  store->create_table(table_from_text("t", kHeader, {"id"}));
  store->create_table(table_from_text("other", kHeader, {"id"}));
  for (int round = 0; round < 3; ++round) {
    const auto insert = store->begin_insert();
    insert->append(store.id("t"), chunk_from_text(kHeader + std::to_string(round) + "\tx\n"));
    insert->commit();
  }
  EXPECT_EQ(store.segment_count("t"), 3u);
  store->optimize_table(store.id("t"));
  store.open();
  EXPECT_EQ(store.rows("t"), "0,x 1,x 2,x");
}

TEST_F(TableStoreTest, RemovesStagedFilesOfAnAbandonedInsert) {
  StoreOptions options;
  options.directory = "/staging";
  options.background_work = false;
  options.stage_rows_min = 1;
  TestStore store(files_, options);
  store->create_table(table_from_text("t", kHeader));
  store->begin_insert()->append(store.id("t"), chunk_from_text(kHeader + "1\ta\n"));
  EXPECT_TRUE(files_.list("/staging/segments/1").empty());
}

TEST_F(TableStoreTest, RepeatsOfAnIdempotencyKeyAddNothing) {
  create("t");
  const auto insert = [&](const std::string& key, int id) {
    const auto transaction = store_->begin_insert();
    transaction->append(store_.id("t"), chunk_from_text(kHeader + std::to_string(id) + "\tx\n"));
    transaction->set_idempotency_key(key);
    return transaction->commit();
  };
  const CommitReceipt first = insert("k1", 1);
  const CommitReceipt again = insert("k1", 1);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.lsn, first.lsn);
  EXPECT_EQ(again.rows, 0u);
  insert("k2", 2);
  EXPECT_EQ(store_.rows("t"), "1,x 2,x");

  store_.open();  // remembered by the log
  EXPECT_EQ(insert("k1", 1).lsn, first.lsn);
  store_->flush_all();
  store_.open();  // remembered by the manifest
  EXPECT_TRUE(insert("k1", 1).duplicate);
  EXPECT_TRUE(insert("k2", 2).duplicate);
  EXPECT_EQ(store_.rows("t"), "1,x 2,x");
}

TEST_F(TableStoreTest, RemembersSourcePositions) {
  create("t");
  const auto insert = [&](const std::string& position) {
    const auto transaction = store_->begin_insert();
    transaction->append(store_.id("t"), chunk_from_text(kHeader + position + "\tx\n"));
    transaction->set_source_position({"file:/log", position});
    transaction->commit();
  };
  EXPECT_EQ(store_->source_position("file:/log"), std::nullopt);
  insert("10");
  insert("20");
  EXPECT_EQ(store_->source_position("file:/log"), "20");
  store_.open();
  EXPECT_EQ(store_->source_position("file:/log"), "20");
  store_->flush_all();
  insert("30");
  store_.open();
  EXPECT_EQ(store_->source_position("file:/log"), "30");
}

TEST_F(TableStoreTest, RefusesInsertsIntoADroppedTable) {
  create("a");
  create("b");
  const auto insert = store_->begin_insert();
  insert->append(store_.id("a"), chunk_from_text(kHeader + "1\tx\n"));
  insert->append(store_.id("b"), chunk_from_text(kHeader + "1\tx\n"));
  store_->drop_table(store_.id("b"));
  EXPECT_THAT(refusal([&] { insert->commit(); }), HasSubstr("UNKNOWN_TABLE"));
  EXPECT_EQ(store_.rows("a"), "");
  EXPECT_THAT(refusal([&] {
                store_->begin_insert()->append(TableId(99), chunk_from_text(kHeader + "1\tx\n"));
              }),
              HasSubstr("UNKNOWN_TABLE"));
}

TEST_F(TableStoreTest, TruncateTakesWhatWasCommittedBefore) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n");
  store_->flush_all();
  store_.insert("t", kHeader + "2\tb\n");
  store_->truncate_table(store_.id("t"));
  EXPECT_EQ(store_.rows("t"), "");
  store_.insert("t", kHeader + "3\tc\n");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "3,c");
}

TEST_F(TableStoreTest, RenamesAtOnce) {
  create("a");
  create("b");
  store_.insert("a", kHeader + "1\ta\n");
  const TableStore::Rename exchange[] = {{store_.id("a"), "default", "b"},
                                         {store_.id("b"), "default", "a"}};
  store_->rename_tables(exchange);
  EXPECT_EQ(store_.rows("b"), "1,a");
  EXPECT_EQ(store_.rows("a"), "");
  const TableStore::Rename clash[] = {{store_.id("a"), "default", "b"}};
  EXPECT_THAT(refusal([&] { store_->rename_tables(clash); }), HasSubstr("TABLE_ALREADY_EXISTS"));
  store_.open();
  EXPECT_EQ(store_.rows("b"), "1,a");
}

TEST_F(TableStoreTest, CreatesSeveralTablesOrNone) {
  create("taken");
  TableDefinition view = table_from_text("view", kHeader);
  view.target = store_->reserve_table_id();
  TableDefinition inner = table_from_text("taken", kHeader);
  inner.id = view.target;
  EXPECT_THAT(refusal([&] {
                store_->create_tables({view, inner});
              }),
              HasSubstr("TABLE_ALREADY_EXISTS"));
  EXPECT_EQ(store_.rows("view"), "no table");
  inner.name = ".inner.view";
  const auto created = store_->create_tables({view, inner});
  EXPECT_EQ(created[0]->target, created[1]->id);
  EXPECT_EQ(created[0]->uuid.size(), 36u);
  EXPECT_NE(created[0]->uuid, created[1]->uuid);
}

TEST_F(TableStoreTest, NamesWhatIsMissingOrTwice) {
  create("t");
  EXPECT_THAT(refusal([&] { create("t"); }),
              HasSubstr("Code: 57. DB::Exception: There is already a table default.t"));
  EXPECT_THAT(refusal([&] { store_->create_database("default", ""); }),
              HasSubstr("DATABASE_ALREADY_EXISTS"));
  EXPECT_THAT(refusal([&] { store_->drop_database("nowhere"); }), HasSubstr("UNKNOWN_DATABASE"));
  EXPECT_THAT(refusal([&] { store_->drop_table(TableId(77)); }), HasSubstr("UNKNOWN_TABLE"));
  TableDefinition elsewhere = table_from_text("t", kHeader);
  elsewhere.database = "nowhere";
  EXPECT_THAT(refusal([&] { store_->create_table(elsewhere); }), HasSubstr("UNKNOWN_DATABASE"));
}

TEST_F(TableStoreTest, DropsADatabaseWithItsTables) {
  store_->create_database("shop", "");
  TableDefinition orders = table_from_text("orders", kHeader);
  orders.database = "shop";
  store_->create_table(orders);
  create("t");
  store_->drop_database("shop");
  EXPECT_EQ(store_->snapshot()->tables().size(), 1u);
  store_.open();
  EXPECT_EQ(store_->snapshot()->databases(), (std::vector<std::string>{"default"}));
}

TEST_F(TableStoreTest, ReplacesADefinitionButNotItsColumns) {
  create("t");
  TableDefinition changed = *store_->snapshot()->find(store_.id("t"))->definition;
  changed.comment = "hello";
  store_->replace_definition(changed);
  store_.open();
  EXPECT_EQ(store_->snapshot()->find("default", "t")->definition->comment, "hello");
  changed.columns.pop_back();
  EXPECT_THAT(refusal([&] { store_->replace_definition(changed); }), HasSubstr("NOT_IMPLEMENTED"));
}

TEST_F(TableStoreTest, KeepsTheNewestRowOfAKeyWhenReplacing) {
  TableDefinition definition = table_from_text("r", kHeader, {"id"});
  definition.merge_mode = MergeMode::Replacing;
  store_->create_table(definition);
  store_.insert("r", kHeader + "1\told\n2\tkeep\n");
  store_.insert("r", kHeader + "1\tnew\n");
  store_->flush_all();
  EXPECT_EQ(store_.rows("r"), "1,new 2,keep");
  store_.insert("r", kHeader + "1\tnewest\n3\tmore\n");
  store_->flush_all();
  EXPECT_EQ(store_.rows("r"), "1,new 1,newest 2,keep 3,more");
  store_->optimize_table(store_.id("r"));
  EXPECT_EQ(store_.rows("r"), "1,newest 2,keep 3,more");
}

TEST_F(TableStoreTest, StagedRowsReplaceOlderMemtableRows) {
  StoreOptions options;
  options.directory = "/staging";
  options.background_work = false;
  options.stage_rows_min = 3;
  TestStore store(files_, options);
  TableDefinition definition = table_from_text("r", kHeader, {"id"});
  definition.merge_mode = MergeMode::Replacing;
  store->create_table(definition);
  store.insert("r", kHeader + "1\told\n");
  store.insert("r", kHeader + "1\tstaged\n2\tstaged\n3\tstaged\n");
  store.insert("r", kHeader + "3\tnewest\n");
  store->optimize_table(store.id("r"));
  EXPECT_EQ(store.rows("r"), "1,staged 2,staged 3,newest");
}

TEST_F(TableStoreTest, TrimsTheLogWhenAllIsFlushed) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n");
  store_->flush_all();
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,a");
  EXPECT_EQ(store_->snapshot()->find("default", "t")->memtable.size(), 0u);
}

TEST_F(TableStoreTest, RefusesASecondServer) {
  EXPECT_THAT(refusal([&] { TestStore second(files_); }),
              HasSubstr("The data directory is in use by another server"));
}

TEST_F(TableStoreTest, RefusesALogWithoutAManifest) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n");
  store_.close();
  files_.remove("/data/manifest");
  EXPECT_THAT(refusal([&] { store_.open(); }), HasSubstr("no manifest: /data"));
}

TEST_F(TableStoreTest, NamesAMissingSegment) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n");
  store_->flush_all();
  store_.close();
  files_.remove("/data/segments/1/1.seg");
  EXPECT_THAT(refusal([&] { store_.open(); }), HasSubstr("/data/segments/1/1.seg"));
}

TEST_F(TableStoreTest, RefusesInsertsWhenTheDiskIsFullAndRecovers) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n");
  files_.set_capacity(0);
  EXPECT_THAT(refusal([&] { store_.insert("t", kHeader + "2\tb\n"); }),
              HasSubstr("NOT_ENOUGH_SPACE"));
  EXPECT_EQ(store_.rows("t"), "1,a");
  EXPECT_THAT(refusal([&] { store_->flush_all(); }), HasSubstr("NOT_ENOUGH_SPACE"));
  EXPECT_THAT(refusal([&] { create("u"); }), HasSubstr("NOT_ENOUGH_SPACE"));
  EXPECT_EQ(store_.rows("t"), "1,a");
  files_.set_capacity(~uint64_t{0});
  store_.insert("t", kHeader + "3\tc\n");
  store_->flush_all();
  create("u");
  EXPECT_EQ(store_.rows("t"), "1,a 3,c");
  store_.open();
  EXPECT_EQ(store_.rows("t"), "1,a 3,c");
}

TEST_F(TableStoreTest, RefusesInsertsForGoodWhenTheLogCannotBeSynced) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n");
  files_.fail_at(files_.operation_count() + 2, Fault::IoError);  // append, sync
  EXPECT_THAT(refusal([&] { store_.insert("t", kHeader + "2\tb\n"); }),
              HasSubstr("inserts are refused until the server is restarted"));
  EXPECT_THAT(refusal([&] { store_.insert("t", kHeader + "3\tc\n"); }),
              HasSubstr("inserts are refused until the server is restarted"));
  EXPECT_EQ(store_.rows("t"), "1,a");
  store_.close();
  files_.crash();
  store_.open();
  store_.insert("t", kHeader + "4\td\n");
  EXPECT_EQ(store_.rows("t"), "1,a 4,d");
}

TEST_F(TableStoreTest, RefusesInsertsBeyondTheMemoryBudget) {
  MemoryBudget memory(10'000);
  ManualClock clock;
  MetricsRegistry metrics;
  SimpleCompiler compiler;
  StoreOptions options;
  options.directory = "/small";
  options.background_work = false;
  TableStore store(options, files_, clock, memory, metrics, compiler, keep_last_of_each_key);
  const TableId table = store.create_table(table_from_text("t", kHeader))->id;
  const std::string text = kHeader + "1\t" + std::string(3000, 'x') + "\n";
  std::string outcome = "accepted";
  int accepted = 0;
  while (outcome == "accepted" && accepted < 10) {
    outcome = refusal([&] {
      const auto insert = store.begin_insert();
      insert->append(table, chunk_from_text(text));
      insert->commit();
      ++accepted;
    });
  }
  EXPECT_THAT(outcome, HasSubstr("MEMORY_LIMIT_EXCEEDED"));
  EXPECT_GE(accepted, 2);
  store.flush_all();
  EXPECT_EQ(memory.bytes(), 0u);
  EXPECT_EQ(refusal([&] {
              const auto insert = store.begin_insert();
              insert->append(table, chunk_from_text(text));
              insert->commit();
            }),
            "accepted");
}

TEST(TableStoreOnDisk, WorksOnARealDirectory) {
  const std::string directory =
      std::filesystem::temp_directory_path() / ("freshet_store_" + std::to_string(::getpid()));
  std::filesystem::remove_all(directory);
  PosixFileSystem files;
  StoreOptions options;
  options.directory = directory;
  options.flush_rows_max = 100;
  {
    TestStore store(files, options);
    store->create_table(table_from_text("t", kHeader, {"id"}, "div(id, 1000)"));
    for (int row = 0; row < 500; ++row) {
      store.insert("t", kHeader + std::to_string(row * 10) + "\tx\n");
    }
    EXPECT_EQ(store->snapshot()->find("default", "t")->row_count(), 500u);
    EXPECT_THAT(refusal([&] { TestStore second(files, options); }),
                HasSubstr("process " + std::to_string(::getpid())));
    const std::string rows = store.rows("t");
    store.open();
    EXPECT_EQ(store.rows("t"), rows);
    store->optimize_table(store.id("t"));
    EXPECT_EQ(store.segment_count("t"), 5u);
    EXPECT_EQ(store.rows("t"), rows);
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace freshet
