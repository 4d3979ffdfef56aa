// Aggregates runs of neighbouring rows, one result cell per run: what merging does to the columns
// of Summing and Aggregating tables.
//
// Units:     run r is rows [starts[r], starts[r + 1]); the last start is the row count.
#pragma once

#include <span>

#include "query/aggregate/aggregate.h"
#include "storage/column/column.h"

namespace freshet {

// Cells of AggregateFunction(..) columns are states and merge; those of SimpleAggregateFunction(f,
// T) are values that f combines.
ColumnPtr aggregate_runs(const DataTypePtr& type, const ColumnPtr& cells,
                         std::span<const RowIndex> starts);
// Sums that wrap around; NULLs are left out.
ColumnPtr sum_runs(const DataTypePtr& type, const ColumnPtr& cells,
                   std::span<const RowIndex> starts);

// Any aggregate of `row_count` rows' arguments, which are flat: a cell of its result for each run.
ColumnPtr aggregate_call_runs(const AggregateFunction& function,
                              std::span<const ColumnPtr> arguments, size_t row_count,
                              std::span<const RowIndex> starts);

// Throws BadArguments for a SimpleAggregateFunction(f, T) whose f does not give cells like T's.
void check_simple_aggregate(const DataTypePtr& type);

}  // namespace freshet
