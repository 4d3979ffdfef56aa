// Looking tables up by the names that statements use, with ClickHouse's errors.
#pragma once

#include <string>
#include <string_view>

#include "query/sql/ast.h"
#include "storage/table/snapshot.h"

namespace freshet {

inline constexpr std::string_view kInnerTablePrefix = ".inner.";
// Tables being made by CREATE .. AS SELECT and CREATE OR REPLACE; see mend_catalog().
inline constexpr std::string_view kUnfinishedTablePrefix = ".unfinished.";

// `d.t`, with back quotes where a name needs them.
std::string display_name(const std::string& database, const std::string& table);
std::string display_name(const TableDefinition& definition);

// The name with `database` where it has none.
TableName with_database(TableName name, const std::string& database);

// Throws UnknownDatabase.
void require_database(const Snapshot& snapshot, const std::string& database);
// Requires: the name has its database. Throws UnknownDatabase, UnknownTable with near names.
const TableVersion& require_table(const Snapshot& snapshot, const TableName& name);

// The table that holds a materialized view's rows was made with the view and goes with it.
bool is_inner_table_of(const TableDefinition& target, const TableDefinition& view);

}  // namespace freshet
