#include "storage/format/escape.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "storage/base/escape_sequence.h"

namespace freshet {

namespace {

using ByteSet = std::array<bool, 256>;

constexpr ByteSet make_set(std::string_view bytes) {
  ByteSet set{};
  for (const char c : bytes) set[static_cast<uint8_t>(c)] = true;
  return set;
}

constexpr ByteSet kTabSpecial = make_set(std::string_view("\b\f\n\r\t\0\\'", 8));

constexpr ByteSet make_json_special() {
  ByteSet set = make_set("\"\\/\xE2");
  for (size_t c = 0; c < 0x20; ++c) set[c] = true;
  return set;
}
constexpr ByteSet kJsonSpecial = make_json_special();

// Copies runs of ordinary bytes whole; `spell(position)` writes a special one and says how many
// bytes of the input it stands for.
template <class Spell>
void append_spelled(std::string& out, std::string_view text, const ByteSet& special, Spell spell) {
  size_t done = 0;
  size_t at = 0;
  while (at < text.size()) {
    if (!special[static_cast<uint8_t>(text[at])]) {
      ++at;
      continue;
    }
    out.append(text.data() + done, at - done);
    at += spell(at);
    done = at;
  }
  out.append(text.data() + done, text.size() - done);
}

char escape_letter(char c) {
  switch (c) {
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\0':
      return '0';
    default:
      return c;
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  append_spelled(out, text, kTabSpecial, [&](size_t at) {
    out += '\\';
    out += escape_letter(text[at]);
    return size_t{1};
  });
}

void append_csv_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    const size_t quote = text.find('"');
    if (quote == std::string_view::npos) break;
    out += text.substr(0, quote + 1);
    out += '"';
    text.remove_prefix(quote + 1);
  }
  out += text;
  out += '"';
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  out += '"';
  append_spelled(out, text, kJsonSpecial, [&](size_t at) -> size_t {
    const char c = text[at];
    switch (c) {
      case '\b':
      case '\f':
      case '\n':
      case '\r':
      case '\t':
      case '"':
      case '\\':
      case '/':
        out += '\\';
        out += escape_letter(c);
        return 1;
      case '\xE2': {
        const std::string_view character = text.substr(at, 3);
        if (character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9") {
          out += character == "\xE2\x80\xA8" ? "\\u2028" : "\\u2029";
          return 3;
        }
        out += c;
        return 1;
      }
      default:
        out += "\\u00";
        out += kHexDigits[static_cast<uint8_t>(c) >> 4];
        out += kHexDigits[static_cast<uint8_t>(c) & 15];
        return 1;
    }
  });
  out += '"';
}

void append_xml(std::string& out, std::string_view text) {
  for (;;) {
    const size_t mark = text.find_first_of("<&");
    out += text.substr(0, mark);
    if (mark == std::string_view::npos) return;
    out += text[mark] == '<' ? "&lt;" : "&amp;";
    text.remove_prefix(mark + 1);
  }
}

namespace {

// Bytes of the UTF-8 character at the front of `text`; 0 when there is none.
size_t utf8_character_bytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  size_t count = 0;
  uint8_t second_min = 0x80;
  uint8_t second_max = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    count = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    count = 3;
    if (first == 0xE0) second_min = 0xA0;
    if (first == 0xED) second_max = 0x9F;  // no surrogates
  } else if (first >= 0xF0 && first <= 0xF4) {
    count = 4;
    if (first == 0xF0) second_min = 0x90;
    if (first == 0xF4) second_max = 0x8F;
  } else {
    return 0;
  }
  if (text.size() < count || byte(1) < second_min || byte(1) > second_max) return 0;
  for (size_t i = 2; i < count; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return count;
}

}  // namespace

void append_valid_utf8(std::string& out, std::string_view text) {
  size_t done = 0;
  size_t at = 0;
  while (at < text.size()) {
    const size_t count = utf8_character_bytes(text.substr(at));
    if (count != 0) {
      at += count;
      continue;
    }
    out += text.substr(done, at - done);
    out += "\xEF\xBF\xBD";
    done = ++at;
  }
  out += text.substr(done);
}

void append_unescaped(std::string& out, std::string_view text) {
  for (;;) {
    const size_t mark = text.find('\\');
    if (mark == std::string_view::npos || mark + 1 == text.size()) break;
    out += text.substr(0, mark);
    const char letter = text[mark + 1];
    text.remove_prefix(mark + 2);
    if (letter == 'x' && text.size() >= 2) {
      uint8_t byte = 0;
      if (std::from_chars(text.data(), text.data() + 2, byte, 16).ptr == text.data() + 2) {
        out += static_cast<char>(byte);
        text.remove_prefix(2);
        continue;
      }
    }
    // As ClickHouse reads NULL inside a text: nothing.
    if (letter != 'N') append_escaped(out, letter);
  }
  out += text;
}

}  // namespace freshet
