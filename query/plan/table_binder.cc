#include "query/plan/table_binder.h"

#include <algorithm>

#include "query/plan/expression_binder.h"
#include "query/plan/system_tables.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

constexpr size_t kViewDepthMax = 100;

std::vector<ColumnIndex> first_columns(size_t count) {
  std::vector<ColumnIndex> columns(count);
  for (size_t i = 0; i < count; ++i) columns[i] = i;
  return columns;
}

// ALIAS columns are computed above the scan; what nobody reads is pruned later.
void add_alias_columns(const TableDefinition& definition, BoundTables& bound,
                       const BindEnvironment& environment) {
  std::vector<BoundExpressionPtr> added;
  ScopeTable& table = bound.scope.tables[0];
  const size_t stored = bound.plan->schema.size();
  for (const auto& column : definition.columns) {
    if (column.default_kind != DefaultKind::Alias) continue;
    const auto expression = parse_expression_text(column.default_expression);
    ExpressionBinder binder(environment, bound.scope);
    auto value = binder.cast(binder.bind(expression), column.type);
    // An alias may read aliases before it.
    value = rewrite_expression(value, [&](const BoundExpressionPtr& e) -> BoundExpressionPtr {
      const bool earlier = e->kind == BoundExpression::Kind::Column && e->column >= stored &&
                           e->column < kLambdaColumn;
      return earlier ? added[e->column - stored] : nullptr;
    });
    table.columns.push_back({column.name, column.type, stored + added.size(), false});
    added.push_back(with_name(value, column.name));
  }
  if (!added.empty()) bound.plan = append_columns(std::move(bound.plan), added);
}

[[noreturn]] void refuse_final(const std::string& storage) {
  throw Error{ErrorCode::IllegalFinal, "Storage " + storage + " doesn't support FINAL"};
}

// Merged rows that FINAL does not show: deleted ones, and cancel rows that wait for their states.
BoundExpressionPtr shown_by_final(const TableDefinition& definition, const Schema& schema,
                                  const FunctionContext& functions) {
  const auto column_is = [&](const std::string& name, Value value, TypeId type) {
    const auto column = schema.find(name);
    const auto constant = constant_expression(std::move(value), simple_type(type));
    return function_expression("equals", functions, {column_of(schema, *column), constant});
  };
  const auto& arguments = definition.engine_arguments;
  if (definition.merge_mode == MergeMode::Replacing && arguments.size() > 1) {
    return column_is(arguments[1], Value(uint64_t{0}), TypeId::UInt8);
  }
  if (definition.merge_mode == MergeMode::Collapsing) {
    return column_is(arguments[0], Value(int64_t{1}), TypeId::Int8);
  }
  return nullptr;
}

BoundTables bind_stored_table(const TableVersion& version, const TableDefinition& named, bool final,
                              const BindEnvironment& environment) {
  ScanNode scan;
  scan.snapshot = environment.context.snapshot;
  scan.table = &version;
  scan.columns = first_columns(version.schema.size());
  scan.outputs = scan.columns;
  if (final) {
    scan.final.emplace().across_partitions =
        !environment.context.do_not_merge_across_partitions_select_final;
  }
  BoundTables bound{make_plan(std::move(scan), version.schema), {}};
  if (final) {
    auto shown =
        shown_by_final(*version.definition, version.schema, *environment.context.functions);
    if (shown != nullptr) {
      bound.plan = make_plan(FilterNode{{std::move(shown)}}, version.schema, std::move(bound.plan));
    }
  }
  ScopeTable table;
  table.database = named.database;
  table.table = named.name;
  for (ColumnIndex i = 0; i < version.schema.size(); ++i) {
    table.columns.push_back({version.schema[i].name, version.schema[i].type, i, true});
  }
  for (const auto& column : version.definition->columns) {
    if (column.default_kind != DefaultKind::Materialized) continue;
    for (auto& in_scope : table.columns) {
      if (in_scope.name == column.name) in_scope.in_asterisk = false;
    }
  }
  bound.scope.tables.push_back(std::move(table));
  add_alias_columns(*version.definition, bound, environment);
  return bound;
}

void rename_columns(BoundTables& bound, const std::vector<std::string>& names,
                    const std::string& where) {
  auto& columns = bound.scope.tables[0].columns;
  if (names.empty()) return;
  if (names.size() != columns.size()) {
    throw Error{ErrorCode::IncorrectNumberOfColumns,
                "Number of column aliases does not match number of columns in " + where};
  }
  for (size_t i = 0; i < names.size(); ++i) columns[i].name = names[i];
}

BoundTables bind_subquery(const Query& query, const BindEnvironment& environment) {
  LogicalPlan plan = bind_query(query, environment);
  BoundTables bound;
  bound.scope = scope_of(plan.schema());
  bound.plan = std::move(plan.root);
  return bound;
}

