// PROJECTION clauses of a table, which are its rollups: checked, and changed by ALTER TABLE, CREATE
// ROLLUP and DROP ROLLUP. The clauses and TableDefinition::rollups say the same, in the same order.
//
// Path:      create_table, alter -> here -> query/plan/rollup_shape
// Requires:  `functions` have the store's time zone: what a rollup means is not the session's.
// Errors:    IllegalProjection, NoSuchProjectionInTable, UnknownIdentifier, .., as ClickHouse.
#pragma once

#include <vector>

#include "query/plan/binder.h"
#include "query/sql/ast.h"
#include "storage/table/table_definition.h"

namespace freshet {

// Fills in the rollups of a new table, whose columns and engine are known.
void set_rollups(const std::vector<ProjectionDefinition>& projections,
                 const FunctionContext& functions, TableDefinition& definition);

// ADD, DROP, CLEAR and MATERIALIZE PROJECTION; false for other commands. The last only checks that
// there is such a rollup.
bool alter_rollups(const AlterCommand& command, const FunctionContext& functions,
                   std::vector<ProjectionDefinition>& projections, TableDefinition& definition);

// After columns have changed. Throws when a rollup could not be what it was, naming it and the
// column. One whose groups are other ones now, because of the defaults that old rows have, gets a
// new id: it is made again.
void check_rollups(const TableDefinition& old, const FunctionContext& functions,
                   const std::vector<ProjectionDefinition>& projections,
                   TableDefinition& definition);

}  // namespace freshet
