#include "query/sql/syntax_error.h"

#include <algorithm>

#include "storage/base/error.h"

namespace freshet {

namespace {

constexpr std::size_t kRestBytesShown = 160;
constexpr std::size_t kTokenBytesShown = 80;
// Bytes of a long source line shown before and after the caret.
constexpr std::size_t kLineBytesAround = 60;

bool continues_utf8(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// At most `bytes_max` bytes and two dots for the rest; characters stay whole.
std::string cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  std::size_t end = bytes_max;
  while (end > 0 && continues_utf8(text[end])) --end;
  return std::string(text.substr(0, end)) + "..";
}

}  // namespace

std::string caret_picture(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  std::size_t end = std::min(text.find('\n', offset), text.size());
  if (offset - begin > kLineBytesAround) begin = offset - kLineBytesAround;
  while (begin < offset && continues_utf8(text[begin])) ++begin;
  if (end - offset > kLineBytesAround) end = offset + kLineBytesAround;
  while (end > offset && end < text.size() && continues_utf8(text[end])) --end;
  if (end > begin && text[end - 1] == '\r') --end;
  std::string picture(text.substr(begin, end - begin));
  picture += '\n';
  for (std::size_t i = begin; i < offset; ++i) {
    if (text[i] == '\t') {
      picture += '\t';
    } else if (!continues_utf8(text[i])) {
      picture += ' ';
    }
  }
  return picture + '^';
}

void throw_syntax_error(std::string_view text, SourceRange place, std::string_view kind,
                        std::string_view hint) {
  const std::string_view before = text.substr(0, place.begin);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_begin = before.rfind('\n');
  const std::size_t column =
      line_begin == std::string_view::npos ? place.begin + 1 : place.begin - line_begin;

  std::string message;
  if (!kind.empty()) message = std::string(kind) + ": ";
  message += "Syntax error: failed at position " + std::to_string(place.begin + 1);
  if (place.begin >= text.size()) {
    message += " (end of query)";
  } else {
    message +=
        " ('" + cut(text.substr(place.begin, place.end - place.begin), kTokenBytesShown) + "')";
  }
  message += " (line " + std::to_string(line) + ", col " + std::to_string(column) + "): ";
  message += cut(text.substr(place.begin), kRestBytesShown) + '.';
  if (!hint.empty()) message += ' ' + std::string(hint);
  message += '\n' + caret_picture(text, place.begin);
  throw Error{ErrorCode::SyntaxError, std::move(message)};
}

}  // namespace freshet
