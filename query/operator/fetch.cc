#include "query/operator/fetch.h"

#include <utility>

#include "query/operator/execution_context.h"
#include "storage/column/number_column.h"
#include "storage/table/row_fetch.h"

namespace freshet {

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
  const RowFetch fetch(*table_, positions);

  Chunk result;
  result.row_count = chunk.row_count;
  for (ColumnIndex c = 0; c < chunk.columns.size(); ++c) {
    if (c != position_column_) result.columns.push_back(chunk.columns[c]);
  }
  for (const ColumnIndex column : columns_) {
    context.check_running();
    result.columns.push_back(fetch.read(column));
  }
  return emit(std::move(result));
}

}  // namespace freshet
