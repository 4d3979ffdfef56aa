// chunk_bytes turns chunks into bytes for the log and back: flat columns side by side, LZ4 when it
// pays.
//
// Path:      storage/table/append -> chunk_bytes -> log -> storage/table/recovery
// Errors:    reading damaged bytes throws CorruptedData or CannotDecompress.
// Layout:    docs/formats/commit_record.md
#pragma once

#include <string>

#include "storage/base/bytes.h"
#include "storage/column/chunk.h"

namespace freshet {

// Requires: every column is flat.
void append_chunk_bytes(const Chunk& chunk, std::string& out);
// Reads one chunk that was written with the columns of `schema`.
Chunk read_chunk_bytes(const Schema& schema, ByteReader& reader);

}  // namespace freshet
