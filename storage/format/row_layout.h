// RowLayout: what stands around the cells of a text format's rows, and the loop that writes them.
//
//   before[0] cell before[1] cell ... after      between rows: `between`
//
//   TabSeparated   ""       "\t"    "\n"                    JSONEachRow  {"a":  ,"b":  }\n
//   Values         "("      ","     ")"    between ","
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/column/chunk.h"
#include "storage/format/cell_writer.h"

namespace freshet {

struct RowLayout {
  std::vector<std::string> before;
  std::string after;
  std::string between = {};
  // Invalid UTF-8 becomes U+FFFD.
  bool valid_utf8 = false;
};

// The same separator between all cells of `column_count` columns.
RowLayout separated_layout(size_t column_count, std::string_view begin, std::string_view separator,
                           std::string_view end, std::string_view between = {});

class RowsWriter {
 public:
  RowsWriter() = default;
  RowsWriter(RowLayout layout, std::vector<CellWriterPtr> cells);
  // Appends all rows. `between` also goes in front of a call's first row when rows were written
  // before.
  void write(const Chunk& chunk, std::string& out);
  uint64_t rows_written() const { return rows_written_; }

 private:
  RowLayout layout_;
  std::vector<CellWriterPtr> cells_;
  uint64_t rows_written_ = 0;
};

std::vector<CellWriterPtr> make_cell_writers(const Schema& schema, CellStyle style,
                                             const FormatOptions& options);

// The chunk's columns in Flat form.
std::vector<ColumnPtr> flat_columns(const Chunk& chunk);

}  // namespace freshet
