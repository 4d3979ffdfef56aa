// What the engines that merge rows require of cells: a sign is 1 or -1, is_deleted is 0 or 1.
//
// Path:      query/engine/row_completion -> check_engine_cells
#pragma once

#include "storage/column/chunk.h"
#include "storage/table/table_definition.h"

namespace freshet {

// Throws IncorrectData. `rows` are laid out as the table's stored schema, with flat columns.
void check_engine_cells(const TableDefinition& table, const Chunk& rows);

}  // namespace freshet
