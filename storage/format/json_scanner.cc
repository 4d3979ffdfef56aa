#include "storage/format/json_scanner.h"

#include <array>
#include <cstdint>

namespace freshet {

namespace {

// Deepest nesting that is followed; deeper brackets make the row end at its line.
constexpr size_t kDepthMax = 1024;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Between rows there may be commas, semicolons and the brackets of an array around all rows.
bool is_between_rows(char c, char open) {
  if (is_blank(c) || c == ',' || c == ';') return true;
  return open == '{' && (c == '[' || c == ']');
}

// Bytes that mean something outside of strings.
constexpr std::array<bool, 256> make_marks() {
  std::array<bool, 256> marks{};
  for (const char c : std::string_view("{}[]\"\n")) marks[static_cast<uint8_t>(c)] = true;
  return marks;
}
constexpr std::array<bool, 256> kMarks = make_marks();

// Walks one row from its opening bracket.
class RowWalk {
 public:
  RowWalk(std::string_view input, size_t begin) : input_(input), begin_(begin) {}

  // The row's end, or nothing when the input ends first.
  std::optional<JsonRow> find_end() {
    size_t at = begin_;
    while (at < input_.size()) {
      const char c = input_[at];
      if (!kMarks[static_cast<uint8_t>(c)]) {
        ++at;
        continue;
      }
      switch (c) {
        case '"':
          at = string_end(at);
          if (at == std::string_view::npos) return std::nullopt;
          if (input_[at] == '\n') return broken_line();
          break;
        case '\n':
          if (next_line_starts_row(at)) return broken_line();
          break;
        case '{':
        case '[':
          if (depth_ == kDepthMax) return broken_line();
          closers_[depth_++] = c == '{' ? '}' : ']';
          break;
        default:
          if (c != closers_[depth_ - 1]) return broken_line();
          if (--depth_ == 0) return JsonRow{begin_, at + 1, true};
      }
      ++at;
    }
    return std::nullopt;
  }

 private:
  // The closing quote of the string that opens at `at`; or the line end that breaks it, for JSON
  // strings hold no raw ones; or npos.
  size_t string_end(size_t at) const {
    for (;;) {
      at = input_.find_first_of("\"\\\n", at + 1);
      if (at == std::string_view::npos || input_[at] != '\\') return at;
      ++at;
      if (at >= input_.size()) return std::string_view::npos;
      if (input_[at] == '\n') return at;
    }
  }

  // What cannot close costs its first line, wherever that is noticed: the rows behind it may be
  // good, and a piece of the input that ends there is read in the same way.
  std::optional<JsonRow> broken_line() const {
    const size_t line_end = input_.find('\n', begin_);
    if (line_end == std::string_view::npos) return std::nullopt;
    return JsonRow{begin_, line_end, false};
  }

  // A '{' at the start of a line, where only a key, a comma or a closing bracket could follow, is
  // the next row: this one was cut off.
  bool next_line_starts_row(size_t at) const {
    const size_t next = input_.find_first_not_of(" \t\r\n", at);
    if (next == std::string_view::npos || input_[next] != input_[begin_]) return false;
    size_t before = at;
    while (before > begin_ && is_blank(input_[before])) --before;
    const char previous = input_[before];
    if (previous == ':') return false;
    const bool in_array = closers_[depth_ - 1] == ']';
    return !(in_array && (previous == ',' || previous == '['));
  }

  std::string_view input_;
  size_t begin_;
  size_t depth_ = 0;
  std::array<char, kDepthMax> closers_;
};

}  // namespace

std::optional<JsonRow> find_json_row(std::string_view input, size_t offset, char open, bool last) {
  while (offset < input.size() && is_between_rows(input[offset], open)) ++offset;
  if (offset == input.size()) return std::nullopt;
  std::optional<JsonRow> row;
  if (input[offset] == open) {
    row = RowWalk(input, offset).find_end();
  } else if (const size_t line_end = input.find('\n', offset); line_end != std::string_view::npos) {
    row = JsonRow{offset, line_end, false};
  }
  if (!row && last) {
    // What is left does not close: its first line is the broken row.
    const size_t line_end = input.find('\n', offset);
    row = JsonRow{offset, line_end == std::string_view::npos ? input.size() : line_end, false};
  }
  return row;
}

size_t complete_json_rows(std::string_view input, char open, bool last) {
  if (last) return input.size();
  size_t complete = 0;
  while (const std::optional<JsonRow> row = find_json_row(input, complete, open, false)) {
    complete = row->end;
  }
  return complete;
}

}  // namespace freshet
