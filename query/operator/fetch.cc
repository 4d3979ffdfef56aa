#include "query/operator/fetch.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "query/operator/execution_context.h"
#include "storage/base/limits.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

constexpr uint64_t kRowMask = 0xFFFFFFFF;

// Rows of one block, in ascending order.
struct BlockRows {
  ScanTask task;
  size_t block = 0;
  std::vector<RowIndex> rows;
};

}  // namespace

FetchTransform::FetchTransform(SnapshotPtr snapshot, const TableVersion* table,
                               std::vector<ColumnIndex> columns, ColumnIndex position_column)
    : snapshot_(std::move(snapshot)),
      table_(table),
      columns_(std::move(columns)),
      position_column_(position_column) {}

bool FetchTransform::process(ExecutionContext& context, WorkerIndex, Chunk chunk,
                             const Emit& emit) {
  const ColumnPtr position_cells = flat(chunk.columns[position_column_]);
  const std::span<const uint64_t> positions = values_of<uint64_t>(*position_cells);
  std::vector<RowIndex> order(positions.size());
  std::iota(order.begin(), order.end(), RowIndex{0});
  std::sort(order.begin(), order.end(),
            [&](RowIndex a, RowIndex b) { return positions[a] < positions[b]; });

  std::vector<BlockRows> blocks;
  uint64_t current = ~uint64_t{0};
  for (const RowIndex index : order) {
    const uint64_t part = positions[index] >> 32;
    const uint64_t row = positions[index] & kRowMask;
    const bool in_segment = part < table_->segments.size();
    const uint64_t block = in_segment ? row / kBlockRows : 0;
    if (current != (part << 32 | block)) {
      current = part << 32 | block;
      BlockRows next;
      next.block = block;
      if (in_segment) {
        next.task.segment = table_->segments[part];
      } else {
        next.task.chunk = table_->memtable[part - table_->segments.size()];
      }
      blocks.push_back(std::move(next));
    }
    blocks.back().rows.push_back(static_cast<RowIndex>(row - block * kBlockRows));
  }

  // back[i]: where the fetched, position-ordered row of output row i is.
  std::vector<RowIndex> back(order.size());
  for (size_t i = 0; i < order.size(); ++i) back[order[i]] = static_cast<RowIndex>(i);

  Chunk result;
  result.row_count = chunk.row_count;
  for (ColumnIndex c = 0; c < chunk.columns.size(); ++c) {
    if (c != position_column_) result.columns.push_back(chunk.columns[c]);
  }
  for (const ColumnIndex column : columns_) {
    context.check_running();
    std::vector<ColumnPtr> parts;
    for (const BlockRows& rows : blocks) {
      parts.push_back(read_task_column(*table_, rows.task, column, rows.block, rows.rows));
    }
    const DataType& type = *table_->schema[column].type;
    result.columns.push_back(concat_columns(type, parts)->select(back));
  }
  return emit(std::move(result));
}

}  // namespace freshet
