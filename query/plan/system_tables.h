// SystemTables: tables that are computed when read (system.tables, information_schema.columns).
//
// Path:      query/engine/system_tables implements -> binder asks for schemas, scan source reads
// Threads:   any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/column/chunk.h"

namespace freshet {

class SystemTables {
 public:
  virtual ~SystemTables() = default;
  // Columns of a table; nothing when there is no such table. Letter case of database and table is
  // the implementation's business (information_schema answers to both).
  virtual std::optional<Schema> find(std::string_view database, std::string_view table) const = 0;
  // All rows, with only the named columns, in that order. Requires: find() knows the table.
  virtual Chunk read(std::string_view database, std::string_view table,
                     std::span<const ColumnIndex> columns) const = 0;
  // Names of a database's tables, for "Maybe you meant".
  virtual std::vector<std::string> table_names(std::string_view database) const = 0;
};

}  // namespace freshet
