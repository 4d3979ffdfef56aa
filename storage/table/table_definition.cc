#include "storage/table/table_definition.h"

namespace freshet {

Schema TableDefinition::stored_schema() const {
  Schema schema;
  for (const ColumnDefinition& column : columns) {
    if (column.default_kind == DefaultKind::Alias || column.default_kind == DefaultKind::Ephemeral) {
      continue;
    }
    schema.add(column.name, column.type);
  }
  return schema;
}

}  // namespace freshet
