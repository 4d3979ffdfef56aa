#include "storage/format/row_layout.h"

#include <utility>

#include "storage/base/check.h"
#include "storage/format/escape.h"

namespace freshet {

RowLayout separated_layout(size_t column_count, std::string_view begin, std::string_view separator,
                           std::string_view end, std::string_view between) {
  RowLayout layout;
  layout.before.assign(column_count, std::string(separator));
  if (column_count > 0) layout.before[0] = begin;
  layout.after = end;
  layout.between = between;
  return layout;
}

RowsWriter::RowsWriter(RowLayout layout, std::vector<CellWriterPtr> cells)
    : layout_(std::move(layout)), cells_(std::move(cells)) {
  CHECK(layout_.before.size() == cells_.size());
}

void RowsWriter::write(const Chunk& chunk, std::string& out) {
  CHECK(chunk.columns.size() == cells_.size());
  const std::vector<ColumnPtr> columns = flat_columns(chunk);
  std::string unchecked;
  std::string& rows = layout_.valid_utf8 ? unchecked : out;
  for (size_t row = 0; row < chunk.row_count; ++row) {
    if (rows_written_++ > 0) rows += layout_.between;
    for (size_t c = 0; c < cells_.size(); ++c) {
      rows += layout_.before[c];
      cells_[c]->write(*columns[c], row, rows);
    }
    rows += layout_.after;
  }
  if (layout_.valid_utf8) append_valid_utf8(out, unchecked);
}

std::vector<CellWriterPtr> make_cell_writers(const Schema& schema, CellStyle style,
                                             const FormatOptions& options) {
  std::vector<CellWriterPtr> cells;
  for (const NamedType& column : schema.columns()) {
    cells.push_back(make_cell_writer(column.type, style, options));
  }
  return cells;
}

std::vector<ColumnPtr> flat_columns(const Chunk& chunk) {
  std::vector<ColumnPtr> columns;
  for (const ColumnPtr& column : chunk.columns) columns.push_back(flat(column));
  return columns;
}

}  // namespace freshet
