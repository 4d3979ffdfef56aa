// Makes the RowRollup that the store rolls expired rows up with: TTL .. GROUP BY .. SET.
//
//   GROUP BY day SET n = sum(n)    (1, 10) (1, 20) (2, 5)  ->  (1, 30) (2, 5)
//
// Columns without SET take the cell of the group's first row.
//
// Path:      storage/table/table_ttl -> RowRollup -> run_aggregation
// Threads:   the result from any thread.
#pragma once

#include "query/plan/binder.h"
#include "storage/table/table_store.h"

namespace freshet {

// The compiler outlives the result.
RowRollup make_row_rollup(const ChunkFunctionCompiler& compiler);

// Throws what binding and casting throw, and NotImplemented when the value of a SET is not a call
// of one aggregate function.
void check_rollup(const TableDefinition& definition, const TtlRule& rule,
                  const ChunkFunctionCompiler& compiler);

}  // namespace freshet
