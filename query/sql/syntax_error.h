// Errors of SQL text, in ClickHouse's wording plus a picture of the place:
//
//   Syntax error: failed at position 12 ('c') (line 1, col 12): c FROM t. Expected one of: ...
//   SELECT a b c FROM t
//              ^
//
// Units: SourceRange counts bytes from 0; the message counts positions, lines and columns from 1.
#pragma once

#include <string>
#include <string_view>

#include "query/sql/expression_ast.h"

namespace freshet {

// Throws Error SyntaxError. `kind` goes before the words "Syntax error" and `hint` after the rest
// of the query; either may be empty. An empty range at the end of the text means "end of query".
[[noreturn]] void throw_syntax_error(std::string_view text, SourceRange place,
                                     std::string_view kind, std::string_view hint);

// Two lines: the source line around `offset` and a `^` under it.
std::string caret_picture(std::string_view text, std::size_t offset);

}  // namespace freshet
