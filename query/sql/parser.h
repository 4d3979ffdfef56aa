// SQL text to syntax tree: the front door of this folder.
//
// Path:      HTTP body or CLI line -> parse_statement -> Statement -> query/engine
// Threads:   all functions may run at once in any thread.
// Errors:    SyntaxError (62) with position and a caret picture; TooDeepRecursion (306) beyond
//            kQueryDepthMax levels; NotImplemented (48) for known statements that we refuse;
//            UnknownQueryParameter (456) for an `{x:Identifier}` without a value. The length of the
//            text (kQueryBytesMax) is the caller's business; it must be below 4 GiB.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/sql/ast.h"
#include "query/sql/parse_options.h"

namespace freshet {

// One statement; semicolons and comments may follow it, nothing else. For an INSERT with data
// `text` may go on with the data or stop before it: see Insert::data_offset.
Statement parse_statement(std::string_view text, const ParseOptions& options = {});

// One expression, one query or one type and nothing else, as the catalog stores them. A type comes
// back in canonical spelling.
ExpressionPtr parse_expression_text(std::string_view text);
QueryPtr parse_query_text(std::string_view text);
std::string parse_type_text(std::string_view text);

// The statements of a script, without the `;` between them and without blanks and comments around
// them. `INSERT .. FORMAT x` other than Values, without SELECT, takes the rest of the script as its
// data. Errors: those of broken quotes and comments.
std::vector<SourceRange> split_statements(std::string_view script);

}  // namespace freshet
