// Reading JSON in text: JSONExtractInt(json, 'a', 1, 'b'), JSONHas, isValidJSON, ...
//
// What follows the text leads into it: a name to a member of an object, a number n to the n-th
// element of an array or member of an object, from 1, or from the end when it is negative. Text
// that is not JSON has nothing at any place.
#include <simdjson.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "query/function/function_family.h"
#include "query/function/text_map.h"
#include "storage/column/number_text.h"

namespace freshet {

namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

// --- one document

std::optional<element> parse_document(simdjson::dom::parser& parser, std::string_view text) {
  element root;
  if (text.empty() || parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return root;
}

template <class List>
std::optional<size_t> place_in(const List& list, int64_t place) {
  const auto size = static_cast<int64_t>(list.size());
  const int64_t index = place > 0 ? place - 1 : size + place;
  if (place == 0 || index < 0 || index >= size) return std::nullopt;
  return static_cast<size_t>(index);
}

// One step down. `key`: when it was a member, its name.
std::optional<element> step(const element& from, int64_t place, std::string_view* key) {
  if (from.is_array()) {
    const simdjson::dom::array list = from.get_array().value_unsafe();
    const auto index = place_in(list, place);
    if (!index) return std::nullopt;
    element found;
    return list.at(*index).get(found) == simdjson::SUCCESS ? std::optional(found) : std::nullopt;
  }
  if (!from.is_object()) return std::nullopt;
  const simdjson::dom::object members = from.get_object().value_unsafe();
  const auto index = place_in(members, place);
  if (!index) return std::nullopt;
  auto member = members.begin();
  for (size_t i = 0; i < *index; ++i) ++member;
  if (key != nullptr) *key = member.key();
  return member.value();
}

std::optional<element> step(const element& from, std::string_view name, std::string_view* key) {
  element found;
  if (!from.is_object() ||
      from.get_object().value_unsafe().at_key(name).get(found) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  if (key != nullptr) *key = name;
  return found;
}

// Names and numbers that lead from a document's root, in columns of their own.
class Path {
 public:
  explicit Path(std::span<const ColumnPtr> columns) {
    for (const ColumnPtr& column : columns) {
      if (is_number_kind(column->kind())) {
        steps_.push_back({std::nullopt, IntegerCells(*column)});
      } else {
        steps_.push_back({StringCells(*column), std::nullopt});
      }
    }
  }

  std::optional<element> follow(std::optional<element> at, size_t row,
                                std::string_view* key = nullptr) const {
    for (const Step& one : steps_) {
      if (!at) return at;
      at = one.names ? step(*at, (*one.names)[row], key) : step(*at, (*one.places)[row], key);
    }
    return at;
  }

 private:
  struct Step {
    std::optional<StringCells> names;
    std::optional<IntegerCells> places;
  };
  std::vector<Step> steps_;
};

// --- values

template <class T>
T whole_part(double value) {
  value = std::trunc(value);
  const bool fits = value >= static_cast<double>(std::numeric_limits<T>::min()) &&
                    value < std::ldexp(1.0, std::numeric_limits<T>::digits);
  return fits ? static_cast<T>(value) : T{0};
}

template <class T>
T integer_of(const element& at) {
  switch (at.type()) {
    case element_type::INT64: {
      const int64_t value = at.get_int64().value_unsafe();
      return std::in_range<T>(value) ? static_cast<T>(value) : T{0};
    }
    case element_type::UINT64: {
      const uint64_t value = at.get_uint64().value_unsafe();
      return std::in_range<T>(value) ? static_cast<T>(value) : T{0};
    }
    case element_type::DOUBLE:
      return whole_part<T>(at.get_double().value_unsafe());
    case element_type::STRING: {
      const std::string_view text = at.get_string().value_unsafe();
      T value;
      if (parse_integer(text, value)) return value;
      double number;
      return parse_float(text, number) ? whole_part<T>(number) : T{0};
    }
    default:
      return T{0};
  }
}

double float_of(const element& at) {
  switch (at.type()) {
    case element_type::INT64:
      return static_cast<double>(at.get_int64().value_unsafe());
    case element_type::UINT64:
      return static_cast<double>(at.get_uint64().value_unsafe());
    case element_type::DOUBLE:
      return at.get_double().value_unsafe();
    case element_type::STRING: {
      double value;
      return parse_float(at.get_string().value_unsafe(), value) ? value : 0;
    }
    default:
      return 0;
  }
}

bool truth_of(const element& at) {
  switch (at.type()) {
    case element_type::BOOL:
      return at.get_bool().value_unsafe();
    case element_type::INT64:
      return at.get_int64().value_unsafe() != 0;
    case element_type::UINT64:
      return at.get_uint64().value_unsafe() != 0;
    default:
      return false;
  }
}

uint64_t length_of(const element& at) {
  if (at.is_array()) return at.get_array().value_unsafe().size();
  if (at.is_object()) return at.get_object().value_unsafe().size();
  return 0;
}

void append_json_text(std::string_view text, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20) {
      out += c;
    } else if (const size_t named = std::string_view("\b\f\n\r\t").find(c);
               named != std::string_view::npos) {
      out += '\\';
      out += "bfnrt"[named];
    } else {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  out += '"';
}

// As JSON without blanks; slashes stay as they are.
void append_text(const element& at, std::string& out) {
  switch (at.type()) {
    case element_type::ARRAY: {
      out += '[';
      bool first = true;
      // Named, because a temporary would be gone before the loop begins.
      const simdjson::dom::array items = at.get_array().value_unsafe();
      for (const element item : items) {
        if (!first) out += ',';
        first = false;
        append_text(item, out);
      }
      out += ']';
      return;
    }
    case element_type::OBJECT: {
      out += '{';
      bool first = true;
      const simdjson::dom::object fields = at.get_object().value_unsafe();
      for (const auto [key, value] : fields) {
        if (!first) out += ',';
        first = false;
        append_json_text(key, out);
        out += ':';
        append_text(value, out);
      }
      out += '}';
      return;
    }
    case element_type::INT64:
      append_integer(out, at.get_int64().value_unsafe());
      return;
    case element_type::UINT64:
      append_integer(out, at.get_uint64().value_unsafe());
      return;
    case element_type::DOUBLE:
      append_float(out, at.get_double().value_unsafe());
      return;
    case element_type::STRING:
      append_json_text(at.get_string().value_unsafe(), out);
      return;
    case element_type::BOOL:
      out += at.get_bool().value_unsafe() ? "true" : "false";
      return;
    default:
      out += "null";
  }
}

// --- binding

void check_path(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, ~size_t{0});
  check_string(name, arguments, 0);
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (!is_integer(*arguments[i].type)) check_string(name, arguments, i);
  }
}

// Calls visit(row, what the path leads to) for each row.
template <class Visit>
void for_each_place(std::span<const ColumnPtr> columns, size_t row_count, Visit visit) {
  const StringCells texts(*columns[0]);
  const Path path(columns.subspan(1));
  simdjson::dom::parser parser;
  for (size_t row = 0; row < row_count; ++row) {
    visit(row, path.follow(parse_document(parser, texts[row]), row));
  }
}

// f(json, path ..) -> number, 0 where there is none.
template <class T, class Read>
BoundFunction bind_read(std::string_view name, DataTypePtr type, FunctionArguments arguments,
                        Read read) {
  check_path(name, arguments);
  return {std::move(type), [read](std::span<const ColumnPtr> columns, size_t row_count) {
            Buffer<T> out(row_count, T{0});
            for_each_place(columns, row_count, [&](size_t row, const std::optional<element>& at) {
              if (at) out[row] = static_cast<T>(read(*at));
            });
            return make_number_column<T>(std::move(out));
          }};
}

BoundFunction bind_int(const FunctionContext&, FunctionArguments arguments) {
  return bind_read<int64_t>("JSONExtractInt", simple_type(TypeId::Int64), arguments,
                            integer_of<int64_t>);
}

BoundFunction bind_uint(const FunctionContext&, FunctionArguments arguments) {
  return bind_read<uint64_t>("JSONExtractUInt", simple_type(TypeId::UInt64), arguments,
                             integer_of<uint64_t>);
}

BoundFunction bind_float(const FunctionContext&, FunctionArguments arguments) {
  return bind_read<double>("JSONExtractFloat", simple_type(TypeId::Float64), arguments, float_of);
}

BoundFunction bind_bool(const FunctionContext&, FunctionArguments arguments) {
  return bind_read<uint8_t>("JSONExtractBool", simple_type(TypeId::UInt8), arguments, truth_of);
}

BoundFunction bind_has(const FunctionContext&, FunctionArguments arguments) {
  return bind_read<uint8_t>("JSONHas", simple_type(TypeId::UInt8), arguments,
                            [](const element&) { return 1; });
}

BoundFunction bind_is_valid(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("isValidJSON", arguments, 1, 1);
  return bind_read<uint8_t>("isValidJSON", simple_type(TypeId::UInt8), arguments,
                            [](const element&) { return 1; });
}

BoundFunction bind_json_length(const FunctionContext&, FunctionArguments arguments) {
  return bind_read<uint64_t>("JSONLength", simple_type(TypeId::UInt64), arguments, length_of);
}

// The letters that simdjson names the types by are the numbers of the entries.
BoundFunction bind_json_type(const FunctionContext&, FunctionArguments arguments) {
  const DataTypePtr type = enum_type(TypeId::Enum8, {{"Null", 0},
                                                     {"String", '"'},
                                                     {"Array", '['},
                                                     {"Bool", 'b'},
                                                     {"Double", 'd'},
                                                     {"Int64", 'i'},
                                                     {"UInt64", 'u'},
                                                     {"Object", '{'}});
  return bind_read<int8_t>("JSONType", type, arguments, [](const element& at) {
    switch (at.type()) {
      case element_type::STRING:
        return '"';
      case element_type::ARRAY:
        return '[';
      case element_type::BOOL:
        return 'b';
      case element_type::DOUBLE:
        return 'd';
      case element_type::INT64:
        return 'i';
      case element_type::UINT64:
        return 'u';
      case element_type::OBJECT:
        return '{';
      default:
        return char{0};
    }
  });
}

// f(json, path ..) -> text; write(place, out) appends it.
template <class Write>
BoundFunction bind_write(std::string_view name, FunctionArguments arguments, Write write) {
  check_path(name, arguments);
  return {string_type(),
          [write](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            auto texts = std::make_shared<StringColumn>();
            std::string text;
            for_each_place(columns, row_count, [&](size_t, const std::optional<element>& at) {
              text.clear();
              if (at) write(*at, text);
              texts->append_string(text);
            });
            return texts;
          }};
}

BoundFunction bind_raw(const FunctionContext&, FunctionArguments arguments) {
  return bind_write("JSONExtractRaw", arguments, append_text);
}

BoundFunction bind_string(const FunctionContext&, FunctionArguments arguments) {
  return bind_write("JSONExtractString", arguments, [](const element& at, std::string& out) {
    if (at.is_string()) {
      out += at.get_string().value_unsafe();
    } else if (!at.is_null()) {
      append_text(at, out);
    }
  });
}

// JSONKey(json, path ..): the name of the member that the path leads to.
BoundFunction bind_key(const FunctionContext&, FunctionArguments arguments) {
  check_path("JSONKey", arguments);
  check_argument_count("JSONKey", arguments, 2, ~size_t{0});
  return {string_type(), [](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const StringCells texts(*columns[0]);
            const Path path(columns.subspan(1));
            simdjson::dom::parser parser;
            auto keys = std::make_shared<StringColumn>();
            for (size_t row = 0; row < row_count; ++row) {
              std::string_view key;
              const auto found = path.follow(parse_document(parser, texts[row]), row, &key);
              keys->append_string(found ? key : std::string_view());
            }
            return keys;
          }};
}

// f(json, path ..) -> texts; list(place, add) calls add(text).
template <class List>
BoundFunction bind_texts(std::string_view name, FunctionArguments arguments, List list) {
  check_path(name, arguments);
  return {array_type(string_type()),
          [list](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            auto texts = std::make_shared<StringColumn>();
            Buffer<uint32_t> offsets(1, 0);
            for_each_place(columns, row_count, [&](size_t, const std::optional<element>& at) {
              const auto add = [&](std::string_view text) { texts->append_string(text); };
              if (at) list(*at, add);
              offsets.push_back(static_cast<uint32_t>(texts->size()));
            });
            return std::make_shared<ArrayColumn>(std::move(texts), std::move(offsets));
          }};
}

BoundFunction bind_keys(const FunctionContext&, FunctionArguments arguments) {
  return bind_texts("JSONExtractKeys", arguments, [](const element& at, auto add) {
    if (!at.is_object()) return;
    const simdjson::dom::object fields = at.get_object().value_unsafe();
    for (const auto [key, value] : fields) add(key);
  });
}

BoundFunction bind_array_raw(const FunctionContext&, FunctionArguments arguments) {
  return bind_texts("JSONExtractArrayRaw", arguments, [](const element& at, auto add) {
    if (!at.is_array()) return;
    const simdjson::dom::array items = at.get_array().value_unsafe();
    for (const element item : items) {
      std::string text;
      append_text(item, text);
      add(text);
    }
  });
}

#define JSON(NAME, BINDER, DESCRIPTION, EXAMPLE, RESULT)                   \
  {                                                                        \
    .name = NAME, .bind = BINDER, .syntax = NAME "(json[, path, ...])",    \
    .description = DESCRIPTION, .example = "SELECT " NAME "(" EXAMPLE ")", \
    .example_result = RESULT, .category = "JSON"                           \
  }

const FunctionEntry kJsonFunctions[] = {
    JSON("JSONExtractInt", bind_int, "The number there as Int64; 0 when there is none.",
         "'{\"a\":{\"b\":[5,6]}}', 'a', 'b', -1", "6"),
    JSON("JSONExtractUInt", bind_uint, "The number there as UInt64; 0 when there is none.",
         "'{\"a\":7}', 'a'", "7"),
    JSON("JSONExtractFloat", bind_float, "The number there as Float64; 0 when there is none.",
         "'{\"a\":1.5}', 'a'", "1.5"),
    JSON("JSONExtractBool", bind_bool, "1 when true, or an integer other than 0, is there.",
         "'{\"a\":true}', 'a'", "1"),
    JSON("JSONExtractString", bind_string,
         "The text there; JSON of what is no text; empty for null and nothing.",
         "'{\"a\":\"x\"}', 'a'", "x"),
    JSON("JSONExtractRaw", bind_raw, "What is there, as JSON without blanks.",
         "'{\"a\": [1, 2]}', 'a'", "[1,2]"),
    JSON("JSONExtractArrayRaw", bind_array_raw, "The elements of the array there, as JSON.",
         "'[1,\"x\"]'", "['1','\"x\"']"),
    JSON("JSONExtractKeys", bind_keys, "The names of the members of the object there.",
         "'{\"a\":1,\"b\":2}'", "['a','b']"),
    JSON("JSONKey", bind_key, "The name of the member there.", "'{\"a\":1,\"b\":2}', 2", "b"),
    JSON("JSONHas", bind_has, "1 when there is anything, even null.", "'{\"a\":1}', 'b'", "0"),
    JSON("JSONLength", bind_json_length, "The elements or members there; 0 for anything else.",
         "'{\"a\":[1,2]}', 'a'", "2"),
    JSON("JSONType", bind_json_type, "The type of what is there, as an Enum8.",
         "'{\"a\":[1,2]}', 'a'", "Array"),
    {.name = "isValidJSON",
     .bind = bind_is_valid,
     .syntax = "isValidJSON(text)",
     .description = "1 when text is one JSON value.",
     .example = "SELECT isValidJSON('[1]'), isValidJSON('[1')",
     .example_result = "1\t0",
     .category = "JSON"},
};
#undef JSON

}  // namespace

std::span<const FunctionEntry> json_functions() { return kJsonFunctions; }

}  // namespace freshet
