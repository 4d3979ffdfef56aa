#include "query/engine/create_text.h"

#include <utility>

#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {

Statement create_statement(const TableDefinition& definition) {
  Statement statement = parse_statement(definition.create_sql);
  TableName name;
  name.database = definition.database;
  name.table = definition.name;
  if (auto* table = std::get_if<CreateTable>(&statement.body)) {
    table->name = std::move(name);
  } else if (auto* view = std::get_if<CreateView>(&statement.body)) {
    view->name = std::move(name);
  } else {
    throw Error(ErrorCode::CannotGetCreateTableQuery,
                "The catalog does not know how the table was made: " + definition.name);
  }
  return statement;
}

std::string create_text(const TableDefinition& definition, PrintStyle style) {
  return to_sql(create_statement(definition), style);
}

std::string create_database_text(const std::string& name, const std::string& comment,
                                 PrintStyle style) {
  CreateDatabase create;
  create.name = name;
  create.engine.emplace();
  create.engine->name = "Atomic";
  create.comment = comment;
  Statement statement;
  statement.body = std::move(create);
  return to_sql(statement, style);
}

std::string engine_text(const TableDefinition& definition) {
  if (definition.kind != TableKind::Table) return {};
  const Statement statement = create_statement(definition);
  const auto* table = std::get_if<CreateTable>(&statement.body);
  return table == nullptr ? std::string() : to_sql(table->storage);
}

}  // namespace freshet
