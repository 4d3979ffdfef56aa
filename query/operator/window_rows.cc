#include "query/operator/window_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "storage/base/check.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

template <class T>
bool equal_numbers(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) && std::isnan(b)) return true;
  }
  return a == b;
}

// changed[i] |= 1 where cell i differs from the one before it. Requires: `column` is flat.
void mark_changes(const Column& column, Buffer<uint8_t>& changed) {
  const auto mark = [&](const auto& differs) {
    for (size_t i = 1; i < changed.size(); ++i) {
      changed[i] = static_cast<uint8_t>(changed[i] | (differs(i) ? 1 : 0));
    }
  };
  switch (column.kind()) {
    case PhysicalKind::String: {
      const auto& strings = static_cast<const StringColumn&>(column);
      return mark([&](size_t i) { return strings.at(i) != strings.at(i - 1); });
    }
    case PhysicalKind::Nullable: {
      const auto& nullable = static_cast<const NullableColumn&>(column);
      const std::span<const uint8_t> nulls = nullable.nulls();
      Buffer<uint8_t> nested(changed.size(), 0);
      mark_changes(*nullable.nested(), nested);
      return mark(
          [&](size_t i) { return nulls[i] != nulls[i - 1] || (nulls[i] == 0 && nested[i] != 0); });
    }
    default:
      break;
  }
  if (!is_number_kind(column.kind())) {
    return mark([&](size_t i) { return compare_cells(column, i, column, i - 1) != 0; });
  }
  dispatch_number(column.kind(), [&]<class T>() {
    const std::span<const T> values = values_of<T>(column);
    mark([&](size_t i) { return !equal_numbers(values[i], values[i - 1]); });
  });
}

// Calls visit(run number, begin, end) for each run.
template <class Visit>
void for_each_run(std::span<const RowIndex> starts, const Visit& visit) {
  for (size_t i = 0; i + 1 < starts.size(); ++i) visit(i, starts[i], starts[i + 1]);
}

bool is_offset(const FrameEdge& edge) {
  return edge.kind == FrameEdgeKind::Preceding || edge.kind == FrameEdgeKind::Following;
}

// `edge` with ROWS, or unbounded: where the frame of each row begins, or ends.
void fill_by_position(std::span<const RowIndex> partitions, const FrameEdge& edge, bool is_begin,
                      Buffer<RowIndex>& edges) {
  const uint64_t past = is_begin ? 0 : 1;
  for_each_run(partitions, [&](size_t, uint64_t first, uint64_t last) {
    for (uint64_t i = first; i < last; ++i) {
      uint64_t position = 0;
      switch (edge.kind) {
        case FrameEdgeKind::UnboundedPreceding:
          position = first;
          break;
        case FrameEdgeKind::Preceding:
          position = i + past > first + edge.offset ? i + past - edge.offset : first;
          break;
        case FrameEdgeKind::CurrentRow:
          position = i + past;
          break;
        case FrameEdgeKind::Following:
          position = std::min(last, i + past + edge.offset);
          break;
        case FrameEdgeKind::UnboundedFollowing:
          position = last;
          break;
      }
      edges[i] = static_cast<RowIndex>(position);
    }
  });
}

// How a cell stands to the cell `offset` before or after another one: as ClickHouse has it, NULL is
// less than all numbers and does not move.
template <class T>
int compare_with_offset(T cell, T reference, T offset, bool preceding) {
  T moved;
  if constexpr (std::is_floating_point_v<T>) {
    moved = preceding ? reference - offset : reference + offset;
  } else {
    const bool overflows = preceding ? __builtin_sub_overflow(reference, offset, &moved)
                                     : __builtin_add_overflow(reference, offset, &moved);
    if (overflows) return preceding ? 1 : -1;
  }
  return cell < moved ? -1 : cell == moved ? 0 : 1;
}

}  // namespace

std::span<const RowIndex> WindowRows::runs(size_t columns) {
  const auto [entry, is_new] = runs_.try_emplace(columns);
  std::vector<RowIndex>& starts = entry->second;
  if (!is_new) return starts;
  Buffer<uint8_t> changed(size(), 0);
  for (const SortColumn& by : sort_.first(columns)) {
    mark_changes(*flat(rows_.columns[by.column]), changed);
  }
  for (size_t i = 0; i < changed.size(); ++i) {
    if (i == 0 || changed[i] != 0) starts.push_back(static_cast<RowIndex>(i));
  }
  starts.push_back(static_cast<RowIndex>(size()));
  return starts;
}

