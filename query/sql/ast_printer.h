// Syntax tree back to SQL text, and the names ClickHouse gives to columns without alias.
//
// Path:      SHOW CREATE, EXPLAIN, system tables, result headers <- here <- syntax tree
// Threads:   all functions may run at once in any thread.
//
// parse(to_sql(tree)) == tree for every tree that the parser made; an INSERT is printed without
// data.
#pragma once

#include <string>

#include "query/sql/ast.h"

namespace freshet {

// OneLine for logs and single expressions; MultiLine is ClickHouse's layout of SHOW CREATE.
enum class PrintStyle { OneLine, MultiLine };

// With its alias, if it has one.
std::string to_sql(const Expression& expression, PrintStyle style = PrintStyle::OneLine);
std::string to_sql(const Query& query, PrintStyle style = PrintStyle::OneLine);
std::string to_sql(const Statement& statement, PrintStyle style = PrintStyle::OneLine);
// `MergeTree PARTITION BY a ORDER BY b`, as in system.tables.engine_full; empty without ENGINE.
std::string to_sql(const StorageClause& storage);

// Header of a result column: the alias or, for `a + 1`, `plus(a, 1)`. Names inside are written as
// in the query; the binder may know shorter ones.
std::string column_name(const Expression& expression);

}  // namespace freshet
