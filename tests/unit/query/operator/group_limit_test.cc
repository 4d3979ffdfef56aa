// GROUP BY ... LIMIT without ORDER BY: any groups may come out, but those that do are complete,
// whichever worker chose them and whenever.

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "query/operator/aggregate.h"
#include "storage/base/limits.h"
#include "storage/base/random.h"
#include "tests/unit/query/operator/operator_harness.h"

namespace freshet {
namespace {

constexpr size_t kWorkers = 3;

class GroupLimit : public testing::TestWithParam<std::string> {
 protected:
  // Rows (key, amount) of keys 0 .. key_count - 1.
  static Chunk rows(Random& random, uint64_t key_count, size_t row_count) {
    std::string text = "key:" + GetParam() + " amount:UInt64\n";
    for (size_t i = 0; i < row_count; ++i) {
      text +=
          std::to_string(random.below(key_count)) + "\t" + std::to_string(random.below(100)) + "\n";
    }
    return chunk_from_text(text);
  }

  // Groups as text -> sum as text; each chunk goes to the worker of its number.
  std::map<std::string, std::string> group(const std::vector<std::pair<size_t, Chunk>>& chunks,
                                           std::optional<uint64_t> limit) {
    const Schema schema = schema_from_text("key:" + GetParam() + " amount:UInt64");
    const DataTypePtr amount = schema[1].type;
    std::vector<AggregateArguments> calls;
    calls.push_back({bind_aggregate("sum", {}, std::span(&amount, 1)),
                     {column_expression(1, amount, "amount")}});
    OperatorHarness harness(kWorkers);
    AggregateSink sink({column_expression(0, schema[0].type, "key")}, calls, false, limit);
    ExecutionContext context = harness.context();
    sink.prepare(kWorkers);
    for (const auto& [worker, chunk] : chunks) EXPECT_TRUE(sink.consume(context, worker, chunk));
    sink.finish(context);
    AggregateSource source(sink);
    Schema result;
    result.add("key", schema[0].type);
    result.add("sum", amount);
    std::map<std::string, std::string> groups;
    std::istringstream lines(harness.read(source, result));
    for (std::string line; std::getline(lines, line);) {
      const size_t tab = line.find('\t');
      EXPECT_TRUE(groups.emplace(line.substr(0, tab), line.substr(tab + 1)).second) << line;
    }
    return groups;
  }
};

TEST_P(GroupLimit, GivesCompleteGroups) {
  Random random(11);
  for (const uint64_t key_count : {1, 9, 10, 11, 200}) {
    std::vector<std::pair<size_t, Chunk>> chunks;
    for (size_t i = 0; i < 20; ++i) {
      chunks.emplace_back(random.below(kWorkers), rows(random, key_count, 1 + random.below(50)));
    }
    const auto all = group(chunks, std::nullopt);
    const auto some = group(chunks, 10);
    // Fewer than the limit come only when no worker saw as many; then all come.
    EXPECT_GE(some.size(), std::min<size_t>(10, all.size()));
    for (const auto& [key, sum] : some) EXPECT_EQ(sum, all.at(key)) << key;
  }
}

// The largest limit that groups are chosen for, nearly reached by rows of one worker: their table
// would be split by then, but one of which groups are chosen must not be.
TEST_P(GroupLimit, MayBeAsLargeAsATableThatSplits) {
  const uint64_t key_count = GetParam() == "UInt8" ? 200 : 32'000;
  Random random(13);
  std::vector<std::pair<size_t, Chunk>> chunks;
  for (const size_t worker : {0, 0, 0, 0, 1, 0, 2}) {
    chunks.emplace_back(worker, rows(random, key_count, 8'000));
  }
  const auto all = group(chunks, std::nullopt);
  const auto some = group(chunks, kBlockRows);
  EXPECT_EQ(some.size(), std::min(kBlockRows, all.size()));
  for (const auto& [key, sum] : some) ASSERT_EQ(sum, all.at(key)) << key;
}

TEST_P(GroupLimit, DropsTheRowsOfOtherGroups) {
  Random random(12);
  std::vector<std::pair<size_t, Chunk>> chunks;
  for (size_t i = 0; i < 9; ++i) chunks.emplace_back(i % kWorkers, rows(random, 250, 300));
  EXPECT_EQ(group(chunks, 5).size(), 5u);
}

// A key of each form: direct, packed, wide, text, with a dictionary, serialized.
INSTANTIATE_TEST_SUITE_P(KeyForms, GroupLimit,
                         testing::Values("UInt8", "UInt64", "Decimal(38,0)", "String",
                                         "LowCardinality(String)", "Nullable(String)"));

}  // namespace
}  // namespace freshet
