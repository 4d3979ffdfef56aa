#include "storage/table/table_definition.h"

namespace freshet {

Schema TableDefinition::stored_schema() const {
  Schema schema;
  for (const ColumnDefinition& column : columns) {
    if (column.is_stored()) schema.add(column.name, column.type);
  }
  return schema;
}

Schema TableDefinition::file_schema() const {
  Schema schema;
  for (const ColumnDefinition& column : columns) {
    if (column.is_stored()) schema.add(column.stored_name(), column.type);
  }
  return schema;
}

std::string TableDefinition::stored_names() const {
  std::string names;
  for (const ColumnDefinition& column : columns) {
    if (column.stored_as.empty()) continue;
    if (!names.empty()) names += ", ";
    names += column.name + " = " + column.stored_as;
  }
  return names;
}

TableDefinition rollup_table(const TableDefinition& table, const RollupDefinition& rollup) {
  TableDefinition rows;
  rows.id = table.id;
  rows.database = table.database;
  rows.name = table.name + "." + rollup.name;
  rows.engine = "MergeTree";
  for (const NamedType& column : rollup.columns) {
    ColumnDefinition& added = rows.columns.emplace_back();
    added.name = column.name;
    added.type = column.type;
  }
  return rows;
}

}  // namespace freshet
