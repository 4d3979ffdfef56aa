#include <utility>
#include <vector>

#include "storage/format/literal_cell.h"
#include "storage/format/values.h"

namespace freshet {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The offset behind the quoted text that opens at `at`, or npos.
size_t skip_quoted(std::string_view input, size_t at) {
  const char quote = input[at];
  for (++at; at < input.size(); ++at) {
    if (input[at] == '\\') {
      ++at;
    } else if (input[at] == quote) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

// The offset behind the comment that begins at `at`; `at` itself when there is none, or npos.
size_t skip_comment(std::string_view input, size_t at) {
  const std::string_view rest = input.substr(at);
  if (!rest.starts_with("--") && !rest.starts_with("/*")) return at;
  const bool is_line = rest.front() == '-';
  const size_t end = input.find(is_line ? "\n" : "*/", at + 2);
  return end == std::string_view::npos ? end : end + (is_line ? 1 : 2);
}

struct ValuesRow {
  size_t begin = 0;
  size_t end = 0;
  bool is_balanced = true;
};

// The first row at or after `offset`; nothing when there is none, or it is not complete and more
// input may come.
std::optional<ValuesRow> find_row(std::string_view input, size_t offset, bool last) {
  size_t at = offset;
  while (at < input.size()) {
    const size_t after = skip_comment(input, at);
    if (after == std::string_view::npos) return std::nullopt;  // nothing but a comment is left
    if (after != at) {
      at = after;
    } else if (is_blank(input[at]) || input[at] == ',' || input[at] == ';') {
      ++at;
    } else {
      break;
    }
  }
  if (at >= input.size()) return std::nullopt;
  // A comment may begin with the next bytes.
  if (!last && at + 1 == input.size() && (input[at] == '-' || input[at] == '/')) {
    return std::nullopt;
  }
  ValuesRow row;
  row.begin = at;
  if (input[at] != '(') {
    const size_t line_end = input.find('\n', at);
    if (line_end == std::string_view::npos && !last) return std::nullopt;
    return ValuesRow{at, line_end == std::string_view::npos ? input.size() : line_end, false};
  }
  size_t depth = 0;
  while (at < input.size()) {
    const char c = input[at];
    if (c == '\'' || c == '"' || c == '`') {
      at = skip_quoted(input, at);
      continue;
    }
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    ++at;
    if (depth == 0) return ValuesRow{row.begin, at, c == ')'};
  }
  if (!last) return std::nullopt;
  return ValuesRow{row.begin, input.size(), false};
}

// Takes the text up to the next comma that separates cells off `rest`.
std::string_view take_cell(std::string_view& rest, bool& has_more) {
  size_t depth = 0;
  size_t at = 0;
  while (at < rest.size()) {
    const char c = rest[at];
    if (c == '\'' || c == '"' || c == '`') {
      at = skip_quoted(rest, at);
      if (at == std::string_view::npos) break;
      continue;
    }
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == ',' && depth == 0) break;
    ++at;
  }
  has_more = at < rest.size();
  const std::string_view cell = trim(rest.substr(0, at));
  rest.remove_prefix(has_more ? at + 1 : rest.size());
  return cell;
}

class ValuesReader final : public RowReader {
 public:
  ValuesReader(const Schema& expected, const FormatOptions& options) : schema_(expected) {
    for (const NamedType& column : expected.columns()) cells_.emplace_back(column.type, options);
  }

  const Schema& schema() const override { return schema_; }
  std::optional<size_t> read_header(std::string_view, bool) override { return 0; }

  size_t complete_rows(std::string_view input, bool last) const override {
    if (last) return input.size();
    size_t complete = 0;
    while (const std::optional<ValuesRow> row = find_row(input, complete, false)) {
      complete = row->end;
    }
    return complete;
  }

  Parsed parse(std::string_view piece, uint64_t first_row) const override {
    RowBuilder rows(schema_, first_row);
    size_t offset = 0;
    while (const std::optional<ValuesRow> row = find_row(piece, offset, true)) {
      offset = row->end;
      const std::string_view text = piece.substr(row->begin, row->end - row->begin);
      if (row->is_balanced) {
        read_row(text, rows);
      } else {
        rows.reject_row(nullptr,
                        text.starts_with('(') ? "the parenthesis of the row is not closed"
                                              : "a row in parentheses is expected",
                        text);
      }
    }
    return rows.finish();
  }

 private:
  void read_row(std::string_view text, RowBuilder& rows) const {
    std::string_view rest = text.substr(1, text.size() - 2);
    ColumnIndex column = 0;
    bool has_more = true;
    while (has_more) {
      const std::string_view cell = take_cell(rest, has_more);
      if (column == cells_.size()) {
        rows.reject_row(nullptr, too_many_columns(column), text);
        return;
      }
      if (std::optional<std::string> problem = cells_[column].read(cell, rows, column)) {
        rows.reject_row(&schema_[column], std::move(*problem), text);
        return;
      }
      ++column;
    }
    if (column < cells_.size()) {
      rows.reject_row(&schema_[column], too_few_columns(column, cells_.size()), text);
      return;
    }
    rows.accept_row();
  }

  Schema schema_;
  std::vector<LiteralCell> cells_;
};

}  // namespace

std::unique_ptr<RowReader> make_values_reader(const Schema& expected,
                                              const FormatOptions& options) {
  return std::make_unique<ValuesReader>(expected, options);
}

}  // namespace freshet
