#include <algorithm>
#include <cstring>
#include <utility>

#include "storage/base/error.h"
#include "storage/format/json_cell_reader.h"
#include "storage/format/json_lines.h"
#include "storage/format/json_scanner.h"
#include "storage/format/row_builder.h"

namespace freshet {

namespace {

namespace ondemand = simdjson::ondemand;

// What went wrong with a row.
struct Problem {
  std::string reason;
  const NamedType* column = nullptr;
};

Problem json_problem(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return {"the row is not valid UTF-8"};
    case simdjson::UNESCAPED_CHARS:
      return {"malformed JSON: a control character inside a string"};
    case simdjson::UNCLOSED_STRING:
      return {"malformed JSON: a string is not closed"};
    case simdjson::STRING_ERROR:
      return {"malformed JSON: a string has an escape that does not exist"};
    default:
      return {"malformed JSON"};
  }
}

bool is_at_end(ondemand::document& document) {
  const char* location = nullptr;
  return document.current_location().get(location) == simdjson::OUT_OF_BOUNDS;
}

// A copy of the piece with the room behind it that simdjson may read.
class PaddedPiece {
 public:
  explicit PaddedPiece(std::string_view piece) {
    bytes_.resize(piece.size() + simdjson::SIMDJSON_PADDING);
    if (!piece.empty()) std::memcpy(bytes_.data(), piece.data(), piece.size());
    std::memset(bytes_.data() + piece.size(), ' ', simdjson::SIMDJSON_PADDING);
  }
  simdjson::padded_string_view row(const JsonRow& row) const {
    return simdjson::padded_string_view(bytes_.data() + row.begin, row.end - row.begin,
                                        bytes_.size() - row.begin);
  }

 private:
  Buffer<char> bytes_;
};

// Shared by both kinds of rows; Derived reads one row's document.
class JsonReader : public RowReader {
 public:
  JsonReader(const Schema& expected, const FormatOptions& options, JsonCells cells, char open)
      : columns_(expected), options_(options), cell_form_(cells), open_(open) {
    choose_cells();
  }

  const Schema& schema() const final { return columns_.schema(); }

  size_t complete_rows(std::string_view input, bool last) const final {
    return complete_json_rows(input, open_, last);
  }

  Parsed parse(std::string_view piece, uint64_t first_row) const final {
    RowBuilder rows(schema(), first_row);
    const PaddedPiece padded(piece);
    ondemand::parser parser;
    RowState state;
    size_t offset = 0;
    while (const std::optional<JsonRow> row = find_json_row(piece, offset, open_, true)) {
      offset = row->end;
      std::optional<Problem> problem;
      if (row->is_balanced) {
        problem = read_document(parser, padded.row(*row), rows, state);
      } else {
        const bool opens = piece[row->begin] == open_;
        const std::string what = open_ == '{' ? "object" : "array";
        problem = Problem{"malformed JSON: " +
                          (opens ? "the " + what + " is not closed" : "the row is no " + what)};
      }
      if (!problem) {
        rows.accept_row();
        continue;
      }
      std::string_view raw = piece.substr(row->begin, row->end - row->begin);
      if (raw.ends_with('\r')) raw.remove_suffix(1);
      rows.reject_row(problem->column, std::move(problem->reason), raw);
    }
    return rows.finish();
  }

 protected:
  struct RowState {
    std::vector<uint8_t> seen;
    ColumnIndex next = 0;  // the column that probably comes next
  };

  virtual std::optional<Problem> read_row(ondemand::document& document, RowBuilder& rows,
                                          RowState& state) const = 0;

  void choose_cells() {
    cells_.clear();
    for (const NamedType& column : schema().columns()) {
      cells_.push_back(cell_form_ == JsonCells::Strings
                           ? make_json_text_cell_reader(column.type, options_)
                           : make_json_cell_reader(column.type, options_));
    }
  }

  std::optional<Problem> read_cell(ondemand::value json, ColumnIndex index,
                                   RowBuilder& rows) const {
    const NamedType& column = schema()[index];
    const std::string_view token = json_token(json);
    if (token == "null" && !can_be_null(*column.type)) {
      if (options_.null_as_default) {
        rows.append_absent(index);
        return std::nullopt;
      }
    } else if (cells_[index]->read(json, rows.column(index))) {
      return std::nullopt;
    }
    std::string_view shown = token;
    if (shown.size() >= 2 && shown.front() == '"' && shown.back() == '"') {
      shown = shown.substr(1, shown.size() - 2);
    } else if (shown == "[" || shown == "{") {
      shown = list_text(token.data());
    }
    return Problem{cannot_parse(shown, *column.type), &column};
  }

  InputColumns columns_;
  FormatOptions options_;

 private:
  std::optional<Problem> read_document(ondemand::parser& parser,
                                       const simdjson::padded_string_view& json, RowBuilder& rows,
                                       RowState& state) const {
    ondemand::document document;
    if (const auto error = parser.iterate(json).get(document)) return json_problem(error);
    return read_row(document, rows, state);
  }

  // A list's text for messages. Rows lie in padded memory, and their brackets close.
  static std::string_view list_text(const char* begin) {
    size_t depth = 0;
    const char* at = begin;
    bool in_string = false;
    do {
      if (in_string && *at == '\\') {
        ++at;
      } else if (*at == '"') {
        in_string = !in_string;
      } else if (!in_string && (*at == '[' || *at == '{')) {
        ++depth;
      } else if (!in_string && (*at == ']' || *at == '}')) {
        --depth;
      }
      ++at;
    } while (depth > 0);
    return {begin, static_cast<size_t>(at - begin)};
  }

