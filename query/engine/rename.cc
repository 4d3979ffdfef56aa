#include <map>
#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/ddl_statements.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

using Name = Snapshot::Key;

// Pairs are carried out one after the other on a copy of the names; the store then makes all
// changes at once.
class RenameList {
 public:
  explicit RenameList(const Snapshot& snapshot) : snapshot_(snapshot) {
    for (const TableVersion* version : snapshot.tables()) {
      const TableDefinition& definition = *version->definition;
      names_.emplace(Name(definition.database, definition.name), definition.id);
    }
  }

  bool has(const TableName& name) const { return names_.contains({name.database, name.table}); }

  void move(const TableName& from, const TableName& to) {
    require_database(snapshot_, to.database);
    const TableId id = take(from);
    put(id, to);
    move_inner(id, from, to);
  }

  void exchange(const TableName& a, const TableName& b) {
    const TableId id_of_a = take(a);
    const TableId id_of_b = take(b);
    put(id_of_a, b);
    put(id_of_b, a);
    const std::optional<TableId> inner_of_a = take_inner(id_of_a, a);
    move_inner(id_of_b, b, a);
    if (inner_of_a) put(*inner_of_a, inner_name(b));
  }

  std::vector<TableStore::Rename> changes() const {
    std::vector<TableStore::Rename> renames;
    for (const auto& [name, id] : names_) {
      const TableDefinition& definition = *snapshot_.find(id)->definition;
      if (definition.database == name.first && definition.name == name.second) continue;
      renames.push_back({id, name.first, name.second});
    }
    return renames;
  }

 private:
  static TableName inner_name(const TableName& view) {
    TableName inner = view;
    inner.table = std::string(kInnerTablePrefix) + view.table;
    return inner;
  }

  TableId take(const TableName& name) {
    const auto found = names_.find(Name(name.database, name.table));
    if (found == names_.end()) {
      require_table(snapshot_, name);
      // It had the name before the pairs that came first.
      throw Error(ErrorCode::UnknownTable,
                  "Table " + display_name(name.database, name.table) + " does not exist");
    }
    const TableId id = found->second;
    names_.erase(found);
    return id;
  }

  void put(TableId id, const TableName& name) {
    if (names_.emplace(Name(name.database, name.table), id).second) return;
    throw Error(ErrorCode::TableAlreadyExists,
                "Table " + display_name(name.database, name.table) + " already exists");
  }

  // A materialized view's inner table bears the view's name.
  std::optional<TableId> take_inner(TableId view, const TableName& name) {
    if (snapshot_.find(view)->definition->kind != TableKind::MaterializedView) return std::nullopt;
    const TableName inner = inner_name(name);
    if (!has(inner)) return std::nullopt;
    return take(inner);
  }

  void move_inner(TableId view, const TableName& from, const TableName& to) {
    if (const auto inner = take_inner(view, from)) put(*inner, inner_name(to));
  }

  const Snapshot& snapshot_;
  std::map<Name, TableId> names_;
};

void rename_database(DdlScope& scope, const std::string& from, const std::string& to) {
  TableStore& store = scope.services.store;
  require_database(scope.snapshot(), from);
  store.create_database(to, scope.snapshot().database_comment(from));
  std::vector<TableStore::Rename> renames;
  for (const TableVersion* version : scope.snapshot().tables()) {
    const TableDefinition& definition = *version->definition;
    if (definition.database == from) renames.push_back({definition.id, to, definition.name});
  }
  store.rename_tables(renames);
  store.drop_database(from);
}

}  // namespace

void rename(DdlScope& scope, const Rename& statement) {
  if (statement.kind == ObjectKind::Dictionary) {
    throw Error(ErrorCode::NotImplemented, "Dictionaries are not supported");
  }
  if (statement.kind == ObjectKind::Database) {
    for (const RenamePair& pair : statement.pairs) {
      if (pair.if_exists && !scope.snapshot().has_database(pair.from.table)) continue;
      rename_database(scope, pair.from.table, pair.to.table);
      scope.context.snapshot = scope.services.store.snapshot();
    }
    return;
  }
  RenameList list(scope.snapshot());
  for (const RenamePair& pair : statement.pairs) {
    const TableName from = with_database(pair.from, scope.database());
    const TableName to = with_database(pair.to, scope.database());
    if (pair.if_exists && !list.has(from)) continue;
    if (statement.exchange) {
      list.exchange(from, to);
    } else {
      list.move(from, to);
    }
  }
  scope.services.store.rename_tables(list.changes());
}

}  // namespace freshet
