// Quoted text as SQL literals write it: 'it\'s', `a name`, "another".
#pragma once

#include <string>
#include <string_view>

namespace freshet {

// Appends `text` between quotes, with ClickHouse's backslash escapes.
void append_quoted(std::string& out, std::string_view text, char quote = '\'');

// Reads quoted text from the front of `rest` and appends its meaning to `out`; `rest` then begins
// after the closing quote. Understands backslash escapes and doubled quotes. False when `rest` does
// not begin with `quote` or the quote is not closed.
bool read_quoted(std::string_view& rest, char quote, std::string& out);

}  // namespace freshet
