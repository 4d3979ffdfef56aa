// Columns to bytes and back, as temporary files hold them: the cells as they lie in memory.
//
// Self-describing, so that the reader needs no types: a Nullable column may stand where the plan
// says that cells may not be NULL, and the other way round. Constant and Dictionary columns come
// back flat.
//
// Layout:    docs/formats/temporary_file.md
#pragma once

#include <span>
#include <string>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/column/column.h"

namespace freshet {

// Requires: every column has `row_count` cells.
void write_columns(std::span<const ColumnPtr> columns, size_t row_count, std::string& out);
// Throws CorruptedData.
std::vector<ColumnPtr> read_columns(size_t row_count, ByteReader& in);

}  // namespace freshet
