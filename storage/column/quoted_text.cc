#include "storage/column/quoted_text.h"

#include <charconv>

#include "storage/base/escape_sequence.h"

namespace freshet {

void append_quoted(std::string& out, std::string_view text, char quote) {
  out += quote;
  for (const char c : text) {
    switch (c) {
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\0':
        out += "\\0";
        break;
      default:
        if (c == '\\' || c == quote) out += '\\';
        out += c;
    }
  }
  out += quote;
}

namespace {

// Reads what follows a backslash.
void read_escape(std::string_view& rest, std::string& out) {
  const char escaped = rest.front();
  rest.remove_prefix(1);
  if (escaped == 'x' && rest.size() >= 2) {
    unsigned char byte = 0;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + 2, byte, 16);
    if (error == std::errc() && stop == rest.data() + 2) {
      out += static_cast<char>(byte);
      rest.remove_prefix(2);
      return;
    }
  }
  append_escaped(out, escaped);
}

}  // namespace

bool read_quoted(std::string_view& rest, char quote, std::string& out) {
  if (rest.empty() || rest.front() != quote) return false;
  rest.remove_prefix(1);
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == quote) {
      if (rest.empty() || rest.front() != quote) return true;
      rest.remove_prefix(1);
      out += quote;
    } else if (c == '\\' && !rest.empty()) {
      read_escape(rest, out);
    } else {
      out += c;
    }
  }
  return false;
}

}  // namespace freshet
