// RowFetch reads cells of rows that are known by where they lie in a table.
//
//   positions   (segment 0, row 20000) (memtable chunk 1, row 3) (segment 0, row 5)
//   read        block 1 row 3616, block 0 row 5, chunk row 3: sorted by place, then put in order
//
// Path:      query/operator/fetch, storage/table/final_scan -> RowFetch -> SegmentReader
// Threads:   one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "storage/table/snapshot.h"

namespace freshet {

// Where a row lies in a TableVersion: (part << 32) | row, where parts are the segments in order,
// then the memtable's chunks.
constexpr uint64_t row_position(uint64_t part, uint64_t row) { return part << 32 | row; }

class RowFetch {
 public:
  // `version` outlives the fetch.
  RowFetch(const TableVersion& version, std::span<const uint64_t> positions);

  // Cells of a column of the table, one for each position, in the order of positions.
  ColumnPtr read(ColumnIndex column) const;

 private:
  // Rows of one block, ascending.
  struct BlockRows {
    ScanTask task;
    size_t block = 0;
    std::vector<RowIndex> rows;
  };

  const TableVersion* version_;
  std::vector<BlockRows> blocks_;
  std::vector<RowIndex> order_;  // where each position's row is among those of all blocks
};

}  // namespace freshet
