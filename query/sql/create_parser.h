// CREATE DATABASE, TABLE, VIEW and MATERIALIZED VIEW; REPLACE TABLE.
#pragma once

#include "query/sql/ast.h"
#include "query/sql/token_cursor.h"

namespace freshet {

// Requires: the cursor is at CREATE or REPLACE.
StatementBody parse_create(TokenCursor& cursor);

}  // namespace freshet
