// GROUP BY with tables of every key form, small and large, by one worker and by several.
#include "query/operator/aggregate.h"

#include <gtest/gtest.h>

#include "tests/unit/query/engine/engine_harness.h"
#include "tests/unit/query/operator/operator_harness.h"

namespace freshet {
namespace {

class Aggregate : public testing::Test {
 protected:
  void fill(size_t rows) {
    sql_.run("CREATE TABLE t (id UInt64, s String, n Nullable(Int32), f Float64) ORDER BY id");
    // Several inserts: several chunks for the workers.
    constexpr size_t kInserts = 5;
    for (size_t i = 0; i < kInserts; ++i) {
      sql_.run("INSERT INTO t SELECT number + " + std::to_string(i * rows / kInserts) +
               ", toString(intDiv(number * 7919, 3) % 1000), if(number % 7 = 0, NULL, "
               "toInt32(number % 100)), "
               "number % 1000 / 8 FROM numbers(" +
               std::to_string(rows / kInserts) + ")");
    }
  }
  std::string run(const std::string& query, int threads) {
    return sorted_lines(sql_.run(query + " SETTINGS max_threads = " + std::to_string(threads)));
  }

  EngineHarness sql_{4};
};

TEST_F(Aggregate, SeveralWorkersGiveTheGroupsOfOne) {
  fill(200'000);
  const std::string calls =
      "count(), sum(id), sum(n), count(n), min(s), max(s), min(n), max(f), avg(n), uniqExact(s), "
      "sumIf(id, n > 50), countIf(s LIKE '1%'), arraySort(groupUniqArray(n % 3)), "
      "sum(f), any(1), argMin(id % 10, id), argMax(s, (f, s)), quantileExact(0.5)(n), "
      "sumOrNull(n), length(groupArray(id))";
  for (const std::string key : {
           "id % 7",             // 8 bits
           "n",                  // Nullable
           "n, toInt8(id % 3)",  // packed
           "s",                  // text
           "toLowCardinality(s)",
           "f",
           "[toString(n)]",
           "(n, id % 2)",
       }) {
    const std::string query = "SELECT " + key + ", " + calls + " FROM t GROUP BY " + key;
    EXPECT_EQ(run(query, 4), run(query, 1)) << key;
  }
  // Tables that split. Looked at through sums, for there are many groups.
  for (const std::string key : {
           "toUInt16(id % 50000)",  // 16 bits, direct
           "toInt32(id % 100000)",  // 32 bits
           "id",                    // 64 bits, as many groups as rows
           "n, id % 1000",          // 128 bits
           "concat(s, toString(id % 100))",
           "s, id",  // bytes
       }) {
    const std::string query =
        "SELECT count(), sum(c), sum(i), sum(a), min(x), max(x), sum(length(m)) FROM (SELECT "
        "count() AS c, sum(id) AS i, sum(n) AS a, max(f) AS x, min(s) AS m FROM t GROUP BY " +
        key + ")";
    EXPECT_EQ(run(query, 4), run(query, 1)) << key;
  }
  EXPECT_EQ(run("SELECT " + calls + " FROM t", 4), run("SELECT " + calls + " FROM t", 1));
}

TEST_F(Aggregate, GroupsAreThoseThatArithmeticSays) {
  fill(100'000);
  EXPECT_EQ(run("SELECT id % 4, count(), min(id), max(id), sum(id) FROM t GROUP BY id % 4", 4),
            "0\t25000\t0\t99996\t1249950000\n1\t25000\t1\t99997\t1249975000\n"
            "2\t25000\t2\t99998\t1250000000\n3\t25000\t3\t99999\t1250025000\n");
  EXPECT_EQ(
      run("SELECT count(), sum(k), sum(c) FROM (SELECT id AS k, count() AS c FROM t GROUP BY id)",
          4),
      "100000\t4999950000\t100000\n");
}

// The bounds that blocks keep answer; a condition that every row satisfies has them read.
TEST_F(Aggregate, LeastAndGreatestOfBlocksAreThoseOfTheirRows) {
  sql_.run(
      "CREATE TABLE b (id UInt64, i Int16, s String, long String, n Nullable(UInt8), none "
      "Nullable(Int64), f Float64, d Decimal(9, 3), t DateTime, l LowCardinality(String), a "
      "Array(UInt8), u UUID, x FixedString(3)) ORDER BY id");
  for (const char* from : {"0", "50000", "100000"}) {
    sql_.run("INSERT INTO b SELECT number + " + std::string(from) +
             " AS k, toInt16(k * 7919 % 20011 - 10000), toString(k % 977), "
             "concat(repeat('p', 40), toString(k % 500)), if(k % 3 = 0, NULL, k % 200), NULL, "
             "if(k % 40001 = 7, nan, k % 1237 / 4), toDecimal32(k % 1000, 3) / 8, "
             "toDateTime(1700000000 + k * 31 % 86400), toString(k % 13), [k % 5], "
             "toUUID(concat('00000000-0000-0000-0000-', leftPad(toString(k % 999), 12, '0'))), "
             "substring(toString(100 + k % 900), 1, 3) FROM numbers(50000)");
    if (std::string_view(from) != "100000") sql_.store().flush_all();
  }
  const auto compare = [&](const std::string& calls) {
    for (const int threads : {1, 4}) {
      EXPECT_EQ(run("SELECT " + calls + " FROM b", threads),
                run("SELECT " + calls + " FROM b WHERE id + 1 > 0", threads))
          << calls;
    }
  };
  const auto compare_all = [&] {
    std::string all;
    for (const std::string column :
         {"id", "i", "s", "long", "n", "none", "f", "d", "t", "l", "a", "u", "x"}) {
      const std::string calls = "min(" + column + "), max(" + column + ")";
      compare(calls);
      all += (all.empty() ? "" : ", ") + calls;
    }
    compare(all);
    compare("min(i), max(i + 1)");
    compare("min(i), count()");
  };
  compare_all();
  sql_.run("DELETE FROM b WHERE i > 9000 OR i < -9000");
  compare_all();
  sql_.run("ALTER TABLE b MODIFY COLUMN i Int32, ADD COLUMN late Int64 DEFAULT i + 1");
  compare_all();
  compare("min(late), max(late)");
}

TEST_F(Aggregate, WithoutRowsThereIsOneGroupWithoutKeysAndNoneWithThem) {
  sql_.run("CREATE TABLE t (id UInt64, n Nullable(Int32)) ORDER BY id");
  for (const int threads : {1, 4}) {
    EXPECT_EQ(run("SELECT count(), sum(id), min(n), avg(id) FROM t", threads), "0\t0\t\\N\tnan\n");
    EXPECT_EQ(run("SELECT count() FROM t GROUP BY id", threads), "");
    EXPECT_EQ(run("SELECT count() FROM t GROUP BY 'x'", threads), "");
  }
}

TEST_F(Aggregate, NullIsAGroupOfItsOwnAndNoArgument) {
  sql_.run("CREATE TABLE t (k Nullable(UInt8), v Nullable(UInt8)) ORDER BY tuple()");
  sql_.run(
      "INSERT INTO t SELECT if(number % 3 = 0, NULL, 0), if(number % 2 = 0, NULL, 1) FROM "
      "numbers(12)");
  EXPECT_EQ(run("SELECT k, count(), count(v), sum(v), max(v) FROM t GROUP BY k", 4),
            "0\t8\t4\t4\t1\n\\N\t4\t2\t2\t1\n");
}

// The operator itself: two workers' tables, merged by partition.
TEST(AggregateSink, MergesTheTablesOfItsWorkers) {
  const Schema schema = schema_from_text("k:String v:UInt64");
  const auto key = column_expression(0, schema[0].type, "k");
  const auto value = column_expression(1, schema[1].type, "v");
  const std::vector<DataTypePtr> types = {schema[1].type};
  for (const size_t workers : {1, 2, 3}) {
    OperatorHarness harness(workers);
    AggregateSink sink(
        {key}, {{bind_aggregate("sum", {}, types), {value}}, {bind_aggregate("count", {}, {}), {}}},
        false);
    harness.fill(
        sink, chunks_from_text("k:String v:UInt64\na\t1\nb\t2\n--\na\t3\nc\t4\n--\n\t5\nb\t6\n"));
    AggregateSource source(sink);
    EXPECT_EQ(sorted_lines(harness.read(source, schema_from_text("k:String s:UInt64 c:UInt64"))),
              "\t5\t1\na\t4\t2\nb\t8\t2\nc\t4\t1\n");
  }
}

}  // namespace
}  // namespace freshet
