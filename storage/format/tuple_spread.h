// CSV gives each element of a tuple a cell of its own: Tuple(x UInt8, y String) t is t.x and t.y.
#pragma once

#include "storage/column/chunk.h"
#include "storage/column/schema.h"

namespace freshet {

Schema spread_tuples(const Schema& schema);
Chunk spread_tuples(const Schema& schema, const Chunk& chunk);
// Puts the columns of a spread chunk together again; `schema` is the one that was spread.
std::vector<ColumnPtr> gather_tuples(const Schema& schema, std::vector<ColumnPtr> columns);

}  // namespace freshet
