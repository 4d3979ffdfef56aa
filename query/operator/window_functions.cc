#include "query/operator/window_functions.h"

#include <algorithm>
#include <limits>

#include "query/expression/evaluator.h"
#include "query/operator/window_aggregate.h"
#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

using Kind = WindowFunctionKind;
using Starts = std::span<const RowIndex>;

constexpr RowIndex kNoRow = std::numeric_limits<RowIndex>::max();

// Calls visit(partition begin, partition end, peers begin, peers end, peers' number in the
// partition).
template <class Visit>
void for_each_peers(Starts partitions, Starts peers, const Visit& visit) {
  size_t peer = 0;
  for (size_t i = 0; i + 1 < partitions.size(); ++i) {
    for (size_t number = 0; peers[peer] < partitions[i + 1]; ++peer, ++number) {
      visit(partitions[i], partitions[i + 1], peers[peer], peers[peer + 1], number);
    }
  }
}

template <class T>
std::span<T> cells_of(Buffer<T>& cells, RowIndex begin, RowIndex end) {
  return std::span<T>(cells).subspan(begin, end - begin);
}

ColumnPtr number_rows(Starts partitions, size_t row_count) {
  Buffer<uint64_t> numbers(row_count);
  for (size_t i = 0; i + 1 < partitions.size(); ++i) {
    uint64_t number = 0;
    for (uint64_t& cell : cells_of(numbers, partitions[i], partitions[i + 1])) cell = ++number;
  }
  return make_number_column(std::move(numbers));
}

ColumnPtr rank_rows(Kind kind, Starts partitions, Starts peers, size_t row_count) {
  Buffer<uint64_t> ranks(row_count);
  for_each_peers(partitions, peers,
                 [&](RowIndex first, RowIndex, RowIndex begin, RowIndex end, size_t number) {
                   const uint64_t rank = kind == Kind::Rank ? begin - first + 1 : number + 1;
                   std::ranges::fill(cells_of(ranks, begin, end), rank);
                 });
  return make_number_column(std::move(ranks));
}

ColumnPtr rank_shares(Kind kind, Starts partitions, Starts peers, size_t row_count) {
  Buffer<double> shares(row_count);
  for_each_peers(
      partitions, peers, [&](RowIndex first, RowIndex last, RowIndex begin, RowIndex end, size_t) {
        const double count = last - first;
        double share = static_cast<double>(end - first) / count;
        if (kind == Kind::PercentRank) {
          share = last - first > 1 ? static_cast<double>(begin - first) / (count - 1) : 0;
        }
        std::ranges::fill(cells_of(shares, begin, end), share);
      });
  return make_number_column(std::move(shares));
}

// The first buckets have one row more when the rows do not divide evenly.
ColumnPtr deal_rows(uint64_t bucket_count, Starts partitions, size_t row_count) {
  Buffer<uint64_t> buckets(row_count);
  for (size_t i = 0; i + 1 < partitions.size(); ++i) {
    const uint64_t count = partitions[i + 1] - partitions[i];
    const uint64_t size = count / bucket_count;
    const uint64_t larger = count % bucket_count;
    const uint64_t in_larger = larger * (size + 1);
    const std::span<uint64_t> cells = cells_of(buckets, partitions[i], partitions[i + 1]);
    for (uint64_t row = 0; row < count; ++row) {
      cells[row] = 1 + (row < in_larger ? row / (size + 1) : larger + (row - in_larger) / size);
    }
  }
  return make_number_column(std::move(buckets));
}

// The cells at `sources`; where there is no row, the cell of `fallback` in the same place, or the
// type's default without one.
ColumnPtr pick_cells(const ColumnPtr& cells, const DataType& type, std::vector<RowIndex> sources,
                     const ColumnPtr& fallback) {
  if (std::ranges::find(sources, kNoRow) == sources.end()) return cells->select(sources);
  const auto count = static_cast<RowIndex>(cells->size());
  MutableColumnPtr all = cells->make_empty();
  all->append(*cells, 0, count);
  if (fallback != nullptr) {
    all->append(*fallback, 0, count);
  } else {
    append_value(*all, default_value(type));
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i] != kNoRow) continue;
    sources[i] = fallback != nullptr ? count + static_cast<RowIndex>(i) : count;
  }
  return all->select(sources);
}

