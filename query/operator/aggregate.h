// GROUP BY: AggregateSink takes all rows into tables, one per worker; AggregateSource merges them,
// partition by partition, and gives the groups.
//
//   chunk -> keys, arguments (Evaluator) -> AggregateTable -> states[i] += arguments[i]
//
// With a group limit n (LIMIT without ORDER BY) the first worker that has found n groups chooses
// them for all. From then on rows of other groups are dropped before their arguments are computed,
// and the tables stay small:
//
//   worker 0:  a b c | chosen: a b c | c x a y -> c a        the answer: a b c, each with the rows
//   worker 1:  b d   | adds a, c     | d a z   -> a          that both workers saw of it
//
// A table that outgrows the query's memory goes to disk and starts anew (spilled_groups.h); then
// the source merges what is on disk, partition by partition.
//
// Path:      pipeline of the rows -> AggregateSink => AggregateSource -> pipeline of the groups
// Owns:      the tables; the source borrows the sink's.
// Errors:    MemoryLimitExceeded when what cannot go to disk outgrows the query's lease: states
//            without keys, or of one group.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "query/expression/expression.h"
#include "query/operator/aggregate_table.h"
#include "query/operator/operator.h"
#include "query/operator/sort_bound.h"
#include "query/operator/spilled_groups.h"
#include "storage/base/memory_budget.h"

namespace freshet {

struct AggregateArguments {
  AggregateFunctionPtr function;
  std::vector<BoundExpressionPtr> arguments;
};

class AggregateSink final : public Sink, public RowExcluder {
 public:
  // Without keys there is exactly one group, unless `empty_without_rows`. With keys and
  // `group_limit` it may be that only so many groups come out, whichever; they are complete.
  AggregateSink(std::vector<BoundExpressionPtr> keys, std::vector<AggregateArguments> calls,
                bool empty_without_rows, std::optional<uint64_t> group_limit = std::nullopt);
  ~AggregateSink() override;

  void prepare(size_t worker_count) override;
  bool consume(ExecutionContext& context, WorkerIndex worker, Chunk chunk) override;
  // Without keys only. Requires: every function can_add_except().
  void exclude(WorkerIndex worker, const RowBitmap& rows) override;
  void finish(ExecutionContext& context) override;

 private:
  friend class AggregateSource;
  struct Worker;
  struct Choice;
  void add_rows(Worker& worker, std::span<const ColumnPtr> arguments, size_t row_count);
  // Counts a worker's memory, after its groups have grown; its table may go to disk.
  void hold_memory(const ExecutionContext& context, Worker& worker);
  void spill(const ExecutionContext& context, Worker& worker);
  // Whether any worker has.
  bool has_spilled() const;
  std::vector<const GroupSpill*> spills() const;
  // Rows of the chunk whose group is one of the chosen.
  void add_chosen(Worker& worker, const Chunk& chunk);
  void choose_groups(const AggregateTable& table);
  bool groups_are_chosen() const;
  void merge_single();
  void split_tables();
  void spill_rest(ExecutionContext& context);
  void merge_chosen();

  GroupKey key_;
  StateLayout layout_;
  // Keys first, then all calls' arguments.
  std::vector<BoundExpressionPtr> expressions_;
  std::vector<size_t> argument_counts_;
  size_t key_count_;
  bool empty_without_rows_;
  std::unique_ptr<Choice> choice_;  // null: all groups are wanted
  std::vector<std::unique_ptr<Worker>> workers_;
  // The tables of all workers but the first, which takes their groups in.
  std::vector<AggregateTable*> others_;
  // Of the source's workers; here, because their tables need layout_ to the end.
  std::vector<std::unique_ptr<SpilledGroupMerge>> merges_;
};

// The groups of a finished sink: key columns, then one column per call.
class AggregateSource final : public Source {
 public:
  // `sink` outlives the source.
  explicit AggregateSource(AggregateSink& sink) : sink_(sink) {}
  // Groups need not come out whose cell in output column `column` is beyond the bound.
  void set_bound(std::shared_ptr<const SortBound> bound, ColumnIndex column);
  void prepare(size_t worker_count) override;
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override;
  size_t parallelism_max() const override;

 private:
  struct Cursor {
    std::optional<size_t> partition;
    bool at_end = false;
    size_t slot = 0;
  };
  // The column of results of one call.
  ColumnPtr results(size_t call, std::span<char* const> rows) const;
  // Leaves out of `groups` those beyond the bound. Gives the results of the call that it is about,
  // or null when there is no bound for a call.
  ColumnPtr apply_bound(GroupList& groups) const;

  // False: no partition of what is on disk is left for this worker.
  bool read_spilled(const ExecutionContext& context, WorkerIndex worker, Chunk& chunk,
                    std::vector<char*>& rows);
  AggregateSink& sink_;
  std::shared_ptr<const SortBound> bound_;  // may be null
  ColumnIndex bound_column_ = 0;
  std::atomic<size_t> next_partition_{0};
  std::vector<Cursor> cursors_;
};

}  // namespace freshet
