// Columns of a table change in every way, and partitions move, while eight writers and eight
// readers use it: no row is lost, doubled or read wrong, and no error comes that the docs do not
// name.
//
// FRESHET_ALTER_ROUNDS sets how often all of it is done (the default keeps the test run short).

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "storage/column/number_column.h"
#include "tests/support/environment.h"
#include "tests/unit/query/engine/engine_under_load.h"

namespace freshet {
namespace {

constexpr int kWriters = 8;
constexpr int kReaders = 8;
constexpr int kMovesPerRound = 8;
// Twice any id is a UInt32, which x is for a while.
constexpr uint64_t kIdsPerWriter = 250'000'000;

int round_count() { return static_cast<int>(number_from_environment("FRESHET_ALTER_ROUNDS", 1)); }

ColumnPtr numbers(const DataType& type, uint64_t first, uint64_t count, uint64_t factor) {
  if (type.kind() == PhysicalKind::I64) {
    Buffer<int64_t> cells;
    for (uint64_t i = 0; i < count; ++i) {
      cells.push_back(static_cast<int64_t>((first + i) * factor));
    }
    return make_number_column(std::move(cells));
  }
  Buffer<uint64_t> cells;
  for (uint64_t i = 0; i < count; ++i) cells.push_back((first + i) * factor);
  return make_number_column(std::move(cells));
}

class Load {
 public:
  // Writers insert into t; `rows` is what readers find all rows in.
  Load(QueryEngine& engine, std::string rows) : engine_(engine), rows_(std::move(rows)) {
    for (int writer = 0; writer < kWriters; ++writer) {
      threads_.emplace_back(
          [this, writer] { guard([&] { write(static_cast<uint64_t>(writer)); }); });
    }
    for (int reader = 0; reader < kReaders; ++reader) {
      threads_.emplace_back([this] { guard([&] { read(); }); });
    }
  }

  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  ~Load() {
    if (!threads_.empty()) stop();
  }

  uint64_t acknowledged() const { return acknowledged_; }
  // Both have done something since the last call.
  void await_progress() {
    const uint64_t rows = acknowledged_;
    const uint64_t reads = reads_;
    while (!failed_ && (acknowledged_ == rows || reads_ == reads)) std::this_thread::yield();
  }

 private:
  template <class Work>
  void guard(const Work& work) {
    try {
      while (!stopping_ && !failed_) work();
    } catch (const std::exception& error) {
      failed_ = true;
      ADD_FAILURE() << error.what();
    }
  }

  void write(uint64_t writer) {
    static thread_local uint64_t next = 0;
    static thread_local uint64_t inserts = 0;
    // Every fifth is large enough to be staged.
    const uint64_t count = ++inserts % 5 == 0 ? 700 : 20;
    QueryRequest request;
    request.database = "default";
    const auto target = engine_.open_insert(request, "", "t", {"id", "v"});
    for (uint64_t done = 0; done < count; done += 10) {
      const uint64_t first = writer * kIdsPerWriter + next + done;
      Chunk rows;
      rows.row_count = 10;
      rows.columns.push_back(numbers(*target->input_schema()[0].type, first, 10, 1));
      rows.columns.push_back(numbers(*target->input_schema()[1].type, first, 10, 3));
      target->put(std::move(rows), {});
    }
    target->commit();
    next += count;
    acknowledged_ += count;
  }

  void read() {
    const uint64_t before = acknowledged_;
    const std::string counts = run(engine_,
                                   "SELECT count() = countIf(v = id * 3), count() = uniqExact(id), "
                                   "count() >= " +
                                       std::to_string(before) + " FROM " + rows_);
    if (counts != "1\t1\t1\n") throw Error(ErrorCode::LogicalError, "Wrong rows: " + counts);
    try {
      const std::string computed =
          run(engine_, "SELECT count() = countIf(toString(x) = toString(id * 2)) FROM " + rows_);
      if (computed != "1\n") throw Error(ErrorCode::LogicalError, "Wrong cells of x: " + computed);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::UnknownIdentifier) throw;
    }
    ++reads_;
  }

