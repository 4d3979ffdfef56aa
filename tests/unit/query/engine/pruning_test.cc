// Blocks that are left out change no answer: random conditions over random tables, with and without
// pruning.
//
// FRESHET_PRUNING_QUERIES sets how many for each seed (the default keeps the test run short).

#include <gtest/gtest.h>

#include <array>

#include "storage/base/random.h"
#include "tests/support/environment.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

constexpr int kRows = 50'000;  // of a segment: four blocks

int query_count() {
  return static_cast<int>(number_from_environment("FRESHET_PRUNING_QUERIES", 50));
}

std::string number(Random& random, int64_t low, int64_t high) {
  return std::to_string(low +
                        static_cast<int64_t>(random.below(static_cast<uint64_t>(high - low + 1))));
}

std::string pick(Random& random, std::initializer_list<const char*> items) {
  return *(items.begin() + static_cast<std::ptrdiff_t>(random.below(items.size())));
}

std::string comparison(Random& random) {
  return pick(random, {" = ", " != ", " < ", " <= ", " > ", " >= "});
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

std::string day(Random& random) {
  const std::string number_of_day = number(random, 1, 28);
  return (random.chance(0.5) ? "2024-0" : "2023-1") + number(random, 0, 2) + "-" +
         (number_of_day.size() == 1 ? "0" : "") + number_of_day;
}

std::string valid_day(Random& random) {
  std::string text = day(random);
  if (text.substr(0, 7) == "2024-00") text.replace(0, 7, "2024-03");
  return text;
}

std::string moment(Random& random) {
  return valid_day(random) + " 0" + number(random, 0, 9) + ":" + number(random, 10, 59) + ":00";
}

std::string word(Random& random) {
  return pick(random, {"alpha", "beta", "gamma", "delta", "al", "z", ""}) + number(random, 0, 60);
}

std::string list(Random& random, const std::function<std::string()>& item) {
  std::string text = "(" + item();
  for (uint64_t more = random.below(4); more > 0; --more) text += ", " + item();
  return text + ")";
}

// One condition without AND, OR, NOT.
std::string atom(Random& random) {
  const auto integer = [&] { return number(random, -5, 220); };
  switch (random.below(30)) {
    case 0:
      return "id" + comparison(random) + number(random, -10, 160'000);
    case 1:
      return "i" + comparison(random) + integer();
    case 2:
      return "n" + comparison(random) + integer();
    case 3:
      return pick(random, {"n", "ns", "i", "lc"}) + pick(random, {" IS NULL", " IS NOT NULL"});
    case 4:
      return pick(random, {"i", "n", "u", "id"}) + pick(random, {" IN ", " NOT IN "}) +
             list(random, integer);
    case 5:
      return "f" + comparison(random) + number(random, -100, 300) + ".5";
    case 6:
      return pick(random, {"s", "lc", "ns"}) + comparison(random) + quoted(word(random));
    case 7:
      return pick(random, {"s", "lc", "ns"}) + pick(random, {" IN ", " NOT IN "}) +
             list(random, [&] { return quoted(word(random)); });
    case 8:
      return pick(random, {"s", "lc", "ns"}) + pick(random, {" LIKE '", " NOT LIKE '"}) +
             pick(random, {"al%", "beta1%", "%mma2%", "gam_a1%", "delta 3%", "%", "z\\\\_%"}) + "'";
    case 9:
      return pick(random, {"startsWith(s, '", "startsWith(lc, '", "endsWith(s, '"}) + word(random) +
             "')";
    case 10:
      return "d" + comparison(random) + quoted(valid_day(random));
    case 11:
      return "ts" + comparison(random) + quoted(moment(random));
    case 12:
      return pick(random, {"toYYYYMM(ts)", "toYYYYMM(d)", "toYYYYMM(t64)"}) + comparison(random) +
             pick(random, {"202310", "202311", "202312", "202401", "202403", "202404"});
    case 13:
      return pick(random, {"toDate(ts)", "toStartOfMonth(d)", "toMonday(ts)", "toDate(t64)"}) +
             comparison(random) + "toDate(" + quoted(valid_day(random)) + ")";
    case 14:
      return pick(random, {"toStartOfHour(ts)", "toStartOfInterval(ts, INTERVAL 15 MINUTE)",
                           "toStartOfDay(ts)", "dateTrunc('hour', ts)", "ts + INTERVAL 3 HOUR",
                           "toStartOfFiveMinutes(t64)"}) +
             comparison(random) + quoted(moment(random));
    case 15:
      return "t64" + comparison(random) + quoted(moment(random) + ".250");
    case 16:
      return "dec" + comparison(random) + number(random, -50, 250) + ".25";
    case 17:
      return "e" + pick(random, {" = ", " != "}) + pick(random, {"'low'", "'mid'", "'high'"});
    case 18:
      return "e IN ('low', " + pick(random, {"'mid'", "'high'"}) + ")";
    case 19:
      return "fs" + comparison(random) + quoted(pick(random, {"aa10", "bb20", "cc", "zz99"}));
    case 20:
      return pick(random, {"i + 5", "i * -3", "intDiv(i, 7)", "-i", "10 - i", "i / 3", "toInt8(i)",
                           "toUInt8(i)", "toInt64(n) + 1", "toUInt64(id) - 5", "toFloat32(i)",
                           "floor(f)", "round(f)", "CAST(i AS Int16)", "negate(n)", "id + i"}) +
             comparison(random) + integer();
    case 21:
      return "(i, id)" + pick(random, {" < ", " <= ", " > ", " >= ", " = "}) + "(" + integer() +
             ", " + number(random, 0, 150'000) + ")";
    case 22:
      return "(i, u) IN ((" + integer() + ", " + integer() + "), (" + integer() + ", 3))";
    case 23:
      return pick(random, {"has(a, ", "NOT has(a, "}) + number(random, 0, 900) + ")";
    case 24:
      return pick(random, {"hasAny(a, [", "hasAll(a, ["}) + number(random, 0, 900) + ", " +
             number(random, 0, 900) + "])";
    case 25:
      return pick(random, {"hasToken(text, 'alpha", "hasToken(text, 'beta"}) +
             number(random, 0, 60) + "')";
    case 26:
      return "text LIKE '" +
             pick(random, {"%alpha1 b%", "%, beta12", "alpha3 %", "%beta5%", "%a_p%a10%"}) + "'";
    case 27:
      return pick(random, {"lower(text) LIKE '%alpha", "lower(text) = 'alpha"}) +
             number(random, 0, 60) + pick(random, {"%'", " beta'", "'"});
    case 28:
      return pick(random, {"u", "flag", "i % 3", "empty(s)", "notEmpty(ns)", "left(s, 3) = 'alp'",
                           "substring(s, 1, 2) > 'be'"});
    default:
      return pick(random, {"high", "i"}) + comparison(random) + number(random, 0, 500);
  }
}

std::string condition(Random& random, int depth) {
  if (depth == 0 || random.chance(0.4)) return atom(random);
  if (random.chance(0.2)) return "NOT (" + condition(random, depth - 1) + ")";
  std::string text = "(" + condition(random, depth - 1);
  const std::string word = random.chance(0.5) ? " AND " : " OR ";
  for (uint64_t more = 1 + random.below(2); more > 0; --more) {
    text += word + condition(random, depth - 1);
  }
  return text + ")";
}

// Values change slowly from row to row, so that blocks differ.
std::string insert(int segment, const std::string& shape) {
  const std::string n = "(number + " + std::to_string(segment * kRows) + ")";
  return "INSERT INTO t SELECT " + n + ", intDiv(" + n + ", 1000) + cityHash64(number) % 3, " +
         shape + " AS u, if(cityHash64(number) % 5 = 0 OR intDiv(" + n +
         ", 20000) = 3, NULL, intDiv(" + n + ", 900)), if(number % 7000 = 5, nan, " + n +
         " / 500.0), concat(['alpha', 'beta', 'gamma', 'delta'][1 + intDiv(number, 13000) % 4], "
         "toString(intDiv(" +
         n + ", 3000))), concat(['alpha', 'beta', ''][1 + intDiv(" + n +
         ", 17000) % 3], toString(intDiv(number, 5000))), if(intDiv(number, 16384) = 1, NULL, "
         "concat('z', toString(intDiv(number, 1000)))), toDate('2023-10-01') + intDiv(" +
         n + ", 800), toDateTime('2023-10-01 00:00:00', 'UTC') + " + n +
         " * 100, toDateTime64('2023-10-05 00:00:00', 3, 'UTC') + intDiv(" + n +
         ", 3) * 300, toDecimal32(intDiv(" + n +
         ", 700), 2) + 0.25, "
         "CAST(1 + intDiv(number, 20000) AS Enum8('low' = 1, 'mid' = 2, 'high' = 3)), "
         "concat(['aa', 'bb', 'cc'][1 + intDiv(number, 20000)], toString(10 + intDiv(number, "
         "1000))), "
         "[intDiv(" +
         n + ", 200), 1000 + number % 3], concat('alpha', toString(intDiv(" + n +
         ", 2500)), ', beta', toString(intDiv(number, 900))), number > 30000, "
         "cityHash64(number, " +
         std::to_string(segment) + ") FROM numbers(" + std::to_string(kRows) + ")";
}

class Pruning : public testing::TestWithParam<uint64_t> {};

TEST_P(Pruning, ChangesNoAnswer) {
  EngineHarness db;
  Random random(GetParam());
  const std::string order = pick(random, {"id", "(toDate(ts), id)", "tuple()", "(lc, id)"});
  const std::string partition = pick(
      random, {"", "PARTITION BY toYYYYMM(ts)", "PARTITION BY toStartOfWeek(d)", "PARTITION BY u"});
  db.run(
      "CREATE TABLE t (id UInt64, i Int32, u UInt8, n Nullable(Int32), f Float64, s String, "
      "lc LowCardinality(String), ns Nullable(String), d Date, ts DateTime('Europe/Berlin'), "
      "t64 DateTime64(3, 'UTC'), dec Decimal(9, 2), "
      "e Enum8('low' = 1, 'mid' = 2, 'high' = 3), fs FixedString(4), a Array(UInt32), text String, "
      "flag Bool, high UInt64, INDEX i1 s TYPE bloom_filter(0.01), INDEX i2 a TYPE bloom_filter "
      "GRANULARITY 4, INDEX i3 text TYPE tokenbf_v1(4096, 3, 0), INDEX i4 lower(text) TYPE "
      "ngrambf_v1(4, 4096, 3, 0) GRANULARITY 2, INDEX i5 lc TYPE set(100), INDEX i6 high TYPE "
      "bloom_filter, INDEX i7 n TYPE set(0), INDEX i8 f TYPE bloom_filter, INDEX i9 e TYPE set(2), "
      "INDEX i10 fs TYPE bloom_filter, INDEX i11 ts TYPE bloom_filter, INDEX i12 ns TYPE "
      "ngrambf_v1(2, 2048, 2, 0)) ENGINE = MergeTree " +
      partition + " ORDER BY " + order);
  const std::string shape = pick(random, {"intDiv(number, 17000)", "number % 2"});
  for (int segment = 0; segment < 3; ++segment) {
    db.run(insert(segment, shape));
    if (segment < 2) db.store().flush_all();
  }
  uint64_t rows_pruned = 0;
  uint64_t rows_unpruned = 0;
  for (int query = 0; query < query_count(); ++query) {
    const std::string select = "SELECT count(), sum(id) FROM t WHERE " + condition(random, 2);
    SCOPED_TRACE(select);
    const std::string pruned = db.try_run(select);
    rows_pruned += db.report.rows_read;
    const std::string unpruned =
        db.try_run(select + " SETTINGS use_primary_key = 0, use_skip_indexes = 0");
    rows_unpruned += db.report.rows_read;
    ASSERT_EQ(pruned, unpruned);
    EXPECT_EQ(unpruned.find(": "), std::string::npos) << unpruned;
  }
  EXPECT_LT(rows_pruned, rows_unpruned);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Pruning, testing::Range<uint64_t>(1, 9));

}  // namespace
}  // namespace freshet
