// RowMerger: how rows of equal sort key merge in Summing, Aggregating, Replacing and Collapsing
// tables.
//
//   SummingMergeTree ORDER BY k:   (1, 5) (1, 6) (2, 0)  ->  (1, 11)
//
// Merging may see some of a key's rows now and the result with more rows later, so every rule gives
// the same in the end in whatever steps it is applied.
//
// Path:      storage/table/segment_build, segment_merge -> RowMerger
// Threads:   the merger may be called from any thread.
#pragma once

#include "storage/column/chunk_function.h"
#include "storage/table/table_store.h"

namespace freshet {

// `compiler` is the store's, so that keys mean the same, and outlives the merger.
RowMerger make_row_merger(const ChunkFunctionCompiler& compiler);

}  // namespace freshet