  QueryEngine& engine_;
  const std::string rows_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> failed_{false};
  std::atomic<uint64_t> acknowledged_{0};
  std::atomic<uint64_t> reads_{0};
  std::vector<std::thread> threads_;
};

class AlterUnderLoad : public EngineUnderLoad {
 protected:
  AlterUnderLoad() : EngineUnderLoad(4'000, 500) {}
};

TEST_F(AlterUnderLoad, ChangesColumnsWithoutLosingOrConfusingRows) {
  run(engine_,
      "CREATE TABLE t (id UInt64, v UInt64) ENGINE = MergeTree PARTITION BY id % 3 ORDER BY id");
  run(engine_,
      "CREATE TABLE totals (n UInt64, v UInt64) ENGINE = SummingMergeTree ORDER BY tuple()");
  run(engine_,
      "CREATE MATERIALIZED VIEW feed TO totals AS SELECT count() AS n, sum(v) AS v FROM t");

  Load load(engine_, "t");
  for (int round = 0; round < round_count(); ++round) {
    for (const char* change :
         {"ADD COLUMN x UInt64 DEFAULT id * 2", "MODIFY COLUMN x String", "MODIFY COLUMN x UInt64",
          "RENAME COLUMN x TO y", "RENAME COLUMN y TO x",
          "ADD COLUMN z String DEFAULT toString(v) FIRST, COMMENT COLUMN x 'twice'",
          "CLEAR COLUMN x", "MATERIALIZE COLUMN x", "MODIFY COLUMN v Int64",
          "MODIFY COLUMN z String MATERIALIZED toString(v) AFTER id", "MODIFY COLUMN v UInt64",
          "MODIFY SETTING index_granularity = 8192", "DROP COLUMN z",
          "DROP COLUMN x, ADD COLUMN x Nullable(UInt32) DEFAULT id * 2", "DROP COLUMN x"}) {
      load.await_progress();
      run(engine_, std::string("ALTER TABLE t ") + change);
    }
  }
  load.await_progress();
  load.stop();

  const std::string rows = std::to_string(load.acknowledged());
  EXPECT_EQ(run(engine_, "SELECT count(), uniqExact(id), countIf(v = id * 3) FROM t"),
            rows + "\t" + rows + "\t" + rows + "\n");
  EXPECT_EQ(run(engine_, "SELECT sum(n) FROM totals"), rows + "\n");
  EXPECT_EQ(run(engine_, "SELECT (SELECT sum(v) FROM totals) = (SELECT sum(v) FROM t)"), "1\n");
}

TEST_F(AlterUnderLoad, MovesPartitionsWithoutLosingOrDoublingRows) {
  run(engine_,
      "CREATE TABLE t (id UInt64, v UInt64) ENGINE = MergeTree PARTITION BY id % 3 ORDER BY id");
  run(engine_, "CREATE TABLE u AS t");
  const std::string all = "(SELECT id, v FROM t UNION ALL SELECT id, v FROM u)";
  Load load(engine_, all);
  for (int round = 0; round < kMovesPerRound * round_count(); ++round) {
    load.await_progress();
    const std::string partition = std::to_string(round % 3);
    run(engine_, "ALTER TABLE t MOVE PARTITION " + partition + " TO TABLE u");
    load.await_progress();
    if (round % 2 == 0) run(engine_, "ALTER TABLE u MOVE PARTITION " + partition + " TO TABLE t");
  }
  load.await_progress();
  load.stop();
  const std::string rows = std::to_string(load.acknowledged());
  EXPECT_EQ(run(engine_, "SELECT count(), uniqExact(id) FROM " + all), rows + "\t" + rows + "\n");
}

}  // namespace
}  // namespace freshet
