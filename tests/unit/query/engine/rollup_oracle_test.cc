// Rollups against raw rows: random tables, rollups, queries and changes; each answer has to be what
// it is without rollups, to the last bit.
//
// FRESHET_ROLLUP_QUERIES: queries of all seeds together.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "storage/base/log.h"
#include "storage/base/random.h"
#include "tests/support/environment.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

constexpr uint64_t kSeeds = 12;
constexpr uint64_t kQueries = 3'000;
constexpr uint64_t kQueriesPerStep = 5;
// 2023-10-01 00:00:00, some days before the clock's begin, and the rows' span of time.
constexpr uint64_t kBegin = 1'696'118'400;
constexpr uint64_t kDay = 86'400;
constexpr uint64_t kDays = 40;

class RollupOracle {
 public:
  explicit RollupOracle(uint64_t seed) : random_(seed) {
    create_table();
    insert();
    for (size_t i = 0; i < 3; ++i) add_rollup();
  }

  void run(uint64_t query_count) {
    for (uint64_t done = 0; done < query_count; done += kQueriesPerStep) {
      change();
      for (uint64_t i = 0; i < kQueriesPerStep; ++i) {
        compare(query());
        if (testing::Test::HasFailure()) return;
      }
    }
  }

  uint64_t answered_from_rollups() const { return answered_; }
  uint64_t failed() const { return failed_; }

 private:
  uint64_t below(uint64_t bound) { return random_.below(bound); }
  bool one_in(uint64_t n) { return below(n) == 0; }
  const std::string& pick(const std::vector<std::string>& from) { return from[below(from.size())]; }
  // Some of them, in a random order, at least `at_least`.
  std::vector<std::string> some(std::vector<std::string> from, size_t at_least) {
    for (size_t i = from.size(); i > 1; --i) std::swap(from[i - 1], from[below(i)]);
    from.resize(std::min(from.size(), at_least + below(3)));
    return from;
  }
  static std::string list(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
    return text;
  }
  // '2026-03-07 12:30:00': often on a whole hour or day.
  std::string moment() {
    uint64_t seconds = kBegin + below(kDays * kDay);
    if (one_in(3)) seconds -= seconds % 3600;
    if (one_in(4)) seconds -= seconds % kDay;
    return "toDateTime(" + std::to_string(seconds) + ")";
  }

  void create_table() {
    is_unique_ = one_in(4);
    std::string sql =
        "CREATE TABLE t (id UInt32, time DateTime, site LowCardinality(String), code UInt16, "
        "user UInt32, amount Int64, price Decimal(18, 2), opt Nullable(Int32), tag String) "
        "ORDER BY " +
        pick({"(site, time)", "time", "(code, user)", "id"});
    if (is_unique_) sql += " UNIQUE KEY id";
    if (one_in(2)) sql += " PARTITION BY toYYYYMM(time)";
    is_partitioned_ = sql.ends_with("toYYYYMM(time)");
    if (one_in(4)) sql += " TTL time + INTERVAL 35 DAY";
    harness_.run(sql);
  }

