// The SELECT of a view as it is stored: table names with their database, so that it means the same
// whoever reads the view.
#pragma once

#include <optional>
#include <string>

#include "query/sql/ast.h"

namespace freshet {

// A copy in which every table that is named without a database, and is no WITH name, gets
// `database`. `x IN t` is left alone.
QueryPtr qualify_tables(const QueryPtr& query, const std::string& database);

// The first table of FROM, looked for inside subqueries and WITH queries too: the table that a
// materialized view follows. Nothing when there is none (a table function, no FROM, a UNION).
std::optional<TableName> followed_table(const Query& query);

}  // namespace freshet
