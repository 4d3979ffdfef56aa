// Changes of a definition's columns such that rows written before are still read right: they give
// out the names that segments and log records know columns by.
//
//   ADD COLUMN x          x, stored as x#3: no old row has it, even if there was an x before
//   RENAME COLUMN x TO y  y, still stored as x#3
//   MODIFY COLUMN y T     y, stored as y#4, and x#3 is its past
//   CLEAR COLUMN y        y, stored as y#5, without a past
//
// Path:      query/engine ALTER -> column_edit -> TableStore::alter_table
#pragma once

#include <optional>
#include <string>

#include "storage/table/table_definition.h"

namespace freshet {

// Names as CREATE TABLE gives them: every column is stored under its own.
void name_new_columns(TableDefinition& definition);

// At `position` among definition.columns.
void add_column(TableDefinition& definition, ColumnDefinition column, size_t position);
// Requires: the column at `position` keeps its type.
void rename_column(TableDefinition& definition, size_t position, const std::string& name);
// `column` says everything anew but how it is stored; old rows are cast to its type.
void replace_column(TableDefinition& definition, size_t position, ColumnDefinition column);
// Old rows have its default from now on.
void clear_column(TableDefinition& definition, size_t position);

}  // namespace freshet
