// ProjectTransform: one output column per expression over the input's columns.
#pragma once

#include <vector>

#include "query/expression/expression.h"
#include "query/operator/operator.h"

namespace freshet {

class ProjectTransform final : public Transform {
 public:
  explicit ProjectTransform(std::vector<BoundExpressionPtr> expressions)
      : expressions_(std::move(expressions)) {}
  void prepare(size_t) override {}
  bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
               const Emit& emit) override;

 private:
  std::vector<BoundExpressionPtr> expressions_;
};

}  // namespace freshet
