// Aggregates of frames: one result cell for each row, for frames that never move backwards.
//
// Rows with the same frame (peers, whole partitions) are one step, and are computed once. Then:
//
//   growing    every frame begins where the one before it does, or after its end: one running state
//              takes what each step adds.
//   sliding    frames lose rows at their beginning. States that do not grow with their rows (sums,
//              extremes, moments) go through two stacks: see below. Those that do (sets, lists,
//              samples) are made anew for each step, because merging them would cost as much as
//              adding the rows again, and keeping them would cost the square of a frame in memory.
//
// Two stacks. The rows of the frame are split at `mid`. For rows before it, state[i] is the
// aggregate of [i, mid); what came later is in one running state:
//
//   rows       3 1 4 | 1 5          frame [0, 5), mid 3, sum
//   state      8 5 4 |   6          sum = state[0] + running = 14
//   next row   frame [1, 6): running takes row 5; sum = state[1] + running
//
// When the frame begins at `mid` or later, mid moves to the frame's end, and the states of its rows
// are merged from the right. Each row is merged a constant number of times, whatever the frame's
// length, without needing that aggregates can be taken back. (K. Tangwongsan, M. Hirzel,
// S. Schneider: Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time, DEBS 2017, call
// this Two-Stacks. A segment tree of states, V. Leis et al.: Efficient Processing of Window
// Functions in Analytical SQL Queries, VLDB 2015, would answer any frame at all, for log n merges a
// row; frames here have constant bounds, and so need not pay for that.)
//
// States of single rows are made by one call of add() for many rows, so that aggregates keep their
// loops over spans.
//
// Path:      query/operator/window_functions -> here -> query/aggregate
#pragma once

#include <span>

#include "query/aggregate/aggregate.h"
#include "query/operator/execution_context.h"
#include "query/operator/window_rows.h"

namespace freshet {

// Requires: `arguments` are flat; frames' begins and ends ascend.
ColumnPtr aggregate_frames(ExecutionContext& context, const AggregateFunction& function,
                           std::span<const ColumnPtr> arguments, const RowFrames& frames);

}  // namespace freshet
