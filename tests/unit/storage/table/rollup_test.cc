// Rows of rollups beside segments: when they are made, when they count, and when they go.

#include <gtest/gtest.h>

#include "tests/support/fault_file_system.h"
#include "tests/support/mutate_rows.h"
#include "tests/support/rollup_rows.h"

namespace freshet {
namespace {

const std::string kHeader = "id:UInt64\n";

StoreOptions options() {
  StoreOptions result;
  result.directory = "/data";
  result.background_work = false;
  result.stage_rows_min = 20;
  result.build_rollup = counting_build();
  return result;
}

class RollupTest : public testing::Test {
 protected:
  void create(std::vector<RollupDefinition> rollups) {
    TableDefinition definition = table_from_text("t", "id:UInt64", {"id"}, "div(id, 1000)");
    definition.rollups = std::move(rollups);
    store_->create_table(std::move(definition));
  }
  void insert(uint64_t begin, uint64_t end) {
    std::string text = kHeader;
    for (uint64_t id = begin; id < end; ++id) text += std::to_string(id) + "\n";
    store_.insert("t", text);
  }
  void change_rollups(std::vector<RollupDefinition> rollups) {
    const TableDefinitionPtr old = version().definition;
    TableDefinition altered = *old;
    altered.rollups = std::move(rollups);
    EXPECT_TRUE(store_->alter_table(old, std::move(altered)));
  }
  const TableVersion& version() {
    snapshot_ = store_->snapshot();
    return *snapshot_->find("default", "t");
  }
  uint64_t covered(uint64_t rollup) { return check_rollup(version(), rollup); }
  size_t file_count() {
    return files_.list("/data/segments/" + std::to_string(store_.id("t").value)).size();
  }

  FaultFileSystem files_;
  TestStore store_{files_, options()};
  SnapshotPtr snapshot_;
};

TEST_F(RollupTest, IsMadeByFlushesAndMerges) {
  create({counting_rollup(1), counting_rollup(2)});
  insert(0, 10);
  EXPECT_EQ(covered(1), 0u);
  store_->flush_all();
  EXPECT_EQ(covered(1), 10u);
  insert(100, 115);
  store_->flush_all();
  store_->optimize_table(store_.id("t"));
  EXPECT_EQ(version().segments.size(), 1u);
  EXPECT_EQ(covered(1), 25u);
  EXPECT_EQ(covered(2), 25u);
  EXPECT_EQ(file_count(), 3u);
  store_.open();
  EXPECT_EQ(covered(1), 25u);
  EXPECT_EQ(covered(2), 25u);
  EXPECT_EQ(file_count(), 3u);
}

TEST_F(RollupTest, IsMadeOfRowsThatAreThereAlready) {
  create({});
  insert(0, 10);
  store_->flush_all();
  insert(2000, 2100);  // goes to a segment of its own that the manifest does not know yet
  change_rollups({counting_rollup(7)});
  EXPECT_EQ(covered(7), 0u);
  store_->build_rollups(store_.id("t"));
  EXPECT_EQ(covered(7), 110u);
  store_.open();
  EXPECT_EQ(covered(7), 110u);
}

TEST_F(RollupTest, GoesWhenItIsDropped) {
  create({counting_rollup(1), counting_rollup(2)});
  insert(0, 10);
  store_->flush_all();
  EXPECT_EQ(file_count(), 3u);
  change_rollups({counting_rollup(2)});
  EXPECT_EQ(covered(1), 0u);
  EXPECT_EQ(covered(2), 10u);
  EXPECT_EQ(file_count(), 2u);
  store_.open();
  EXPECT_EQ(version().definition->rollups, std::vector{counting_rollup(2)});
  EXPECT_EQ(covered(2), 10u);
  change_rollups({});
  EXPECT_EQ(file_count(), 1u);
}

TEST_F(RollupTest, DoesNotCountWhenRowsWereDeletedSince) {
  create({counting_rollup(1)});
  insert(0, 10);
  insert(1000, 1010);
  store_->flush_all();
  EXPECT_EQ(mutate_rows(*store_, store_.id("t"), first_cell_in({3})), 1u);
  EXPECT_EQ(covered(1), 10u);
  store_->build_rollups(store_.id("t"));
  EXPECT_EQ(covered(1), 19u);
  EXPECT_EQ(file_count(), 4u);
  store_.open();
  EXPECT_EQ(covered(1), 19u);
  EXPECT_EQ(mutate_rows(*store_, store_.id("t"), first_cell_in({4})), 1u);
  store_.open();
  EXPECT_EQ(covered(1), 10u);
}

TEST_F(RollupTest, GoesWithItsSegment) {
  create({counting_rollup(1)});
  insert(0, 10);
  insert(1000, 1010);
  insert(2000, 2010);
  store_->flush_all();
  EXPECT_EQ(file_count(), 6u);
  const auto only = [](const std::string& wanted) {
    return [wanted](const std::string& partition, SegmentId) { return partition == wanted; };
  };
  store_->drop_partitions(store_.id("t"), only("0"));
  EXPECT_EQ(file_count(), 4u);
  store_->detach_partitions(store_.id("t"), only("1"));
  EXPECT_EQ(file_count(), 3u);
  EXPECT_EQ(covered(1), 10u);
  store_->attach_partitions(store_.id("t"), only("1"));
  EXPECT_EQ(covered(1), 10u);
  store_.open();
  store_->build_rollups(store_.id("t"));
  EXPECT_EQ(covered(1), 20u);
  store_->truncate_table(store_.id("t"));
  EXPECT_EQ(file_count(), 0u);
  store_.open();
  EXPECT_EQ(version().segments.size(), 0u);
}

// A rollup never keeps rows from being stored.
TEST_F(RollupTest, IsMadeLaterWhereItCannotBeMadeAtOnce) {
  StoreOptions failing = options();
  bool fails = true;
  failing.build_rollup = [&](const TableVersion& rows, const RollupDefinition& rollup,
                             const std::function<bool()>& stop) {
    if (fails) throw Error(ErrorCode::MemoryLimitExceeded, "no memory");
    return counting_build()(rows, rollup, stop);
  };
  FaultFileSystem files;
  TestStore store(files, failing);
  TableDefinition definition = table_from_text("t", "id:UInt64", {"id"});
  definition.rollups = {counting_rollup(1)};
  store->create_table(std::move(definition));
  store.insert("t", kHeader + "1\n2\n");
  store->flush_all();
  EXPECT_EQ(store.rows("t"), "1 2");
  EXPECT_EQ(check_rollup(*store->snapshot()->find("default", "t"), 1), 0u);
  EXPECT_THROW(store->build_rollups(store.id("t")), Error);
  fails = false;
  store->build_rollups(store.id("t"));
  EXPECT_EQ(check_rollup(*store->snapshot()->find("default", "t"), 1), 2u);
}

TEST_F(RollupTest, IsMadeAgainWhenItsFileIsDamaged) {
  create({counting_rollup(1)});
  insert(0, 10);
  store_->flush_all();
  const std::string path = version().segments[0]->rollup_rows(1)->reader->path();
  store_.close();
  snapshot_.reset();
  files_.remove(path);
  store_.open();
  EXPECT_EQ(covered(1), 0u);
  store_->build_rollups(store_.id("t"));
  EXPECT_EQ(covered(1), 10u);
  store_.open();
  EXPECT_EQ(covered(1), 10u);
}

}  // namespace
}  // namespace freshet
