#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "query/engine/alter_columns.h"
#include "query/engine/alter_partitions.h"
#include "query/engine/alter_views.h"
#include "query/engine/catalog_names.h"
#include "query/engine/create_text.h"
#include "query/engine/ddl_statements.h"
#include "query/engine/select_runner.h"
#include "query/engine/setting_text.h"
#include "query/engine/table_elements.h"
#include "query/engine/table_indexes.h"
#include "query/engine/table_rollups.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// A definition and its statement, changed together.
class DefinitionEdit {
 public:
  // `store`: store_functions(). All outlive the object.
  DefinitionEdit(const TableDefinition& definition, const BindContext& context,
                 const FunctionContext& store)
      : old_(definition),
        store_(store),
        definition_(definition),
        statement_(create_statement(definition)) {
    if (auto* table = std::get_if<CreateTable>(&statement_.body)) {
      columns_.emplace(definition_, *table, context);
    }
  }
  DefinitionEdit(const DefinitionEdit&) = delete;
  DefinitionEdit& operator=(const DefinitionEdit&) = delete;

  // False: the command is none of those that only change the definition.
  bool apply(const AlterCommand& command) {
    if (columns_ && columns_->apply(command)) {
      changes_columns_ = true;
      return true;
    }
    switch (command.kind) {
      case AlterKind::ModifyComment:
        definition_.comment = command.comment;
        if (auto* table = std::get_if<CreateTable>(&statement_.body)) {
          table->comment = command.comment;
        } else {
          std::get<CreateView>(statement_.body).comment = command.comment;
        }
        return true;
      case AlterKind::CommentColumn:
        comment_column(command);
        return true;
      case AlterKind::ModifyTtl:
        storage().ttl = command.ttl;
        set_ttl(command.ttl, definition_);
        changes_columns_ = true;  // which are checked together
        return true;
      case AlterKind::RemoveTtl:
        if (storage().ttl.empty()) {
          throw Error(ErrorCode::BadArguments,
                      "Table doesn't have any table TTL expression, cannot remove");
        }
        storage().ttl.clear();
        set_ttl({}, definition_);
        return true;
      case AlterKind::ModifySetting:
        for (const SettingChange& change : command.settings) set(change);
        return true;
      case AlterKind::ResetSetting:
        for (const std::string& name : command.setting_names) reset(name);
        return true;
      default:
        if (auto* table = std::get_if<CreateTable>(&statement_.body)) {
          if (alter_rollups(command, store_, table->elements.projections, definition_)) {
            return true;
          }
          const bool is_done = alter_indexes(command, table->elements.indexes);
          changes_columns_ |= is_done;
          return is_done;
        }
        return false;
    }
  }

  bool changes_columns() const { return changes_columns_; }
  const std::vector<std::pair<std::string, std::string>>& gone() const { return columns_->gone(); }

  TableDefinition take() {
    if (changes_columns_) {
      columns_->finish();
      check_rollups(old_, store_, std::get<CreateTable>(statement_.body).elements.projections,
                    definition_);
    }
    definition_.create_sql = to_sql(statement_);
    return std::move(definition_);
  }

 private:
  StorageClause& storage() {
    auto* table = std::get_if<CreateTable>(&statement_.body);
    if (table == nullptr) {
      throw Error(ErrorCode::NotImplemented,
                  "A view has no settings: " + display_name(definition_));
    }
    return table->storage;
  }

  // Of a view.
  void comment_column(const AlterCommand& command) {
    const auto column =
        std::ranges::find(definition_.columns, command.name, &ColumnDefinition::name);
    if (column == definition_.columns.end()) {
      if (command.if_exists) return;
      throw Error(ErrorCode::NoSuchColumnInTable,
                  "There is no column " + command.name + " in table " + display_name(definition_));
    }
    column->comment = command.comment;
    for (ColumnDeclaration& declaration : std::get<CreateView>(statement_.body).elements.columns) {
      if (declaration.name == command.name) declaration.comment = command.comment;
    }
  }

  void set(const SettingChange& change) {
    auto& settings = storage().settings;
    std::erase_if(settings, [&](const SettingChange& old) { return old.name == change.name; });
    settings.push_back(change);
    definition_.settings[change.name] = setting_text(change);
  }

  void reset(const std::string& name) {
    std::erase_if(storage().settings, [&](const SettingChange& old) { return old.name == name; });
    definition_.settings.erase(name);
  }

  const TableDefinition& old_;
  const FunctionContext& store_;
  TableDefinition definition_;
  Statement statement_;
  std::optional<ColumnChanges> columns_;  // of a table
  bool changes_columns_ = false;
};

