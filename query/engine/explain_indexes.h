// EXPLAIN indexes = 1: what each kind of index leaves of a table, one after the other.
//
//   Indexes:
//     PrimaryKey
//       Keys:
//         id
//       Condition: (id in [5, 5])
//       Parts: 1/3
//       Granules: 1/40
//
// Parts are segments and granules are blocks. What zone maps of other columns than those of the
// keys leave out stands under ZoneMap, which ClickHouse does not have.
//
// Path:      query_engine -> index_lines, below the Scan's line
#pragma once

#include <string>
#include <vector>

#include "query/plan/logical_plan.h"
#include "storage/column/chunk_function.h"

namespace freshet {

std::vector<std::string> index_lines(const ScanNode& scan, const ChunkFunctionCompiler& keys);

// The same as numbers: segments and blocks before an index is asked, and after.
struct IndexEffect {
  std::string index;  // "PrimaryKey", "ZoneMap", "Skip idx"
  size_t segments_before = 0;
  size_t segments_after = 0;
  size_t blocks_before = 0;
  size_t blocks_after = 0;
};
std::vector<IndexEffect> index_effects(const ScanNode& scan, const ChunkFunctionCompiler& keys);

}  // namespace freshet
