// ArrayJoinTransform: one row per element of the lists in some columns; other columns repeat.
#pragma once

#include <vector>

#include "query/operator/operator.h"

namespace freshet {

class ArrayJoinTransform final : public Transform {
 public:
  // With `left`, an empty list gives one row of default cells.
  ArrayJoinTransform(std::vector<ColumnIndex> columns, bool left)
      : columns_(std::move(columns)), left_(left) {}
  void prepare(size_t) override {}
  bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
               const Emit& emit) override;

 private:
  std::vector<ColumnIndex> columns_;
  bool left_;
};

}  // namespace freshet
