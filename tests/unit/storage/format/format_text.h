// Formats in tests: rows as text to bytes and back, with bad rows said in one line each.
#pragma once

#include <string>
#include <string_view>

#include "storage/column/time_zone.h"
#include "storage/format/format.h"
#include "tests/support/chunk_text.h"

namespace freshet {

inline FormatOptions utc_options() {
  FormatOptions options;
  options.text.time_zone = TimeZone::utc();
  return options;
}

// What the format makes of one chunk.
inline std::string format_rows(std::string_view format, const Schema& schema, const Chunk& chunk,
                               const FormatOptions& options = utc_options()) {
  const auto writer = find_format(format).make_writer(options);
  std::string out;
  writer->begin(schema, out);
  writer->write(chunk, out);
  writer->end({}, out);
  return out;
}
inline std::string format_rows(std::string_view format, std::string_view rows,
                               const FormatOptions& options = utc_options()) {
  const TypedChunk typed = typed_chunk_from_text(rows);
  return format_rows(format, typed.schema, typed.chunk, options);
}

// "row 2 column b: cannot parse 'x' as UInt8 | 1,x", a line for each bad row.
inline std::string bad_rows_text(const std::vector<BadRow>& bad) {
  std::string text;
  for (const BadRow& row : bad) {
    text += "row " + std::to_string(row.row);
    if (!row.column.empty()) text += " column " + row.column;
    text += ": " + row.reason + " | " + row.raw + "\n";
  }
  return text;
}

// Cells that hold a default because the input had none, as "c" after the row: "row 1 absent b c".
inline std::string absent_text(const Schema& schema, const RowReader::Parsed& parsed) {
  std::string text;
  for (size_t row = 0; row < parsed.chunk.row_count; ++row) {
    std::string names;
    for (size_t c = 0; c < parsed.defaults.size(); ++c) {
      if (!parsed.defaults[c].empty() && parsed.defaults[c][row] != 0)
        names += " " + schema[c].name;
    }
    if (!names.empty()) text += "row " + std::to_string(row + 1) + " absent" + names + "\n";
  }
  return text;
}

// Good rows, then absent cells, then bad rows.
inline std::string parsed_text(const Schema& schema, const RowReader::Parsed& parsed) {
  return chunk_rows_text(schema, parsed.chunk) + absent_text(schema, parsed) +
         bad_rows_text(parsed.bad);
}

// All of `bytes` as one piece.
inline std::string read_rows(std::string_view format, std::string_view header,
                             std::string_view bytes, const FormatOptions& options = utc_options()) {
  const auto reader = find_format(format).make_reader(schema_from_text(header), options);
  const auto begin = reader->read_header(bytes, true);
  return parsed_text(reader->schema(), reader->parse(bytes.substr(begin.value()), 1));
}

}  // namespace freshet
