// ORDER BY lists and window specifications, which contain them.
#pragma once

#include <vector>

#include "query/sql/expression_ast.h"
#include "query/sql/token_cursor.h"

namespace freshet {

// `a DESC NULLS FIRST, b`: what follows ORDER BY.
std::vector<OrderItem> parse_order_list(TokenCursor& cursor);
// `(base PARTITION BY a ORDER BY b ROWS 1 PRECEDING)`, with its parentheses.
WindowSpecPtr parse_window_spec(TokenCursor& cursor);

}  // namespace freshet
