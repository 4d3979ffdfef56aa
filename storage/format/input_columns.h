// InputColumns says which field of an input row feeds which column: by position, or by the names
// that the input's header gives.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/column/schema.h"

namespace freshet {

// Rows in front of the data.
enum class HeaderRows : uint8_t { None, Names, NamesAndTypes };

inline constexpr ColumnIndex kSkippedField = static_cast<ColumnIndex>(-1);

class InputColumns {
 public:
  explicit InputColumns(const Schema& expected);

  // Maps fields by name. A name that is no expected column throws IncorrectData, or is skipped.
  // `format`: for messages.
  void take_names(std::span<const std::string> names, bool skip_unknown, std::string_view format);
  // Throws IncorrectData when a field's type is not the column's. Requires: take_names().
  void check_types(std::span<const std::string> types, std::string_view format) const;

  // Columns that are fed, in order of the fields.
  const Schema& schema() const { return schema_; }
  size_t field_count() const { return column_of_field_.size(); }
  // Position in schema(), or kSkippedField.
  ColumnIndex column_of(size_t field) const { return column_of_field_[field]; }

 private:
  Schema expected_;
  Schema schema_;
  std::vector<ColumnIndex> column_of_field_;
};

// Bytes of a UTF-8 byte order mark in front of `input`; nothing when more input must come to know.
std::optional<size_t> byte_order_mark(std::string_view input, bool last);

}  // namespace freshet
