#include "storage/format/json_field.h"

#include "storage/format/json_cell_reader.h"

namespace freshet {

JsonField::JsonField(const DataTypePtr& type, const FormatOptions& options)
    : reader_(make_json_cell_reader(type, options)),
      can_be_null_(can_be_null(*type)),
      null_as_default_(options.null_as_default) {}
JsonField::~JsonField() = default;
JsonField::JsonField(JsonField&&) noexcept = default;

bool JsonField::read(std::string_view json, RowBuilder& rows, ColumnIndex index) const {
  if (json == "null" && !can_be_null_) {
    if (null_as_default_) rows.append_absent(index);
    return null_as_default_;
  }
  // Values are read out of a list, because a document that is a bare scalar is no value to simdjson.
  std::string text = "[" + std::string(json) + "]";
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::array list;
  if (parser.iterate(text).get(document) || document.get_array().get(list)) return false;
  bool has_value = false;
  for (auto item : list) {
    simdjson::ondemand::value value;
    if (has_value || item.get(value) || !reader_->read(value, rows.column(index))) return false;
    has_value = true;
  }
  return has_value;
}

}  // namespace freshet
