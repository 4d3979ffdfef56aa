#include "storage/format/input_columns.h"

#include "storage/base/error.h"

namespace freshet {

InputColumns::InputColumns(const Schema& expected) : expected_(expected), schema_(expected) {
  for (ColumnIndex i = 0; i < expected.size(); ++i) column_of_field_.push_back(i);
}

void InputColumns::take_names(std::span<const std::string> names, bool skip_unknown,
                              std::string_view format) {
  schema_ = Schema();
  column_of_field_.clear();
  for (const std::string& name : names) {
    const std::optional<ColumnIndex> known = expected_.find(name);
    if (known && schema_.find(name)) {
      throw Error(ErrorCode::IncorrectData, "Duplicate field found while parsing " +
                                                std::string(format) + " header: " + name);
    }
    if (!known && !skip_unknown) {
      throw Error(ErrorCode::IncorrectData,
                  "Unknown field found in " + std::string(format) + " header: '" + name +
                      "' at position " + std::to_string(column_of_field_.size()) +
                      "\nSet the 'input_format_skip_unknown_fields' parameter explicitly to ignore "
                      "and proceed");
    }
    column_of_field_.push_back(known ? schema_.size() : kSkippedField);
    if (known) schema_.add(name, expected_[*known].type);
  }
}

void InputColumns::check_types(std::span<const std::string> types, std::string_view format) const {
  if (types.size() != field_count()) {
    throw Error(ErrorCode::IncorrectData, "The number of types in the " + std::string(format) +
                                              " header is not that of names, " +
                                              std::to_string(field_count()) + ": " +
                                              std::to_string(types.size()));
  }
  for (size_t field = 0; field < types.size(); ++field) {
    if (column_of(field) == kSkippedField) continue;
    const NamedType& column = schema_[column_of(field)];
    if (types[field] == column.type->name() ||
        parse_data_type(types[field])->name() == column.type->name()) {
      continue;
    }
    throw Error(ErrorCode::IncorrectData, "Type of '" + column.name + "' must be " +
                                              column.type->name() + ", not " + types[field]);
  }
}

std::optional<size_t> byte_order_mark(std::string_view input, bool last) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (input.starts_with(kMark)) return kMark.size();
  if (!last && kMark.starts_with(input)) return std::nullopt;
  return 0;
}

}  // namespace freshet
