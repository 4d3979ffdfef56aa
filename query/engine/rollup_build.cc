#include "query/engine/rollup_build.h"

#include <utility>

#include "query/engine/query_context.h"
#include "query/engine/select_runner.h"
#include "query/plan/optimizer.h"
#include "query/plan/rollup_shape.h"
#include "query/sql/parser.h"

namespace freshet {

namespace {

std::vector<Chunk> build(const FunctionContext& functions, MemoryBudget& memory,
                         const TableVersion& rows, const RollupDefinition& rollup,
                         const std::function<bool()>& stop) {
  QueryContext context(QueryRequest(), Settings(), memory);
  context.functions = functions;
  Executor executor(nullptr);
  SelectRunner runner(context, executor, nullptr);
  const QueryPtr select = parse_query_text(rollup.select);
  const RollupShape shape = bind_rollup(*select, *rows.definition, runner.bind_context());
  LogicalPlan plan = rollup_plan(shape, rows);
  optimize(plan, context.functions);
  std::vector<Chunk> groups;
  runner.run(
      plan, [&](Chunk chunk) { groups.push_back(std::move(chunk)); }, [&] { return !stop(); });
  return groups;
}

}  // namespace

RollupBuild make_rollup_build(const FunctionContext& functions, MemoryBudget& memory) {
  return [&functions, &memory](const TableVersion& rows, const RollupDefinition& rollup,
                               const std::function<bool()>& stop) {
    return build(functions, memory, rows, rollup, stop);
  };
}

}  // namespace freshet
