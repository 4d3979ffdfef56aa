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

#include <vector>

#include "storage/segment/segment_writer.h"
#include "storage/table/live_tables.h"
#include "storage/table/segment_build.h"

namespace freshet {

// Appends the merged rows of `inputs` (oldest first), without deleted ones, to `writer`; finish()
// is left to the caller. False when `stop` ended it early. `moved` gets where the rows of each
// input went, unless the table's mode merges rows.
bool merge_segments(const std::vector<SegmentPtr>& inputs, const TableDefinition& definition,
                    const TableKeys& keys, const RowMerger& merger, SegmentWriter& writer,
                    const StopTest& stop, std::vector<MergeMove::Input>& moved);

}  // namespace freshet
