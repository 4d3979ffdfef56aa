// RowBuilder fills a chunk row by row: a row that does not parse leaves no trace but its BadRow.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "storage/format/format.h"

namespace freshet {

class RowBuilder {
 public:
  // `first_row`: number of the first row, 1-based.
  RowBuilder(const Schema& schema, uint64_t first_row);

  // Makes room for so many rows.
  void reserve(size_t rows);
  // For each row: append one cell to every column, then accept_row(); or reject_row() at any time.
  Column& column(ColumnIndex index) { return *columns_[index]; }
  // Appends the type's default and flags it: the cell was not in the input.
  void append_absent(ColumnIndex index);
  void accept_row() { accept_rows(1); }
  // Readers may also fill many rows column by column, and then accept or drop them all.
  void accept_rows(size_t count) {
    row_count_ += count;
    rows_seen_ += count;
  }
  void drop_unaccepted();
  // `column` may be null: the row as a whole is malformed.
  void reject_row(const NamedType* column, std::string reason, std::string_view raw);
  // Rows accepted so far.
  size_t row_count() const { return row_count_; }

  RowReader::Parsed finish();

 private:
  uint64_t first_row_;
  uint64_t rows_seen_ = 0;
  size_t row_count_ = 0;
  std::vector<MutableColumnPtr> columns_;
  // One default cell of the columns whose default is not zero bytes: enums.
  std::vector<ColumnPtr> default_cells_;
  std::vector<Buffer<uint8_t>> defaults_;
  std::vector<BadRow> bad_;
};

// "cannot parse 'abc' as Int32"
std::string cannot_parse(std::string_view text, const DataType& type);
// "the row has 3 of 5 columns" and "the row has more than 5 columns".
std::string too_few_columns(size_t found, size_t expected);
std::string too_many_columns(size_t expected);

}  // namespace freshet
