#include <array>

#include "query/engine/ddl_statements.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// Databases whose tables are computed.
constexpr std::array<std::string_view, 3> kVirtualDatabases = {"system", "information_schema",
                                                               "INFORMATION_SCHEMA"};
constexpr std::array<std::string_view, 3> kDatabaseEngines = {"Atomic", "Ordinary", "Lazy"};

}  // namespace

void create_database(DdlScope& scope, const CreateDatabase& create) {
  if (create.engine) {
    bool known = false;
    for (const std::string_view name : kDatabaseEngines) known |= create.engine->name == name;
    if (!known) {
      throw Error(ErrorCode::NotImplemented,
                  "Database engine is not supported: " + create.engine->name);
    }
  }
  bool exists = scope.snapshot().has_database(create.name);
  for (const std::string_view name : kVirtualDatabases) exists |= create.name == name;
  if (exists && create.if_not_exists) return;
  if (exists) {
    throw Error(ErrorCode::DatabaseAlreadyExists, "Database " + create.name + " already exists");
  }
  scope.services.store.create_database(create.name, create.comment);
}

}  // namespace freshet
