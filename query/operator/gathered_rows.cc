#include "query/operator/gathered_rows.h"

#include <utility>

#include "storage/column/coded_column.h"

namespace freshet {

uint64_t flat_bytes(const Chunk& chunk) {
  uint64_t bytes = 0;
  for (const ColumnPtr& column : chunk.columns) {
    uint64_t cells = 1;
    const Column* held = column.get();
    if (column->form() == ColumnForm::Dictionary) {
      held = static_cast<const DictionaryColumn&>(*column).dictionary()->entries.get();
      cells = held->size();
    } else if (column->form() == ColumnForm::Constant) {
      held = static_cast<const ConstantColumn&>(*column).cell().get();
    } else {
      bytes += column->memory_bytes();
      continue;
    }
    if (cells != 0) bytes += held->memory_bytes() * column->size() / cells;
  }
  return bytes;
}

Chunk take_concat_chunks(const Schema& schema, std::vector<Chunk>& parts) {
  if (parts.size() == 1) {
    Chunk only = std::move(parts[0]);
    parts.clear();
    return only;
  }
  Chunk out;
  for (const Chunk& part : parts) out.row_count += part.row_count;
  std::vector<ColumnPtr> column_parts(parts.size());
  for (ColumnIndex index = 0; index < schema.size(); ++index) {
    for (size_t i = 0; i < parts.size(); ++i) column_parts[i] = std::move(parts[i].columns[index]);
    out.columns.push_back(concat_columns(*schema[index].type, column_parts));
  }
  parts.clear();
  return out;
}

}  // namespace freshet
