#include "query/engine/catalog_names.h"

#include <utility>
#include <vector>

#include "query/plan/name_scope.h"
#include "query/sql/keywords.h"
#include "storage/base/error.h"

namespace freshet {

std::string display_name(const std::string& database, const std::string& table) {
  return quote_name(database) + "." + quote_name(table);
}

std::string display_name(const TableDefinition& definition) {
  return display_name(definition.database, definition.name);
}

TableName with_database(TableName name, const std::string& database) {
  if (name.database.empty()) name.database = database;
  return name;
}

void require_database(const Snapshot& snapshot, const std::string& database) {
  if (snapshot.has_database(database)) return;
  throw Error(ErrorCode::UnknownDatabase,
              "Database " + database + " does not exist" +
                  maybe_you_meant(similar_names(database, snapshot.databases())));
}

const TableVersion& require_table(const Snapshot& snapshot, const TableName& name) {
  const TableVersion* version = snapshot.find(name.database, name.table);
  if (version != nullptr) return *version;
  require_database(snapshot, name.database);
  std::vector<std::string> names;
  for (const TableVersion* table : snapshot.tables()) {
    if (table->definition->database == name.database) names.push_back(table->definition->name);
  }
  throw Error(ErrorCode::UnknownTable, "Table " + display_name(name.database, name.table) +
                                           " does not exist" +
                                           maybe_you_meant(similar_names(name.table, names)));
}

bool is_inner_table_of(const TableDefinition& target, const TableDefinition& view) {
  return target.database == view.database &&
         target.name == std::string(kInnerTablePrefix) + view.name;
}

}  // namespace freshet
