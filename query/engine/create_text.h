// SHOW CREATE: the statement that would make a table, a view or a database.
//
// A definition keeps its statement in create_sql, in one line. Names in it may be old: what is shown
// takes the definition's.
#pragma once

#include <string>

#include "query/sql/ast.h"
#include "query/sql/ast_printer.h"
#include "storage/table/table_definition.h"

namespace freshet {

// A CreateTable or CreateView, under the definition's name.
Statement create_statement(const TableDefinition& definition);
std::string create_text(const TableDefinition& definition, PrintStyle style);
std::string create_database_text(const std::string& name, const std::string& comment,
                                 PrintStyle style);

// `MergeTree ORDER BY a`; empty for views.
std::string engine_text(const TableDefinition& definition);

}  // namespace freshet
