#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/create_text.h"
#include "query/engine/ddl_statements.h"
#include "query/engine/select_runner.h"
#include "query/engine/table_elements.h"
#include "query/engine/table_engine.h"
#include "query/engine/table_rollups.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

void refuse_unsupported(const CreateTable& create) {
  const auto refuse = [](std::string_view what, const std::string& name) {
    throw Error(ErrorCode::NotImplemented, std::string(what) + " is not supported: " + name);
  };
  if (create.temporary) refuse("CREATE TEMPORARY TABLE", create.name.table);
  if (create.clone) refuse("CREATE TABLE .. CLONE AS", create.name.table);
}

// Elements and storage of the other table, where the statement says nothing.
void copy_definition(CreateTable& create, const TableVersion& other) {
  const TableDefinition& definition = *other.definition;
  if (create.elements.columns.empty()) {
    for (const ColumnDefinition& column : definition.columns) {
      create.elements.columns.push_back(declare_column(column));
    }
  }
  if (definition.kind != TableKind::Table) return;
  const Statement statement = create_statement(definition);
  const auto& original = std::get<CreateTable>(statement.body);
  if (create.elements.indexes.empty()) create.elements.indexes = original.elements.indexes;
  if (create.elements.projections.empty()) {
    create.elements.projections = original.elements.projections;
  }
  if (!create.storage.engine) {
    // Clauses that are written win over copied ones.
    StorageClause merged = original.storage;
    if (create.storage.partition_by) merged.partition_by = create.storage.partition_by;
    if (create.storage.order_by || create.storage.primary_key) {
      merged.order_by = create.storage.order_by;
      merged.primary_key = create.storage.primary_key;
    }
    if (create.storage.sample_by) merged.sample_by = create.storage.sample_by;
    if (create.storage.unique_key) merged.unique_key = create.storage.unique_key;
    if (!create.storage.ttl.empty()) merged.ttl = create.storage.ttl;
    if (!create.storage.settings.empty()) merged.settings = create.storage.settings;
    create.storage = std::move(merged);
  }
  if (create.comment.empty()) create.comment = original.comment;
}

// PRIMARY KEY written among the columns, or after a column's type, moves to the storage clause.
void collect_primary_key(CreateTable& create) {
  std::vector<ExpressionPtr> keys;
  for (ColumnDeclaration& column : create.elements.columns) {
    if (!column.primary_key) continue;
    keys.push_back(make_expression(Identifier{{column.name}}, column.range));
    column.primary_key = false;
  }
  ExpressionPtr key = create.elements.primary_key;
  create.elements.primary_key = {};
  if (!keys.empty()) key = make_call("tuple", std::move(keys), {});
  if (!key) return;
  if (create.storage.primary_key) {
    throw Error(ErrorCode::BadArguments,
                "Multiple primary keys are not allowed: " + to_sql(*create.storage.primary_key));
  }
  create.storage.primary_key = std::move(key);
}

// The statement as SHOW CREATE gives it: all types written, an engine, keys where engines have
// them.
std::string canonical_sql(CreateTable create, const TableDefinition& definition) {
  create.if_not_exists = false;
  create.or_replace = false;
  create.replace_only = false;
  create.empty = false;
  create.as_query = {};
  create.as_table.reset();
  create.as_function.reset();
  create.elements.columns.clear();
  for (const ColumnDefinition& column : definition.columns) {
    create.elements.columns.push_back(declare_column(column));
  }
  if (!create.storage.engine) {
    create.storage.engine.emplace();
    create.storage.engine->name = kDefaultEngine;
  }
  if (create.storage.engine->arguments.empty()) create.storage.engine->has_parentheses = false;
  if (find_engine(definition.engine).has_keys && !create.storage.order_by) {
    create.storage.order_by =
        create.storage.primary_key ? create.storage.primary_key : make_call("tuple", {}, {});
  }
  Statement statement;
  statement.body = std::move(create);
  return to_sql(statement);
}

}  // namespace

void create_table(DdlScope& scope, const CreateTable& statement) {
  refuse_unsupported(statement);
  CreateTable create = statement;
  create.name = with_database(create.name, scope.database());
  require_database(scope.snapshot(), create.name.database);
  const bool exists = scope.snapshot().find(create.name.database, create.name.table) != nullptr;
  if (exists && create.if_not_exists) return;
  const bool replace = create.or_replace || create.replace_only;
  if (exists && !replace) {
    throw Error(
        ErrorCode::TableAlreadyExists,
        "Table " + display_name(create.name.database, create.name.table) + " already exists");
  }
  if (create.replace_only) require_table(scope.snapshot(), create.name);

  SelectRunner runner(scope.context, scope.services.executor, scope.services.system_tables);
  BindContext bind = runner.bind_context();
  bind.run_subquery = nullptr;  // defaults and keys hold none
  if (create.as_table) {
    const TableName other = with_database(*create.as_table, scope.database());
    copy_definition(create, require_table(scope.snapshot(), other));
  }
  collect_primary_key(create);

  std::optional<LogicalPlan> rows;
  TableDefinition definition;
  definition.database = create.name.database;
  definition.name = create.name.table;
  if (create.as_query) rows = runner.plan(*create.as_query);
  if (!create.elements.columns.empty()) {
    definition.columns = define_columns(create.elements.columns, bind);
  } else if (rows) {
    definition.columns = define_columns(rows->schema());
  } else if (create.as_function) {
    TableExpression function;
    function.source = *create.as_function;
    definition.columns = define_columns(table_expression_schema(function, bind));
  } else {
    throw Error(ErrorCode::IncorrectQuery,
                "Incorrect CREATE query: required list of column descriptions or AS section or "
                "SELECT");
  }
  check_elements(create.elements, definition.columns, bind);
  apply_storage(create.storage, bind, definition);
  set_rollups(create.elements.projections, store_functions(scope), definition);
  definition.comment = create.comment;
  definition.create_sql = canonical_sql(create, definition);

  FillTables fill;
  if (rows && !create.empty) {
    fill = [&](const std::vector<TableDefinitionPtr>& made) {
      fill_table(scope, *made[0], {}, *rows);
    };
  }
  std::vector<TableDefinition> definitions;
  definitions.push_back(std::move(definition));
  install_tables(scope, std::move(definitions), replace, fill);
}

}  // namespace freshet