std::span<const RowIndex> WindowRows::peers(size_t partition_columns, size_t order_columns,
                                            bool by_rows) {
  if (!by_rows) return runs(partition_columns + order_columns);
  if (each_row_.empty()) {
    each_row_.resize(size() + 1);
    std::iota(each_row_.begin(), each_row_.end(), RowIndex{0});
  }
  return each_row_;
}

const RowFrames& WindowRows::frames(size_t partition_columns, size_t order_columns,
                                    const FrameBounds& bounds) {
  for (const auto& [key, known] : frames_) {
    if (key.partition_columns == partition_columns && key.order_columns == order_columns &&
        key.bounds == bounds) {
      return *known;
    }
  }
  const FrameKey key{partition_columns, order_columns, bounds};
  frames_.emplace_back(key, std::make_unique<RowFrames>());
  RowFrames& frames = *frames_.back().second;
  fill_frames(key, frames);
  return frames;
}

void WindowRows::fill_frames(const FrameKey& key, RowFrames& frames) {
  const std::span<const RowIndex> partitions = runs(key.partition_columns);
  for (const bool is_begin : {true, false}) {
    const FrameEdge& edge = is_begin ? key.bounds.begin : key.bounds.end;
    Buffer<RowIndex>& edges = is_begin ? frames.begin : frames.end;
    edges.resize(size());
    const bool is_unbounded = edge.kind == FrameEdgeKind::UnboundedPreceding ||
                              edge.kind == FrameEdgeKind::UnboundedFollowing;
    if (key.bounds.by_rows || is_unbounded) {
      fill_by_position(partitions, edge, is_begin, edges);
    } else if (is_offset(edge)) {
      fill_range_offset(key, is_begin, edges);
    } else {
      for_each_run(runs(key.partition_columns + key.order_columns), [&](size_t, RowIndex first,
                                                                        RowIndex last) {
        std::fill(edges.begin() + first, edges.begin() + last, is_begin ? first : last);
      });
    }
  }
  for (size_t i = 0; i < size(); ++i) frames.end[i] = std::max(frames.begin[i], frames.end[i]);
}

// Walks an edge along with the rows: it never goes back.
void WindowRows::fill_range_offset(const FrameKey& key, bool is_begin, Buffer<RowIndex>& edges) {
  CHECK(key.order_columns == 1);
  const FrameEdge& edge = is_begin ? key.bounds.begin : key.bounds.end;
  const SortColumn& by = sort_[key.partition_columns];
  ColumnPtr column = flat(rows_.columns[by.column]);
  std::span<const uint8_t> nulls;
  ColumnPtr cells = column;
  if (column->kind() == PhysicalKind::Nullable) {
    const auto& nullable = static_cast<const NullableColumn&>(*column);
    nulls = nullable.nulls();
    cells = nullable.nested();
  }
  const bool preceding = (edge.kind == FrameEdgeKind::Preceding) != by.descending;
  const int direction = by.descending ? -1 : 1;
  const std::span<const RowIndex> partitions = runs(key.partition_columns);
  const std::span<const RowIndex> peers = runs(key.partition_columns + 1);
  dispatch_number(cells->kind(), [&]<class T>() {
    const std::span<const T> values = values_of<T>(*cells);
    const T offset = static_cast<T>(edge.offset);
    const auto compare = [&](RowIndex cell, RowIndex reference) {
      if (!nulls.empty() && (nulls[cell] != 0 || nulls[reference] != 0)) {
        return (nulls[reference] != 0 ? 1 : 0) - (nulls[cell] != 0 ? 1 : 0);
      }
      return compare_with_offset(values[cell], values[reference], offset, preceding);
    };
    size_t peer = 0;
    for_each_run(partitions, [&](size_t, RowIndex first, RowIndex last) {
      RowIndex position = first;
      for (; peers[peer] < last; ++peer) {
        while (position < last) {
          const int order = compare(position, peers[peer]) * direction;
          if (is_begin ? order >= 0 : order > 0) break;
          ++position;
        }
        std::fill(edges.begin() + peers[peer], edges.begin() + peers[peer + 1], position);
      }
    });
  });
}

size_t WindowRows::memory_bytes() const {
  size_t bytes = each_row_.capacity() * sizeof(RowIndex);
  for (const auto& [columns, starts] : runs_) bytes += starts.capacity() * sizeof(RowIndex);
  for (const auto& [key, frames] : frames_) {
    bytes += (frames->begin.capacity() + frames->end.capacity()) * sizeof(RowIndex);
  }
  return bytes;
}

}  // namespace freshet
