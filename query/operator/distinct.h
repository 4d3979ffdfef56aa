// DistinctTransform: each distinct row once, the first that comes. With one worker order is kept.
//
// When the rows seen outgrow the query's memory they are no longer added to: rows that are not
// among them go to disk in partitions, and SpilledDistinctSource gives the distinct ones of each
// partition at the end, in the same way.
//
//   rows ─ seen? ─ yes: drop
//                └ no:  memory left: note, give      else: to disk => SpilledDistinctSource
//
// Path:      pipeline of the rows -> DistinctTransform (=> SpilledDistinctSource)
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "query/operator/aggregate_table.h"
#include "query/operator/operator.h"
#include "query/operator/parted_rows.h"
#include "storage/base/memory_budget.h"
#include "storage/base/mutex.h"

namespace freshet {

// How rows become keys of a table whose groups remember that they were seen.
struct DistinctKey {
  explicit DistinctKey(std::vector<DataTypePtr> types);
  GroupKey key;
  StateLayout layout;
};
using DistinctKeyPtr = std::shared_ptr<const DistinctKey>;

// Rows seen so far, as many as the memory has room for, and the rows that came after them.
class SeenRows {
 public:
  // `level`: of what it puts on disk.
  SeenRows(DistinctKeyPtr key, unsigned level);

  // The rows of `chunk` that are new. Once the memory is full: none, and those not seen go to disk.
  std::vector<RowIndex> take(const ExecutionContext& context, WorkerIndex worker,
                             const Chunk& chunk, bool may_spill);
  uint64_t count() const { return table_->group_count(); }

  // After the last row: what is on disk, or null. The seen rows are forgotten.
  std::shared_ptr<const PartedRows> finish();

 private:
  const DistinctKeyPtr key_;
  const unsigned level_;
  std::unique_ptr<AggregateTable> table_;
  std::optional<MemoryReservation> memory_;
  std::shared_ptr<PartedRows> disk_;
};

class DistinctTransform final : public Transform {
 public:
  // `types` of all columns. `row_limit`: enough when so many came out.
  DistinctTransform(std::vector<DataTypePtr> types, std::optional<uint64_t> row_limit);
  void prepare(size_t) override {}
  bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
               const Emit& emit) override;

 private:
  friend class SpilledDistinctSource;
  const DistinctKeyPtr key_;
  std::optional<uint64_t> row_limit_;
  Mutex mutex_;
  SeenRows seen_ GUARDED_BY(mutex_);
};

// The rest of the distinct rows, when some went to disk.
class SpilledDistinctSource final : public Source {
 public:
  // `transform` outlives the source.
  explicit SpilledDistinctSource(DistinctTransform& transform) : transform_(transform) {}
  void prepare(size_t worker_count) override;
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override;
  size_t parallelism_max() const override { return 1; }

 private:
  struct Part {
    std::shared_ptr<const PartedRows> disk;
    size_t partition;
  };
  void add_parts(const std::shared_ptr<const PartedRows>& disk);

  DistinctTransform& transform_;
  std::vector<Part> parts_;
  // The part being read.
  std::optional<Part> open_;
  std::optional<SeenRows> seen_;
  PartedRows::Position position_;
};

}  // namespace freshet