// For each row the next (or the last) one whose cell is not NULL; kNoRow when there is none.
std::vector<RowIndex> rows_with_value(const NullableColumn& cells, bool forward) {
  const std::span<const uint8_t> nulls = cells.nulls();
  std::vector<RowIndex> rows(nulls.size());
  RowIndex found = kNoRow;
  for (size_t k = 0; k < nulls.size(); ++k) {
    const size_t i = forward ? nulls.size() - 1 - k : k;
    if (nulls[i] == 0) found = static_cast<RowIndex>(i);
    rows[i] = found;
  }
  return rows;
}

// first_value, last_value.
std::vector<RowIndex> frame_ends(const WindowFunction& function, const Column& cells,
                                 const RowFrames& frames) {
  const bool first = function.kind == Kind::FirstValue;
  std::vector<RowIndex> valued;
  if (function.skips_nulls && cells.kind() == PhysicalKind::Nullable) {
    valued = rows_with_value(static_cast<const NullableColumn&>(cells), first);
  }
  std::vector<RowIndex> sources(frames.begin.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    const RowIndex begin = frames.begin[i];
    const RowIndex end = frames.end[i];
    if (begin == end) {
      sources[i] = kNoRow;
      continue;
    }
    RowIndex row = first ? begin : end - 1;
    if (!valued.empty()) row = valued[row];
    sources[i] = row != kNoRow && row >= begin && row < end ? row : kNoRow;
  }
  return sources;
}

// The integer argument `column` of each row, at least `min`.
Buffer<uint64_t> offsets_of(const ColumnPtr& column, std::string_view function, uint64_t min) {
  const ColumnPtr cells = flat(column);
  Buffer<uint64_t> offsets(cells->size());
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  dispatch_number(cells->kind(), [&]<class T>() {
    const std::span<const T> values = values_of<T>(*cells);
    for (size_t i = 0; i < values.size(); ++i) {
      const bool negative = values[i] < T{0};
      const auto offset = static_cast<uint64_t>(values[i]);
      if (negative || offset < min || offset > kMax) {
        throw Error(ErrorCode::BadArguments,
                    "The offset for function " + std::string(function) + " must be in (" +
                        std::to_string(min) + ", " + std::to_string(kMax) + "], " +
                        (negative ? std::to_string(static_cast<int64_t>(values[i]))
                                  : std::to_string(offset)) +
                        " given");
      }
      offsets[i] = offset;
    }
  });
  return offsets;
}

std::vector<RowIndex> nth_rows(const ColumnPtr& numbers, const RowFrames& frames) {
  const Buffer<uint64_t> offsets = offsets_of(numbers, "nth_value", 1);
  std::vector<RowIndex> sources(offsets.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    const uint64_t row = frames.begin[i] + (offsets[i] - 1);
    sources[i] = row < frames.end[i] ? static_cast<RowIndex>(row) : kNoRow;
  }
  return sources;
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::Lag:
      return "lag";
    case Kind::Lead:
      return "lead";
    case Kind::LagInFrame:
      return "lagInFrame";
    default:
      return "leadInFrame";
  }
}

std::vector<RowIndex> shifted_rows(Kind kind, const ColumnPtr& distance, const RowFrames& frames) {
  const bool back = kind == Kind::Lag || kind == Kind::LagInFrame;
  const size_t row_count = frames.begin.size();
  Buffer<uint64_t> offsets(row_count, 1);
  if (distance != nullptr) offsets = offsets_of(distance, name_of(kind), 0);
  std::vector<RowIndex> sources(row_count);
  for (size_t i = 0; i < row_count; ++i) {
    // Offsets are below 2^63, so that the sum does not wrap.
    const bool there = back ? offsets[i] <= i : i + offsets[i] < row_count;
    const uint64_t row = back ? i - offsets[i] : i + offsets[i];
    const bool seen = there && row >= frames.begin[i] && row < frames.end[i];
    sources[i] = seen ? static_cast<RowIndex>(row) : kNoRow;
  }
  return sources;
}

// Numbers, dates and intervals of any width; decimals and DateTime64 by their scale.
Buffer<double> doubles_of(const ColumnPtr& column, const DataType& type) {
  double divisor = 1;
  if (type.id() == TypeId::Decimal || type.id() == TypeId::DateTime64) {
    for (uint32_t i = 0; i < type.scale(); ++i) divisor *= 10;
  }
  const ColumnPtr cells = flat(column);
  Buffer<double> doubles(cells->size());
  dispatch_number(cells->kind(), [&]<class T>() {
    const std::span<const T> values = values_of<T>(*cells);
    for (size_t i = 0; i < values.size(); ++i) {
      doubles[i] = static_cast<double>(values[i]) / divisor;
    }
  });
  return doubles;
}

