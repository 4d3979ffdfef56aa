#include "storage/format/regexp.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "storage/base/error.h"
#include "storage/column/string_column.h"
#include "storage/format/row_builder.h"

namespace freshet {

namespace {

class RegexpReader final : public RowReader {
 public:
  RegexpReader(const Schema& expected, const FormatOptions& options)
      : schema_(expected),
        pattern_(options.regexp, RE2::Quiet),
        skip_unmatched_(options.regexp_skip_unmatched),
        null_as_default_(options.null_as_default) {
    if (options.regexp.empty()) {
      throw Error(ErrorCode::BadArguments,
                  "Format Regexp needs a regular expression in setting format_regexp");
    }
    if (!pattern_.ok()) {
      throw Error(ErrorCode::CannotParseRegexp,
                  "Cannot compile format_regexp: " + pattern_.error() + ": " + options.regexp);
    }
    const auto groups = static_cast<size_t>(pattern_.NumberOfCapturingGroups());
    if (groups != schema_.size()) {
      throw Error(ErrorCode::IncorrectNumberOfColumns,
                  "format_regexp has " + std::to_string(groups) + " groups for " +
                      std::to_string(schema_.size()) + " columns: " + options.regexp);
    }
    if (options.regexp_escaping_rule != "Raw") {
      throw Error(ErrorCode::NotImplemented,
                  "Only format_regexp_escaping_rule = 'Raw' is supported, not " +
                      options.regexp_escaping_rule);
    }
    for (const NamedType& column : schema_.columns()) {
      cells_.push_back(make_cell_text(column.type, options.text));
    }
  }

  const Schema& schema() const override { return schema_; }
  std::optional<size_t> read_header(std::string_view, bool) override { return 0; }
  size_t complete_rows(std::string_view input, bool last) const override {
    if (last) return input.size();
    const size_t end = input.rfind('\n');
    return end == std::string_view::npos ? 0 : end + 1;
  }
  Parsed parse(std::string_view piece, uint64_t first_row) const override;

 private:
  // `pointers` lead to the groups, where a match leaves its parts.
  void read_line(std::string_view line, const std::vector<re2::StringPiece>& groups,
                 const std::vector<const RE2::Arg*>& pointers, RowBuilder& rows) const;

  Schema schema_;
  RE2 pattern_;
  bool skip_unmatched_;
  bool null_as_default_;
  std::vector<std::unique_ptr<const CellText>> cells_;
};

RowReader::Parsed RegexpReader::parse(std::string_view piece, uint64_t first_row) const {
  RowBuilder rows(schema_, first_row);
  std::vector<re2::StringPiece> groups(schema_.size());
  std::vector<RE2::Arg> arguments;
  std::vector<const RE2::Arg*> pointers;
  for (re2::StringPiece& group : groups) arguments.emplace_back(&group);
  for (const RE2::Arg& argument : arguments) pointers.push_back(&argument);
  while (!piece.empty()) {
    const size_t end = std::min(piece.find('\n'), piece.size());
    std::string_view line = piece.substr(0, end);
    piece.remove_prefix(std::min(end + 1, piece.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    read_line(line, groups, pointers, rows);
  }
  return rows.finish();
}

void RegexpReader::read_line(std::string_view line, const std::vector<re2::StringPiece>& groups,
                             const std::vector<const RE2::Arg*>& pointers,
                             RowBuilder& rows) const {
  const bool matches =
      RE2::FullMatchN(re2::StringPiece(line.data(), line.size()), pattern_, pointers.data(),
                      static_cast<int>(pointers.size()));
  if (!matches) {
    if (!skip_unmatched_) rows.reject_row(nullptr, "the line does not match format_regexp", line);
    return;
  }
  for (ColumnIndex i = 0; i < schema_.size(); ++i) {
    const NamedType& column = schema_[i];
    const std::string_view text(groups[i].data() == nullptr ? "" : groups[i].data(),
                                groups[i].size());
    const bool is_null = text == "\\N" && can_be_null(*column.type);
    if (is_null) {
      rows.column(i).append_default(1);
    } else if (groups[i].data() == nullptr && null_as_default_) {
      rows.append_absent(i);
    } else if (!cells_[i]->parse(text, rows.column(i))) {
      rows.reject_row(&column, cannot_parse(text, *column.type), line);
      return;
    }
  }
  rows.accept_row();
}

}  // namespace

std::unique_ptr<RowReader> make_regexp_reader(const Schema& expected,
                                              const FormatOptions& options) {
  return std::make_unique<RegexpReader>(expected, options);
}

}  // namespace freshet