  void insert() {
    const uint64_t rows = 1 + below(one_in(4) ? 4'000 : 300);
    // Late rows, and rows of one time.
    const uint64_t first = below(kDays) * kDay;
    const uint64_t span = one_in(3) ? kDay : (kDays * kDay - first);
    const std::string r = std::to_string(below(1'000'000'000));
    const auto draw = [&](const char* salt, uint64_t bound) {
      return "intHash32(number * 7 + " + r + " + " + salt + ") % " + std::to_string(bound);
    };
    harness_.run("INSERT INTO t SELECT " + draw("1", 5'000) + ", toDateTime(" +
                 std::to_string(kBegin + first) + " + " + draw("2", span) + "), concat('s', " +
                 "toString(" + draw("3", 4) + ")), " + draw("4", 6) + ", " + draw("5", 50) +
                 ", toInt64(" + draw("6", 2'000) + ") - 1000, toDecimal64(" + draw("7", 100'000) +
                 ", 2) / 100, if(" + draw("8", 3) + " = 0, NULL, toInt32(" + draw("9", 5) +
                 ")), concat('t', toString(" + draw("10", 3) + ")) FROM numbers(" +
                 std::to_string(rows) + ")");
  }

  std::vector<std::string> key_pool() const {
    return {"toStartOfHour(time)",
            "toStartOfDay(time)",
            "toDate(time)",
            "toStartOfFifteenMinutes(time)",
            "toStartOfInterval(time, INTERVAL 1 HOUR)",
            "toStartOfMonth(time)",
            "toMonday(time)",
            "toHour(time)",
            "site",
            "code",
            "opt",
            "tag",
            "user % 10",
            "concat(site, tag)",
            "lower(site)",
            "code + 1"};
  }
  std::vector<std::string> aggregate_pool() const {
    return {"count()",
            "sum(amount)",
            "min(amount)",
            "max(price)",
            "avg(amount)",
            "sum(price)",
            "uniqExact(user)",
            "sum(opt)",
            "count(opt)",
            "min(opt)",
            "avg(opt)",
            "max(tag)",
            "groupBitXor(user)",
            "sumMap([code], [amount])",
            "arraySort(groupUniqArray(tag))",
            "countIf(code = 3)",
            "sumIf(amount, site = 's1')",
            "minIf(amount, code > 2)",
            "uniqExactIf(user, tag = 't1')",
            "uniq(user)",
            "sum(amount + 1)",
            "count(DISTINCT site)",
            "arraySort(groupArray(code))"};
  }

  struct Rollup {
    std::string name;
    std::vector<std::string> keys;
    std::vector<std::string> aggregates;
  };

  void add_rollup() {
    const std::vector<std::string> keys = some(key_pool(), one_in(8) ? 0 : 2);
    const std::vector<std::string> aggregates = some(aggregate_pool(), 3);
    std::vector<std::string> columns = keys;
    columns.insert(columns.end(), aggregates.begin(), aggregates.end());
    const std::string name = "r" + std::to_string(next_rollup_++);
    const std::string group_by = keys.empty() ? "" : " GROUP BY " + list(keys);
    const std::string select = "(SELECT " + list(columns) + group_by + ")";
    harness_.run(one_in(2) ? "ALTER TABLE t ADD PROJECTION " + name + " " + select
                           : "CREATE ROLLUP " + name + " ON t " + select);
    rollups_.push_back({name, keys, aggregates});
  }

  void drop_rollup() {
    if (rollups_.empty()) return;
    const size_t which = below(rollups_.size());
    harness_.run("DROP ROLLUP " + rollups_[which].name + " ON t");
    rollups_.erase(rollups_.begin() + static_cast<std::ptrdiff_t>(which));
  }

  // On what the rollup has as keys.
  std::string condition_of(const Rollup& rollup) {
    for (int tries = 0; tries < 20; ++tries) {
      std::string text = condition();
      for (const char* name : {"time", "site", "code", "opt", "user % 10", "tag"}) {
        if (text.find(name) == std::string::npos) continue;
        const bool is_key = std::ranges::any_of(rollup.keys, [&](const std::string& key) {
          return key.find(name) != std::string::npos;
        });
        if (is_key) return text;
      }
    }
    return "1";
  }

  std::string condition() {
    switch (below(10)) {
      case 0:
        return "time >= " + moment() + " AND time < " + moment();
      case 1:
        return "time > " + moment();
      case 2:
        return "time BETWEEN " + moment() + " AND " + moment();
      case 3:
        return "toDate(time) = toDate(" + moment() + ")";
      case 4:
        return "site IN ('s1', 's3')";
      case 5:
        return "code = " + std::to_string(below(6));
      case 6:
        return one_in(2) ? "opt IS NULL" : "opt > 1";
      case 7:
        return "user % 10 < " + std::to_string(below(10));
      case 8:
        return one_in(2) ? "toStartOfHour(time) >= " + moment() : "time < " + moment();
      default:
        return one_in(3) ? "amount > 0" : "tag != 't2'";
    }
  }

  // Coarser times and other functions of what rollups have as keys, so that they often fit.
  std::vector<std::string> key_pool_of(const Rollup& rollup) const {
    std::vector<std::string> pool = rollup.keys;
    const auto has = [&](const std::string& text) {
      return std::ranges::any_of(
          rollup.keys, [&](const std::string& key) { return key.find(text) != std::string::npos; });
    };
    if (has("time")) {
      for (const char* key :
           {"toStartOfDay(time)", "toDate(time)", "toHour(time)", "toMonday(time)",
            "toStartOfMonth(time)", "toYYYYMM(time)", "toDayOfWeek(time)"}) {
        pool.emplace_back(key);
      }
    }
    if (has("site")) pool.insert(pool.end(), {"upper(site)", "site = 's1'"});
    if (has("code")) pool.insert(pool.end(), {"code % 2", "code > 2"});
    return pool;
  }

  std::string query() {
    // Most look at what one rollup keeps; whether it fits is for the optimizer to find out.
    const bool aims = !rollups_.empty() && !one_in(4);
    const Rollup* rollup = aims ? &rollups_[below(rollups_.size())] : nullptr;
    const std::vector<std::string> keys =
        some(aims ? key_pool_of(*rollup) : key_pool(), one_in(3) ? 0 : 1);
    std::vector<std::string> aggregates = some(aims ? rollup->aggregates : aggregate_pool(), 1);
    if (aims && one_in(4)) aggregates.push_back("count()");
    std::vector<std::string> columns = keys;
    columns.insert(columns.end(), aggregates.begin(), aggregates.end());
    std::string sql = "SELECT " + list(columns) + " FROM t";
    const uint64_t conditions = below(3);
    for (uint64_t i = 0; i < conditions; ++i) {
      sql += (i == 0 ? " WHERE " : " AND ") +
             (aims && !one_in(4) ? condition_of(*rollup) : condition());
    }
    if (!keys.empty()) sql += " GROUP BY " + list(keys);
    if (!keys.empty() && one_in(5)) sql += " HAVING count() > " + std::to_string(below(4));
    if (!keys.empty()) sql += " ORDER BY ALL";
    if (!keys.empty() && one_in(5)) sql += " LIMIT " + std::to_string(1 + below(20));
    return sql;
  }

  // One change of what is stored; some end in a crash.
  void change() {
    const bool crashes = one_in(8);
    if (crashes) {
      harness_.files().fail_at(harness_.files().operation_count() + 1 + below(40), Fault::Stop);
    }
    try {
      change_once();
      if (crashes) change_once();
    } catch (const Error& error) {
      if (!crashes) {
        ADD_FAILURE() << error.display();
        return;
      }
    }
    if (!crashes) return;
    harness_.files().crash();
    harness_.open();
    // A CREATE ROLLUP that was not acknowledged may be there or not.
    const std::string names = harness_.run("SELECT name FROM system.rollups");
    std::erase_if(rollups_, [&](const Rollup& rollup) {
      return ("\n" + names).find("\n" + rollup.name + "\n") == std::string::npos;
    });
  }

  void change_once() {
    TableStore& store = harness_.store();
    const TableId id = store.snapshot()->find("default", "t")->definition->id;
    switch (below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return insert();
      case 4:
      case 5:
        return store.flush_table(id);
      case 6:
        return store.optimize_table(id);
      case 7:
        harness_.run("DELETE FROM t WHERE " + condition() + " AND user % 7 = 3");
        return;
      case 8:
        harness_.run("ALTER TABLE t UPDATE amount = amount + 1 WHERE " + condition());
        return;
      case 9:
        if (is_partitioned_ && one_in(3)) {
          harness_.run("ALTER TABLE t DROP PARTITION 202310");
        }
        return insert();
      case 10:
        return store.build_rollups(id);
      case 11:
        if (rollups_.size() < 5) add_rollup();
        return;
      case 12:
        if (rollups_.size() > 2) drop_rollup();
        return;
      default:
        harness_.clock().advance_seconds(kDay);
        return store.purge_expired(id, true);
    }
  }

  void compare(const std::string& sql) {
    SCOPED_TRACE(sql);
    const std::string raw = harness_.try_run(sql + " SETTINGS use_rollups = 0");
    const auto expect_same = [&](const std::string& answer) {
      EXPECT_EQ(answer, raw) << harness_.try_run("EXPLAIN rollups = 1 " + sql)
                             << harness_.run("SHOW CREATE TABLE t");
    };
    expect_same(harness_.try_run(sql));
    // Also where it would spare little.
    const std::string forced = harness_.try_run(sql + " SETTINGS force_rollups = 1");
    if (!forced.starts_with("PROJECTION_NOT_USED")) {
      expect_same(forced);
      ++answered_;
    }
    if (raw.find(": ") != std::string::npos) ++failed_;
  }

  Random random_;
  EngineHarness harness_;
  bool is_unique_ = false;
  bool is_partitioned_ = false;
  std::vector<Rollup> rollups_;
  uint64_t next_rollup_ = 0;
  uint64_t answered_ = 0;
  uint64_t failed_ = 0;
};

TEST(RollupOracle, AnswersAsRawRowsDo) {
  set_log_level(LogLevel::Off);
  const uint64_t queries = number_from_environment("FRESHET_ROLLUP_QUERIES", kQueries);
  uint64_t answered = 0;
  uint64_t failed = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RollupOracle oracle(seed);
    oracle.run(queries / kSeeds);
    answered += oracle.answered_from_rollups();
    failed += oracle.failed();
    if (HasFailure()) break;
  }
  set_log_level(LogLevel::Info);
  std::printf("%llu queries, %llu answered from rollups, %llu errors\n",
              static_cast<unsigned long long>(queries), static_cast<unsigned long long>(answered),
              static_cast<unsigned long long>(failed));
  // Otherwise the comparison says little.
  EXPECT_GT(answered, queries / 10);
  EXPECT_LT(failed, queries / 20);
}

}  // namespace
}  // namespace freshet
