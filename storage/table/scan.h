// Reading a table's column from a segment that may have been written with other columns.
//
// Path:      snapshot.h's plan_scan and read_task_column, storage/table/segment_merge ->
//            SegmentReader
// Errors:    what casting to the column's type throws, and computing its default.
#pragma once

#include <span>
#include <vector>

#include "storage/column/chunk.h"
#include "storage/segment/segment_reader.h"
#include "storage/table/snapshot.h"
#include "storage/table/table_columns.h"

namespace freshet {

ColumnPtr read_segment_column(const SegmentReader& reader, const TableColumns& columns,
                              ColumnIndex column, size_t block);
// Only `rows` of the block, ascending.
ColumnPtr read_segment_column(const SegmentReader& reader, const TableColumns& columns,
                              ColumnIndex column, size_t block, std::span<const RowIndex> rows);

// Blocks of a segment that may hold rows that match `filter` (columns of version.schema) and are
// not deleted, ascending.
std::vector<uint32_t> kept_blocks(const TableVersion& version, const Segment& segment,
                                  const ColumnFilter& filter);
// What is known of column `column` of the table in a block; null when the segment does not have it,
// or in another type.
const ZoneMap* find_zone_map(const TableVersion& version, const SegmentReader& reader,
                             ColumnIndex column, size_t block);

}  // namespace freshet
