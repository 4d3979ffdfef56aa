#include <re2/re2.h>

#include <utility>
#include <vector>

#include "storage/base/error.h"
#include "storage/column/string_column.h"
#include "storage/format/csv_cursor.h"
#include "storage/format/escape.h"
#include "storage/format/json_field.h"
#include "storage/format/line_rows.h"
#include "storage/format/literal_cell.h"
#include "storage/format/row_builder.h"

namespace freshet {

namespace {

enum class EscapingRule : uint8_t { Raw, Escaped, Quoted, Csv, Json };

EscapingRule escaping_rule(std::string_view name) {
  if (name == "Raw") return EscapingRule::Raw;
  if (name == "Escaped") return EscapingRule::Escaped;
  if (name == "Quoted") return EscapingRule::Quoted;
  if (name == "CSV") return EscapingRule::Csv;
  if (name == "JSON") return EscapingRule::Json;
  throw Error(ErrorCode::BadArguments,
              "format_regexp_escaping_rule is one of Raw, Escaped, Quoted, CSV, JSON and not " +
                  std::string(name));
}

// Reads what a group of the expression matched.
class GroupCell {
 public:
  GroupCell(const DataTypePtr& type, const FormatOptions& options, EscapingRule rule)
      : type_(type),
        rule_(rule),
        text_(make_cell_text(type, options.text)),
        literal_(type, options),
        json_(type, options),
        null_as_default_(options.null_as_default) {}

  std::optional<std::string> read(std::string_view text, RowBuilder& rows,
                                  ColumnIndex index) const {
    switch (rule_) {
      case EscapingRule::Quoted:
        return literal_.read(text, rows, index);
      case EscapingRule::Json:
        if (json_.read(text, rows, index)) return std::nullopt;
        return cannot_parse(text, *type_);
      default:
        break;
    }
    if (text == "\\N") {
      if (can_be_null(*type_)) {
        rows.column(index).append_default(1);
        return std::nullopt;
      }
      if (!null_as_default_) return cannot_parse(text, *type_);
      rows.append_absent(index);
      return std::nullopt;
    }
    std::string plain;
    if (rule_ == EscapingRule::Escaped) append_unescaped(plain, text);
    if (rule_ == EscapingRule::Csv && !read_csv_field(text, plain)) {
      return cannot_parse(text, *type_);
    }
    const std::string_view cell = rule_ == EscapingRule::Raw ? text : std::string_view(plain);
    if (text_->parse(cell, rows.column(index))) return std::nullopt;
    return cannot_parse(text, *type_);
  }

 private:
  static bool read_csv_field(std::string_view text, std::string& plain) {
    if (!text.starts_with('"')) {
      plain = text;
      return true;
    }
    CsvCursor cursor(text, '\n');  // a line holds no line end, so nothing delimits
    const CsvField field = cursor.next();
    append_csv_text(plain, field);
    return !field.is_unterminated && !field.has_text_after_quote;
  }

  DataTypePtr type_;
  EscapingRule rule_;
  std::unique_ptr<const CellText> text_;
  LiteralCell literal_;
  JsonField json_;
  bool null_as_default_;
};

class RegexpReader final : public RowReader {
 public:
  RegexpReader(const Schema& expected, const FormatOptions& options)
      : schema_(expected),
        skip_unmatched_(options.regexp_skip_unmatched),
        pattern_(options.regexp, pattern_options()) {
    if (options.regexp.empty()) {
      throw Error(ErrorCode::BadArguments,
                  "Format Regexp needs the setting format_regexp, which is empty");
    }
    if (!pattern_.ok()) {
      throw Error(ErrorCode::CannotParseRegexp,
                  "format_regexp: " + pattern_.error() + ": " + options.regexp);
    }
    const auto group_count = static_cast<size_t>(pattern_.NumberOfCapturingGroups());
    if (group_count != expected.size()) {
      throw Error(ErrorCode::IncorrectData,
                  "format_regexp has " + std::to_string(group_count) +
                      " groups, but the number of columns is " + std::to_string(expected.size()));
    }
    const EscapingRule rule = escaping_rule(options.regexp_escaping_rule);
    for (const NamedType& column : expected.columns()) {
      cells_.emplace_back(column.type, options, rule);
    }
  }

  const Schema& schema() const override { return schema_; }
  std::optional<size_t> read_header(std::string_view, bool) override { return 0; }
  size_t complete_rows(std::string_view input, bool last) const override {
    return complete_lines(input, last);
  }

  Parsed parse(std::string_view piece, uint64_t first_row) const override {
    RowBuilder rows(schema_, first_row);
    std::vector<re2::StringPiece> groups(cells_.size() + 1);
    while (!piece.empty()) {
      const size_t line_end = piece.find('\n');
      std::string_view line = piece.substr(0, line_end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      read_line(line, groups, rows);
      piece.remove_prefix(line_end == std::string_view::npos ? piece.size() : line_end + 1);
    }
    return rows.finish();
  }

 private:
  static RE2::Options pattern_options() {
    RE2::Options options;
    options.set_log_errors(false);
    return options;
  }

  void read_line(std::string_view line, std::vector<re2::StringPiece>& groups,
                 RowBuilder& rows) const {
    const re2::StringPiece text(line.data(), line.size());
    if (!pattern_.Match(text, 0, text.size(), RE2::ANCHOR_BOTH, groups.data(),
                        static_cast<int>(groups.size()))) {
      if (!skip_unmatched_) {
        rows.reject_row(nullptr, "the line does not match format_regexp", line);
      }
      return;
    }
    for (ColumnIndex i = 0; i < cells_.size(); ++i) {
      const std::string_view group(groups[i + 1].data(), groups[i + 1].size());
      if (std::optional<std::string> problem = cells_[i].read(group, rows, i)) {
        rows.reject_row(&schema_[i], std::move(*problem), line);
        return;
      }
    }
    rows.accept_row();
  }

  Schema schema_;
  bool skip_unmatched_;
  RE2 pattern_;
  std::vector<GroupCell> cells_;
};

}  // namespace

std::unique_ptr<RowReader> make_regexp_reader(const Schema& expected,
                                              const FormatOptions& options) {
  return std::make_unique<RegexpReader>(expected, options);
}

}  // namespace freshet
