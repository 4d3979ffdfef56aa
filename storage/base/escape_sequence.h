// What a backslash and the character behind it mean in SQL literals, quoted cells and TabSeparated
// text: ClickHouse's rule, once for all of them. `\xHH` and `\N` are their callers' business.
#pragma once

#include <string>
#include <string_view>

namespace freshet {

// Appends what `\letter` stands for.
//
//   \n -> line end    \' -> '    \d -> \d, so that regular expressions can be written plainly
inline void append_escaped(std::string& out, char letter) {
  constexpr std::string_view kLetters = "abefnrtv0";
  constexpr std::string_view kMeanings{"\a\b\x1B\f\n\r\t\v\0", 9};
  // What a backslash only protects; control characters, too, such as a line end inside a cell.
  constexpr std::string_view kThemselves = "\\'\"`/=";
  if (const size_t known = kLetters.find(letter); known != std::string_view::npos) {
    out += kMeanings[known];
    return;
  }
  const bool is_control = static_cast<unsigned char>(letter) < ' ';
  if (!is_control && kThemselves.find(letter) == std::string_view::npos) out += '\\';
  out += letter;
}

}  // namespace freshet
