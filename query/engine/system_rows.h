// SystemRows collects the rows of a table that is computed, cell by cell by column name.
//
// Cells that are not set hold their type's default; cells of columns that nobody asked for are
// dropped at once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/column/chunk.h"

namespace freshet {

class SystemRows {
 public:
  // `columns` of `schema` are wanted, in that order. The schema outlives the rows.
  SystemRows(const Schema& schema, std::span<const ColumnIndex> columns);

  // Starts the next row.
  SystemRows& add();
  // Cells of the current row. The column's type must fit: text for String and UUID, numbers for
  // numbers and times (in the type's own unit), lists for Array(String) and Array(UInt64).
  SystemRows& set(std::string_view column, std::string_view text);
  SystemRows& set(std::string_view column, const char* text) {
    return set(column, std::string_view(text));
  }
  SystemRows& set(std::string_view column, const std::string& text) {
    return set(column, std::string_view(text));
  }
  SystemRows& set(std::string_view column, bool flag) { return set(column, uint64_t{flag}); }
  SystemRows& set(std::string_view column, uint64_t number);
  SystemRows& set(std::string_view column, double number);
  SystemRows& set(std::string_view column, const std::vector<std::string>& list);
  SystemRows& set(std::string_view column, const std::vector<uint64_t>& list);
  // NULL when there is no number.
  SystemRows& set(std::string_view column, std::optional<uint64_t> number);

  Chunk take();

 private:
  void put(std::string_view column, Value value);
  void finish_row();

  const Schema& schema_;
  std::unordered_map<std::string_view, size_t> places_;  // in columns_
  std::vector<DataTypePtr> types_;
  std::vector<MutableColumnPtr> columns_;
  std::vector<std::optional<Value>> row_;
  size_t row_count_ = 0;
};

}  // namespace freshet
