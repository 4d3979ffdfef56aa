// Chunks as text, so that tests show their rows:
//
//   id:UInt64 name:Nullable(String)
//   1	one
//   2	\N
//
// The first line names and types the columns, with spaces between them; a row's cells are separated
// by tabs and \N is NULL. Blank lines, and spaces in front of a line, do not count.
#pragma once

#include <string>
#include <string_view>

#include "storage/column/chunk.h"
#include "storage/column/schema.h"

namespace freshet {

// "id:UInt64 price:Decimal(9, 2)"
Schema schema_from_text(std::string_view header);

struct TypedChunk {
  Schema schema;
  Chunk chunk;  // flat columns
};
TypedChunk typed_chunk_from_text(std::string_view text);
Chunk chunk_from_text(std::string_view text);

// The rows alone, each ended by a newline. Columns may come in any form.
std::string chunk_rows_text(const Schema& schema, const Chunk& chunk);
// Header and rows.
std::string chunk_to_text(const Schema& schema, const Chunk& chunk);
// One column's cells, separated by spaces.
std::string column_to_text(const DataTypePtr& type, const ColumnPtr& column);

// A flat column of `type` from cells separated by spaces: column_from_text("UInt8", "1 2 3").
ColumnPtr column_from_text(std::string_view type, std::string_view cells);

}  // namespace freshet
