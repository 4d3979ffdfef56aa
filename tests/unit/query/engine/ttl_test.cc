// TTLs by a clock that the tests move. What SQL says about TTLs is in tests/sql/alter/ttl.slt.

#include <gtest/gtest.h>

#include "tests/support/mutate_rows.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

constexpr int64_t kHour = 3'600;
constexpr int64_t kDay = 24 * kHour;

class Ttl : public testing::Test {
 protected:
  void purge() { engine_.store().purge_expired(table(), /*now=*/false); }
  TableId table() { return version().definition->id; }
  const TableVersion& version() {
    snapshot_ = engine_.store().snapshot();
    return *snapshot_->find("default", "t");
  }
  std::string ids() { return engine_.run("SELECT id FROM t ORDER BY id"); }
  void insert(const std::string& values) {
    engine_.run("INSERT INTO t SELECT * FROM values('id UInt32, at DateTime, n UInt64', " + values +
                ")");
    engine_.store().flush_all();
  }

  EngineHarness engine_;
  SnapshotPtr snapshot_;
};

TEST_F(Ttl, DropsAnExpiredSegmentWithoutReadingItsRows) {
  engine_.run(
      "CREATE TABLE t (id UInt32, at DateTime, n UInt64) ORDER BY id TTL at + INTERVAL 1 DAY");
  insert("(1, now(), 1), (2, now() - 100, 2)");
  engine_.clock().advance_seconds(kHour);
  insert("(3, now(), 3)");
  purge();
  EXPECT_EQ(ids(), "1\n2\n3\n");
  EXPECT_EQ(version().segments.size(), 2u);
  engine_.clock().advance_seconds(kDay - kHour);
  purge();
  EXPECT_EQ(ids(), "3\n");
  EXPECT_EQ(version().segments.size(), 1u);
  engine_.clock().advance_seconds(kHour);
  purge();
  EXPECT_EQ(ids(), "");
  engine_.open();
  EXPECT_EQ(ids(), "");
}

TEST_F(Ttl, RewritesSegmentsThatExpireInPartSeldom) {
  engine_.run(
      "CREATE TABLE t (id UInt32, at DateTime, n UInt64) ORDER BY id TTL at + INTERVAL 1 DAY "
      "SETTINGS merge_with_ttl_timeout = 7200");
  insert("(1, now(), 1), (2, now() + 60, 2), (3, now() + 90000, 3)");
  engine_.clock().advance_seconds(kDay);
  purge();
  EXPECT_EQ(ids(), "2\n3\n");
  engine_.clock().advance_seconds(60);
  purge();
  EXPECT_EQ(ids(), "2\n3\n");
  engine_.clock().advance_seconds(2 * kHour);
  purge();
  EXPECT_EQ(ids(), "3\n");
}

TEST_F(Ttl, AppliesANewTtlToOldRows) {
  engine_.run("CREATE TABLE t (id UInt32, at DateTime, n UInt64) ORDER BY id");
  insert("(1, now() - 7200, 1), (2, now(), 2)");
  purge();
  EXPECT_EQ(ids(), "1\n2\n");
  engine_.run("ALTER TABLE t MODIFY TTL at + INTERVAL 1 HOUR");
  purge();
  EXPECT_EQ(ids(), "2\n");
  engine_.run("ALTER TABLE t REMOVE TTL");
  engine_.clock().advance_seconds(kDay);
  purge();
  EXPECT_EQ(ids(), "2\n");
}

TEST_F(Ttl, KeepsRowsThatTheConditionLeavesOut) {
  engine_.run(
      "CREATE TABLE t (id UInt32, at DateTime, n UInt64) ORDER BY id "
      "TTL at + INTERVAL 1 HOUR DELETE WHERE n = 1");
  insert("(1, now(), 1), (2, now(), 2), (3, now(), 1)");
  engine_.clock().advance_seconds(kHour);
  purge();
  EXPECT_EQ(ids(), "2\n");
}

