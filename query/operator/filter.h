// FilterTransform: rows for which every conjunct is true (not NULL, not 0).
#pragma once

#include <vector>

#include "query/expression/expression.h"
#include "query/operator/operator.h"

namespace freshet {

class FilterTransform final : public Transform {
 public:
  explicit FilterTransform(std::vector<BoundExpressionPtr> conjuncts)
      : conjuncts_(std::move(conjuncts)) {}
  void prepare(size_t) override {}
  bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
               const Emit& emit) override;

 private:
  std::vector<BoundExpressionPtr> conjuncts_;
};

}  // namespace freshet
