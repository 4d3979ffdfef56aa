#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/base/random.h"
#include "tests/support/golden.h"
#include "tests/unit/query/plan/rollup_rows.h"

namespace freshet {
namespace {

constexpr const char* kColumns =
    "time:DateTime site:LowCardinality(String) n:Int32 x:Nullable(Int64) f:Float64 u:UInt64 "
    "day:Date t64:DateTime64(3) k:Nullable(String)";

// Rows of some days from 2024-03-29 on, which are those in which Europe's clocks change.
std::string rows_from(size_t first, size_t count) {
  return "SELECT toDateTime('2024-03-29 22:17:05') + number * 97 AS time, "
         "['a', 'b', 'c', ''][number % 4 + 1], toInt32(number % 23) - 7, "
         "if(number % 5 = 0, NULL, toInt64(number % 11)), number / 4 - 100, number * number % 101, "
         "toDate(time), toDateTime64(time, 3) + toIntervalMillisecond(number % 1000), "
         "if(number % 7 = 0, NULL, toString(number % 3)) FROM numbers(" +
         std::to_string(first) + ", " + std::to_string(count) + ")";
}

class Rollups : public testing::Test {
 protected:
  Rollups() : rows_(kColumns) {
    rows_.add_rollup("hourly",
                     "SELECT toStartOfHour(time), site, count(), sum(n), sum(x), count(x), min(n), "
                     "max(x), sum(f), uniq(u), quantileExact(0.9)(n), any(site), min(f) "
                     "GROUP BY toStartOfHour(time), site");
    rows_.add_rollup("daily", "SELECT day, site, k, count(), sum(n) GROUP BY day, site, k");
    rows_.add_rollup("quarters",
                     "SELECT toStartOfFifteenMinutes(t64) AS q, count(), sum(n), avg(f) "
                     "GROUP BY q");
    rows_.add_rollup("total", "SELECT count(), sum(n), max(time), avg(x)");
  }

  void add_rows() {
    rows_.add_segment(rows_from(0, 3000));
    rows_.add_segment(rows_from(3000, 2000));
  }
  // Every way in which rows may be there that a rollup does not tell of.
  void add_rows_of_all_kinds() {
    add_rows();
    rows_.add_segment(rows_from(1000, 900), {"hourly", "total"});
    rows_.add_segment(rows_from(5000, 700), {"daily", "quarters"});
    rows_.add_segment(rows_from(2000, 800));
    rows_.delete_rows(3, {0, 5, 600, 699});
    rows_.delete_rows(4, {1, 2, 3, 400});
    rows_.build(4);
    rows_.add_newest(rows_from(5700, 300));
    rows_.add_newest(rows_from(10, 40));
  }

  std::string plain(const std::string& sql) { return rows_.answer(sql, {.use_rollups = false}); }
  // Answered by that rollup; "CODE_NAME: message" where it cannot be.
  std::string forced(const std::string& sql, const std::string& rollup) {
    std::vector<RollupDecision> decisions;
    OptimizerOptions options;
    options.use_rollups = true;
    options.force_rollups = true;
    options.preferred_rollup = rollup;
    options.rollup_decisions = &decisions;
    options.rollup_shapes = &shapes_;
    try {
      std::string answer = rows_.answer(sql, options);
      EXPECT_EQ(used(decisions), rollup) << sql;
      return answer;
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " + error.message();
    }
  }
  static std::string used(const std::vector<RollupDecision>& decisions) {
    for (const RollupDecision& decision : decisions) {
      if (decision.used) return decision.rollup;
    }
    return "none";
  }
  void check(const std::string& sql, const std::string& rollup) {
    EXPECT_EQ(forced(sql, rollup), plain(sql)) << sql;
  }
  // Why the rollup does not do.
  std::string reason(const std::string& sql, const std::string& rollup) {
    std::vector<RollupDecision> decisions;
    OptimizerOptions options;
    options.use_rollups = true;
    options.rollup_decisions = &decisions;
    options.preferred_rollup = rollup;
    rows_.plan(sql, options);
    for (const RollupDecision& decision : decisions) {
      if (decision.rollup == rollup) return decision.used ? "used" : decision.reason;
    }
    return "not asked";
  }

