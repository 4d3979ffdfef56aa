// CsvCursor takes CSV fields off a text one by one. Finding row ends and parsing rows both use it,
// so that they never disagree about what a quote means.
#pragma once

#include <string>
#include <string_view>

#include "storage/format/mark_scanner.h"

namespace freshet {

struct CsvField {
  enum class End : uint8_t {
    Field,  // a delimiter follows
    Row,    // a line end follows
    Input,  // the text ends
  };
  // Without quotes and the blanks around them.
  std::string_view text;
  End end = End::Input;
  bool quoted = false;
  bool has_doubled_quotes = false;
  bool is_unterminated = false;     // the text ends inside the quotes
  bool has_text_after_quote = false;  // "ab"c
};

class CsvCursor {
 public:
  CsvCursor(std::string_view text, char delimiter)
      : at_(text.data()),
        end_(text.data() + text.size()),
        delimiter_(delimiter),
        marks_(at_, end_, delimiter, '\n', '"') {}

  bool at_end() const { return at_ == end_; }
  const char* at() const { return at_; }
  // Goes on behind the line end at or after `from`.
  void skip_line(const char* from);

  // Requires: !at_end(), or a delimiter came last.
  CsvField next();

 private:
  CsvField::End finish_field(const char* stop);
  bool is_blank(char c) const { return (c == ' ' || c == '\t') && c != delimiter_; }

  const char* at_;
  const char* end_;
  char delimiter_;
  MarkScanner marks_;
};

inline CsvField::End CsvCursor::finish_field(const char* stop) {
  at_ = stop + (stop < end_);
  if (stop == end_) return CsvField::End::Input;
  return *stop == '\n' ? CsvField::End::Row : CsvField::End::Field;
}

inline CsvField CsvCursor::next() {
  CsvField field;
  const char* begin = at_;
  while (begin < end_ && is_blank(*begin)) ++begin;
  const char* stop = marks_.next();
  const char* text_end;
  if (begin < end_ && *begin == '"') [[unlikely]] {
    field.quoted = true;
    ++begin;
    // `stop` is the opening quote: go on to the closing one.
    for (;;) {
      do {
        stop = marks_.next();
      } while (stop < end_ && *stop != '"');
      if (stop == end_) {
        field.is_unterminated = true;
        field.text = {begin, static_cast<size_t>(end_ - begin)};
        at_ = end_;
        return field;
      }
      if (stop + 1 == end_ || stop[1] != '"') break;
      field.has_doubled_quotes = true;
      marks_.next();
    }
    text_end = stop;
    const char* after = stop + 1;
    do {
      stop = marks_.next();
    } while (stop < end_ && *stop == '"');
    while (after < stop && (is_blank(*after) || (*after == '\r' && after + 1 == stop))) ++after;
    field.has_text_after_quote = after != stop;
  } else {
    while (stop < end_ && *stop == '"') stop = marks_.next();
    text_end = stop;
    if (text_end > begin && text_end[-1] == '\r' && (stop == end_ || *stop == '\n')) --text_end;
    while (text_end > begin && is_blank(text_end[-1])) --text_end;
    if (text_end < begin) text_end = begin;
  }
  field.text = {begin, static_cast<size_t>(text_end - begin)};
  field.end = finish_field(stop);
  return field;
}

inline void CsvCursor::skip_line(const char* from) {
  const void* found = std::memchr(from, '\n', static_cast<size_t>(end_ - from));
  at_ = found == nullptr ? end_ : static_cast<const char*>(found) + 1;
  marks_.restart(at_);
}

// Appends the field's text with doubled quotes made single.
void append_csv_text(std::string& out, const CsvField& field);

}  // namespace freshet
