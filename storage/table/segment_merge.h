// SegmentMerge streams sorted segments of one partition into one sorted segment, block by block.
//
//   input 0   [a c e] ...   the input with the least key gives all its rows up to the next input's
//   input 1   [b d f] ...   least key; so inputs that do not overlap are copied block by block
//
// Rows of equal key keep the order of the inputs. Modes other than Plain merge them: runs of equal
// keys go to the RowMerger whole, or in growing pieces when they are longer than a block.
//
// Path:      storage/table/compaction -> SegmentMerge -> SegmentWriter
// Threads:   one at a time.
// Units:     memory is about one decoded block for each input, and two for the output.
#pragma once

#include <functional>
#include <vector>

#include "storage/segment/segment_writer.h"
#include "storage/table/live_tables.h"
#include "storage/table/segment_build.h"
#include "storage/table/table_ttl.h"

namespace freshet {

// TTLs to apply to the rows that a merge writes; none when `ttl` is null.
struct MergeTtl {
  const TableTtl* ttl = nullptr;
  int64_t now_s = 0;
};

// Appends the merged rows of `inputs` (oldest first), without deleted ones, to `writer`; finish()
// is left to the caller. False when `stop` ended it early. `progress` hears how many rows were read
// so far. `moved` gets where the rows of each input went; it stays empty when rows are merged or
// rolled up on the way, so that nobody can say.
bool merge_segments(const std::vector<SegmentPtr>& inputs, const TableColumns& columns,
                    const TableKeys& keys, const RowMerger& merger, SegmentWriter& writer,
                    const StopTest& stop, const MergeTtl& ttl = {},
                    const std::function<void(uint64_t rows_read)>& progress = {},
                    std::vector<MergeMove::Input>* moved = nullptr);

}  // namespace freshet