TEST_F(Ttl, RollsUpOnceUntilMoreExpires) {
  engine_.run(
      "CREATE TABLE t (id UInt32, at DateTime, n UInt64) ORDER BY id "
      "TTL at + INTERVAL 1 HOUR GROUP BY id SET n = sum(n)");
  insert("(1, now(), 1), (1, now() + 1, 10), (1, now() + 90000, 100), (2, now(), 5)");
  engine_.clock().advance_seconds(kHour + 1);
  purge();
  const std::string rolled = "1\t11\n1\t100\n2\t5\n";
  EXPECT_EQ(engine_.run("SELECT id, n FROM t ORDER BY id, n"), rolled);
  const SegmentId made = version().segments.at(0)->id;
  engine_.clock().advance_seconds(5 * kHour);
  purge();
  EXPECT_EQ(version().segments.at(0)->id, made);
  engine_.clock().advance_seconds(kDay);
  purge();
  EXPECT_EQ(engine_.run("SELECT id, n FROM t ORDER BY id, n"), "1\t111\n2\t5\n");
}

TEST_F(Ttl, EmptiesCellsOnce) {
  engine_.run(
      "CREATE TABLE t (id UInt32, at DateTime, n UInt64 DEFAULT id + 1 TTL at + INTERVAL 1 HOUR) "
      "ORDER BY id");
  insert("(1, now(), 50), (2, now() + 90000, 60)");
  engine_.clock().advance_seconds(kHour);
  purge();
  EXPECT_EQ(engine_.run("SELECT id, n FROM t ORDER BY id"), "1\t2\n2\t60\n");
  const SegmentId made = version().segments.at(0)->id;
  engine_.clock().advance_seconds(5 * kHour);
  purge();
  EXPECT_EQ(version().segments.at(0)->id, made);
}

TEST(AddedColumn, HasTheTimeOfTheQueryAsItsDefault) {
  EngineHarness engine;
  engine.run("CREATE TABLE t (id UInt32) ORDER BY id");
  engine.run("INSERT INTO t SELECT 1");
  engine.store().flush_all();
  engine.run("ALTER TABLE t ADD COLUMN seen DateTime DEFAULT now()");
  EXPECT_EQ(engine.run("SELECT seen = now() FROM t"), "1\n");
  engine.clock().advance_seconds(kHour);
  EXPECT_EQ(engine.run("SELECT seen = now() FROM t"), "1\n");
}

TEST_F(Ttl, MovesRowsThatAMutationTakesMeanwhile) {
  engine_.run(
      "CREATE TABLE t (id UInt32, at DateTime, n UInt64) ORDER BY id TTL at + INTERVAL 1 DAY");
  insert("(1, now(), 1), (2, now() + 90000, 2), (3, now() + 90000, 3), (4, now() + 90000, 4)");
  const auto mutation = engine_.store().begin_mutation(table());
  EXPECT_EQ(remove_rows(*mutation, first_cell_in({1, 3})), 2u);
  engine_.clock().advance_seconds(kDay);
  purge();
  EXPECT_EQ(ids(), "2\n3\n4\n");
  mutation->commit();
  EXPECT_EQ(ids(), "2\n4\n");
  engine_.open();
  EXPECT_EQ(ids(), "2\n4\n");
}

TEST_F(Ttl, RollsNothingUpThatAMutationMayTake) {
  engine_.run("CREATE TABLE t (id UInt32, at DateTime, n UInt64) ORDER BY id");
  insert("(1, now(), 1), (1, now(), 10), (2, now(), 5)");
  auto mutation = engine_.store().begin_mutation(table());
  remove_rows(*mutation, [](const Chunk& rows, size_t row) {
    return value_at(*rows.columns[2], row).as<uint64_t>() == 10;
  });
  engine_.run("ALTER TABLE t MODIFY TTL at + INTERVAL 1 HOUR GROUP BY id SET n = sum(n)");
  engine_.clock().advance_seconds(2 * kHour);
  engine_.store().purge_expired(table(), /*now=*/true);
  mutation->commit();
  mutation.reset();
  EXPECT_EQ(engine_.run("SELECT id, n FROM t ORDER BY id, n"), "1\t1\n2\t5\n");
  engine_.run("INSERT INTO t SELECT 1, now() - 7200, 100");
  engine_.run("OPTIMIZE TABLE t FINAL");
  EXPECT_EQ(engine_.run("SELECT id, n FROM t ORDER BY id, n"), "1\t101\n2\t5\n");
}

}  // namespace
}  // namespace freshet
