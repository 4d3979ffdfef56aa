// How text formats spell bytes that would otherwise end a cell.
#pragma once

#include <string>
#include <string_view>

namespace freshet {

// TabSeparated: \b \f \n \r \t \0 \\ \' by a backslash.
void append_escaped(std::string& out, std::string_view text);
// CSV: between double quotes, a quote inside doubled.
void append_csv_quoted(std::string& out, std::string_view text);
// JSON: between double quotes; also escapes '/' and the separators U+2028 and U+2029.
void append_json_string(std::string& out, std::string_view text);
// XML text: < and & as entities.
void append_xml(std::string& out, std::string_view text);

// Appends `text` with every byte that is not part of a UTF-8 character as U+FFFD.
void append_valid_utf8(std::string& out, std::string_view text);

// Reads TabSeparated escapes and appends their meaning. A lone backslash at the end stands for itself.
void append_unescaped(std::string& out, std::string_view text);

}  // namespace freshet
