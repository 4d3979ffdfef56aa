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

}  // namespace freshet
