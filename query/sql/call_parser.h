// Everything of the form name(...): ordinary calls, aggregates with their clauses, and the forms
// with a grammar of their own, such as CAST(x AS T), EXTRACT(YEAR FROM x) or TRIM(BOTH ' ' FROM x).
#pragma once

#include "query/sql/expression_ast.h"
#include "query/sql/token_cursor.h"

namespace freshet {

// Requires: the cursor is at a name that is followed by `(`.
ExpressionPtr parse_call(TokenCursor& cursor);
// Requires: the cursor is at CASE.
ExpressionPtr parse_case(TokenCursor& cursor);
// Requires: the cursor is at INTERVAL.
ExpressionPtr parse_interval(TokenCursor& cursor);
// `EXCEPT (a) REPLACE (b + 1 AS b) APPLY (f)`, possibly nothing.
std::vector<ColumnTransformer> parse_column_transformers(TokenCursor& cursor);
// `COLUMNS('re')` and `COLUMNS(a, b)`. Requires: the cursor is at COLUMNS followed by `(`.
ExpressionPtr parse_columns_matcher(TokenCursor& cursor, std::vector<std::string> qualifier,
                                    uint32_t begin);

}  // namespace freshet