bool has_asterisk(const Query& query) {
  const auto* select = std::get_if<Select>(&query.body);
  if (select == nullptr) return has_asterisk(*std::get<SetOperation>(query.body).operands[0]);
  return std::ranges::any_of(select->list, [](const ExpressionPtr& item) {
    return as<Asterisk>(item) != nullptr || as<ColumnsMatcher>(item) != nullptr;
  });
}

// Which result column of the view's SELECT each of its columns is: by position, but by name where
// `SELECT *` gives others since the table was altered. (A view with names of its own for `*`, too,
// goes by position: none of them is in the result.)
std::vector<ColumnIndex> view_column_positions(const TableDefinition& view, const Query& query,
                                               const Schema& result) {
  std::vector<ColumnIndex> positions;
  const ColumnDefinition* missing = nullptr;
  for (const ColumnDefinition& column : view.columns) {
    if (const auto found = result.find(column.name)) {
      positions.push_back(*found);
    } else if (missing == nullptr) {
      missing = &column;
    }
  }
  const bool by_name = has_asterisk(query) && !positions.empty();
  if (!by_name && view.columns.size() == result.size()) return first_columns(result.size());
  if (missing == nullptr) return positions;
  throw Error{ErrorCode::UnknownIdentifier, "Unknown expression identifier '" + missing->name +
                                                "' in scope of view " + view.name};
}

// The stored SELECT, in the view's database, with the types that the view was created with.
BoundTables bind_view(const TableDefinition& view, const BindEnvironment& environment) {
  if (environment.view_depth >= kViewDepthMax) {
    throw Error{ErrorCode::TooDeepRecursion, "Views are nested too deeply: " + view.name};
  }
  BindContext context = environment.context;
  context.database = view.database;
  context.parameters.clear();
  const BindEnvironment inside{context, nullptr, {}, {}, environment.view_depth + 1};
  const QueryPtr query = parse_query_text(view.select);
  BoundTables bound = bind_subquery(*query, inside);
  const size_t count = view.columns.size();
  const std::vector<ColumnIndex> positions =
      view_column_positions(view, *query, bound.plan->schema);
  {
    NameScope scope;
    ExpressionBinder binder(environment, scope);
    std::vector<BoundExpressionPtr> columns;
    Schema schema;
    bool changed = count != bound.plan->schema.size();
    for (ColumnIndex i = 0; i < count; ++i) {
      const auto& column = view.columns[i];
      columns.push_back(with_name(
          binder.cast(column_of(bound.plan->schema, positions[i]), column.type), column.name));
      changed |= columns.back()->kind != BoundExpression::Kind::Column || positions[i] != i;
      schema.add(column.name, column.type);
    }
    if (changed) {
      bound.plan = make_plan(ProjectNode{std::move(columns)}, schema, std::move(bound.plan));
    } else {
      bound.plan->schema = schema;
    }
    bound.scope = scope_of(schema);
  }
  bound.scope.tables[0].database = view.database;
  bound.scope.tables[0].table = view.name;
  return bound;
}

BoundTables bind_virtual_table(const std::string& database, const std::string& table, Schema schema,
                               const BindEnvironment& environment) {
  SystemTableNode node{environment.context.system_tables, database, table,
                       first_columns(schema.size())};
  BoundTables bound{make_plan(std::move(node), schema), scope_of(schema)};
  bound.scope.tables[0].database = database;
  bound.scope.tables[0].table = table;
  return bound;
}

[[noreturn]] void throw_unknown_table(const std::string& database, const TableName& name,
                                      const BindContext& context) {
  const auto* system = context.system_tables;
  const auto system_names =
      system == nullptr ? std::vector<std::string>() : system->table_names(database);
  const bool known = database == "system" || !system_names.empty() ||
                     (context.snapshot && context.snapshot->has_database(database));
  if (!known) {
    const auto databases =
        context.snapshot ? context.snapshot->databases() : std::vector<std::string>();
    throw Error{ErrorCode::UnknownDatabase,
                "Database " + database + " does not exist" +
                    maybe_you_meant(similar_names(database, databases))};
  }
  std::vector<std::string> tables = system_names;
  if (context.snapshot) {
    for (const auto* table : context.snapshot->tables()) {
      if (table->definition->database == database) tables.push_back(table->definition->name);
    }
  }
  const std::string written = name.database.empty() ? name.table : name.database + "." + name.table;
  throw Error{ErrorCode::UnknownTable, "Unknown table expression identifier '" + written + "'" +
                                           maybe_you_meant(similar_names(name.table, tables))};
}

