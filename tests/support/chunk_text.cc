#include "tests/support/chunk_text.h"

#include <algorithm>
#include <vector>

#include "storage/base/error.h"
#include "storage/column/nested_column.h"
#include "storage/column/text.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

constexpr std::string_view kNull = "\\N";

TextOptions text_options() {
  TextOptions options;
  options.time_zone = TimeZone::utc();
  return options;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Splits at spaces outside of parentheses and quotes.
std::vector<std::string_view> split_header(std::string_view header) {
  std::vector<std::string_view> parts;
  int depth = 0;
  bool quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i <= header.size(); ++i) {
    const char c = i < header.size() ? header[i] : ' ';
    if (c == '\'') quoted = !quoted;
    if (!quoted) depth += (c == '(') - (c == ')');
    const bool is_end = i == header.size() || (c == ' ' && depth == 0 && !quoted);
    if (!is_end) continue;
    if (i > begin) parts.push_back(header.substr(begin, i - begin));
    begin = i + 1;
  }
  return parts;
}

void append_cell(const DataTypePtr& type, const CellText& cells, std::string_view text,
                 Column& column) {
  if (text == kNull && can_be_null(*type)) {
    column.append_default(1);
  } else if (!cells.parse(text, column)) {
    throw Error(ErrorCode::CannotParseText,
                "Cannot parse as " + type->name() + ": " + std::string(text));
  }
}

void write_cell(const CellText& cells, const Column& column, size_t row, std::string& out) {
  if (column.kind() == PhysicalKind::Nullable &&
      static_cast<const NullableColumn&>(column).nulls()[row] != 0) {
    out += kNull;
  } else {
    cells.write(column, row, out);
  }
}

}  // namespace

Schema schema_from_text(std::string_view header) {
  Schema schema;
  for (const std::string_view part : split_header(header)) {
    const size_t colon = part.find(':');
    if (colon == std::string_view::npos) {
      throw Error(ErrorCode::CannotParseText, "Not name:Type: " + std::string(part));
    }
    schema.add(std::string(part.substr(0, colon)), parse_data_type(part.substr(colon + 1)));
  }
  return schema;
}

TypedChunk typed_chunk_from_text(std::string_view text) {
  TypedChunk out;
  std::vector<MutableColumnPtr> columns;
  std::vector<std::unique_ptr<const CellText>> texts;
  for (std::string_view line : split(text, '\n')) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) continue;
    if (columns.empty()) {
      out.schema = schema_from_text(line);
      for (const NamedType& named : out.schema.columns()) {
        columns.push_back(make_column(*named.type));
        texts.push_back(make_cell_text(named.type, text_options()));
      }
      continue;
    }
    const std::vector<std::string_view> cells = split(line, '\t');
    if (cells.size() != columns.size()) {
      throw Error(ErrorCode::CannotParseText, "Wrong number of cells: " + std::string(line));
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      append_cell(out.schema[i].type, *texts[i], cells[i], *columns[i]);
    }
    ++out.chunk.row_count;
  }
  for (MutableColumnPtr& column : columns) out.chunk.columns.push_back(std::move(column));
  return out;
}

Chunk chunk_from_text(std::string_view text) { return typed_chunk_from_text(text).chunk; }

std::string chunk_rows_text(const Schema& schema, const Chunk& chunk) {
  std::vector<std::unique_ptr<const CellText>> texts;
  std::vector<ColumnPtr> columns;
  for (size_t i = 0; i < schema.size(); ++i) {
    texts.push_back(make_cell_text(schema[i].type, text_options()));
    columns.push_back(flat(chunk.columns[i]));
  }
  std::string out;
  for (size_t row = 0; row < chunk.row_count; ++row) {
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += '\t';
      write_cell(*texts[i], *columns[i], row, out);
    }
    out += '\n';
  }
  return out;
}

std::string chunk_to_text(const Schema& schema, const Chunk& chunk) {
  std::string out;
  for (const NamedType& named : schema.columns()) {
    if (!out.empty()) out += ' ';
    out += named.name + ":" + named.type->name();
  }
  return out + "\n" + chunk_rows_text(schema, chunk);
}

std::string column_to_text(const DataTypePtr& type, const ColumnPtr& column) {
  const std::unique_ptr<const CellText> cells = make_cell_text(type, text_options());
  const ColumnPtr flattened = flat(column);
  std::string out;
  for (size_t row = 0; row < flattened->size(); ++row) {
    if (row > 0) out += ' ';
    write_cell(*cells, *flattened, row, out);
  }
  return out;
}

ColumnPtr column_from_text(std::string_view type_name, std::string_view cells) {
  const DataTypePtr type = parse_data_type(type_name);
  const std::unique_ptr<const CellText> texts = make_cell_text(type, text_options());
  MutableColumnPtr column = make_column(*type);
  if (cells.empty()) return column;
  for (const std::string_view cell : split(cells, ' ')) append_cell(type, *texts, cell, *column);
  return column;
}

}  // namespace freshet
