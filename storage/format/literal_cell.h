// LiteralCell reads one SQL literal: 1, -2.5, 'it''s', NULL, DEFAULT, [1, 2], (1, 'a'), {'k': 1}.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/format/row_builder.h"

namespace freshet {

class LiteralCell {
 public:
  LiteralCell(const DataTypePtr& type, const FormatOptions& options);
  // Appends a cell to column `index` of `rows`; or says why `literal`, which has no blanks around
  // it, is none.
  std::optional<std::string> read(std::string_view literal, RowBuilder& rows,
                                  ColumnIndex index) const;

 private:
  bool read_quoted_cell(std::string_view literal, Column& column) const;
  bool read_bare_cell(std::string_view literal, Column& column) const;

  DataTypePtr type_;
  std::unique_ptr<const CellText> text_;
  bool can_be_null_;
  bool null_as_default_;
  bool is_number_;
};

}  // namespace freshet
