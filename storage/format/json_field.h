// JsonField reads a single JSON value out of a text, for formats that hold JSON in their cells.
#pragma once

#include <memory>

#include "storage/format/row_builder.h"

namespace freshet {

class JsonCellReader;

class JsonField {
 public:
  JsonField(const DataTypePtr& type, const FormatOptions& options);
  ~JsonField();
  JsonField(JsonField&&) noexcept;
  // False when `json` is no value of the type.
  bool read(std::string_view json, RowBuilder& rows, ColumnIndex index) const;

 private:
  std::unique_ptr<const JsonCellReader> reader_;
  bool can_be_null_;
  bool null_as_default_;
};

}  // namespace freshet
