// ORDER BY: SortSink takes all rows, SortSource gives them in order.
//
// With a limit (top-N) each worker holds little more than `limit` rows: when its buffer is full it
// is sorted and cut, and from then on rows that cannot be among the first are dropped on arrival.
//
// Rows that outgrow the query's memory go to disk as sorted runs (sorted_runs.h), which the source
// merges.
//
// Path:      pipeline of the rows -> SortSink => SortSource -> ordered pipeline (one worker)
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "query/operator/operator.h"
#include "query/operator/sort_bound.h"
#include "query/operator/sorted_runs.h"
#include "storage/column/row_order.h"

namespace freshet {

class SortSink final : public Sink {
 public:
  SortSink(Schema schema, std::vector<SortColumn> order, std::optional<uint64_t> limit);
  ~SortSink() override;
  void prepare(size_t worker_count) override;
  bool consume(ExecutionContext& context, WorkerIndex worker, Chunk chunk) override;
  void finish(ExecutionContext& context) override;
  // Known as rows come in; without a limit never.
  std::shared_ptr<const SortBound> bound() const { return bound_; }

 private:
  friend class SortSource;
  struct Worker;
  void cut(Worker& worker) const;
  void spill(const ExecutionContext& context, Worker& worker) const;

  Schema schema_;
  std::vector<SortColumn> order_;
  std::optional<uint64_t> limit_;
  std::shared_ptr<SortBound> bound_;
  const RunOrder run_order_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Chunk rows_;
  std::vector<RowIndex> sorted_;  // rows of rows_, in order
  // Instead of both, when a worker has gone to disk.
  std::unique_ptr<RunMerge> merge_;
};

class SortSource final : public Source {
 public:
  // `sink` outlives the source.
  explicit SortSource(SortSink& sink) : sink_(sink) {}
  void prepare(size_t) override {}
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override;
  size_t parallelism_max() const override { return 1; }

 private:
  SortSink& sink_;
  size_t next_ = 0;
};

}  // namespace freshet
