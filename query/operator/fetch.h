// FetchTransform: reads wide columns for the few rows that a top-N has left (late materialisation).
//
// Takes chunks with a column of row positions from a ScanSource of the same table version; gives
// their other columns and then the fetched ones, rows in the same order.
#pragma once

#include <vector>

#include "query/operator/operator.h"
#include "storage/table/snapshot.h"

namespace freshet {

class FetchTransform final : public Transform {
 public:
  // `columns` are positions in table->schema; `snapshot` owns `table`.
  FetchTransform(SnapshotPtr snapshot, const TableVersion* table, std::vector<ColumnIndex> columns,
                 ColumnIndex position_column);
  void prepare(size_t) override {}
  bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
               const Emit& emit) override;

 private:
  SnapshotPtr snapshot_;
  const TableVersion* table_;
  std::vector<ColumnIndex> columns_;
  ColumnIndex position_column_;
};

}  // namespace freshet
