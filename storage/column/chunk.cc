#include "storage/column/chunk.h"

namespace freshet {

size_t Chunk::memory_bytes() const {
  size_t bytes = 0;
  for (const ColumnPtr& column : columns) bytes += column->memory_bytes();
  return bytes;
}

Chunk Chunk::select(std::span<const RowIndex> rows) const {
  Chunk out;
  out.row_count = rows.size();
  out.columns.reserve(columns.size());
  for (const ColumnPtr& column : columns) out.columns.push_back(column->select(rows));
  return out;
}

Chunk Chunk::slice(size_t offset, size_t count) const {
  Chunk out;
  out.row_count = count;
  out.columns.reserve(columns.size());
  for (const ColumnPtr& column : columns) out.columns.push_back(column->slice(offset, count));
  return out;
}

Chunk concat_chunks(const Schema& schema, std::span<const Chunk> parts) {
  if (parts.size() == 1) return parts[0];
  Chunk out;
  for (const Chunk& part : parts) out.row_count += part.row_count;
  std::vector<ColumnPtr> column_parts(parts.size());
  for (ColumnIndex index = 0; index < schema.size(); ++index) {
    for (size_t i = 0; i < parts.size(); ++i) column_parts[i] = parts[i].columns[index];
    out.columns.push_back(concat_columns(*schema[index].type, column_parts));
  }
  return out;
}

}  // namespace freshet
