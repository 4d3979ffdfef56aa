// BACKUP, RESTORE and CHECK TABLE.
#pragma once

#include "query/sql/ast.h"
#include "query/sql/token_cursor.h"

namespace freshet {

// Both begin at their first word.
Backup parse_backup(TokenCursor& cursor);
CheckTable parse_check_table(TokenCursor& cursor);

}  // namespace freshet
