// What system.tables, system.columns, information_schema and DESCRIBE say about tables, stored and
// virtual, in one form.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "query/engine/engine_services.h"
#include "storage/table/snapshot.h"

namespace freshet {

struct DescribedColumn {
  std::string name;
  DataTypePtr type;
  std::string default_kind;  // "DEFAULT", "MATERIALIZED", ..; empty: none
  std::string default_expression;
  std::string comment;
  std::string codec;
  std::string ttl;
  bool in_partition_key = false;
  bool in_sorting_key = false;
  bool in_primary_key = false;
  uint64_t encoded_bytes = 0;
};

struct DescribedTable {
  std::string database;
  std::string name;
  std::string engine;  // "View", "MaterializedView", "SystemTables" for those
  std::string uuid;
  std::string comment;
  std::vector<DescribedColumn> columns;
  // Stored tables and views: their definition; null for virtual tables.
  const TableVersion* version = nullptr;
  std::optional<uint64_t> rows;
  std::optional<uint64_t> bytes;
};

// All tables, in order of database and name; `snapshot` outlives the result.
std::vector<DescribedTable> describe_tables(const Snapshot& snapshot);
DescribedTable describe_table(const TableVersion& version);

std::string default_kind_text(DefaultKind kind);

}  // namespace freshet
