// Queries of every kind run while rows come in, are merged, deleted and fed to views, and other
// tables come and go: each query sees one moment, in which everything adds up.
//
// FRESHET_QUERY_ROUNDS sets how often each reader asks everything (the default keeps the test run
// short).

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/environment.h"
#include "tests/unit/query/engine/engine_under_load.h"

namespace freshet {
namespace {

constexpr int kReaders = 3;
constexpr uint64_t kFirstRows = 60'000;
constexpr uint64_t kGroups = 20'000;
// Writers go on with small batches when there are so many rows: more are slow, not different.
constexpr uint64_t kRowsMax = 150'000;

// Each gives 1, whatever rows are there, as long as v = 3 * id, g = id % kGroups and
// s = 'key ' and id % 3000, and the rows below kFirstRows stay.
const std::vector<std::string>& questions() {
  static const std::vector<std::string> kQuestions = {
      // Groups: in one table, in runs, on disk, of strings, of several keys.
      "SELECT (SELECT (sum(c), sum(x)) FROM (SELECT g, count() AS c, sum(v) AS x FROM t GROUP BY "
      "g)) = (SELECT (count(), sum(v)) FROM t)",
      "SELECT (SELECT (sum(c), sum(x)) FROM (SELECT id, count() AS c, sum(v) AS x, any(s) FROM t "
      "GROUP BY id)) = (SELECT (count(), sum(id) * 3) FROM t)",
      "SELECT (SELECT sum(c) FROM (SELECT id, s, count() AS c FROM t GROUP BY id, s)) = (SELECT "
      "count() FROM t) SETTINGS max_bytes_before_external_group_by = 1000000",
      "SELECT (SELECT sum(c) FROM (SELECT s, count() AS c, max(id) FROM t GROUP BY s)) = (SELECT "
      "count() FROM t)",
      "SELECT count() = count(DISTINCT id) AND uniqExact(g) = 20000 FROM t",
      "SELECT sum(u) = (SELECT count() FROM t) FROM (SELECT g, uniqExact(id) AS u, count() AS c "
      "FROM t GROUP BY g HAVING u = c)",
      // Sorts and the best of them.
      "SELECT (SELECT max(id) FROM t) = (SELECT id FROM t ORDER BY id DESC LIMIT 1)",
      "SELECT groupArray(id) = [0, 1, 2, 3, 4] FROM (SELECT id, s FROM t ORDER BY v LIMIT 5)",
      "SELECT count() = max(r) AND sum(id) * 3 = sum(v) FROM (SELECT id, v, row_number() OVER "
      "(ORDER BY s, id) AS r FROM t)",
      "SELECT count() = (SELECT count() FROM t) FROM (SELECT s, id FROM t ORDER BY s, id DESC) "
      "SETTINGS max_bytes_before_external_sort = 1000000",
      // Joins.
      "SELECT count() = (SELECT count() FROM t WHERE g < 7) FROM t JOIN d ON t.g = d.k WHERE d.x < "
      "7",
      "SELECT (SELECT count() FROM t AS a JOIN t AS b ON a.id = b.id AND a.v = b.v) = (SELECT "
      "count() FROM t)",
      "SELECT (SELECT count() FROM t AS a LEFT ANTI JOIN t AS b ON a.id = b.id) = 0",
      // Conditions, which are remembered, and lengths of strings.
      "SELECT groupArray(id) = [777] FROM t WHERE v = 2331 AND s = 'key 777'",
      "SELECT count() = 0 FROM t WHERE v = 2332",
      "SELECT sum(length(s)) = sum(length(concat(s, ''))) FROM t WHERE s != ''",
      "SELECT sum(a) = sum(b) FROM (SELECT length(s) AS a, 0 AS b FROM t UNION ALL SELECT 0, "
      "lengthUTF8(s) FROM t)",
      // What came with the rows.
      "SELECT (SELECT (sum(n), sum(total)) FROM fed) = (SELECT (count(), sum(v)) FROM t)",
      "SELECT count() > 0 FROM system.parts WHERE table = 't' AND active",
      "SELECT count() >= 4 FROM system.tables WHERE database = 'default'",
  };
  return kQuestions;
}

class QueriesUnderLoad : public EngineUnderLoad {
 protected:
  QueriesUnderLoad() : EngineUnderLoad(30'000, 20'000) {}

  void fill() {
    run(engine_,
        "CREATE TABLE t (id UInt64, v UInt64, g UInt32, s String) ENGINE = MergeTree ORDER BY (g, "
        "id)");
    run(engine_, "CREATE TABLE d (k UInt32, x UInt32) ENGINE = MergeTree ORDER BY k");
    run(engine_, "INSERT INTO d SELECT number, number FROM numbers(20000)");
    run(engine_,
        "CREATE TABLE fed (n UInt64, total UInt64) ENGINE = SummingMergeTree ORDER BY tuple()");
    run(engine_,
        "CREATE MATERIALIZED VIEW feed TO fed AS SELECT count() AS n, sum(v) AS total FROM t");
    insert(0, kFirstRows);
  }

