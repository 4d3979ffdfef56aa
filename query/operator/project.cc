#include "query/operator/project.h"

#include "query/expression/evaluator.h"

namespace freshet {

bool ProjectTransform::process(ExecutionContext&, WorkerIndex, Chunk chunk, const Emit& emit) {
  Chunk result;
  result.row_count = chunk.row_count;
  result.columns = evaluate_expressions(expressions_, chunk);
  return emit(std::move(result));
}

}  // namespace freshet
