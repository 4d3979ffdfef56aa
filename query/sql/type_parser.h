// Reads a data type and gives its canonical text: `Nullable( Decimal(18,4) )` becomes
// `Nullable(Decimal(18, 4))`. Whether such a type exists is storage/column's business.
#pragma once

#include <string>

#include "query/sql/token_cursor.h"

namespace freshet {

std::string parse_type(TokenCursor& cursor);

}  // namespace freshet
