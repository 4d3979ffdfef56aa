// Makes the RollupBuild that the store makes the rows of rollups with: the rollup's SELECT over the
// rows of one segment.
//
// Path:      storage/table/rollup_writer -> RollupBuild -> query/plan/rollup_shape, SelectRunner
// Threads:   the result from any thread; the calling thread does all the work.
#pragma once

#include "query/function/function.h"
#include "storage/base/memory_budget.h"
#include "storage/table/table_store.h"

namespace freshet {

// `functions` are those of the store's keys, so that times mean the same; both outlive the result.
RollupBuild make_rollup_build(const FunctionContext& functions, MemoryBudget& memory);

}  // namespace freshet
