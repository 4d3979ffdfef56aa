#include "query/operator/window.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/column/number_column.h"
#include "tests/unit/query/operator/operator_harness.h"

namespace freshet {
namespace {

WindowColumn row_number(size_t partition_columns, size_t order_columns) {
  WindowFunctionCall call;
  call.name = "row_number";
  return {bind_window_function(call), {}, partition_columns, order_columns};
}

WindowColumn running_sum(ColumnIndex column, const DataTypePtr& type, size_t partition_columns,
                         size_t order_columns) {
  WindowFunctionCall call;
  call.name = "sum";
  call.types = {type};
  call.constants = {nullptr};
  return {bind_window_function(call),
          {column_expression(column, type, "x")},
          partition_columns,
          order_columns};
}

// Partition number % 1000, ordered by number, 0 .. row_count - 1 in chunks of 5000 backwards.
std::vector<Chunk> numbers(size_t row_count) {
  std::vector<Chunk> chunks;
  constexpr size_t kChunkRows = 5000;
  for (size_t begin = 0; begin < row_count; begin += kChunkRows) {
    Buffer<uint64_t> groups(kChunkRows);
    Buffer<uint64_t> cells(kChunkRows);
    for (size_t i = 0; i < kChunkRows; ++i) {
      cells[i] = row_count - 1 - (begin + i);
      groups[i] = cells[i] % 1000;
    }
    Chunk chunk;
    chunk.columns = {make_number_column(std::move(groups)), make_number_column(std::move(cells))};
    chunk.row_count = kChunkRows;
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

WindowOptions number_options() {
  WindowOptions options;
  options.input = schema_from_text("g:UInt64 n:UInt64");
  options.sort = {{.column = 0}, {.column = 1}};
  options.calls = {row_number(1, 1), running_sum(1, simple_type(TypeId::UInt64), 1, 1)};
  options.outputs = {1};
  options.common_partition_columns = 1;
  return options;
}

TEST(Window, GivesFewRowsInSortOrder) {
  WindowOptions options;
  options.input = schema_from_text("g:String n:Int32");
  options.sort = {{.column = 0}, {.column = 1, .descending = true}};
  options.calls = {row_number(1, 1), running_sum(1, simple_type(TypeId::Int32), 0, 0)};
  options.outputs = {1, 0};
  options.common_partition_columns = 0;
  OperatorHarness harness(2);
  WindowSink sink(std::move(options));
  harness.fill(sink, chunks_from_text("g:String n:Int32\nb\t1\na\t2\n--\nb\t5\n--\na\t1\na\t7\n"));
  WindowSource source(sink);
  EXPECT_EQ(source.parallelism_max(), 1U);
  EXPECT_EQ(harness.read(source, schema_from_text("n:Int32 g:String r:UInt64 s:Int64")),
            "7\ta\t1\t16\n2\ta\t2\t16\n1\ta\t3\t16\n5\tb\t1\t16\n1\tb\t2\t16\n");
}

TEST(Window, GivesNothingForNoRows) {
  OperatorHarness harness;
  WindowSink sink(number_options());
  harness.fill(sink, {});
  WindowSource source(sink);
  EXPECT_EQ(harness.read(source, schema_from_text("n:UInt64 r:UInt64 s:UInt64")), "");
}

TEST(Window, SplitsManyRowsIntoWholePartitions) {
  constexpr size_t kRows = 400'000;
  for (const size_t workers : {1UL, 3UL}) {
    OperatorHarness harness(workers);
    WindowSink sink(number_options());
    harness.fill(sink, numbers(kRows));
    WindowSource source(sink);
    EXPECT_GT(source.parallelism_max(), 1U);
    source.prepare(workers);
    ExecutionContext context = harness.context();
    std::vector<bool> seen(kRows, false);
    size_t worker = 0;
    for (Chunk chunk; source.read(context, worker, chunk); worker = (worker + 1) % workers) {
      ASSERT_LE(chunk.row_count, kBlockRows);
      const auto cells = values_of<uint64_t>(*chunk.columns[0]);
      const auto ranks = values_of<uint64_t>(*chunk.columns[1]);
      const auto sums = values_of<uint64_t>(*chunk.columns[2]);
      for (size_t i = 0; i < chunk.row_count; ++i) {
        const uint64_t place = cells[i] / 1000;
        ASSERT_FALSE(seen[cells[i]]);
        seen[cells[i]] = true;
        ASSERT_EQ(ranks[i], place + 1);
        ASSERT_EQ(sums[i], (place + 1) * (cells[i] % 1000) + 1000 * (place * (place + 1) / 2));
      }
    }
    // The reader that found nothing more to claim was one of several: the others may hold rows.
    for (worker = 0; worker < workers; ++worker) {
      for (Chunk chunk; source.read(context, worker, chunk);) {
        for (const uint64_t cell : values_of<uint64_t>(*chunk.columns[0])) seen[cell] = true;
      }
    }
    EXPECT_EQ(std::ranges::count(seen, false), 0);
  }
}

TEST(Window, HoldsItsRowsOnTheLeaseAndGivesThemBack) {
  OperatorHarness harness;
  ExecutionContext context = harness.context();
  {
    WindowSink sink(number_options());
    harness.fill(sink, numbers(300'000));
    EXPECT_GE(context.memory.bytes(), 300'000 * 16U);
    WindowSource source(sink);
    source.prepare(1);
    for (Chunk chunk; source.read(context, 0, chunk);) {
    }
    EXPECT_EQ(context.memory.bytes(), 0U);
  }
  EXPECT_EQ(context.memory.bytes(), 0U);
}

TEST(Window, StopsWhenItsRowsOutgrowTheLease) {
  OperatorHarness harness;
  ExecutionContext context = harness.context();
  MemoryBudget budget(0);
  MemoryLease lease(budget, 1'000'000);
  ExecutionContext limited{context.cancelled,   context.deadline, lease, context.progress, 1,
                           context.run_parallel};
  WindowSink sink(number_options());
  sink.prepare(1);
  try {
    for (const Chunk& chunk : numbers(100'000)) sink.consume(limited, 0, chunk);
    FAIL() << "no limit";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::MemoryLimitExceeded);
  }
}

TEST(Window, StopsWhenTheQueryIsCancelled) {
  OperatorHarness harness;
  WindowSink sink(number_options());
  harness.fill(sink, numbers(50'000));
  WindowSource source(sink);
  source.prepare(1);
  ExecutionContext context = harness.context();
  context.cancelled = true;
  Chunk chunk;
  EXPECT_THROW(source.read(context, 0, chunk), Error);
}

}  // namespace
}  // namespace freshet
