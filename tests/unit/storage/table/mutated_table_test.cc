// Rows that are deleted or replaced, together with what else changes a table: partitions that come
// and go, columns that are altered, backups, and INSERTs that are sent twice.

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/table/backup.h"
#include "storage/table/column_edit.h"
#include "storage/table/manifest_edit.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/mutate_rows.h"
#include "tests/support/test_store.h"

namespace freshet {
namespace {

const std::string kHeader = "id:UInt64 name:String\n";

TableStore::PartTest only(const std::string& partition) {
  return [partition](const std::string& found, SegmentId) { return found == partition; };
}

Chunk renamed(const Chunk& rows, const std::string& name) {
  std::string text = kHeader;
  for (size_t row = 0; row < rows.row_count; ++row) {
    text += std::to_string(value_at(*rows.columns[0], row).as<uint64_t>()) + "\t" + name + "\n";
  }
  return chunk_from_text(text);
}

class MutatedTable : public testing::Test {
 protected:
  void create(const std::string& name, std::vector<std::string> unique_key = {}) {
    TableDefinition definition = table_from_text(name, kHeader, {"id"}, "div(id, 10)");
    definition.unique_key = std::move(unique_key);
    store_->create_table(std::move(definition));
  }
  TableId id(const std::string& table) { return store_.id(table); }
  uint64_t remove(const std::string& table, std::vector<uint64_t> ids) {
    return mutate_rows(*store_, id(table), first_cell_in(std::move(ids)));
  }
  uint64_t rename(const std::string& table, std::vector<uint64_t> ids, const std::string& name) {
    return mutate_rows(*store_, id(table), first_cell_in(std::move(ids)),
                       [&](const Chunk& rows) { return renamed(rows, name); });
  }
  // Now, after a start that replays the log, and after one that finds all in segments.
  void expect_rows(const std::string& table, const std::string& rows) {
    EXPECT_EQ(store_.rows(table), rows);
    store_.open();
    EXPECT_EQ(store_.rows(table), rows) << "after a restart";
    store_->flush_all();
    store_.open();
    EXPECT_EQ(store_.rows(table), rows) << "after a flush and a restart";
  }
  void alter(const std::function<void(TableDefinition&)>& change) {
    const TableDefinitionPtr old = store_->snapshot()->find("default", "t")->definition;
    TableDefinition altered = *old;
    change(altered);
    ASSERT_TRUE(store_->alter_table(old, std::move(altered)));
  }

  FaultFileSystem files_;
  TestStore store_{files_};
};

TEST_F(MutatedTable, KeepsItsOtherRowsWhenAPartitionIsDropped) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n2\tb\n11\tc\n12\td\n");
  remove("t", {1});
  // Rows of both partitions are in memory, and rows behind them are deleted by their place there.
  store_->drop_partitions(id("t"), only("0"));
  store_.insert("t", kHeader + "3\te\n13\tf\n");
  EXPECT_EQ(remove("t", {11, 3}), 2u);
  EXPECT_EQ(rename("t", {13}, "g"), 1u);
  expect_rows("t", "12,d 13,g");
}

TEST_F(MutatedTable, CountsOnWhenAPartitionIsDroppedAndTheLogIsReplayed) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n11\tb\n");
  store_->drop_partitions(id("t"), only("0"));
  store_.insert("t", kHeader + "12\tc\n2\td\n");
  remove("t", {12});
  store_.open();
  store_.insert("t", kHeader + "13\te\n");
  EXPECT_EQ(remove("t", {2, 13}), 2u);
  expect_rows("t", "11,b");
}

TEST_F(MutatedTable, DetachesAndAttachesPartitionsWithoutDeletedRows) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n2\tb\n11\tc\n");
  store_->flush_all();
  store_.insert("t", kHeader + "3\td\n4\te\n");
  // In the log only, when the partition is detached.
  remove("t", {2, 3});
  EXPECT_EQ(store_->detach_partitions(id("t"), only("0")), 2u);
  EXPECT_EQ(store_.rows("t"), "11,c");
  uint64_t detached = 0;
  for (const auto& segment : store_->detached_segments(id("t"))) detached += segment.row_count;
  EXPECT_EQ(detached, 2u);
  store_->truncate_table(id("t"));
  store_.open();
  EXPECT_EQ(store_->attach_partitions(id("t"), only("0")), 2u);
  EXPECT_EQ(store_.rows("t"), "1,a 4,e");
  remove("t", {4});
  expect_rows("t", "1,a");
  store_->optimize_table(id("t"));
  expect_rows("t", "1,a");
}

