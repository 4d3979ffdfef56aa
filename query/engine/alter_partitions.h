// ALTER TABLE .. DROP, DETACH, ATTACH, REPLACE and MOVE PARTITION (or PART).
//
// Path:      alter -> here -> storage/table/partitions
// Errors:    ClickHouse's codes.
#pragma once

#include "query/engine/ddl_statements.h"

namespace freshet {

bool is_partition_command(const AlterCommand& command);
// `table` is named by the statement. Requires: is_partition_command().
void alter_partition(DdlScope& scope, const TableDefinition& table, const AlterCommand& command);

}  // namespace freshet
