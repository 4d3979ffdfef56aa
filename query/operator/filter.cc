#include "query/operator/filter.h"

#include "query/expression/evaluator.h"

namespace freshet {

bool FilterTransform::process(ExecutionContext&, WorkerIndex, Chunk chunk, const Emit& emit) {
  for (const BoundExpressionPtr& conjunct : conjuncts_) {
    std::vector<RowIndex> rows;
    select_true(*evaluate_expression(*conjunct, chunk), rows);
    if (rows.empty()) return true;
    if (rows.size() != chunk.row_count) chunk = chunk.select(rows);
  }
  return emit(std::move(chunk));
}

}  // namespace freshet
