#include <algorithm>
#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/column_defaults.h"
#include "query/engine/ddl_statements.h"
#include "query/engine/select_runner.h"
#include "query/engine/table_elements.h"
#include "query/engine/table_engine.h"
#include "query/engine/view_query.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// The view's columns: as declared, or the query's, renamed by `CREATE VIEW v (a, b)`.
std::vector<ColumnDefinition> view_columns(const CreateView& create, const Schema& result,
                                           const BindContext& bind) {
  if (!create.elements.projections.empty()) {
    throw Error(ErrorCode::NotImplemented,
                "A view has no projections: " + create.elements.projections[0].name);
  }
  if (!create.elements.columns.empty()) {
    return define_columns(create.elements.columns, bind);
  }
  if (create.column_aliases.empty()) return define_columns(result);
  if (create.column_aliases.size() != result.size()) {
    throw Error(ErrorCode::NumberOfColumnsDoesntMatch,
                "The view has " + std::to_string(create.column_aliases.size()) +
                    " names for the query's columns, which are " + std::to_string(result.size()));
  }
  Schema renamed;
  for (ColumnIndex i = 0; i < result.size(); ++i) {
    renamed.add(create.column_aliases[i], result[i].type);
  }
  return define_columns(renamed);
}

std::string canonical_sql(CreateView create, const std::vector<ColumnDefinition>& columns) {
  create.if_not_exists = false;
  create.or_replace = false;
  create.populate = false;
  create.empty = false;
  create.column_aliases.clear();
  create.elements = {};
  for (const ColumnDefinition& column : columns) {
    create.elements.columns.push_back(declare_column(column));
  }
  Statement statement;
  statement.body = std::move(create);
  return to_sql(statement);
}

// The result column that a GROUP BY key is: by position, alias or equal expression.
std::string column_of_key(const Select& select, const ExpressionPtr& key, const Schema& result) {
  if (select.list.size() != result.size()) {
    // `*` in the list: only names can be told.
    const auto* identifier = as<Identifier>(key);
    if (identifier == nullptr || !result.find(identifier->parts.back())) return {};
    return identifier->parts.back();
  }
  if (const auto* literal = as<Literal>(key)) {
    const auto* position = std::get_if<uint64_t>(&literal->value);
    const bool fits = position != nullptr && *position >= 1 && *position <= result.size();
    return fits ? result[*position - 1].name : std::string();
  }
  for (ColumnIndex i = 0; i < result.size(); ++i) {
    const ExpressionPtr& item = select.list[i];
    const auto* identifier = as<Identifier>(key);
    const bool named = identifier != nullptr && identifier->parts.size() == 1 &&
                       (identifier->parts[0] == item->alias ||
                        identifier->parts[0] == result[i].name);
    if (named || *with_alias(item, "") == *with_alias(key, "")) return result[i].name;
  }
  return {};
}

// Inner tables are sorted by the GROUP BY keys when nothing else is said: these are what their rows
// are merged by.
ExpressionPtr default_order_by(const Query& query, const Schema& result) {
  std::vector<ExpressionPtr> keys;
  const auto* select = std::get_if<Select>(&query.body);
  if (select != nullptr && select->group_by) {
    for (const ExpressionPtr& key : select->group_by->keys) {
      const std::string column = column_of_key(*select, key, result);
      if (!column.empty()) keys.push_back(make_expression(Identifier{{column}}, {}));
    }
  }
  return make_call("tuple", std::move(keys), {});
}

TableDefinition define_inner_table(CreateView& create, const TableDefinition& view,
                                   const Schema& result, const BindContext& bind) {
  StorageClause& storage = create.storage;
  if (!storage.engine) {
    storage.engine.emplace();
    storage.engine->name = kDefaultEngine;
  }
  if (find_engine(storage.engine->name).has_keys && !storage.order_by && !storage.primary_key) {
    storage.order_by = default_order_by(*create.query, result);
  }
  TableDefinition inner;
  inner.database = view.database;
  inner.name = std::string(kInnerTablePrefix) + view.name;
  inner.columns = view.columns;
  apply_storage(storage, bind, inner);

  CreateTable table;
  table.name.database = inner.database;
  table.name.table = inner.name;
  for (const ColumnDefinition& column : inner.columns) {
    table.elements.columns.push_back(declare_column(column));
  }
  table.storage = storage;
  Statement statement;
  statement.body = std::move(table);
  inner.create_sql = to_sql(statement);
  return inner;
}

