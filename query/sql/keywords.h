// Words with a meaning of their own. SQL has few reserved words here: any word may be a name where
// the grammar leaves no doubt.
#pragma once

#include <string>
#include <string_view>

namespace freshet {

// ASCII letter case does not count in keywords.
bool same_keyword(std::string_view a, std::string_view b);
std::string to_upper(std::string_view word);
std::string to_lower(std::string_view word);

// `SELECT x FROM`: FROM cannot be an alias of x unless AS or quotes say so.
bool is_reserved_alias(std::string_view word);
// `SELECT FROM t`: FROM cannot be a column unless quoted.
bool is_reserved_operand(std::string_view word);

// The name as it must be written to be read back as this name: `a b`, but a.
std::string quote_name(std::string_view name);
// The same before an opening parenthesis, where fewer words have a meaning.
std::string quote_function_name(std::string_view name);
std::string always_quote_name(std::string_view name);
// 'text' with ClickHouse's escapes.
std::string quote_string(std::string_view text);

// "Day" for DAY, days, DD and other spellings of an interval's unit; empty for other words.
std::string_view interval_unit(std::string_view word);

}  // namespace freshet