  void check_chosen_queries() {
    for (const std::string sql : {
             "SELECT toStartOfHour(time) AS h, count(), sum(n) FROM t GROUP BY h",
             "SELECT site, toStartOfHour(time) AS h, sum(x), count(x), min(n), max(x) FROM t "
             "GROUP BY h, site",
             "SELECT site, count() FROM t GROUP BY site",
             "SELECT toString(site) AS s, count() + 1 FROM t GROUP BY s",
             "SELECT site FROM t GROUP BY site",
             "SELECT count(), sum(n), sum(f), uniq(u), quantileExact(0.9)(n) FROM t",
             "SELECT avg(n), avg(x), avg(f), avgIf(x, site = 'a') FROM t",
             "SELECT site, avg(n) FROM t GROUP BY site HAVING avg(n) > 3.9",
             "SELECT toDate(time) AS d, sum(n), uniq(u) FROM t GROUP BY d",
             "SELECT toStartOfDay(time) AS d, toHour(time) AS h, sum(n) FROM t GROUP BY d, h",
             "SELECT toDayOfWeek(time), toYYYYMM(time), count() FROM t GROUP BY ALL",
             "SELECT toMonday(time), formatDateTime(time, '%Y-%m-%d %H') AS h, count() FROM t "
             "GROUP BY ALL",
             "SELECT toStartOfInterval(time, INTERVAL 6 HOUR) AS i, count() FROM t GROUP BY i",
             "SELECT dateTrunc('week', time) AS w, sum(x) FROM t GROUP BY w",
             "SELECT toTimeZone(toStartOfHour(time), 'Asia/Tokyo') AS h, count() FROM t GROUP BY h",
             "SELECT toDate(time, 'Europe/Berlin') AS d, toHour(time, 'Europe/Berlin') AS h, "
             "count() FROM t GROUP BY d, h",
             "SELECT count() FROM t WHERE site = 'a'",
             "SELECT sum(n), uniq(u) FROM t WHERE site IN ('a', '') AND toHour(time) > 7",
             "SELECT count(), min(n) FROM t WHERE site = 'nothing'",
             "SELECT site, sum(x) FROM t WHERE site = 'nothing' GROUP BY site",
             "SELECT avg(n), max(x) FROM t WHERE site = 'nothing'",
             "SELECT uniq(site), uniqExact(site), max(site), min(toHour(time)) FROM t",
             "SELECT count(DISTINCT site), count(DISTINCT toDate(time)) FROM t",
             "SELECT groupUniqArray(1)(length(site)) FROM t WHERE site = 'a'",
             "SELECT sumIf(n, site = 'a'), countIf(site != 'a'), countIf(x, site = 'b'), "
             "minIf(n, site = 'c'), minIf(n, site = 'nothing'), maxIf(x, site = 'a'), "
             "uniqIf(u, site IN ('a', 'b')), uniqIf(site, toHour(time) < 3) FROM t",
             "SELECT toDate(time) AS d, sumIf(x, site = 'nothing'), minIf(f, site = 'a') FROM t "
             "GROUP BY d",
             "SELECT uniqMerge(s) FROM (SELECT uniqState(u) AS s FROM t)",
             "SELECT sum(n) FROM t WHERE time >= '2024-03-30 00:00:00'",
             "SELECT sum(n) FROM t WHERE time >= '2024-03-30 01:30:00' AND site = 'b'",
             "SELECT site, sum(n), uniq(u), avg(n) FROM t WHERE time > '2024-03-30 01:30:00' AND "
             "time <= '2024-03-31 07:59:59' GROUP BY site",
             "SELECT count() FROM t WHERE time BETWEEN '2024-03-30 01:00:00' AND "
             "'2024-03-30 03:00:00'",
             "SELECT toStartOfHour(time) AS h, count() FROM t WHERE '2024-03-31 07:10:00' > time "
             "GROUP BY h",
             "SELECT count() FROM t WHERE time >= toDate('2024-03-31')",
             "SELECT count() FROM t WHERE toDate(time) = '2024-03-31'",
             "SELECT site, count() AS c FROM t GROUP BY site ORDER BY c DESC, site LIMIT 2",
             "SELECT toStartOfHour(time), site, count() FROM t GROUP BY 1, 2 WITH ROLLUP",
             "SELECT c, count() FROM (SELECT site, count() > 1000 AS c FROM t GROUP BY site) "
             "GROUP BY c",
             "SELECT s.site, s.c FROM (SELECT site, count() AS c FROM t GROUP BY site) AS s "
             "JOIN (SELECT site, max(x) AS m FROM t GROUP BY site) AS m ON s.site = m.site",
         }) {
      check(sql, "hourly");
    }
    for (const std::string sql : {
             "SELECT k, count(), count(k) FROM t GROUP BY k",
             "SELECT count(k), count(), uniqExact(k), max(k) FROM t",
             "SELECT toStartOfMonth(day), sum(n) FROM t GROUP BY ALL",
             "SELECT toYear(day), toISOWeek(day), site, sum(n) FROM t GROUP BY ALL",
             "SELECT toStartOfDay(day) AS d, sum(n) FROM t GROUP BY d",
             "SELECT sum(n) FROM t WHERE day >= '2024-03-30' AND k IS NOT NULL",
             "SELECT count() FROM t WHERE k = '1' OR k IS NULL",
             "SELECT sumIf(n, k IS NULL), countIf(site = 'a') FROM t",
         }) {
      check(sql, "daily");
    }
    for (const std::string sql : {
             "SELECT toStartOfHour(t64) AS h, count(), sum(n), avg(f) FROM t GROUP BY h",
             "SELECT toDate(t64, 'Asia/Kathmandu') AS d, count() FROM t GROUP BY d",
             "SELECT count(), avg(n) FROM t WHERE t64 >= '2024-03-30 01:02:03.456' AND "
             "t64 < '2024-03-31 07:15:00.001'",
             "SELECT count() FROM t WHERE t64 > '2024-03-30 01:14:59.999' AND "
             "t64 <= '2024-03-31 07:14:59.999'",
         }) {
      check(sql, "quarters");
    }
    for (const std::string sql : {
             "SELECT count(), sum(n), max(time), avg(x), avg(n) FROM t",
             "SELECT sum(n) + count() FROM t HAVING max(time) > 0",
         }) {
      check(sql, "total");
    }
  }

