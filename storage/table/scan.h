// Reading a table's column from a segment that may have been written with other columns.
//
// Path:      snapshot.h's plan_scan and read_task_column, storage/table/segment_merge ->
// SegmentReader Errors:    what casting to the column's type throws, and computing its default.
#pragma once

#include <span>

#include "storage/column/chunk.h"
#include "storage/segment/segment_reader.h"
#include "storage/table/table_columns.h"

namespace freshet {

ColumnPtr read_segment_column(const SegmentReader& reader, const TableColumns& columns,
                              ColumnIndex column, size_t block);
// Only `rows` of the block, ascending.
ColumnPtr read_segment_column(const SegmentReader& reader, const TableColumns& columns,
                              ColumnIndex column, size_t block, std::span<const RowIndex> rows);

}  // namespace freshet
