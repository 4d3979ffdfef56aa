// Aggregates of frames against the same aggregate fed the frame's rows one frame at a time.
#include "query/operator/window_aggregate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/base/error.h"
#include "storage/base/random.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"
#include "tests/unit/query/operator/operator_harness.h"

namespace freshet {
namespace {

struct Arguments {
  std::vector<DataTypePtr> types;
  std::vector<ColumnPtr> columns;
};

// Small whole numbers, so that sums of doubles are exact in every order.
ColumnPtr numbers(Random& random, size_t count, bool as_double) {
  if (as_double) {
    Buffer<double> values(count);
    for (double& value : values) value = static_cast<double>(random.below(1000));
    return make_number_column(std::move(values));
  }
  Buffer<int64_t> values(count);
  for (int64_t& value : values) value = static_cast<int64_t>(random.below(1000)) - 300;
  return make_number_column(std::move(values));
}

ColumnPtr with_nulls(Random& random, const ColumnPtr& cells, double share) {
  Buffer<uint8_t> nulls(cells->size());
  for (uint8_t& null : nulls) null = random.chance(share) ? 1 : 0;
  return std::make_shared<NullableColumn>(cells, std::move(nulls));
}

ColumnPtr texts(Random& random, size_t count) {
  auto column = std::make_shared<StringColumn>();
  for (size_t i = 0; i < count; ++i) column->append_string(std::to_string(random.below(500)));
  return column;
}

// Frames that never move backwards: as wide as `width`, on average, moving by `stride`.
RowFrames random_frames(Random& random, size_t count, size_t width, double moves) {
  RowFrames frames;
  frames.begin.resize(count);
  frames.end.resize(count);
  size_t begin = 0;
  size_t end = 0;
  for (size_t i = 0; i < count; ++i) {
    if (random.chance(moves)) begin = std::min(count, begin + random.below(3));
    if (end < begin) end = begin;
    while (end < count && end - begin < width && random.chance(0.7)) ++end;
    if (random.chance(moves)) end = std::min(count, end + random.below(3));
    frames.begin[i] = static_cast<RowIndex>(begin);
    frames.end[i] = static_cast<RowIndex>(end);
  }
  return frames;
}

ColumnPtr one_by_one(const AggregateFunction& function, const std::vector<ColumnPtr>& columns,
                     const RowFrames& frames) {
  MutableColumnPtr result = make_column(*function.result_type());
  std::vector<uint64_t> memory(function.state_bytes() / 8 + 2);
  for (size_t i = 0; i < frames.begin.size(); ++i) {
    char* state = reinterpret_cast<char*>(memory.data());
    function.create(state);
    const size_t count = frames.end[i] - frames.begin[i];
    std::vector<ColumnPtr> slices;
    for (const ColumnPtr& column : columns) {
      slices.push_back(column->slice(frames.begin[i], count));
    }
    function.add(slices, count, StateRows::single(state));
    function.finish(&state, 0, 1, *result);
    function.destroy(state);
  }
  return result;
}

struct Case {
  std::string name;
  std::vector<std::string> arguments;  // i int, f double, s text, I F S with NULLs, c condition
};

Arguments arguments_of(const Case& test, Random& random, size_t count) {
  Arguments made;
  const DataTypePtr integer = simple_type(TypeId::Int64);
  const DataTypePtr real = simple_type(TypeId::Float64);
  const DataTypePtr text = simple_type(TypeId::String);
  for (const std::string& kind : test.arguments) {
    DataTypePtr type = kind == "i" || kind == "I"   ? integer
                       : kind == "s" || kind == "S" ? text
                                                    : real;
    ColumnPtr column = type == text ? texts(random, count) : numbers(random, count, type == real);
    if (kind == "c") {
      type = simple_type(TypeId::UInt8);
      Buffer<uint8_t> flags(count);
      for (uint8_t& flag : flags) flag = random.chance(0.5) ? 1 : 0;
      column = make_number_column(std::move(flags));
    }
    if (kind == "I" || kind == "F" || kind == "S") {
      type = nullable_type(type);
      column = with_nulls(random, column, 0.4);
    }
    made.types.push_back(type);
    made.columns.push_back(column);
  }
  return made;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {{"count", {}},          {"count", {"I"}},
                                        {"sum", {"i"}},         {"sum", {"f"}},
                                        {"sum", {"I"}},         {"sumIf", {"i", "c"}},
                                        {"sumIf", {"F", "c"}},  {"avg", {"i"}},
                                        {"avg", {"F"}},         {"min", {"i"}},
                                        {"max", {"F"}},         {"min", {"s"}},
                                        {"max", {"S"}},         {"anyLast", {"S"}},
                                        {"any", {"I"}},         {"argMin", {"s", "i"}},
                                        {"argMax", {"I", "i"}}, {"uniqExact", {"i"}},
                                        {"uniqExact", {"S"}},   {"uniq", {"s"}},
                                        {"groupArray", {"S"}},  {"quantileExact", {"i"}},
                                        {"groupBitXor", {"i"}}, {"sumOrNull", {"i"}},
                                        {"sumDistinct", {"i"}}, {"countState", {}},
                                        {"minOrDefault", {"I"}}};
  return all;
}

class WindowAggregate : public testing::Test {
 protected:
  // The cells of both as text, for frames about `width` wide.
  void check(uint64_t seed, size_t count, size_t width, double moves) {
    for (const Case& test : cases()) {
      Random random(seed);
      const Arguments arguments = arguments_of(test, random, count);
      const RowFrames frames = random_frames(random, count, width, moves);
      const AggregateFunctionPtr function = bind_aggregate(test.name, {}, arguments.types);
      ASSERT_NE(function, nullptr) << test.name;
      ExecutionContext context = harness_.context();
      const ColumnPtr got = aggregate_frames(context, *function, arguments.columns, frames);
      const ColumnPtr wanted = one_by_one(*function, arguments.columns, frames);
      ASSERT_EQ(got->size(), count);
      for (size_t row = 0; row < count; ++row) {
        ASSERT_TRUE(compare_values(value_at(*got, row), value_at(*wanted, row)) == 0)
            << test.name << " seed " << seed << " row " << row << " frame " << frames.begin[row]
            << ".." << frames.end[row];
      }
    }
  }

