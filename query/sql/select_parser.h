// SELECT and everything that combines SELECTs.
//
// Path:      TokenCursor -> here -> Query
// Errors:    SyntaxError; NotImplemented for WITH FILL; TooDeepRecursion.
#pragma once

#include "query/sql/ast.h"
#include "query/sql/token_cursor.h"

namespace freshet {

// The current token begins a query: SELECT, WITH, or FROM before SELECT. An opening parenthesis is
// looked through.
bool at_query(TokenCursor& cursor);

QueryPtr parse_query(TokenCursor& cursor);
// Goes on after a first operand that was read as a subquery: `(SELECT 1) UNION ALL ...`.
QueryPtr parse_query_after(TokenCursor& cursor, QueryPtr first, uint32_t begin);
bool at_set_operator(TokenCursor& cursor);

// `t`, `db.t`, `(SELECT ..)`, `numbers(10)` with alias, FINAL and SAMPLE.
TableExpression parse_table_expression(TokenCursor& cursor);
TableName parse_table_name(TokenCursor& cursor);
// `a = 1`; `a` alone is 1.
SettingChange parse_setting(TokenCursor& cursor);
// `a = 1, b = 'x'`.
std::vector<SettingChange> parse_settings(TokenCursor& cursor);

}  // namespace freshet
