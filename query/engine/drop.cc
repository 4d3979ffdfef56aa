#include "query/engine/catalog_names.h"
#include "query/engine/ddl_statements.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

void refuse_if_not_empty(const TableVersion& version) {
  if (version.row_count() == 0) return;
  throw Error(ErrorCode::DatabaseNotEmpty,
              "Table is not empty: " + display_name(*version.definition));
}

void drop_database(DdlScope& scope, const std::string& name, const Drop& drop) {
  if (!scope.snapshot().has_database(name) && drop.if_exists) return;
  require_database(scope.snapshot(), name);
  if (drop.if_empty) {
    for (const TableVersion* version : scope.snapshot().tables()) {
      if (version->definition->database != name) continue;
      throw Error(ErrorCode::DatabaseNotEmpty, "Database is not empty: " + name);
    }
  }
  scope.services.store.drop_database(name);
}

void drop_one(DdlScope& scope, const TableName& written, const Drop& drop) {
  const TableName name = with_database(written, scope.database());
  const Snapshot& snapshot = scope.snapshot();
  if (snapshot.find(name.database, name.table) == nullptr && drop.if_exists) return;
  const TableVersion& version = require_table(snapshot, name);
  const TableDefinition& definition = *version.definition;
  if (drop.kind == ObjectKind::View && definition.kind == TableKind::Table) {
    throw Error(ErrorCode::IncorrectQuery,
                "Table " + display_name(definition) + " is not a View");
  }
  if (drop.if_empty) refuse_if_not_empty(version);
  // The view first: an inner table without its view is only lost space.
  scope.services.store.drop_table(definition.id);
  if (definition.kind != TableKind::MaterializedView) return;
  const TableVersion* target = snapshot.find(definition.target);
  if (target != nullptr && is_inner_table_of(*target->definition, definition)) {
    scope.services.store.drop_table(target->definition->id);
  }
}

void truncate_one(DdlScope& scope, const TableVersion& version) {
  const TableDefinition& definition = *version.definition;
  switch (definition.kind) {
    case TableKind::Table:
      scope.services.store.truncate_table(definition.id);
      break;
    case TableKind::MaterializedView: {
      const TableVersion* target = scope.snapshot().find(definition.target);
      if (target != nullptr) scope.services.store.truncate_table(target->definition->id);
      break;
    }
    case TableKind::View:
      throw Error(ErrorCode::NotImplemented,
                  "A view has no rows to truncate: " + display_name(definition));
  }
}

}  // namespace

void drop(DdlScope& scope, const Drop& statement) {
  if (statement.kind == ObjectKind::Dictionary) {
    throw Error(ErrorCode::NotImplemented, "Dictionaries are not supported");
  }
  if (statement.temporary) {
    if (statement.if_exists) return;
    throw Error(ErrorCode::UnknownTable, "There is no temporary table " + statement.names[0].table);
  }
  if (statement.kind == ObjectKind::Database) {
    for (const TableName& name : statement.names) drop_database(scope, name.table, statement);
    return;
  }
  // All names are looked up first, so that a wrong one changes nothing.
  for (const TableName& name : statement.names) {
    if (!statement.if_exists) {
      require_table(scope.snapshot(), with_database(name, scope.database()));
    }
  }
  for (const TableName& name : statement.names) drop_one(scope, name, statement);
}

void truncate(DdlScope& scope, const Truncate& statement) {
  const Snapshot& snapshot = scope.snapshot();
  if (statement.kind == ObjectKind::Database) {
    if (!snapshot.has_database(statement.name.table) && statement.if_exists) return;
    require_database(snapshot, statement.name.table);
    for (const TableVersion* version : snapshot.tables()) {
      const bool holds_rows = version->definition->kind == TableKind::Table;
      if (version->definition->database == statement.name.table && holds_rows) {
        truncate_one(scope, *version);
      }
    }
    return;
  }
  const TableName name = with_database(statement.name, scope.database());
  if (snapshot.find(name.database, name.table) == nullptr && statement.if_exists) return;
  truncate_one(scope, require_table(snapshot, name));
}

}  // namespace freshet
