// The partition that a statement means by PARTITION expr or PARTITION ID 'text'.
#pragma once

#include <string>

#include "query/engine/ddl_statements.h"

namespace freshet {

// The partition as segments name it: the text of the partition key's cell. Throws
// InvalidPartitionValue when the value is none of the key's type.
std::string partition_name(DdlScope& scope, const TableDefinition& table,
                           const Partition& partition);

// What PARTITION ID names: the partition's text, or a Date's digits, as ClickHouse writes them.
std::string partition_of_id(DdlScope& scope, const TableDefinition& table, const std::string& id);

}  // namespace freshet