// Each column of the SELECT is one of the target's, by name.
void check_target(const TableDefinition& target, const Schema& result, const BindContext& bind) {
  if (target.kind != TableKind::Table) {
    throw Error(ErrorCode::BadArguments,
                "A materialized view can only write to a table, not to " + display_name(target));
  }
  for (const NamedType& column : result.columns()) {
    const auto found =
        std::ranges::find(target.columns, column.name, &ColumnDefinition::name);
    if (found == target.columns.end() || found->default_kind == DefaultKind::Alias) {
      throw Error(ErrorCode::ThereIsNoColumn,
                  "SELECT query outputs column with name '" + column.name +
                      "', which is not found in the target table. Use 'AS' to assign alias that "
                      "matches a column name");
    }
    const BoundExpressionPtr cell = column_expression(0, column.type, column.name);
    check_castable(*cell, found->type, *bind.functions);
  }
}

struct ViewParts {
  CreateView create;  // with full names
  TableDefinition view;
  Schema result;  // of its SELECT
};

ViewParts define_view(DdlScope& scope, const CreateView& statement, SelectRunner& runner,
                      const BindContext& bind) {
  ViewParts parts{statement, {}, {}};
  CreateView& create = parts.create;
  create.name = with_database(create.name, scope.database());
  create.query = qualify_tables(create.query, scope.database());
  if (create.to) create.to = with_database(*create.to, scope.database());
  parts.result = runner.plan(*create.query).schema();
  TableDefinition& view = parts.view;
  view.kind = create.materialized ? TableKind::MaterializedView : TableKind::View;
  view.database = create.name.database;
  view.name = create.name.table;
  view.columns = view_columns(create, parts.result, bind);
  view.select = to_sql(*create.query);
  view.comment = create.comment;
  return parts;
}

void create_plain_view(DdlScope& scope, ViewParts parts) {
  parts.view.create_sql = canonical_sql(parts.create, parts.view.columns);
  std::vector<TableDefinition> definitions;
  definitions.push_back(std::move(parts.view));
  install_tables(scope, std::move(definitions), parts.create.or_replace);
}

void create_materialized_view(DdlScope& scope, ViewParts parts, SelectRunner& runner,
                              const BindContext& bind) {
  CreateView& create = parts.create;
  TableDefinition& view = parts.view;
  const std::optional<TableName> followed = followed_table(*create.query);
  if (!followed) {
    throw Error(ErrorCode::NotImplemented,
                "A materialized view must follow a table: its SELECT needs one in FROM: " +
                    view.select);
  }
  const TableDefinition& source = *require_table(scope.snapshot(), *followed).definition;
  if (source.kind == TableKind::View) {
    throw Error(ErrorCode::NotImplemented,
                "A materialized view can only follow a table, not " + display_name(source));
  }
  view.source = source.kind == TableKind::MaterializedView ? source.target : source.id;

  std::vector<TableDefinition> definitions;
  if (create.to) {
    if (create.storage.engine) {
      throw Error(ErrorCode::IncorrectQuery,
                  "A materialized view has either TO or ENGINE, not both: " + view.name);
    }
    if (create.populate) {
      throw Error(ErrorCode::IncorrectQuery,
                  "POPULATE cannot be used with TO: insert the old rows into the target: " +
                      view.name);
    }
    const TableDefinition& target = *require_table(scope.snapshot(), *create.to).definition;
    check_target(target, parts.result, bind);
    view.target = target.id;
  } else {
    TableDefinition inner = define_inner_table(create, view, parts.result, bind);
    check_target(inner, parts.result, bind);
    inner.id = scope.services.store.reserve_table_id();
    view.target = inner.id;
    definitions.push_back(std::move(inner));
  }
  view.create_sql = canonical_sql(create, view.columns);
  definitions.push_back(std::move(view));

  FillTables fill;
  LogicalPlan rows;
  if (create.populate) {
    rows = runner.plan(*create.query);
    std::vector<std::string> names;
    for (const NamedType& column : parts.result.columns()) names.push_back(column.name);
    fill = [&scope, &rows, names](const std::vector<TableDefinitionPtr>& made) {
      fill_table(scope, *made[0], names, rows);
    };
  }
  install_tables(scope, std::move(definitions), create.or_replace, fill);
}

}  // namespace

void create_view(DdlScope& scope, const CreateView& statement) {
  const TableName name = with_database(statement.name, scope.database());
  require_database(scope.snapshot(), name.database);
  const bool exists = scope.snapshot().find(name.database, name.table) != nullptr;
  if (exists && statement.if_not_exists) return;
  if (exists && !statement.or_replace) {
    throw Error(ErrorCode::TableAlreadyExists,
                "Table " + display_name(name.database, name.table) + " already exists");
  }
  SelectRunner runner(scope.context, scope.services.executor, scope.services.system_tables);
  BindContext bind = runner.bind_context();
  bind.run_subquery = nullptr;  // defaults and keys hold none
  ViewParts parts = define_view(scope, statement, runner, bind);
  if (statement.materialized) {
    create_materialized_view(scope, std::move(parts), runner, bind);
  } else {
    create_plain_view(scope, std::move(parts));
  }
}

}  // namespace freshet