  RollupRows rows_;
  RollupShapes shapes_;
};

TEST_F(Rollups, AnswerWhenAllSegmentsHaveThem) {
  add_rows();
  check_chosen_queries();
}

TEST_F(Rollups, AnswerTogetherWithRowsThatTheyDoNotTellOf) {
  add_rows_of_all_kinds();
  check_chosen_queries();
}

TEST_F(Rollups, AnswerInOtherTimeZonesWhereHoursAreTheSame) {
  add_rows_of_all_kinds();
  rows_.set_time_zone("Europe/Berlin");
  for (const std::string sql : {
           "SELECT toStartOfHour(time) AS h, count() FROM t GROUP BY h",
           "SELECT toStartOfDay(time) AS d, toHour(time) AS h, sum(n) FROM t GROUP BY d, h",
           "SELECT toDate(time) AS d, uniq(u) FROM t GROUP BY d",
           "SELECT count() FROM t WHERE time >= '2024-03-31 02:30:00'",
           "SELECT sum(n) FROM t WHERE time >= '2024-03-30 00:00:00' AND toDate(time) < "
           "'2024-03-31'",
       }) {
    check(sql, "hourly");
  }
  rows_.set_time_zone("Asia/Kathmandu");
  check("SELECT toStartOfDay(t64) AS d, toHour(t64), sum(n) FROM t GROUP BY ALL", "quarters");
  check("SELECT sum(n) FROM t WHERE time >= '2024-03-30 00:10:00' AND site = 'a'", "hourly");
  EXPECT_EQ(reason("SELECT toDate(time) AS d, count() FROM t GROUP BY d", "hourly"),
            "toDate(time) is made of none of its keys");
  EXPECT_EQ(reason("SELECT toStartOfHour(time) AS h, count() FROM t GROUP BY h", "hourly"),
            "toStartOfHour(time) is made of none of its keys in time zone Asia/Kathmandu: it is "
            "made in UTC");
}

TEST_F(Rollups, SayWhyTheyDoNotAnswer) {
  add_rows();
  EXPECT_EQ(reason("SELECT n, count() FROM t GROUP BY n", "hourly"),
            "n is made of none of its keys");
  EXPECT_EQ(reason("SELECT toStartOfMinute(time) AS m, count() FROM t GROUP BY m", "hourly"),
            "toStartOfMinute(time) is made of none of its keys");
  EXPECT_EQ(reason("SELECT site, sum(u) FROM t GROUP BY site", "hourly"), "sum(u) is not kept");
  EXPECT_EQ(reason("SELECT site, quantileExact(0.5)(n) FROM t GROUP BY site", "hourly"),
            "quantileExact(0.5)(n) is not kept");
  EXPECT_EQ(reason("SELECT site, sumIf(n, n > 0) FROM t GROUP BY site", "hourly"),
            "sumIf(n, greater(n, 0)) is not kept");
  EXPECT_EQ(reason("SELECT count() FROM t WHERE n > 5", "hourly"),
            "condition greater(n, 5) is on none of its keys");
  EXPECT_EQ(reason("SELECT count() FROM t WHERE site = 'a' OR n > 5", "hourly"),
            "condition or(equals(site, 'a'), greater(n, 5)) is on none of its keys");
  EXPECT_EQ(reason("SELECT count() FROM t WHERE time >= '2024-03-30 01:30:00' AND time < "
                   "'2024-03-30 02:30:00'",
                   "hourly"),
            "the condition leaves no bucket whole");
  EXPECT_EQ(reason("SELECT count() FROM t WHERE time = '2024-03-30 01:30:00'", "hourly"),
            "the condition leaves no bucket whole");
  EXPECT_EQ(reason("SELECT site, rand() AS r, count() FROM t GROUP BY site, r", "hourly"),
            "rand() is made of none of its keys");
  EXPECT_EQ(reason("SELECT site, count() FROM t GROUP BY site", "hourly"), "used");
  EXPECT_EQ(reason("SELECT site FROM t", "hourly"), "not asked");
}

TEST_F(Rollups, AreNotReadWhereThatSavesNothing) {
  EXPECT_EQ(reason("SELECT site, count() FROM t GROUP BY site", "hourly"),
            "no segment has its rows yet");
  add_rows();
  std::vector<RollupDecision> decisions;
  OptimizerOptions options;
  options.use_rollups = true;
  options.rollup_decisions = &decisions;
  const auto decide = [&](const std::string& sql) {
    decisions.clear();
    rows_.plan(sql, options);
    return used(decisions);
  };
  EXPECT_EQ(decide("SELECT site, count() FROM t GROUP BY site"), "daily");
  EXPECT_EQ(decide("SELECT site, uniq(u) FROM t GROUP BY site"), "hourly");
  EXPECT_EQ(decisions[0].rows_raw, 5000U);
  EXPECT_LT(decisions[0].rows_read, 1000U);
  // The number of rows is known.
  EXPECT_EQ(decide("SELECT count() FROM t"), "none");
  EXPECT_EQ(decisions[3].reason, "blocks tell it without reading rows");
  rows_.add_newest(rows_from(9000, 6000));
  EXPECT_EQ(decide("SELECT site, uniq(u) FROM t GROUP BY site"), "none");
  EXPECT_NE(decisions[0].reason.find(" of 11000 rows"), std::string::npos) << decisions[0].reason;
}

TEST_F(Rollups, AreForcedOrRefused) {
  add_rows();
  EXPECT_EQ(forced("SELECT n, count() FROM t GROUP BY n", "hourly"),
            "PROJECTION_NOT_USED: No rollup of default.t is used, although "
            "force_optimize_projection = 1: hourly: n is made of none of its keys; daily: n is "
            "made of none of its keys; quarters: n is made of none of its keys; total: n is made "
            "of none of its keys");
  OptimizerOptions options;
  options.use_rollups = true;
  options.force_rollups = true;
  // Without aggregation, nothing is asked for that a rollup could tell.
  EXPECT_EQ(rows_.plan_text("SELECT site FROM t LIMIT 1", options).find("part"), std::string::npos);
}

TEST_F(Rollups, DoNotTellOfTimesBeyondWhatBucketsCanBe) {
  // Of 1970-01-01 00:00:00, which is what a missing time is, the day's start in Berlin is before
  // all that a DateTime can be.
  add_rows();
  rows_.add_segment(
      "SELECT toDateTime(number * 40000), 'a', 1, 2, 0.5, number, "
      "toDate('1970-01-01'), toDateTime64(-5000000000, 3) + number, NULL "
      "FROM numbers(50)");
  rows_.add_segment(
      "SELECT toDateTime(4294967295 - number * 4000), 'a', 1, 2, 0.5, number, "
      "toDate('2149-06-06'), toDateTime64(9999999999, 3) - number, NULL "
      "FROM numbers(50)");
  check_chosen_queries();
  check("SELECT toDate(t64, 'Asia/Kolkata') AS d, count() FROM t GROUP BY d", "quarters");
}

TEST_F(Rollups, MakePlans) {
  add_rows();
  rows_.add_segment(rows_from(5000, 100), {"hourly"});
  check_golden("tests/golden/plan/rollups.txt", [&](const std::string& sql) {
    OptimizerOptions options;
    options.use_rollups = true;
    options.force_rollups = true;
    return rows_.plan_text(sql, options);
  });
}

// Keys, aggregates and conditions put together at random.
TEST_F(Rollups, AnswerQueriesMadeAtRandom) {
  add_rows_of_all_kinds();
  Random random(5);
  const auto pick = [&](const std::vector<std::string>& from) {
    return from[random.below(from.size())];
  };
  const std::vector<std::string> keys = {"site",
                                         "toStartOfHour(time)",
                                         "toDate(time)",
                                         "toHour(time, 'Europe/Berlin')",
                                         "length(site)",
                                         "toStartOfInterval(time, INTERVAL 2 HOUR)",
                                         "toDayOfWeek(time)",
                                         "site = 'a'"};
  const std::vector<std::string> calls = {"count()",
                                          "sum(n)",
                                          "sum(x)",
                                          "count(x)",
                                          "min(n)",
                                          "max(x)",
                                          "sum(f)",
                                          "uniq(u)",
                                          "avg(n)",
                                          "avg(x)",
                                          "uniqExact(site)",
                                          "max(toHour(time))",
                                          "sumIf(n, site = 'b')",
                                          "countIf(site > 'a')",
                                          "minIf(n, site = 'c')",
                                          "uniqIf(u, site = 'a')",
                                          "quantileExact(0.9)(n)",
                                          "avgIf(n, site != '')"};
  const std::vector<std::string> conditions = {"site = 'a'",
                                               "site IN ('b', 'c')",
                                               "toHour(time) BETWEEN 3 AND 20",
                                               "toDate(time) > '2024-03-30'",
                                               "time >= '2024-03-30 05:00:00'",
                                               "time >= '2024-03-30 05:10:11'",
                                               "time < '2024-04-01 12:34:56'",
                                               "time <= '2024-04-01 23:59:59'",
                                               "NOT empty(site)"};
  size_t answered = 0;
  for (size_t i = 0; i < 200; ++i) {
    std::string list;
    std::string where;
    const size_t key_count = random.below(3);
    for (size_t k = 0; k < key_count; ++k) list += pick(keys) + " AS k" + std::to_string(k) + ", ";
    const size_t call_count = 1 + random.below(3);
    for (size_t c = 0; c < call_count; ++c)
      list += pick(calls) + " AS c" + std::to_string(c) + ", ";
    list.resize(list.size() - 2);
    const size_t condition_count = random.below(3);
    for (size_t c = 0; c < condition_count; ++c) {
      where += (c == 0 ? " WHERE " : " AND ") + pick(conditions);
    }
    const std::string sql = "SELECT " + list + " FROM t" + where + " GROUP BY ALL";
    const std::string answer = forced(sql, "hourly");
    if (answer.starts_with("PROJECTION_NOT_USED")) continue;
    ++answered;
    EXPECT_EQ(answer, plain(sql)) << sql;
  }
  EXPECT_GT(answered, 150U);
}

}  // namespace
}  // namespace freshet
