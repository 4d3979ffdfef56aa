#include "storage/format/json_cell_reader.h"

#include <utility>
#include <vector>

#include "storage/column/nested_column.h"
#include "storage/column/string_column.h"

namespace freshet {

std::string_view json_token(simdjson::ondemand::value& value) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && static_cast<uint8_t>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;
using JsonCellReaderPtr = std::unique_ptr<const JsonCellReader>;

bool is_null(value& json) { return json_token(json) == "null"; }

// Numbers, dates and other scalars: JSON numbers and strings alike are texts of the cell.
class ScalarCellReader final : public JsonCellReader {
 public:
  ScalarCellReader(const DataTypePtr& type, const FormatOptions& options)
      : text_(make_cell_text(type, options.text)),
        takes_words_(!is_number(*type) || type->id() == TypeId::Bool) {}

  bool read(value json, Column& column) const override {
    json_type kind;
    if (json.type().get(kind)) return false;
    switch (kind) {
      case json_type::string: {
        std::string_view text;
        return !json.get_string().get(text) && text_->parse(text, column);
      }
      case json_type::number:
        return text_->parse(json_token(json), column);
      case json_type::boolean: {
        bool flag;
        if (json.get_bool().get(flag)) return false;
        return text_->parse(takes_words_ ? (flag ? "true" : "false") : (flag ? "1" : "0"), column);
      }
      default:
        return false;
    }
  }

 private:
  std::unique_ptr<const CellText> text_;
  bool takes_words_;
};

// Strings take any JSON: what is no string is kept as it is written.
class StringCellReader final : public JsonCellReader {
 public:
  bool read(value json, Column& column) const override {
    auto& strings = static_cast<StringColumn&>(column);
    json_type kind;
    if (json.type().get(kind)) return false;
    std::string_view text;
    switch (kind) {
      case json_type::string:
        if (json.get_string().get(text)) return false;
        break;
      case json_type::object: {
        object list;
        if (json.get_object().get(list) || list.raw_json().get(text)) return false;
        break;
      }
      case json_type::array: {
        simdjson::ondemand::array list;
        if (json.get_array().get(list) || list.raw_json().get(text)) return false;
        break;
      }
      case json_type::number: {
        double number;  // checks the spelling
        text = json_token(json);
        if (json.get_double().get(number)) return false;
        break;
      }
      case json_type::boolean: {
        bool flag;
        if (json.get_bool().get(flag)) return false;
        text = flag ? "true" : "false";
        break;
      }
      default:
        return false;
    }
    strings.append_string(text);
    return true;
  }
};

class NullableCellReader final : public JsonCellReader {
 public:
  explicit NullableCellReader(JsonCellReaderPtr nested) : nested_(std::move(nested)) {}

  bool read(value json, Column& column) const override {
    auto& nullable = static_cast<NullableColumn&>(column);
    if (is_null(json)) {
      nullable.append_default(1);
      return true;
    }
    if (!nested_->read(json, nullable.mutable_nested())) return false;
    nullable.mutable_nulls().push_back(0);
    return true;
  }

 private:
  JsonCellReaderPtr nested_;
};

// The same where every cell is a string.
class NullableTextCellReader final : public JsonCellReader {
 public:
  explicit NullableTextCellReader(JsonCellReaderPtr cell) : cell_(std::move(cell)) {}

  bool read(value json, Column& column) const override {
    const std::string_view token = json_token(json);
    if (token != "\"NULL\"" && token != kQuotedShownNull) return cell_->read(json, column);
    column.append_default(1);
    return true;
  }

 private:
  static constexpr std::string_view kQuotedShownNull = "\"ᴺᵁᴸᴸ\"";
  JsonCellReaderPtr cell_;
};

// A cell inside a list, where null may stand for the default.
class Element {
 public:
  Element(const DataTypePtr& type, const FormatOptions& options)
      : reader_(make_json_cell_reader(type, options)),
        null_is_default_(options.null_as_default && !can_be_null(*type)),
        reads_null_(can_be_null(*type)) {}

  bool read(value json, Column& column) const {
    if (!reads_null_ && is_null(json)) {
      if (null_is_default_) column.append_default(1);
      return null_is_default_;
    }
    return reader_->read(json, column);
  }

 private:
  JsonCellReaderPtr reader_;
  bool null_is_default_;
  bool reads_null_;
};

// A list may also come as a string with its text: "[1,2]".
bool read_list_text(value& json, const CellText& text, Column& column) {
  std::string_view spelled;
  return !json.get_string().get(spelled) && text.parse(spelled, column);
}

bool is_string(value& json) {
  json_type kind;
  return !json.type().get(kind) && kind == json_type::string;
}

class ArrayCellReader final : public JsonCellReader {
 public:
  ArrayCellReader(const DataTypePtr& type, const FormatOptions& options)
      : text_(make_cell_text(type, options.text)), element_(type->argument(0), options) {}

