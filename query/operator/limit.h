// LimitTransform: rows [offset, offset + limit) of what comes, across all workers.
//
// In an ordered pipeline (one worker) these are the first rows; elsewhere any rows will do. With
// `ties`, rows that equal the last one in these columns follow it; the pipeline must be ordered.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "query/operator/operator.h"
#include "storage/column/row_order.h"

namespace freshet {

class LimitTransform final : public Transform {
 public:
  LimitTransform(std::optional<uint64_t> limit, uint64_t offset, std::vector<SortColumn> ties);
  void prepare(size_t) override {}
  bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
               const Emit& emit) override;

 private:
  bool give_ties(const Chunk& chunk, size_t begin, const Emit& emit);

  uint64_t offset_;
  uint64_t end_;  // offset + limit
  std::vector<SortColumn> ties_;
  std::atomic<uint64_t> rows_seen_{0};
  Chunk last_;  // the last row within the limit, for ties
};

// LIMIT n BY columns: of the rows that are equal in `columns`, those numbered
// [offset, offset + limit). Ordered: one worker. Throws MemoryLimitExceeded when the columns'
// distinct cells outgrow the query's lease.
class LimitByTransform final : public Transform {
 public:
  LimitByTransform(std::vector<ColumnIndex> columns, uint64_t limit, uint64_t offset);
  ~LimitByTransform() override;
  void prepare(size_t) override {}
  bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
               const Emit& emit) override;

 private:
  struct Counts;
  std::vector<ColumnIndex> columns_;
  uint64_t limit_;
  uint64_t offset_;
  std::unique_ptr<Counts> counts_;
};

}  // namespace freshet
