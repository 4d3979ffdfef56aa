// What CREATE, ALTER and the shorter spellings make of a table's rollups: the definition that the
// store keeps, and when a rollup is another one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class TableRollups : public testing::Test {
 protected:
  TableRollups() {
    db_.run(
        "CREATE TABLE t (time DateTime, site String, n UInt32, `a#b` UInt8, day ALIAS "
        "toDate(time), PROJECTION p (SELECT site, toStartOfHour(time) AS hour, sum(n), uniq(`a#b`) "
        "GROUP BY hour, site)) ORDER BY time");
  }

  const RollupDefinition& rollup(const std::string& table, size_t index) {
    snapshot_ = db_.store().snapshot();
    return snapshot_->find("default", table)->definition->rollups.at(index);
  }
  uint64_t id() { return rollup("t", 0).id; }

  EngineHarness db_;
  SnapshotPtr snapshot_;
};

TEST_F(TableRollups, AreBoundWhenTheyAreMade) {
  const RollupDefinition& made = rollup("t", 0);
  EXPECT_EQ(made.name, "p");
  EXPECT_EQ(made.select,
            "SELECT site, toStartOfHour(time) AS hour, sum(n), uniq(`a#b`) GROUP BY hour, site");
  EXPECT_EQ(made.key_count, 2u);
  ASSERT_EQ(made.columns.size(), 4u);
  EXPECT_EQ(made.columns[0].name, "toStartOfHour(time)");
  EXPECT_EQ(made.columns[2].type->name(), "UInt64");
  EXPECT_EQ(made.columns[3].type->name(), "AggregateFunction(uniq, UInt8)");
  const TableDefinition& table = *snapshot_->find("default", "t")->definition;
  EXPECT_THAT(made.inputs, ElementsAre("time", "site", "n", table.columns[3].stored_name()));
}

TEST_F(TableRollups, StayTheSameWhenOtherThingsChange) {
  const RollupDefinition before = rollup("t", 0);
  db_.run("ALTER TABLE t ADD COLUMN x UInt8 FIRST, MODIFY COLUMN n COMMENT 'x', DROP COLUMN day");
  db_.run("ALTER TABLE t MODIFY COMMENT 'c'");
  db_.run("ALTER TABLE t ADD INDEX i site TYPE minmax, RENAME COLUMN x TO y");
  db_.run("RENAME TABLE t TO u");
  EXPECT_EQ(rollup("u", 0), before);
}

TEST_F(TableRollups, NeverGetAnIdAgain) {
  const uint64_t first = id();
  db_.run("DROP ROLLUP p ON t");
  db_.run("CREATE ROLLUP p ON t (SELECT site, sum(n) GROUP BY site)");
  const uint64_t second = id();
  EXPECT_GT(second, first);
  db_.run("ALTER TABLE t CLEAR PROJECTION p");
  EXPECT_GT(id(), second);
}

TEST_F(TableRollups, AreMadeAgainWhenOldRowsGetOtherCells) {
  db_.run("ALTER TABLE t ADD COLUMN base UInt32, ADD COLUMN x UInt64 DEFAULT base + 1");
  db_.run("DROP ROLLUP p ON t");
  db_.run("CREATE ROLLUP p ON t (SELECT x, count() GROUP BY x)");
  uint64_t last = id();
  const auto is_new = [&] {
    const uint64_t now = id();
    const bool changed = now != last;
    last = now;
    return changed;
  };
  db_.run("ALTER TABLE t MODIFY COLUMN x DEFAULT base + 2");
  EXPECT_TRUE(is_new());
  db_.run("ALTER TABLE t MODIFY COLUMN base UInt16");
  EXPECT_TRUE(is_new());
  db_.run("ALTER TABLE t CLEAR COLUMN base");
  EXPECT_TRUE(is_new());
  db_.run("ALTER TABLE t MODIFY COLUMN n DEFAULT 7");
  EXPECT_FALSE(is_new());
}

TEST_F(TableRollups, AreThereAfterARestart) {
  const RollupDefinition before = rollup("t", 0);
  snapshot_.reset();
  db_.open();
  EXPECT_EQ(rollup("t", 0), before);
  db_.run("ALTER TABLE t ADD COLUMN x UInt8");
  EXPECT_EQ(rollup("t", 0), before);
  EXPECT_THAT(db_.try_run("ALTER TABLE t DROP COLUMN n"), HasSubstr("breaks projection p"));
  snapshot_.reset();
  db_.run("DROP ROLLUP p ON t");
  db_.open();
  EXPECT_EQ(db_.run("SHOW ROLLUPS"), "");
  EXPECT_THAT(db_.run("SHOW CREATE TABLE t"), Not(HasSubstr("PROJECTION")));
}

TEST_F(TableRollups, OfACopyAreItsOwn) {
  db_.run("CREATE TABLE u AS t");
  RollupDefinition copied = rollup("u", 0);
  const RollupDefinition original = rollup("t", 0);
  EXPECT_EQ(copied.select, original.select);
  EXPECT_EQ(copied.columns, original.columns);
  EXPECT_THAT(db_.try_run("CREATE TABLE v (site String) AS t"), HasSubstr("UNKNOWN_IDENTIFIER"));
}

TEST_F(TableRollups, AreNotForReaders) {
  db_.settings.set("readonly", "2");
  EXPECT_THAT(db_.try_run("CREATE ROLLUP r ON t (SELECT n GROUP BY n)"), HasSubstr("READONLY"));
  EXPECT_THAT(db_.try_run("DROP ROLLUP p ON t"), HasSubstr("READONLY"));
  EXPECT_THAT(db_.try_run("SHOW ROLLUPS FROM t"), HasSubstr("GROUP BY hour"));
}

TEST_F(TableRollups, MeanTheSameInEverySession) {
  db_.settings.set("session_timezone", "Asia/Tokyo");
  db_.run(
      "CREATE ROLLUP q ON t (SELECT toDateTime('2024-01-01 00:00:00') < time AS late GROUP BY 1)");
  const std::string in_tokyo = rollup("t", 1).columns.at(0).name;
  db_.settings = {};
  db_.run(
      "CREATE ROLLUP r ON t (SELECT toDateTime('2024-01-01 00:00:00') < time AS late GROUP BY 1)");
  EXPECT_EQ(rollup("t", 2).columns.at(0).name, in_tokyo);
}

}  // namespace
}  // namespace freshet