  bool read(value json, Column& column) const override {
    if (is_string(json)) return read_list_text(json, *text_, column);
    auto& array = static_cast<ArrayColumn&>(column);
    simdjson::ondemand::array list;
    if (json.get_array().get(list)) return false;
    Column& elements = array.mutable_elements();
    for (auto item : list) {
      value element;
      if (item.get(element) || !element_.read(element, elements)) return false;
    }
    array.close_list();
    return true;
  }

 private:
  std::unique_ptr<const CellText> text_;
  Element element_;
};

class MapCellReader final : public JsonCellReader {
 public:
  MapCellReader(const DataTypePtr& type, const FormatOptions& options)
      : text_(make_cell_text(type, options.text)),
        key_(make_cell_text(type->argument(0), options.text)),
        value_(type->argument(1), options) {}

  bool read(value json, Column& column) const override {
    if (is_string(json)) return read_list_text(json, *text_, column);
    auto& array = static_cast<ArrayColumn&>(column);
    auto& pairs = static_cast<TupleColumn&>(array.mutable_elements());
    object fields;
    if (json.get_object().get(fields)) return false;
    for (auto item : fields) {
      simdjson::ondemand::field field;
      std::string_view key;
      if (std::move(item).get(field) || field.unescaped_key().get(key)) return false;
      if (!key_->parse(key, pairs.mutable_element(0)) ||
          !value_.read(field.value(), pairs.mutable_element(1))) {
        return false;
      }
      pairs.close_row();
    }
    array.close_list();
    return true;
  }

 private:
  std::unique_ptr<const CellText> text_;
  std::unique_ptr<const CellText> key_;
  Element value_;
};

// An array, or an object of the elements' names, in which those left out are defaults.
class TupleCellReader final : public JsonCellReader {
 public:
  TupleCellReader(const DataTypePtr& type, const FormatOptions& options)
      : text_(make_cell_text(type, options.text)),
        names_(type->tuple_names()),
        skip_unknown_(options.skip_unknown_fields) {
    for (const DataTypePtr& element : type->arguments()) elements_.emplace_back(element, options);
  }

  bool read(value json, Column& column) const override {
    auto& tuple = static_cast<TupleColumn&>(column);
    json_type kind;
    if (json.type().get(kind)) return false;
    if (kind == json_type::string) return read_list_text(json, *text_, column);
    const bool complete =
        kind == json_type::object ? read_object(json, tuple) : read_array(json, tuple);
    if (complete) tuple.close_row();
    return complete;
  }

 private:
  bool read_array(value& json, TupleColumn& tuple) const {
    simdjson::ondemand::array list;
    if (json.get_array().get(list)) return false;
    size_t count = 0;
    for (auto item : list) {
      value element;
      if (item.get(element) || count == elements_.size()) return false;
      if (!elements_[count].read(element, tuple.mutable_element(count))) return false;
      ++count;
    }
    return count == elements_.size();
  }

  bool read_object(value& json, TupleColumn& tuple) const {
    object fields;
    if (names_.empty() || json.get_object().get(fields)) return false;
    for (auto item : fields) {
      simdjson::ondemand::field field;
      std::string_view key;
      if (std::move(item).get(field) || field.unescaped_key().get(key)) return false;
      const size_t index = find_name(key);
      if (index == names_.size()) {
        if (!skip_unknown_) return false;
        continue;
      }
      Column& element = tuple.mutable_element(index);
      if (element.size() != tuple.size() || !elements_[index].read(field.value(), element)) {
        return false;
      }
    }
    for (size_t i = 0; i < names_.size(); ++i) {
      Column& element = tuple.mutable_element(i);
      if (element.size() == tuple.size()) element.append_default(1);
    }
    return true;
  }

  size_t find_name(std::string_view key) const {
    size_t index = 0;
    while (index < names_.size() && names_[index] != key) ++index;
    return index;
  }

  std::unique_ptr<const CellText> text_;
  std::vector<std::string> names_;
  bool skip_unknown_;
  std::vector<Element> elements_;
};

}  // namespace

std::unique_ptr<const JsonCellReader> make_json_cell_reader(const DataTypePtr& type,
                                                            const FormatOptions& options) {
  switch (type->id()) {
    case TypeId::Nullable:
      return std::make_unique<NullableCellReader>(
          make_json_cell_reader(type->argument(0), options));
    case TypeId::LowCardinality:
      return make_json_cell_reader(type->argument(0), options);
    case TypeId::Array:
      return std::make_unique<ArrayCellReader>(type, options);
    case TypeId::Map:
      return std::make_unique<MapCellReader>(type, options);
    case TypeId::Tuple:
      return std::make_unique<TupleCellReader>(type, options);
    case TypeId::String:
    case TypeId::AggregateFunction:
      return std::make_unique<StringCellReader>();
    default:
      return std::make_unique<ScalarCellReader>(type, options);
  }
}

std::unique_ptr<const JsonCellReader> make_json_text_cell_reader(const DataTypePtr& type,
                                                                 const FormatOptions& options) {
  JsonCellReaderPtr cell = make_json_cell_reader(type, options);
  if (!can_be_null(*type)) return cell;
  return std::make_unique<NullableTextCellReader>(std::move(cell));
}

}  // namespace freshet
