// Window functions: WindowSink takes all rows, WindowSource sorts them, computes the functions and
// gives the rows back with one more column for each call.
//
//   few rows, or no common PARTITION BY       many rows
//   chunks -> one bucket                      chunks -> by hash of the common partition columns
//                                                       -> buckets, each with whole partitions
//   bucket -> sort -> partitions, frames (window_rows) -> functions (window_functions,
//   window_aggregate) -> chunks
//
// A bucket is sorted and computed by the worker that reads it, and freed when it has been given
// out: buckets run side by side, and what computing needs is held for as many rows as are being
// read.
//
// Path:      pipeline of the rows -> WindowSink => WindowSource -> pipeline above
// Owns:      the rows; the source borrows the sink's.
// Errors:    MemoryLimitExceeded when the rows outgrow the query's lease.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "query/operator/operator.h"
#include "query/operator/window_functions.h"
#include "storage/base/memory_budget.h"

namespace freshet {

struct WindowOptions {
  Schema input;
  std::vector<SortColumn> sort;
  std::vector<WindowColumn> calls;
  std::vector<ColumnIndex> outputs;  // of the input; then come the calls
  // The first so many sort columns are partition columns of all calls.
  size_t common_partition_columns = 0;
};

class WindowSink final : public Sink {
 public:
  explicit WindowSink(WindowOptions options);
  ~WindowSink() override;
  void prepare(size_t worker_count) override;
  bool consume(ExecutionContext& context, WorkerIndex worker, Chunk chunk) override;
  void finish(ExecutionContext& context) override;

 private:
  friend class WindowSource;
  struct Worker;
  struct Bucket;
  size_t choose_bucket_count(size_t row_count, size_t worker_count) const;
  void scatter(ExecutionContext& context, std::vector<Chunk> chunks, size_t bucket_count);

  WindowOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Bucket>> buckets_;
};

// The rows of one bucket after the other. With a single bucket they are in sort order.
class WindowSource final : public Source {
 public:
  // `sink` outlives the source.
  explicit WindowSource(WindowSink& sink);
  ~WindowSource() override;
  void prepare(size_t worker_count) override;
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override;
  size_t parallelism_max() const override;

 private:
  struct Cursor;
  void compute(ExecutionContext& context, Cursor& cursor) const;

  WindowSink& sink_;
  std::atomic<size_t> next_bucket_{0};
  std::vector<std::unique_ptr<Cursor>> cursors_;
};

}  // namespace freshet
