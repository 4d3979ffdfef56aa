// ScanSource: rows of one table that satisfy the query's conditions.
//
// Tasks (blocks of segments, chunks of the memtable) are claimed one by one by the workers. Within
// a block the conditions run in order, each on the rows that the ones before it left, and a column
// is decoded only when a condition or the result needs it, and then only in those rows:
//
//   block -> read $1 -> $1 > 5 -> 40 rows left -> read $0 in 40 rows -> chunk of 40 rows
//
// Deleted rows are left out first, so that no condition sees them, then rows that a top-N above has
// no use for. A condition on
// one dictionary-coded column runs once per dictionary entry.
//
// Path:      storage/table/snapshot -> ScanSource -> pipeline
// Threads:   see operator.h.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "query/expression/expression.h"
#include "query/expression/index_condition.h"
#include "query/expression/range_condition.h"
#include "query/operator/condition_cache.h"
#include "query/operator/operator.h"
#include "query/operator/probe_filter.h"
#include "query/operator/sort_bound.h"
#include "storage/base/limits.h"
#include "storage/column/coded_column.h"
#include "storage/table/snapshot.h"

namespace freshet {

struct ScanOptions {
  SnapshotPtr snapshot;
  const TableVersion* table = nullptr;        // owned by the snapshot, or by `part`
  std::shared_ptr<const TableVersion> part;   // may be null
  std::vector<ColumnIndex> columns;           // of the table, read at need
  std::vector<ColumnIndex> lengths;           // of `columns`: the strings' lengths, as UInt64
  std::vector<BoundExpressionPtr> conjuncts;  // over `columns`
  std::vector<ColumnIndex> outputs;           // of `columns`
  ColumnFilter filter;                        // over the table's columns
  std::vector<TableCondition> range_conditions;
  IndexFilter index_filter;
  bool row_position = false;
  std::optional<uint64_t> row_limit;
  // Whether the consumer asks for the least and the greatest cells only: of a block whose zone maps
  // have them, two rows of these come out. Requires: no conjuncts, positions or limit.
  bool bounds_suffice = false;
  // May be null. Else rows need not come out whose cell in output `bound_output` is beyond it.
  std::shared_ptr<const SortBound> bound;
  ColumnIndex bound_output = 0;
  // Rows need not come out that one of these drops.
  std::vector<std::shared_ptr<const ProbeFilter>> probe_filters;
  // May be null: deleted rows are left out here. Else blocks are given whole, and it leaves
  // those out. Requires: no conjuncts, positions or limit.
  RowExcluder* excluder = nullptr;
  // May be null: nothing is remembered of conditions. `time_zone` is what they were bound with.
  ConditionCache* condition_cache = nullptr;
  std::string time_zone;
};

// What a scan has read so far, and what it has left out while it ran.
struct ScanCounters {
  uint64_t rows_read = 0;  // before any condition
  uint64_t blocks_read = 0;
  uint64_t blocks_known_empty = 0;
  uint64_t blocks_beyond_bound = 0;
  uint64_t blocks_without_partner = 0;
  uint64_t rows_without_partner = 0;
};

class ScanSource final : public Source {
 public:
  explicit ScanSource(ScanOptions options);
  ~ScanSource() override;

  void prepare(size_t worker_count) override;
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override;
  // A worker for each block at most: to call one costs as much as to read one.
  size_t parallelism_max() const override {
    const auto blocks = static_cast<size_t>((plan_.row_count + kBlockRows - 1) / kBlockRows);
    return std::min(plan_.tasks.size(), blocks);
  }
  // What indexes left to read; known once constructed.
  const ScanPlan& plan() const { return plan_; }
  ScanCounters counters() const;
  // Those of `rows` of a block, ascending, that pass all conjuncts; all rows when it is null.
  Chunk read_rows(WorkerIndex worker, const ScanTask& task, size_t block,
                  const std::vector<RowIndex>* rows) const;

 private:
  struct Worker;
  struct Rows;
  // The task of the block that the worker reads next; null: there is none.
  const ScanTask* next_block(Worker& worker, size_t& block);
  // Those of `rows` of one block that pass all conjuncts, with the output columns read.
  Chunk read_block(Worker& worker, const ScanTask& task, size_t block, Rows rows) const;
  // Leaves out blocks of the tasks, and tasks that have none left.
  void prune_tasks(const BlockPruner& prune);
  // Leaves out blocks in which the conditions are known to be true for no row.
  void leave_out_empty_blocks();
  // Remembers that they were true for none of a whole block.
  void note_empty_block(const ScanTask& task, size_t block) const;
  // Narrows `rows` by one conjunct. False: none is left.
  bool apply_conjunct(Worker& worker, size_t conjunct, const ScanTask& task, size_t block,
                      Rows& rows) const;
  // Gives the bounds of the output columns as two rows. False: the zone maps do not have them.
  bool read_bounds(const ScanTask& task, size_t block, Chunk& chunk) const;
  // Leaves out blocks that have no row with a partner in a join above.
  void prune_by_joins();
  // Narrows `rows` to those that may have one. False: none is left.
  bool apply_probe_filters(const ScanTask& task, size_t block, Rows& rows) const;
  // Blocks that may hold the first rows in order come first, so that the bound is soon tight.
  void order_tasks();
  // What is known of the bounded column in the block; null: nothing.
  const ZoneMap* bound_zone(const ScanTask& task, size_t block) const;
  // Whether no row of the block is within the bound.
  bool is_beyond_bound(const ScanTask& task, size_t block) const;
  // Narrows `rows` to those within the bound. False: none is left.
  bool apply_bound(const ScanTask& task, size_t block, Rows& rows) const;
  // Narrows `rows` to `kept` of them; keeps of the columns read so far those read after `conjunct`.
  void keep_rows(std::vector<RowIndex> kept, std::optional<size_t> conjunct, Rows& rows) const;
  // Leaves out deleted rows. False: none is left.
  bool leave_out_deleted(const ScanTask& task, size_t block, Rows& rows) const;
  void load_column(const ScanTask& task, size_t block, ColumnIndex column, Rows& rows) const;

  ScanOptions options_;
  ScanPlan plan_;
  // Columns that each conjunct reads, and the last conjunct that reads each column (or none).
  std::vector<std::vector<ColumnIndex>> conjunct_columns_;
  std::vector<size_t> column_last_use_;
  ScanConditionPtr condition_;  // null: nothing is remembered
  std::atomic<size_t> next_task_{0};
  std::atomic<uint64_t> rows_given_{0};
  std::atomic<uint64_t> rows_read_{0};
  std::atomic<uint64_t> blocks_read_{0};
  std::atomic<uint64_t> blocks_beyond_bound_{0};
  uint64_t blocks_known_empty_ = 0;
  uint64_t blocks_without_partner_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace freshet