[[noreturn]] void throw_unsupported(const TableDefinition& definition, const Alter& statement,
                                    const AlterCommand& command) {
  Alter single;
  single.name = statement.name;
  single.commands.push_back(command);
  Statement text;
  text.body = std::move(single);
  const bool is_view = definition.kind != TableKind::Table;
  throw Error(ErrorCode::NotImplemented, (is_view ? "This change of a view is not supported: "
                                                  : "This change is not supported yet: ") +
                                             to_sql(text));
}

void materialize_ttl(DdlScope& scope, const TableDefinition& table, const AlterCommand& command) {
  if (command.partition) {
    throw Error(ErrorCode::NotImplemented,
                "MATERIALIZE TTL IN PARTITION is not supported: " + table.name);
  }
  if (table.kind != TableKind::Table) {
    throw Error(ErrorCode::NotImplemented, "A view has no TTL: " + display_name(table));
  }
  const bool has_ttl = !table.ttl_rules.empty() ||
                       std::ranges::any_of(table.columns, [](const ColumnDefinition& column) {
                         return !column.ttl.empty();
                       });
  if (!has_ttl) {
    throw Error(ErrorCode::IncorrectQuery,
                "Cannot MATERIALIZE TTL as there is no TTL set for table " + display_name(table));
  }
  scope.services.store.purge_expired(table.id, /*now=*/true);
}

// One try: false when another statement changed the table meanwhile.
bool change_definition(DdlScope& scope, const Alter& statement, const TableName& name) {
  scope.context.snapshot = scope.services.store.snapshot();
  const TableDefinitionPtr old = require_table(scope.snapshot(), name).definition;
  SelectRunner runner(scope.context, scope.services.executor, scope.services.system_tables);
  BindContext bind = runner.bind_context();
  bind.run_subquery = nullptr;  // defaults hold none
  const FunctionContext store = store_functions(scope);
  DefinitionEdit edit(*old, bind, store);
  bool changes = false;
  for (const AlterCommand& command : statement.commands) {
    if (is_partition_command(command) || command.kind == AlterKind::MaterializeTtl) continue;
    if (!edit.apply(command)) throw_unsupported(*old, statement, command);
    changes = true;
  }
  if (!changes) return true;
  const bool changes_columns = edit.changes_columns();
  const auto altered = std::make_shared<const TableDefinition>(edit.take());
  if (changes_columns) check_views(scope, old, altered, edit.gone());
  return scope.services.store.alter_table(old, *altered);
}

}  // namespace

void alter(DdlScope& scope, const Alter& statement) {
  const TableName name = with_database(statement.name, scope.database());
  {
    // Shared: INSERTs go on, and convert their rows when they commit. What they follow, and the
    // tables' names, stay.
    ReaderLock lock(scope.services.catalog_lock);
    while (!change_definition(scope, statement, name)) {
    }
    for (const AlterCommand& command : statement.commands) {
      if (!is_partition_command(command)) continue;
      scope.context.snapshot = scope.services.store.snapshot();
      alter_partition(scope, *require_table(scope.snapshot(), name).definition, command);
    }
  }
  // Held: commits make other versions of the table meanwhile.
  const SnapshotPtr snapshot = scope.services.store.snapshot();
  const TableVersion* table = snapshot->find(name.database, name.table);
  if (table == nullptr) return;
  for (const AlterCommand& command : statement.commands) {
    if (command.kind == AlterKind::MaterializeColumn) {
      scope.services.store.rewrite_outdated_segments(table->definition->id);
    } else if (command.kind == AlterKind::MaterializeProjection) {
      // All rows that there are, of whichever partition: it is made without being asked, too.
      scope.services.store.flush_table(table->definition->id);
      scope.services.store.build_rollups(table->definition->id);
    } else if (command.kind == AlterKind::MaterializeTtl) {
      materialize_ttl(scope, *table->definition, command);
    }
  }
}

void create_rollup(DdlScope& scope, const CreateRollup& create) {
  AlterCommand command;
  command.kind = AlterKind::AddProjection;
  command.if_not_exists = create.if_not_exists;
  command.name = create.definition.name;
  command.projection = create.definition;
  alter(scope, Alter{create.table, {std::move(command)}});
}

void drop_rollup(DdlScope& scope, const DropRollup& drop) {
  AlterCommand command;
  command.kind = AlterKind::DropProjection;
  command.if_exists = drop.if_exists;
  command.name = drop.name;
  alter(scope, Alter{drop.table, {std::move(command)}});
}

}  // namespace freshet
