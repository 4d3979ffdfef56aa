// WindowRows: sorted rows seen as partitions, peers and frames.
//
//   sort a, b      a: 1 1 1 2      b: 5 5 7 5
//   runs(1)        starts 0 3 4        partitions of PARTITION BY a
//   runs(2)        starts 0 2 3 4      peers of ORDER BY b in them
//   frames, RANGE UNBOUNDED PRECEDING .. CURRENT ROW:  begin 0 0 0 3   end 2 2 3 4
//
// Frames of fixed bounds never move backwards from row to row, which the functions rely on.
//
// Owns:      what it has computed; the rows outlive it.
// Threads:   one thread.
// Units:     positions among the sorted rows.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "query/aggregate/window_function.h"
#include "storage/base/buffer.h"
#include "storage/column/row_order.h"

namespace freshet {

// Row i sees rows [begin[i], end[i]).
struct RowFrames {
  Buffer<RowIndex> begin;
  Buffer<RowIndex> end;
};

class WindowRows {
 public:
  WindowRows(const Chunk& rows, std::span<const SortColumn> sort) : rows_(rows), sort_(sort) {}

  const Chunk& rows() const { return rows_; }
  size_t size() const { return rows_.row_count; }
  // Starts of the runs of equal cells in the first `columns` sort columns, then the row count.
  std::span<const RowIndex> runs(size_t columns);
  // Runs that are peers for the frame: of equal ORDER BY cells, or with ROWS each row its own.
  std::span<const RowIndex> peers(size_t partition_columns, size_t order_columns, bool by_rows);
  const RowFrames& frames(size_t partition_columns, size_t order_columns,
                          const FrameBounds& bounds);
  size_t memory_bytes() const;

 private:
  struct FrameKey {
    size_t partition_columns;
    size_t order_columns;
    FrameBounds bounds;
  };
  void fill_frames(const FrameKey& key, RowFrames& frames);
  void fill_range_offset(const FrameKey& key, bool is_begin, Buffer<RowIndex>& edges);

  const Chunk& rows_;
  std::span<const SortColumn> sort_;
  std::map<size_t, std::vector<RowIndex>> runs_;
  std::vector<RowIndex> each_row_;
  std::vector<std::pair<FrameKey, std::unique_ptr<RowFrames>>> frames_;
};

}  // namespace freshet
