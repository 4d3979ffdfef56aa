// GROUP BY: looking up and adding count() for chunks of rows, by how many groups there are.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "query/aggregate/aggregate.h"
#include "query/operator/aggregate_table.h"
#include "storage/base/limits.h"
#include "storage/base/random.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {
namespace {

constexpr size_t kRows = 1'000'000;

ColumnPtr number_keys(Random& random, uint64_t group_count) {
  Buffer<uint64_t> cells(kBlockRows);
  for (uint64_t& cell : cells) cell = random.below(group_count) * 0x9E3779B97F4A7C15ULL;
  return make_number_column<uint64_t>(std::move(cells));
}

ColumnPtr text_keys(Random& random, uint64_t group_count) {
  auto column = std::make_shared<StringColumn>();
  for (size_t i = 0; i < kBlockRows; ++i) {
    column->append_string("https://shop.example/product/" +
                          std::to_string(random.below(group_count)));
  }
  return column;
}

using MakeKeys = ColumnPtr (*)(Random& random, uint64_t group_count);

void group_by(benchmark::State& state, const char* type, MakeKeys make_keys) {
  Random random(1);
  std::vector<ColumnPtr> chunks;
  for (size_t rows = 0; rows < kRows; rows += kBlockRows) {
    chunks.push_back(make_keys(random, static_cast<uint64_t>(state.range(0))));
  }
  const GroupKey key({parse_data_type(type)});
  const StateLayout layout({bind_aggregate("count", {}, {})}, key_header_bytes(key));
  std::vector<char*> rows(kBlockRows);
  for (auto _ : state) {
    const auto table = make_aggregate_table(key, layout);
    for (const ColumnPtr& chunk : chunks) {
      table->find_or_insert(std::span(&chunk, 1), kBlockRows, rows.data());
      layout.function(0).add({}, kBlockRows, StateRows::of(rows.data(), layout.offset(0)));
    }
    benchmark::DoNotOptimize(table->group_count());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * chunks.size() * kBlockRows));
}

BENCHMARK_CAPTURE(group_by, UInt64, "UInt64", number_keys)
    ->RangeMultiplier(32)
    ->Range(32, 1 << 20)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(group_by, String, "String", text_keys)
    ->RangeMultiplier(32)
    ->Range(32, 1 << 20)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace freshet