TEST_F(MutatedTable, CopiesAndMovesPartitionsWithoutDeletedRows) {
  create("t");
  create("u");
  store_.insert("t", kHeader + "1\ta\n2\tb\n11\tc\n12\td\n");
  store_->flush_all();
  store_.insert("t", kHeader + "3\te\n4\tf\n13\tg\n");
  remove("t", {2, 4, 11});
  store_.insert("u", kHeader + "5\tx\n6\ty\n");
  remove("u", {5});
  EXPECT_EQ(store_->copy_partitions(id("t"), id("u"), only("0"), /*replace=*/true), 2u);
  EXPECT_EQ(store_.rows("u"), "1,a 3,e");
  EXPECT_EQ(store_->move_partitions(id("t"), id("u"), only("1")), 2u);
  EXPECT_EQ(store_.rows("u"), "1,a 12,d 13,g 3,e");
  remove("u", {3, 12});
  expect_rows("u", "1,a 13,g");
  expect_rows("t", "1,a 3,e");
}

TEST_F(MutatedTable, APartitionOfDeletedRowsOnlyReplacesNothing) {
  create("t");
  create("u");
  store_.insert("t", kHeader + "1\ta\n");
  remove("t", {1});
  store_.insert("u", kHeader + "2\tb\n");
  EXPECT_EQ(store_->copy_partitions(id("t"), id("u"), only("0"), /*replace=*/true), 0u);
  expect_rows("u", "2,b");
}

TEST_F(MutatedTable, WithAUniqueKeyTakesNoRowsThatNobodyLookedUp) {
  create("t", {"id"});
  create("u");
  store_.insert("t", kHeader + "1\ta\n11\tb\n");
  store_.insert("u", kHeader + "1\tc\n");
  EXPECT_THROW(store_->copy_partitions(id("u"), id("t"), only("0"), true), Error);
  EXPECT_THROW(store_->copy_partitions(id("u"), id("t"), only("0"), false), Error);
  EXPECT_THROW(store_->move_partitions(id("u"), id("t"), only("0")), Error);
  EXPECT_THROW(store_->detach_partitions(id("t"), only("0")), Error);
  EXPECT_THROW(store_->attach_partitions(id("t"), only("0")), Error);
  // Out of it they may go.
  store_->drop_partitions(id("t"), only("0"));
  store_.insert("t", kHeader + "1\td\n11\te\n");
  EXPECT_EQ(store_.rows("t"), "1,d 11,e");
  store_->move_partitions(id("t"), id("u"), only("1"));
  store_.insert("t", kHeader + "11\tf\n1\tg\n");
  expect_rows("t", "1,g 11,f");
  expect_rows("u", "1,c 11,e");
}

TEST_F(MutatedTable, ReadsColumnsThatCameAfterItsDeletes) {
  create("t");
  store_.insert("t", kHeader + "1\t10\n2\t20\n3\t30\n");
  store_->flush_all();
  store_.insert("t", kHeader + "4\t40\n5\t50\n6\t60\n");
  remove("t", {2, 5});
  alter([](TableDefinition& table) {
    ColumnDefinition added;
    added.name = "n";
    added.type = parse_data_type("UInt64");
    added.default_kind = DefaultKind::Default;
    added.default_expression = "add(id, 100)";
    add_column(table, added, 0);
  });
  alter([](TableDefinition& table) {
    ColumnDefinition changed = table.columns[2];
    changed.type = parse_data_type("UInt64");
    replace_column(table, 2, changed);
  });
  mutate_rows(*store_, id("t"), [](const Chunk& rows, size_t row) {
    return value_at(*rows.columns[1], row).as<uint64_t>() == 4;
  });
  expect_rows("t", "101,1,10 103,3,30 106,6,60");
  store_->optimize_table(id("t"));
  expect_rows("t", "101,1,10 103,3,30 106,6,60");
}

TEST_F(MutatedTable, AMutationThatBeganBeforeAnAlterPutsItsRowsInTheNewColumns) {
  create("t");
  store_.insert("t", kHeader + "1\ta\n2\tb\n");
  const auto mutation = store_->begin_mutation(id("t"));
  remove_rows(*mutation, first_cell_in({2}), [](const Chunk& rows) { return renamed(rows, "c"); });
  alter([](TableDefinition& table) {
    ColumnDefinition added;
    added.name = "n";
    added.type = parse_data_type("UInt64");
    added.default_kind = DefaultKind::Default;
    added.default_expression = "add(id, 100)";
    add_column(table, added, 0);
  });
  mutation->commit();
  expect_rows("t", "101,1,a 102,2,c");
}

