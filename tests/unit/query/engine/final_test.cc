// SELECT .. FINAL over segments and memtable: against what SQL says of all inserted rows, and
// against the table once it is merged.

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/base/random.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

struct Case {
  const char* name;
  const char* engine;
  // SELECT of one INSERT's rows; {salt}, {rows} and {keys} are filled in. Columns: k, a, b, sign.
  const char* rows;
  const char* final;     // over the table
  const char* expected;  // the same, over all rows that were inserted
};

constexpr Case kCases[] = {
    {"Replacing", "ReplacingMergeTree(a)",
     "cityHash64(number, {salt}) % {keys}, cityHash64(number, {salt}, 1) % 5, number + {salt} * "
     "1000000, 1",
     "SELECT k, b FROM t FINAL ORDER BY k",
     "SELECT k, argMax(b, a * 1000000000 + b) FROM raw "
     "GROUP BY k ORDER BY k"},
    {"ReplacingConditions", "ReplacingMergeTree(a)",
     "cityHash64(number, {salt}) % {keys}, cityHash64(number, {salt}, 1) % 5, number + {salt} * "
     "1000000, 1",
     "SELECT k, b FROM t FINAL WHERE k % 7 = 1 AND b % 3 = 0 AND k > {keys} / 3 ORDER BY k",
     "SELECT k, newest FROM (SELECT k, argMax(b, a * 1000000000 + b) AS newest FROM raw GROUP BY "
     "k) "
     "WHERE k % 7 = 1 AND newest % 3 = 0 AND k > {keys} / 3 ORDER BY k"},
    {"Deleted", "ReplacingMergeTree(a, gone)",
     "cityHash64(number, {salt}) % {keys}, {salt} * 1000000 + number, number, 1",
     "SELECT k, b FROM t FINAL ORDER BY k",
     "SELECT k, argMax(b, a) FROM raw GROUP BY k HAVING argMax(gone, a) = 0 ORDER BY k"},
    {"Summing", "SummingMergeTree((a, b))",
     "cityHash64(number, {salt}) % {keys}, toInt64(number % 3) - 1, number, 1",
     "SELECT k, a, b FROM t FINAL ORDER BY k",
     "SELECT k, sum(a), sum(b) FROM raw GROUP BY k HAVING sum(a) != 0 OR sum(b) != 0 ORDER BY k"},
    {"Collapsing", "CollapsingMergeTree(sign)",
     // Every INSERT changes every key: a cancel row of the state before, and a new state.
     "intDiv(number, 2) AS key, {salt}, if(number % 2 = 0, {salt}, {salt} + 1), "
     "if(number % 2 = 0, -1, 1)",
     "SELECT k, b FROM t FINAL ORDER BY k", "SELECT k, max(b) FROM raw GROUP BY k ORDER BY k"},
    {"Versioned", "VersionedCollapsingMergeTree(sign, a)",
     "cityHash64(number, {salt}) % {keys}, cityHash64(number, {salt}, 1) % 3, 0, "
     "if(cityHash64(number, {salt}, 2) % 2 = 0, 1, -1)",
     "SELECT k, a, sum(sign), count() FROM t FINAL GROUP BY k, a ORDER BY k, a",
     "SELECT k, a, sum(sign), abs(sum(sign)) FROM raw GROUP BY k, a HAVING sum(sign) != 0 "
     "ORDER BY k, a"},
};

std::string fill(std::string text, uint64_t salt, uint64_t rows, uint64_t keys) {
  const auto replace = [&](const std::string& name, uint64_t value) {
    for (size_t at = text.find(name); at != std::string::npos; at = text.find(name)) {
      text.replace(at, name.size(), std::to_string(value));
    }
  };
  replace("{salt}", salt);
  replace("{rows}", rows);
  replace("{keys}", keys);
  return text;
}

// Of long texts, only the line where they part is shown.
void expect_same_rows(const std::string& found, const std::string& expected) {
  const auto [at, expected_at] =
      std::mismatch(found.begin(), found.end(), expected.begin(), expected.end());
  if (at == found.end() && expected_at == expected.end()) return;
  const auto same = static_cast<size_t>(at - found.begin());
  const size_t line = same == 0 ? 0 : found.rfind('\n', same - 1) + 1;
  const auto text_of_line = [line](const std::string& text) {
    return text.substr(line, text.find('\n', line) - line);
  };
  ADD_FAILURE() << "line " << 1 + std::count(found.begin(), at, '\n') << ": found "
                << text_of_line(found) << ", expected " << text_of_line(expected);
}

class Final : public testing::TestWithParam<Case> {
 protected:
  // `partition_by` is over columns of the key, so that FINAL and merges see the same rows.
  void create(const std::string& partition_by) {
    const std::string columns =
        "(k UInt64, a Int64, b Int64, sign Int8, gone UInt8 MATERIALIZED a % 4 = 0)";
    db_.run("CREATE TABLE t " + columns + " ENGINE = " + GetParam().engine +
            (partition_by.empty() ? "" : " PARTITION BY " + partition_by) + " ORDER BY k");
    db_.run("CREATE TABLE raw " + columns + " ENGINE = MergeTree ORDER BY tuple()");
  }