BoundTables bind_named_table(const TableName& name, bool final,
                             const BindEnvironment& environment) {
  const BindContext& context = environment.context;
  if (name.database.empty()) {
    if (const auto* common = environment.find_table(name.table)) {
      BoundTables bound = bind_subquery(*common->query, *common->environment);
      rename_columns(bound, common->column_aliases, name.table);
      bound.scope.tables[0].table = name.table;
      return bound;
    }
  }
  const std::string& database = name.database.empty() ? context.database : name.database;
  const TableVersion* version =
      context.snapshot ? context.snapshot->find(database, name.table) : nullptr;
  if (version != nullptr) {
    const TableDefinition& definition = *version->definition;
    if (definition.kind == TableKind::View) return bind_view(definition, environment);
    if (definition.kind == TableKind::MaterializedView) {
      version = context.snapshot->find(definition.target);
      if (version == nullptr) {
        throw Error{ErrorCode::UnknownTable,
                    "Target table of the materialized view does not exist: " + name.table};
      }
    }
    if (context.inserted_rows != nullptr &&
        context.inserted_rows->definition->id == version->definition->id) {
      version = context.inserted_rows;
    }
    // What a view is fed are rows as they were inserted.
    const bool merges =
        version->definition->merge_mode != MergeMode::Plain && version != context.inserted_rows;
    if (final && version->definition->merge_mode == MergeMode::Plain)
      refuse_final(version->definition->engine);
    return bind_stored_table(*version, definition, merges && (final || context.final), environment);
  }
  if (database == "system") {
    if (auto bound = bind_builtin_system_table(name.table)) {
      if (final) refuse_final(name.table);
      bound->scope.tables[0].database = database;
      bound->scope.tables[0].table = name.table;
      return std::move(*bound);
    }
  }
  if (context.system_tables != nullptr) {
    if (auto schema = context.system_tables->find(database, name.table)) {
      if (final) refuse_final(name.table);
      return bind_virtual_table(database, name.table, std::move(*schema), environment);
    }
  }
  throw_unknown_table(database, name, context);
}

}  // namespace

NameScope scope_of(const Schema& schema, std::string alias) {
  ScopeTable table;
  table.alias = std::move(alias);
  for (ColumnIndex i = 0; i < schema.size(); ++i) {
    table.columns.push_back({schema[i].name, schema[i].type, i, true});
  }
  NameScope scope;
  scope.tables.push_back(std::move(table));
  return scope;
}

BoundExpressionPtr column_of(const Schema& schema, ColumnIndex column) {
  return column_expression(column, schema[column].type, schema[column].name);
}

PlanNodePtr append_columns(PlanNodePtr plan, const std::vector<BoundExpressionPtr>& added) {
  ProjectNode project;
  Schema schema = plan->schema;
  for (ColumnIndex i = 0; i < schema.size(); ++i) {
    project.expressions.push_back(column_of(schema, i));
  }
  for (const auto& expression : added) {
    project.expressions.push_back(expression);
    schema.add(expression->name, expression->type);
  }
  return make_plan(std::move(project), std::move(schema), std::move(plan));
}

BoundTables bind_table(const TableExpression& table, const BindEnvironment& environment) {
  if (table.sample) {
    throw Error{ErrorCode::NotImplemented, "SAMPLE is not supported: " + to_sql(*table.sample)};
  }
  BoundTables bound;
  if (const auto* name = std::get_if<TableName>(&table.source)) {
    bound = bind_named_table(*name, table.final, environment);
  } else if (const auto* query = std::get_if<QueryPtr>(&table.source)) {
    if (table.final) {
      throw Error{
          ErrorCode::UnsupportedMethod,
          "Table expression modifiers FINAL are not supported for subquery " + to_sql(**query)};
    }
    bound = bind_subquery(**query, environment);
  } else {
    const auto& function = std::get<TableFunction>(table.source);
    if (table.final) refuse_final(as<FunctionCall>(function.call)->name);
    bound = bind_table_function(*as<FunctionCall>(function.call), environment);
  }
  if (!table.alias.empty()) bound.scope.tables[0].alias = table.alias;
  rename_columns(bound, table.column_aliases, table.alias);
  return bound;
}

BoundTables bind_from(const Select& select, const BindEnvironment& environment) {
  if (!select.from) {
    const TableVersion* rows = environment.context.rows_without_from;
    if (rows != nullptr) return bind_stored_table(*rows, *rows->definition, false, environment);
    ValuesNode one_row;
    one_row.chunk.row_count = 1;
    return {make_plan(std::move(one_row), Schema()), NameScope()};
  }
  BoundTables bound = bind_table(*select.from, environment);
  for (const auto& step : select.joins) {
    if (const auto* join = std::get_if<Join>(&step)) {
      bound = bind_join(std::move(bound), bind_table(join->table, environment), *join, environment);
    } else {
      bound = bind_array_join(std::move(bound), std::get<ArrayJoin>(step), environment);
    }
  }
  return bound;
}

}  // namespace freshet