  JsonCells cell_form_;
  char open_;
  std::vector<std::unique_ptr<const JsonCellReader>> cells_;
};

class JsonObjectReader final : public JsonReader {
 public:
  JsonObjectReader(const Schema& expected, const FormatOptions& options, JsonCells cells)
      : JsonReader(expected, options, cells, '{') {}

  std::optional<size_t> read_header(std::string_view input, bool last) override {
    return byte_order_mark(input, last);
  }

 private:
  std::optional<Problem> read_row(ondemand::document& document, RowBuilder& rows,
                                  RowState& state) const override {
    ondemand::object object;
    if (const auto error = document.get_object().get(object)) return json_problem(error);
    state.seen.assign(schema().size(), 0);
    state.next = 0;
    for (auto item : object) {
      ondemand::field field;
      std::string_view name;
      if (const auto error = std::move(item).get(field)) return json_problem(error);
      if (const auto error = field.unescaped_key().get(name)) return json_problem(error);
      const std::optional<ColumnIndex> index = find_column(name, state.next);
      if (!index) {
        if (options_.skip_unknown_fields) continue;
        return Problem{"unknown field '" + std::string(name) + "'"};
      }
      if (state.seen[*index] != 0) return Problem{"duplicate field '" + std::string(name) + "'"};
      state.seen[*index] = 1;
      state.next = *index + 1;
      if (auto problem = read_cell(field.value(), *index, rows)) return problem;
    }
    if (!is_at_end(document)) return Problem{"malformed JSON"};
    for (ColumnIndex i = 0; i < state.seen.size(); ++i) {
      if (state.seen[i] == 0) rows.append_absent(i);
    }
    return std::nullopt;
  }

  // Rows mostly name their fields in the same order, so `guess` is mostly right.
  std::optional<ColumnIndex> find_column(std::string_view name, ColumnIndex guess) const {
    if (guess < schema().size() && schema()[guess].name == name) return guess;
    return schema().find(name);
  }
};

class JsonArrayReader final : public JsonReader {
 public:
  JsonArrayReader(const Schema& expected, const FormatOptions& options, JsonCells cells,
                  HeaderRows header)
      : JsonReader(expected, options, cells, '['), header_(header) {}

  std::optional<size_t> read_header(std::string_view input, bool last) override {
    const std::optional<size_t> mark = byte_order_mark(input, last);
    if (!mark || header_ == HeaderRows::None) return mark;
    size_t taken = *mark;
    const auto names = read_header_row(input, last, taken);
    if (!names) return last ? std::optional(taken) : std::nullopt;
    std::optional<std::vector<std::string>> types;
    if (header_ == HeaderRows::NamesAndTypes) {
      types = read_header_row(input, last, taken);
      if (!types && !last) return std::nullopt;
    }
    columns_.take_names(*names, options_.skip_unknown_fields, "JSONCompactEachRow");
    if (types) columns_.check_types(*types, "JSONCompactEachRow");
    choose_cells();
    return taken;
  }

 private:
  // The strings of the array at `taken`, which then is past it.
  static std::optional<std::vector<std::string>> read_header_row(std::string_view input, bool last,
                                                                 size_t& taken) {
    const std::optional<JsonRow> row = find_json_row(input, taken, '[', last);
    if (!row) return std::nullopt;
    const std::string_view text = input.substr(row->begin, row->end - row->begin);
    const PaddedPiece padded(text);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::array array;
    std::vector<std::string> cells;
    bool good = row->is_balanced && !parser.iterate(padded.row({0, text.size()})).get(document) &&
                !document.get_array().get(array);
    if (good) {
      for (auto item : array) {
        std::string_view cell;
        good = !item.get_string().get(cell);
        if (!good) break;
        cells.emplace_back(cell);
      }
    }
    if (!good) {
      throw Error(ErrorCode::IncorrectData,
                  "The header is no JSON array of strings: " + std::string(text.substr(0, 100)));
    }
    taken = row->end;
    return cells;
  }

  std::optional<Problem> read_row(ondemand::document& document, RowBuilder& rows,
                                  RowState&) const override {
    ondemand::array array;
    if (const auto error = document.get_array().get(array)) return json_problem(error);
    size_t field = 0;
    for (auto item : array) {
      ondemand::value value;
      if (const auto error = item.get(value)) return json_problem(error);
      if (field == columns_.field_count()) return Problem{too_many_columns(field)};
      const ColumnIndex column = columns_.column_of(field++);
      if (column == kSkippedField) continue;
      if (auto problem = read_cell(value, column, rows)) return problem;
    }
    if (field < columns_.field_count()) {
      const ColumnIndex missing = columns_.column_of(field);
      return Problem{too_few_columns(field, columns_.field_count()),
                     missing == kSkippedField ? nullptr : &schema()[missing]};
    }
    if (!is_at_end(document)) return Problem{"malformed JSON"};
    return std::nullopt;
  }

  HeaderRows header_;
};

}  // namespace

std::unique_ptr<RowReader> make_json_object_reader(const Schema& expected,
                                                   const FormatOptions& options, JsonCells cells) {
  return std::make_unique<JsonObjectReader>(expected, options, cells);
}

std::unique_ptr<RowReader> make_json_array_reader(const Schema& expected,
                                                  const FormatOptions& options, JsonCells cells,
                                                  HeaderRows header) {
  return std::make_unique<JsonArrayReader>(expected, options, cells, header);
}

}  // namespace freshet