  void insert(uint64_t rows, uint64_t keys) {
    ++salt_;
    // Of rows with one key and version the last stays: they come in order.
    const std::string select = fill(" SELECT " + std::string(GetParam().rows) +
                                        " FROM numbers({rows}) SETTINGS max_threads = 1",
                                    salt_, rows, keys);
    db_.run("INSERT INTO t (k, a, b, sign)" + select);
    db_.run("INSERT INTO raw (k, a, b, sign)" + select);
  }

  void remove(const std::string& condition) {
    db_.run("DELETE FROM t WHERE " + condition);
    db_.run("DELETE FROM raw WHERE " + condition);
  }
  void remove(Random& random) {
    remove("k % 11 = " + std::to_string(random.below(11)) +
           " OR k = " + std::to_string(random.below(100)));
  }

  void expect_final(uint64_t keys) {
    expect_same_rows(db_.run(fill(GetParam().final, 0, 0, keys)),
                     db_.run(fill(GetParam().expected, 0, 0, keys)));
  }

  EngineHarness db_;
  uint64_t salt_ = 0;
};

TEST_P(Final, IsWhatAllRowsMergeTo) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    db_.run("DROP TABLE IF EXISTS t");
    db_.run("DROP TABLE IF EXISTS raw");
    create(random.chance(0.5) ? "" : "k % 3");
    const uint64_t keys = 1 + random.below(400);
    for (int step = 0; step < 10; ++step) {
      insert(2 * (1 + random.below(200)), keys);
      if (random.chance(0.3)) db_.store().flush_all();
      if (random.chance(0.1)) db_.run("OPTIMIZE TABLE t FINAL");
      expect_final(keys);
    }
    db_.run("OPTIMIZE TABLE t FINAL");
    expect_final(keys);
  }
}

// Many blocks in each input, so that steps begin and end within blocks, and parts of inputs overlap
// with nothing.
TEST_P(Final, MergesLargeInputsInSteps) {
  const uint64_t keys = 300'000;
  create("");
  insert(400'000, keys);
  db_.store().flush_all();
  insert(60'000, keys / 3);
  db_.store().flush_all();
  insert(50'000, keys);
  expect_final(keys);
  const std::string before = db_.run(fill(GetParam().final, 0, 0, keys));
  db_.run("OPTIMIZE TABLE t FINAL");
  expect_same_rows(db_.run(fill(GetParam().final, 0, 0, keys)), before);
}

// All rows of a key at a time, so that it does not matter which of them were merged before.
TEST_P(Final, LeavesDeletedRowsOut) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    db_.run("DROP TABLE IF EXISTS t");
    db_.run("DROP TABLE IF EXISTS raw");
    create(random.chance(0.5) ? "" : "k % 3");
    const uint64_t keys = 20 + random.below(400);
    for (int step = 0; step < 8; ++step) {
      insert(2 * (1 + random.below(200)), keys);
      if (random.chance(0.3)) db_.store().flush_all();
      // A row that cancels a deleted one would stay.
      if (random.chance(0.5) && std::string_view(GetParam().name) != "Collapsing") remove(random);
      if (random.chance(0.1)) db_.run("OPTIMIZE TABLE t FINAL");
      expect_final(keys);
    }
    remove(random);
    expect_final(keys);
    db_.open();
    expect_final(keys);
    db_.run("OPTIMIZE TABLE t FINAL");
    expect_final(keys);
  }
}

TEST_P(Final, LeavesDeletedRowsOfLargeInputsOut) {
  const uint64_t keys = 300'000;
  create("");
  insert(400'000, keys);
  db_.store().flush_all();
  insert(60'000, keys / 3);
  db_.store().flush_all();
  insert(50'000, keys);
  // Whole blocks, parts of blocks, and rows between.
  remove("k BETWEEN 50000 AND 90000 OR k % 3 = 1 OR k > 290000");
  expect_final(keys);
}

INSTANTIATE_TEST_SUITE_P(Engines, Final, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FinalLayout, DoesNotReadKeysOfBlocksThatOverlapWithNothing) {
  EngineHarness db;
  db.run("CREATE TABLE t (k UInt64, v UInt64) ENGINE = ReplacingMergeTree ORDER BY k");
  for (int part = 0; part < 3; ++part) {
    db.run("INSERT INTO t SELECT number + " + std::to_string(part * 50'000) +
           ", 1 FROM numbers(50000)");
    db.store().flush_all();
  }
  db.run("INSERT INTO t SELECT 149999, 2");
  EXPECT_EQ(db.run("SELECT count(), sum(v) FROM t FINAL"), "150000\t150001\n");
  EXPECT_EQ(db.run("SELECT v FROM t FINAL WHERE k >= 149998 ORDER BY k"), "1\n2\n");
  EXPECT_EQ(db.run("SELECT count() FROM t FINAL WHERE v = 2"), "1\n");
}

}  // namespace
}  // namespace freshet
