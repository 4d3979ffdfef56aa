#include "query/engine/fresh_groups.h"

#include <gtest/gtest.h>

#include "tests/support/fault_file_system.h"
#include "tests/support/mutate_rows.h"
#include "tests/support/rollup_rows.h"

namespace freshet {
namespace {

class FreshGroupsTest : public testing::Test {
 protected:
  FreshGroupsTest() {
    TableDefinition definition = table_from_text("t", "id:UInt64", {"id"});
    definition.rollups = {counting_rollup(1), counting_rollup(2)};
    store_->create_table(std::move(definition));
  }
  void insert(uint64_t begin, uint64_t end) {
    std::string text = "id:UInt64\n";
    for (uint64_t id = begin; id < end; ++id) text += std::to_string(id) + "\n";
    store_.insert("t", text);
  }
  const TableVersion& version() {
    snapshot_ = store_->snapshot();
    return *snapshot_->find("default", "t");
  }

  size_t built_ = 0;
  RollupBuild build_ = [this](const TableVersion& rows, const RollupDefinition& rollup,
                              const std::function<bool()>& stop) {
    ++built_;
    return counting_build()(rows, rollup, stop);
  };
  MemoryBudget memory_{1'000'000};
  FaultFileSystem files_;
  TestStore store_{files_};
  SnapshotPtr snapshot_;
  FreshGroups groups_{build_, memory_};
};

TEST_F(FreshGroupsTest, GroupsAChunkOnce) {
  insert(0, 1000);
  const TableVersion& rows = version();
  ASSERT_EQ(rows.memtable.size(), 1u);
  const auto first = groups_.groups(rows, 0, counting_rollup(1));
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->row_count, 10u);
  EXPECT_EQ(groups_.groups(rows, 0, counting_rollup(1)), first);
  EXPECT_EQ(built_, 1u);
  EXPECT_NE(groups_.groups(rows, 0, counting_rollup(2)), nullptr);
  EXPECT_EQ(built_, 2u);
}

TEST_F(FreshGroupsTest, LeavesAloneWhatIsSmallOrHasDeletedRows) {
  insert(0, FreshGroups::kRowsMin - 1);
  EXPECT_EQ(groups_.groups(version(), 0, counting_rollup(1)), nullptr);
  insert(1000, 3000);
  const SnapshotPtr before = store_->snapshot();
  mutate_rows(*store_, store_.id("t"), first_cell_in({2000}));
  const TableVersion& rows = version();
  EXPECT_EQ(groups_.groups(rows, rows.memtable.size() - 1, counting_rollup(1)), nullptr);
  // The older snapshot has that row.
  const TableVersion& older = *before->find("default", "t");
  EXPECT_NE(groups_.groups(older, older.memtable.size() - 1, counting_rollup(1)), nullptr);
}

TEST_F(FreshGroupsTest, GivesMemoryBackWhenTheChunkIsGone) {
  insert(0, 1000);
  ASSERT_NE(groups_.groups(version(), 0, counting_rollup(1)), nullptr);
  EXPECT_GT(memory_.bytes(), 0u);
  store_->flush_all();
  insert(5000, 5500);
  const uint64_t before = memory_.bytes();
  ASSERT_NE(groups_.groups(version(), 0, counting_rollup(1)), nullptr);
  EXPECT_LE(memory_.bytes(), before);
}

TEST_F(FreshGroupsTest, KeepsNothingWithoutMemory) {
  MemoryBudget none(1);
  FreshGroups groups(build_, none);
  insert(0, 1000);
  EXPECT_NE(groups.groups(version(), 0, counting_rollup(1)), nullptr);
  EXPECT_NE(groups.groups(version(), 0, counting_rollup(1)), nullptr);
  EXPECT_EQ(built_, 2u);
  EXPECT_EQ(none.bytes(), 0u);
}

}  // namespace
}  // namespace freshet