  OperatorHarness harness_;
};

TEST_F(WindowAggregate, GivesWhatEachFrameGivesAloneForShortFrames) {
  for (uint64_t seed = 1; seed <= 6; ++seed) check(seed, 300, 5, 0.6);
}

TEST_F(WindowAggregate, GivesWhatEachFrameGivesAloneForLongFrames) {
  for (uint64_t seed = 11; seed <= 14; ++seed) check(seed, 900, 120, 0.6);
}

TEST_F(WindowAggregate, GivesWhatEachFrameGivesAloneForFramesThatGrow) {
  for (uint64_t seed = 21; seed <= 23; ++seed) check(seed, 400, 400, 0.0);
}

// More rows than one group of states holds, and a frame longer than that.
TEST_F(WindowAggregate, SlidesOverManyRows) {
  constexpr size_t kCount = 60'000;
  Random random(5);
  const ColumnPtr cells = numbers(random, kCount, false);
  const AggregateFunctionPtr sum =
      bind_aggregate("sum", {}, std::vector<DataTypePtr>{simple_type(TypeId::Int64)});
  const std::span<const int64_t> values = values_of<int64_t>(*cells);
  std::vector<int64_t> prefix(kCount + 1, 0);
  for (size_t i = 0; i < kCount; ++i) prefix[i + 1] = prefix[i] + values[i];
  for (const size_t width : {40UL, 3000UL, 25'000UL}) {
    RowFrames frames;
    for (size_t i = 0; i < kCount; ++i) {
      frames.begin.push_back(static_cast<RowIndex>(i > width ? i - width : 0));
      frames.end.push_back(static_cast<RowIndex>(i + 1));
    }
    ExecutionContext context = harness_.context();
    const ColumnPtr got = aggregate_frames(context, *sum, std::vector<ColumnPtr>{cells}, frames);
    const std::span<const int64_t> sums = values_of<int64_t>(*got);
    for (size_t i = 0; i < kCount; ++i) {
      ASSERT_EQ(sums[i], prefix[frames.end[i]] - prefix[frames.begin[i]]) << width << " " << i;
    }
  }
}

TEST_F(WindowAggregate, AsksTheLeaseForItsStates) {
  MemoryBudget budget(0);
  MemoryLease lease(budget, 100'000);
  ExecutionContext context = harness_.context();
  ExecutionContext limited{context.cancelled,   context.deadline, lease, context.progress, 1,
                           context.run_parallel};
  Random random(7);
  constexpr size_t kCount = 20'000;
  const ColumnPtr cells = numbers(random, kCount, false);
  const AggregateFunctionPtr sum =
      bind_aggregate("sum", {}, std::vector<DataTypePtr>{simple_type(TypeId::Int64)});
  RowFrames frames;
  for (size_t i = 0; i < kCount; ++i) {
    frames.begin.push_back(static_cast<RowIndex>(i));
    frames.end.push_back(kCount);
  }
  try {
    aggregate_frames(limited, *sum, std::vector<ColumnPtr>{cells}, frames);
    FAIL() << "no limit";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::MemoryLimitExceeded);
  }
  EXPECT_EQ(lease.bytes(), 0U);
}

}  // namespace
}  // namespace freshet