TEST_F(MutatedTable, WithAUniqueKeyLooksRowsUpInTheNewColumns) {
  create("t", {"id"});
  store_.insert("t", kHeader + "1\ta\n2\tb\n");
  store_->flush_all();
  store_.insert("t", kHeader + "3\tc\n");
  const TableDefinitionPtr old = store_->snapshot()->find("default", "t")->definition;
  const auto insert = store_->begin_insert();
  insert->append(old, chunk_from_text(kHeader + "2\td\n3\te\n4\tf\n"));
  alter([](TableDefinition& table) {
    ColumnDefinition added;
    added.name = "n";
    added.type = parse_data_type("UInt64");
    added.default_kind = DefaultKind::Default;
    added.default_expression = "add(id, 100)";
    add_column(table, added, 0);
  });
  insert->commit();
  EXPECT_EQ(store_.rows("t"), "101,1,a 102,2,d 103,3,e 104,4,f");
  store_.insert("t", "n:UInt64 id:UInt64 name:String\n7\t1\tg\n8\t4\th\n");
  expect_rows("t", "102,2,d 103,3,e 7,1,g 8,4,h");
}

TEST_F(MutatedTable, IsBackedUpWithoutDeletedRows) {
  create("t", {"id"});
  store_.insert("t", kHeader + "1\ta\n2\tb\n3\tc\n");
  store_->flush_all();
  BackupRequest full;
  full.directory = "/backups/full";
  EXPECT_EQ(store_->write_backup(full).row_count, 3u);
  store_.insert("t", kHeader + "4\td\n5\te\n2\tf\n");
  remove("t", {1, 4});
  BackupRequest next;
  next.directory = "/backups/next";
  next.base_directory = full.directory;
  const BackupSummary done = store_->write_backup(next);
  EXPECT_EQ(done.row_count, 3u);
  EXPECT_LT(done.copied_bytes, done.total_bytes) << "the segment is that of the base";
  remove("t", {3, 5});

  const auto restore = [&](const std::string& directory, const std::string& name) {
    RestoreRequest request;
    request.directory = directory;
    const auto contents = store_->open_backup(directory);
    RestoreRequest::Table wanted{.database = "default",
                                 .name = "t",
                                 .definition = contents->find("default", "t")->definition};
    wanted.definition.name = name;
    request.tables.push_back(std::move(wanted));
    return store_->restore_backup(request).row_count;
  };
  EXPECT_EQ(restore("/backups/next", "u"), 3u);
  EXPECT_EQ(restore("/backups/full", "v"), 3u);
  expect_rows("u", "2,f 3,c 5,e");
  expect_rows("v", "1,a 2,b 3,c");
  // The key is unique there, too.
  store_.insert("u", kHeader + "3\tg\n6\th\n");
  store_->optimize_table(id("u"));
  expect_rows("u", "2,f 3,g 5,e 6,h");
}

TEST_F(MutatedTable, WithAUniqueKeyTakesAnInsertThatIsSentTwiceOnce) {
  create("t", {"id"});
  const auto insert = [&](const std::string& key, const std::string& rows) {
    const auto transaction = store_->begin_insert();
    transaction->append(id("t"), chunk_from_text(kHeader + rows));
    transaction->set_idempotency_key(key, id("t"));
    return transaction->commit().duplicate;
  };
  EXPECT_FALSE(insert("one", "1\ta\n2\tb\n"));
  EXPECT_FALSE(insert("two", "1\tc\n"));
  EXPECT_TRUE(insert("one", "1\ta\n2\tb\n"));
  EXPECT_EQ(store_.rows("t"), "1,c 2,b");
  store_.open();
  EXPECT_TRUE(insert("one", "1\ta\n2\tb\n"));
  EXPECT_FALSE(insert("three", "2\td\n"));
  expect_rows("t", "1,c 2,d");
}

TEST(ManifestEdits, KeepDeletedRowsOfDetachedSegments) {
  ManifestState state;
  const TableId table(1);
  RowSetBuilder rows;
  rows.add(3);
  TableDefinition definition = table_from_text("t", kHeader, {"id"});
  definition.id = table;
  state.apply(PutTable{definition});
  state.apply(PutUniqueKey{table, {"id"}});
  AddSegment added;
  added.table = table;
  added.segment = SegmentId(5);
  added.row_count = 10;
  state.apply(added);
  state.apply(PutDeletedRows{table, SegmentId(5), rows.take()});
  state.apply(DetachSegment{table, SegmentId(5)});
  state.apply(TruncateTable{table});
  ManifestState again;
  for (const ManifestEdit& edit :
       decode_manifest_edits(encode_manifest_edits(state.as_edits()))) {
    again.apply(edit);
  }
  again.apply(AttachSegment{table, SegmentId(5), Lsn(1), SegmentId(6)});
  EXPECT_EQ(again.tables.at(table).deleted.at(SegmentId(5)).count(), 1u);
  EXPECT_EQ(again.tables.at(table).definition.unique_key, std::vector<std::string>{"id"});
  again.apply(RemoveSegment{table, SegmentId(5)});
  EXPECT_TRUE(again.tables.at(table).deleted.empty());
}

}  // namespace
}  // namespace freshet
