// FinalSource: rows of one table, merged as its engine merges them, that satisfy the query's
// conditions: SELECT .. FROM t FINAL.
//
// Conditions hold of merged rows. Only those on columns of the sort key, which are the same for all
// rows that merge, also choose what is merged at all. Blocks that hold merged rows are then scanned
// like any other: zone maps may skip them, and columns are read in rows that are left.
//
// Path:      storage/table/final_scan -> FinalSource -> pipeline
// Threads:   see operator.h.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "query/operator/scan.h"
#include "storage/table/final_scan.h"

namespace freshet {

struct FinalSourceOptions {
  ScanOptions scan;
  ColumnFilter key_filter;  // over the table's columns
  std::vector<TableCondition> key_range_conditions;
  std::vector<BoundExpressionPtr> key_conjuncts;  // over scan.columns; also among scan.conjuncts
  bool across_partitions = true;
};

class FinalSource final : public Source {
 public:
  // The compiler and the merger are the store's and outlive the source.
  FinalSource(FinalSourceOptions options, const ChunkFunctionCompiler& compiler,
              const RowMerger& merger);
  ~FinalSource() override;

  void prepare(size_t worker_count) override;
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override;
  size_t parallelism_max() const override { return rows_.step_count(); }

 private:
  struct Worker {
    std::vector<FinalPiece> pieces;
    size_t next = 0;
  };
  bool is_kept(const FinalPiece& piece) const;

  FinalScan rows_;
  std::optional<uint64_t> row_limit_;
  ScanSource scan_;  // tests the conditions and reads the columns of each piece
  std::map<const Segment*, std::vector<bool>> kept_blocks_;
  std::atomic<size_t> next_step_{0};
  std::atomic<uint64_t> rows_given_{0};
  std::vector<Worker> workers_;
};

}  // namespace freshet