  void insert(uint64_t first, uint64_t count) {
    run(engine_, "INSERT INTO t SELECT number + " + std::to_string(first) + " AS i, i * 3, i % " +
                     std::to_string(kGroups) +
                     ", concat('key ', toString(i % 3000)) FROM numbers(" + std::to_string(count) +
                     ")");
  }

  void insert_batch(std::atomic<uint64_t>& next) {
    const uint64_t count = next < kRowsMax ? 900 : 10;
    insert(next.fetch_add(count), count);
  }

  // Does `work` again and again until stop() is called.
  void keep_doing(const std::function<void()>& work) {
    threads_.emplace_back([this, work] {
      guard([&] {
        while (!stopping_ && !failed_) work();
      });
    });
  }

  void guard(const std::function<void()>& work) {
    try {
      work();
    } catch (const std::exception& error) {
      failed_ = true;
      ADD_FAILURE() << error.what();
    }
  }

  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  void ask(const std::string& question) {
    if (const std::string answer = run(engine_, question); answer != "1\n") {
      throw Error(ErrorCode::LogicalError, question + ": " + answer);
    }
  }

  std::atomic<bool> stopping_{false};
  std::atomic<bool> failed_{false};
  std::vector<std::thread> threads_;
};

TEST_F(QueriesUnderLoad, SeeOneMoment) {
  fill();
  for (const std::string& question : questions()) ask(question);

  std::atomic<uint64_t> next{kFirstRows};
  for (int writer = 0; writer < 2; ++writer) {
    keep_doing([&] { insert_batch(next); });
  }
  keep_doing([&] {
    run(engine_, "OPTIMIZE TABLE t");
    run(engine_, "OPTIMIZE TABLE fed FINAL");
  });
  uint64_t made = 0;
  keep_doing([&] {
    const std::string name = "made" + std::to_string(++made % 3);
    run(engine_, "CREATE TABLE " + name + " (id UInt64, s String) ENGINE = MergeTree ORDER BY id");
    run(engine_, "CREATE VIEW look AS SELECT count() AS c FROM " + name);
    run(engine_, "INSERT INTO " + name + " SELECT id, s FROM t WHERE g < 1000");
    run(engine_, "ALTER TABLE " + name + " ADD COLUMN n UInt8 DEFAULT 1");
    ask("SELECT (SELECT c FROM look) = (SELECT sum(n) FROM " + name + ")");
    run(engine_, "RENAME TABLE " + name + " TO renamed");
    run(engine_, "DROP TABLE look");
    run(engine_, "TRUNCATE TABLE renamed");
    run(engine_, "DROP TABLE renamed");
  });
  std::vector<std::thread> readers;
  const uint64_t rounds = number_from_environment("FRESHET_QUERY_ROUNDS", 1);
  for (int reader = 0; reader < kReaders; ++reader) {
    readers.emplace_back([&, reader] {
      guard([&] {
        const size_t count = questions().size();
        for (size_t i = 0; i < rounds * count && !failed_; ++i) {
          ask(questions()[(i + static_cast<size_t>(reader) * count / kReaders) % count]);
        }
      });
    });
  }
  for (std::thread& reader : readers) reader.join();
  stop();
  for (const std::string& question : questions()) ask(question);
}

// Those that one statement deletes go together, whatever merges do meanwhile.
TEST_F(QueriesUnderLoad, SeeDeletedRowsAllOrNot) {
  fill();
  constexpr uint64_t kDeleted = 1000;
  std::atomic<uint64_t> next{kFirstRows};
  std::atomic<uint64_t> reads{0};
  keep_doing([&] { insert_batch(next); });
  keep_doing([&] { run(engine_, "OPTIMIZE TABLE t"); });
  for (int reader = 0; reader < 2; ++reader) {
    keep_doing([&] {
      ask("SELECT countIf(id < 60000) % 1000 = 0 AND count() = uniqExact(id) FROM t");
      ask("SELECT count() % 1000 = 0 FROM (SELECT g, sum(v) FROM t WHERE id < 20000 GROUP BY g)");
      ask("SELECT count() % 1000 = 0 FROM t WHERE id < 60000 AND length(s) > 0");
      ++reads;
    });
  }
  constexpr uint64_t kStatements = 20;
  guard([&] {
    for (uint64_t statement = 0; statement < kStatements && !failed_; ++statement) {
      const std::string first = std::to_string(statement * kDeleted);
      run(engine_, "ALTER TABLE t DELETE WHERE id >= " + first + " AND id < " + first +
                       " + 1000 SETTINGS mutations_sync = 1");
      const uint64_t before = reads;
      while (reads == before && !failed_) std::this_thread::yield();
    }
  });
  stop();
  ask("SELECT countIf(id < 60000) = 60000 - 1000 * " + std::to_string(kStatements) + " FROM t");
}

}  // namespace
}  // namespace freshet
