// Reading a table's column from a segment that may have been written with other columns.
//
// Path:      snapshot.h's plan_scan and read_task_column, storage/table/segment_merge -> SegmentReader
// Errors:    NotImplemented when the column has another type in the segment.
#pragma once

#include <optional>
#include <span>

#include "storage/column/chunk.h"
#include "storage/segment/segment_reader.h"

namespace freshet {

// Where column `column` of `schema` is in the segment; nothing when the segment is older than it.
std::optional<ColumnIndex> find_segment_column(const SegmentReader& reader, const Schema& schema,
                                               ColumnIndex column);

ColumnPtr read_segment_column(const SegmentReader& reader, const Schema& schema, ColumnIndex column,
                              size_t block);
// Only `rows` of the block, ascending.
ColumnPtr read_segment_column(const SegmentReader& reader, const Schema& schema, ColumnIndex column,
                              size_t block, std::span<const RowIndex> rows);

}  // namespace freshet
