#include <algorithm>
#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/create_text.h"
#include "query/engine/ddl_statements.h"
#include "query/engine/select_runner.h"
#include "query/engine/table_elements.h"
#include "query/engine/table_indexes.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

std::string setting_text(const Literal& literal) {
  if (const auto* text = std::get_if<std::string>(&literal.value)) return *text;
  if (const auto* flag = std::get_if<bool>(&literal.value)) return *flag ? "1" : "0";
  return literal.text;
}

// A definition and its statement, changed together.
class DefinitionEdit {
 public:
  explicit DefinitionEdit(const TableDefinition& definition)
      : definition_(definition), statement_(create_statement(definition)) {}

  // False: the command is none of those that only change the definition.
  bool apply(const AlterCommand& command) {
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
      case AlterKind::ModifySetting:
        for (const SettingChange& change : command.settings) set(change);
        return true;
      case AlterKind::ResetSetting:
        for (const std::string& name : command.setting_names) reset(name);
        return true;
      default:
        if (auto* table = std::get_if<CreateTable>(&statement_.body)) {
          return alter_indexes(command, table->elements.indexes);
        }
        return false;
    }
  }

  TableDefinition take() {
    definition_.create_sql = to_sql(statement_);
    return std::move(definition_);
  }

 private:
  TableElements& elements() {
    auto* table = std::get_if<CreateTable>(&statement_.body);
    return table != nullptr ? table->elements : std::get<CreateView>(statement_.body).elements;
  }

  StorageClause& storage() {
    auto* table = std::get_if<CreateTable>(&statement_.body);
    if (table == nullptr) {
      throw Error(ErrorCode::NotImplemented,
                  "A view has no settings: " + display_name(definition_));
    }
    return table->storage;
  }

  void comment_column(const AlterCommand& command) {
    const auto column =
        std::ranges::find(definition_.columns, command.name, &ColumnDefinition::name);
    if (column == definition_.columns.end()) {
      if (command.if_exists) return;
      throw Error(ErrorCode::NoSuchColumnInTable, "There is no column " + command.name +
                                                      " in table " + display_name(definition_));
    }
    column->comment = command.comment;
    for (ColumnDeclaration& declaration : elements().columns) {
      if (declaration.name == command.name) declaration.comment = command.comment;
    }
  }

  void set(const SettingChange& change) {
    auto& settings = storage().settings;
    std::erase_if(settings, [&](const SettingChange& old) { return old.name == change.name; });
    settings.push_back(change);
    definition_.settings[change.name] = setting_text(change.value);
  }

  void reset(const std::string& name) {
    std::erase_if(storage().settings, [&](const SettingChange& old) { return old.name == name; });
    definition_.settings.erase(name);
  }

  TableDefinition definition_;
  Statement statement_;
};

}  // namespace

void alter(DdlScope& scope, const Alter& statement) {
  const TableName name = with_database(statement.name, scope.database());
  const TableVersion& table = require_table(scope.snapshot(), name);
  DefinitionEdit edit(*table.definition);
  SelectRunner runner(scope.context, scope.services.executor, scope.services.system_tables);
  for (const AlterCommand& command : statement.commands) {
    if (command.kind == AlterKind::AddIndex) {
      check_index(command.index, table.schema, runner.bind_context());
    }
    if (edit.apply(command)) continue;
    Alter single;
    single.name = statement.name;
    single.commands.push_back(command);
    Statement text;
    text.body = std::move(single);
    throw Error(ErrorCode::NotImplemented, "This change is not supported yet: " + to_sql(text));
  }
  scope.services.store.replace_definition(edit.take());
}

}  // namespace freshet
