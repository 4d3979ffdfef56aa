// Window functions: what f of f(..) OVER (..) can be, and which rows around a row it looks at.
//
//   sum(x) OVER (PARTITION BY a ORDER BY b ROWS 1 PRECEDING)
//   function  Aggregate, sum over x       frame  rows, from Preceding 1 to CurrentRow
//
// Every aggregate function is one, over the rows of the frame. any, anyLast and their other names
// are bound as FirstValue and LastValue: they pick a row and need no state.
//
// Path:      query/plan/window_binder binds -> query/operator/window evaluates
// Threads:   a bound function is immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/aggregate/aggregate.h"

namespace freshet {

enum class WindowFunctionKind : uint8_t {
  Aggregate,
  RowNumber,
  Rank,
  DenseRank,
  PercentRank,
  CumeDist,
  Ntile,
  FirstValue,
  LastValue,
  NthValue,
  LagInFrame,
  LeadInFrame,
  Lag,   // of the whole partition
  Lead,  // of the whole partition
  NonNegativeDerivative
};

enum class FrameEdgeKind : uint8_t {
  UnboundedPreceding,
  Preceding,
  CurrentRow,
  Following,
  UnboundedFollowing
};

struct FrameEdge {
  FrameEdgeKind kind = FrameEdgeKind::CurrentRow;
  // Preceding, Following: how many rows, or how far the ORDER BY cell may be.
  uint64_t offset = 0;

  bool operator==(const FrameEdge&) const = default;
};

// The rows that a function sees of the partition, relative to the current row. Not `by_rows`:
// CurrentRow means all rows with equal ORDER BY cells, and offsets are distances of the one
// ORDER BY column.
struct FrameBounds {
  bool by_rows = false;
  FrameEdge begin{FrameEdgeKind::UnboundedPreceding, 0};
  FrameEdge end{FrameEdgeKind::CurrentRow, 0};

  bool operator==(const FrameBounds&) const = default;
};

inline constexpr FrameBounds kWholePartition{
    false, {FrameEdgeKind::UnboundedPreceding, 0}, {FrameEdgeKind::UnboundedFollowing, 0}};

// "rows 1 preceding .. current row"
std::string frame_text(const FrameBounds& frame);

struct WindowFunction {
  WindowFunctionKind kind = WindowFunctionKind::Aggregate;
  AggregateFunctionPtr aggregate;  // Aggregate only
  DataTypePtr result_type;
  // FirstValue, LastValue: rows whose cell is NULL do not count.
  bool skips_nulls = false;
  // NonNegativeDerivative: the length of one unit of the third argument.
  double interval_seconds = 1;
  FrameBounds frame;
};

enum class NullsMode : uint8_t { Default, Ignore, Respect };

// What a call looks like before its function is known.
struct WindowFunctionCall {
  std::string name;  // with combinators, f(DISTINCT x) as fDistinct
  std::vector<Value> parameters;
  std::vector<DataTypePtr> types;  // of the arguments, without LowCardinality
  // The arguments' values; null where one is not a constant.
  std::vector<const Value*> constants;
  NullsMode nulls = NullsMode::Default;
  FrameBounds frame;
  bool frame_is_written = false;
  bool has_order = false;
};

// Throws UnknownAggregateFunction, and what the functions throw about arguments and frames they do
// not take. The result's frame is the one to evaluate.
WindowFunction bind_window_function(const WindowFunctionCall& call);

struct WindowFunctionEntry {
  std::string_view name;
  WindowFunctionKind kind = WindowFunctionKind::Aggregate;
  std::string_view syntax;
  std::string_view description;
  std::string_view example;
  std::string_view example_result;
  bool case_insensitive = false;
  std::string_view alias_of = {};
};

// Functions that need OVER; null for others. An alias gives the function that it stands for.
const WindowFunctionEntry* find_window_function(std::string_view name);
std::span<const WindowFunctionEntry* const> all_window_functions();

}  // namespace freshet
