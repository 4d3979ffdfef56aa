// Every statement that is not a query, and the clauses around a whole statement.
#pragma once

#include "query/sql/ast.h"
#include "query/sql/token_cursor.h"

namespace freshet {

// One statement with its INTO OUTFILE, FORMAT and SETTINGS; what follows is left to the caller.
Statement parse_whole_statement(TokenCursor& cursor);

// The rest of the text is an INSERT's data.
bool has_inline_data(const StatementBody& body);

}  // namespace freshet
