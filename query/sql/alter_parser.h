// ALTER TABLE and what it shares with other statements about parts of a table.
#pragma once

#include "query/sql/ast.h"
#include "query/sql/token_cursor.h"

namespace freshet {

// Requires: the cursor is at ALTER.
Alter parse_alter(TokenCursor& cursor);
// `202401`, `(1, 'a')`, `ID 'x'`, `ALL`: what follows the word PARTITION.
Partition parse_partition(TokenCursor& cursor);

}  // namespace freshet
