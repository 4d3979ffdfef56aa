#include "storage/format/line_rows.h"

#include <utility>

#include "storage/base/error.h"
#include "storage/format/json_scanner.h"
#include "storage/format/row_builder.h"

namespace freshet {

size_t complete_lines(std::string_view input, bool last) {
  if (last) return input.size();
  const size_t line_end = input.rfind('\n');
  return line_end == std::string_view::npos ? 0 : line_end + 1;
}

namespace {

void require_one_column(const Schema& expected, std::string_view format) {
  if (expected.size() == 1) return;
  throw Error(ErrorCode::IncorrectQuery, "Format " + std::string(format) +
                                             " needs exactly one column, not " +
                                             std::to_string(expected.size()));
}

class LineReader final : public RowReader {
 public:
  LineReader(const Schema& expected, const FormatOptions& options) : schema_(expected) {
    require_one_column(expected, "LineAsString");
    text_ = make_cell_text(expected[0].type, options.text);
  }

  const Schema& schema() const override { return schema_; }
  std::optional<size_t> read_header(std::string_view, bool) override { return 0; }
  size_t complete_rows(std::string_view input, bool last) const override {
    return complete_lines(input, last);
  }

  Parsed parse(std::string_view piece, uint64_t first_row) const override {
    RowBuilder rows(schema_, first_row);
    while (!piece.empty()) {
      const size_t line_end = piece.find('\n');
      const std::string_view line = piece.substr(0, line_end);
      if (text_->parse(line, rows.column(0))) {
        rows.accept_row();
      } else {
        rows.reject_row(&schema_[0], cannot_parse(line, *schema_[0].type), line);
      }
      piece.remove_prefix(line_end == std::string_view::npos ? piece.size() : line_end + 1);
    }
    return rows.finish();
  }

 private:
  Schema schema_;
  std::unique_ptr<const CellText> text_;
};

class JsonTextReader final : public RowReader {
 public:
  JsonTextReader(const Schema& expected, const FormatOptions& options) : schema_(expected) {
    require_one_column(expected, "JSONAsString");
    text_ = make_cell_text(expected[0].type, options.text);
  }

  const Schema& schema() const override { return schema_; }
  std::optional<size_t> read_header(std::string_view, bool) override { return 0; }
  size_t complete_rows(std::string_view input, bool last) const override {
    return complete_json_rows(input, '{', last);
  }

  Parsed parse(std::string_view piece, uint64_t first_row) const override {
    RowBuilder rows(schema_, first_row);
    size_t offset = 0;
    while (const std::optional<JsonRow> row = find_json_row(piece, offset, '{', true)) {
      offset = row->end;
      const std::string_view text = piece.substr(row->begin, row->end - row->begin);
      if (row->is_balanced && text_->parse(text, rows.column(0))) {
        rows.accept_row();
      } else {
        rows.reject_row(&schema_[0], "malformed JSON: the row is no whole object", text);
      }
    }
    return rows.finish();
  }

 private:
  Schema schema_;
  std::unique_ptr<const CellText> text_;
};

}  // namespace

std::unique_ptr<RowReader> make_line_reader(const Schema& expected, const FormatOptions& options) {
  return std::make_unique<LineReader>(expected, options);
}

std::unique_ptr<RowReader> make_json_text_reader(const Schema& expected,
                                                 const FormatOptions& options) {
  return std::make_unique<JsonTextReader>(expected, options);
}

}  // namespace freshet
