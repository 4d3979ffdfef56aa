// INSERT up to where its data begins; the data itself is never looked at.
#pragma once

#include "query/sql/ast.h"
#include "query/sql/token_cursor.h"

namespace freshet {

// Requires: the cursor is at INSERT.
Insert parse_insert(TokenCursor& cursor);

}  // namespace freshet
