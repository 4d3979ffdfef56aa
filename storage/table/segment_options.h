// What a table's definition says of how its segments are written.
//
// Path:      segment_build, compaction -> segment_options -> SegmentWriter
#pragma once

#include <string_view>

#include "storage/segment/segment_writer.h"
#include "storage/table/table_definition.h"
#include "storage/table/table_keys.h"

namespace freshet {

// By the general method that a CODEC names, as `Delta(4), ZSTD(3)` does: NONE is none, LZ4 and
// LZ4HC are LZ4, ZSTD(n) is ZSTD of level n (1 when not said). Without one, as for `Delta`, and
// for `Default` or an empty text, it is that of SegmentOptions.
CompressionLevel compression_level_of(std::string_view codec);

// For segments whose columns are definition.file_schema().
SegmentOptions segment_options(const TableDefinition& definition, const TableKeys& keys);

}  // namespace freshet
