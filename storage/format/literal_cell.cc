#include "storage/format/literal_cell.h"

#include <cmath>

#include "storage/column/number_text.h"
#include "storage/column/quoted_text.h"

namespace freshet {

namespace {

bool is_word(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<char>(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c) != upper[i]) return false;
  }
  return true;
}

// Whether all of `text` is a number as SQL spells it.
bool is_number_literal(std::string_view text) {
  double value;
  return parse_float(text, value);
}

// "1e2", "3.0" and "0x10" as the digits of the whole number they are.
std::optional<std::string> whole_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = text.substr(negative ? 1 : 0);
  std::string out = negative ? "-" : "";
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    uint64_t value = 0;
    digits.remove_prefix(2);
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
    if (error != std::errc() || stop != end) return std::nullopt;
    append_integer(out, value);
    return out;
  }
  constexpr double kExactMax = 9007199254740992.0;  // 2^53
  double value;
  if (!parse_float(digits, value) || !(value >= 0 && value <= kExactMax)) return std::nullopt;
  if (value != std::trunc(value)) return std::nullopt;
  append_integer(out, static_cast<uint64_t>(value));
  return out;
}

bool looks_like_literal(std::string_view text) {
  if (text.empty()) return true;
  const char first = text.front();
  return first == '\'' || first == '[' || first == '(' || first == '{' || is_number_literal(text);
}

}  // namespace

LiteralCell::LiteralCell(const DataTypePtr& type, const FormatOptions& options)
    : type_(type),
      text_(make_cell_text(type, options.text)),
      can_be_null_(can_be_null(*type)),
      null_as_default_(options.null_as_default),
      is_number_(is_number(*without_nullable(without_low_cardinality(type)))) {}

bool LiteralCell::read_quoted_cell(std::string_view literal, Column& column) const {
  std::string_view rest = literal;
  std::string text;
  return read_quoted(rest, '\'', text) && rest.empty() && text_->parse(text, column);
}

bool LiteralCell::read_bare_cell(std::string_view literal, Column& column) const {
  if (is_string_like(*without_nullable(without_low_cardinality(type_)))) {
    return is_number_literal(literal) && text_->parse(literal, column);
  }
  if (text_->parse(literal, column)) return true;
  if (!is_number_) return false;
  if (is_word(literal, "TRUE")) return text_->parse("1", column);
  if (is_word(literal, "FALSE")) return text_->parse("0", column);
  const std::optional<std::string> digits = whole_number(literal);
  return digits && text_->parse(*digits, column);
}

std::optional<std::string> LiteralCell::read(std::string_view literal, RowBuilder& rows,
                                             ColumnIndex index) const {
  Column& column = rows.column(index);
  if (is_word(literal, "NULL")) {
    if (can_be_null_) {
      column.append_default(1);
    } else if (null_as_default_) {
      rows.append_absent(index);
    } else {
      return cannot_parse(literal, *type_);
    }
    return std::nullopt;
  }
  if (is_word(literal, "DEFAULT")) {
    rows.append_absent(index);
    return std::nullopt;
  }
  const bool quoted = literal.starts_with('\'');
  if (quoted ? read_quoted_cell(literal, column) : read_bare_cell(literal, column)) {
    return std::nullopt;
  }
  if (looks_like_literal(literal)) return cannot_parse(literal, *type_);
  constexpr size_t kShownBytesMax = 120;
  return "expressions in VALUES are not supported: " +
         std::string(literal.substr(0, kShownBytesMax));
}

}  // namespace freshet
