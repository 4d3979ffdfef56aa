// DistinctTransform: each distinct row once, the first that comes. With one worker order is kept.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "query/operator/aggregate_table.h"
#include "query/operator/operator.h"
#include "storage/base/mutex.h"

namespace freshet {

class DistinctTransform final : public Transform {
 public:
  // `types` of all columns. `row_limit`: enough when so many came out.
  DistinctTransform(std::vector<DataTypePtr> types, std::optional<uint64_t> row_limit);
  void prepare(size_t) override {}
  bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
               const Emit& emit) override;

 private:
  GroupKey key_;
  StateLayout layout_;
  std::optional<uint64_t> row_limit_;
  Mutex mutex_;
  std::unique_ptr<AggregateTable> table_ GUARDED_BY(mutex_);
};

}  // namespace freshet