ColumnPtr derivative(const WindowColumn& call, std::span<const ColumnPtr> arguments,
                     Starts partitions) {
  const auto type_of = [&](size_t i) -> DataTypePtr {
    return without_low_cardinality(call.arguments[i]->type);
  };
  const Buffer<double> metric = doubles_of(arguments[0], *type_of(0));
  const Buffer<double> time = doubles_of(arguments[1], *type_of(1));
  Buffer<double> interval(metric.size(), 1);
  if (arguments.size() == 3) interval = doubles_of(arguments[2], *type_of(2));
  Buffer<double> rates(metric.size());
  for (size_t i = 0; i + 1 < partitions.size(); ++i) {
    rates[partitions[i]] = 0;
    for (RowIndex row = partitions[i] + 1; row < partitions[i + 1]; ++row) {
      const double elapsed = time[row] - time[row - 1];
      const double grown = metric[row] - metric[row - 1];
      const double length = interval[row] * call.function.interval_seconds;
      const double rate = elapsed != 0 ? grown / elapsed * length : 0;
      rates[row] = rate >= 0 ? rate : 0;
    }
  }
  return make_number_column(std::move(rates));
}

uint64_t constant_of(const BoundExpression& expression) {
  CHECK(expression.kind == BoundExpression::Kind::Constant);
  return expression.value.as<uint64_t>();
}

}  // namespace

size_t sort_columns_read(const WindowColumn& call) {
  const FrameBounds& frame = call.function.frame;
  const auto is_unbounded = [](const FrameEdge& edge) {
    return edge.kind == FrameEdgeKind::UnboundedPreceding ||
           edge.kind == FrameEdgeKind::UnboundedFollowing;
  };
  bool by_peers = !frame.by_rows && !(is_unbounded(frame.begin) && is_unbounded(frame.end));
  switch (call.function.kind) {
    case Kind::RowNumber:
    case Kind::Ntile:
    case Kind::NonNegativeDerivative:
      by_peers = false;
      break;
    case Kind::Rank:
    case Kind::DenseRank:
    case Kind::PercentRank:
    case Kind::CumeDist:
      by_peers = !frame.by_rows;
      break;
    default:
      break;
  }
  return call.partition_columns + (by_peers ? call.order_columns : 0);
}

ColumnPtr compute_window_column(ExecutionContext& context, const WindowColumn& call,
                                WindowRows& rows) {
  const WindowFunction& function = call.function;
  const FrameBounds& bounds = function.frame;
  const size_t row_count = rows.size();
  const Starts partitions = rows.runs(call.partition_columns);
  const auto peers = [&] {
    return rows.peers(call.partition_columns, call.order_columns, bounds.by_rows);
  };
  const auto frames = [&]() -> const RowFrames& {
    return rows.frames(call.partition_columns, call.order_columns, bounds);
  };
  std::vector<ColumnPtr> arguments;
  for (const ColumnPtr& column : evaluate_expressions(call.arguments, rows.rows())) {
    arguments.push_back(flat(column));
  }
  context.check_running();
  switch (function.kind) {
    case Kind::RowNumber:
      return number_rows(partitions, row_count);
    case Kind::Rank:
    case Kind::DenseRank:
      return rank_rows(function.kind, partitions, peers(), row_count);
    case Kind::PercentRank:
    case Kind::CumeDist:
      return rank_shares(function.kind, partitions, peers(), row_count);
    case Kind::Ntile:
      return deal_rows(constant_of(*call.arguments[0]), partitions, row_count);
    case Kind::FirstValue:
    case Kind::LastValue:
      return pick_cells(arguments[0], *function.result_type,
                        frame_ends(function, *arguments[0], frames()), nullptr);
    case Kind::NthValue:
      return pick_cells(arguments[0], *function.result_type, nth_rows(arguments[1], frames()),
                        nullptr);
    case Kind::Lag:
    case Kind::Lead:
    case Kind::LagInFrame:
    case Kind::LeadInFrame: {
      const ColumnPtr distance = arguments.size() > 1 ? arguments[1] : nullptr;
      const ColumnPtr fallback = arguments.size() > 2 ? arguments[2] : nullptr;
      return pick_cells(arguments[0], *function.result_type,
                        shifted_rows(function.kind, distance, frames()), fallback);
    }
    case Kind::NonNegativeDerivative:
      return derivative(call, arguments, partitions);
    case Kind::Aggregate:
      return aggregate_frames(context, *function.aggregate, arguments, frames());
  }
  return nullptr;
}

}  // namespace freshet
