#include "query/engine/show.h"

#include <algorithm>

#include "query/engine/catalog_names.h"
#include "query/engine/create_text.h"
#include "query/engine/select_runner.h"
#include "query/engine/syntax_tree_text.h"
#include "query/engine/system_rows.h"
#include "query/engine/system_table_entry.h"
#include "query/engine/table_description.h"
#include "query/sql/ast_printer.h"
#include "query/sql/keywords.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

using Rows = std::pair<Schema, Chunk>;

struct ShowScope {
  EngineServices& services;
  QueryContext& context;
};

Rows text_column(const std::string& name, const std::vector<std::string>& lines) {
  auto column = std::make_shared<StringColumn>();
  for (const std::string& line : lines) column->append_string(line);
  Rows rows;
  rows.first.add(name, simple_type(TypeId::String));
  rows.second.row_count = lines.size();
  rows.second.columns.push_back(std::move(column));
  return rows;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

void require_any_database(const ShowScope& scope, const std::string& name) {
  if (!is_virtual_database(name)) require_database(*scope.context.snapshot, name);
}

// Most of SHOW is a SELECT over the virtual tables.
Rows select_rows(const ShowScope& scope, const std::string& sql) {
  SelectRunner runner(scope.context, scope.services.executor, scope.services.system_tables);
  LogicalPlan plan = runner.plan(*parse_query_text(sql));
  Rows rows;
  rows.first = plan.schema();
  rows.second = runner.collect(std::move(plan), std::nullopt);
  return rows;
}

// LIKE and WHERE as a condition on `column`, to follow other conditions.
std::string filter_sql(const Show& show, const std::string& column) {
  std::string sql;
  if (show.like) {
    sql += " AND " + column + (show.not_like ? " NOT" : "") +
           (show.case_insensitive ? " ILIKE " : " LIKE ") + quote_string(*show.like);
  }
  if (show.where) sql += " AND (" + to_sql(*show.where) + ")";
  return sql;
}

std::string limit_sql(const Show& show) {
  return show.limit ? " LIMIT " + to_sql(*show.limit) : std::string();
}

Rows show_databases(const ShowScope& scope, const Show& show) {
  return select_rows(scope, "SELECT name FROM system.databases WHERE 1" + filter_sql(show, "name") +
                                " ORDER BY name" + limit_sql(show));
}

Rows show_tables(const ShowScope& scope, const Show& show) {
  const std::string& database = show.database.empty() ? scope.context.database : show.database;
  require_any_database(scope, database);
  const std::string engine = show.full ? ", engine AS table_type" : "";
  return select_rows(scope, "SELECT name" + engine +
                                " FROM system.tables WHERE database = " + quote_string(database) +
                                filter_sql(show, "name") + " ORDER BY name" + limit_sql(show));
}

Rows show_columns(const ShowScope& scope, const Show& show) {
  TableName name = show.name;
  if (!show.database.empty()) name.database = show.database;
  name = with_database(name, scope.context.database);
  if (!is_virtual_database(name.database)) require_table(*scope.context.snapshot, name);
  const std::string more = show.full ? ", CAST(NULL, 'Nullable(String)') AS collation, comment,"
                                       " '' AS privileges"
                                     : "";
  return select_rows(
      scope,
      "SELECT name AS field, type, if(startsWith(type, 'Nullable'), 'YES', 'NO') AS `null`,"
      " multiIf(is_in_primary_key = 1, 'PRI', is_in_sorting_key = 1, 'SOR', '') AS key,"
      " if(default_expression = '', NULL, default_expression) AS `default`, '' AS extra" +
          more + " FROM system.columns WHERE database = " + quote_string(name.database) +
          " AND table = " + quote_string(name.table) + filter_sql(show, "field") +
          " ORDER BY field" + limit_sql(show));
}

// Of one table, or of all of the current database.
Rows show_rollups(const ShowScope& scope, const Show& show) {
  std::string where = quote_string(scope.context.database);
  if (!show.name.table.empty()) {
    const TableName name = with_database(show.name, scope.context.database);
    require_table(*scope.context.snapshot, name);
    where = quote_string(name.database) + " AND table = " + quote_string(name.table);
  }
  return select_rows(
      scope, "SELECT table, name, query, state FROM system.rollups WHERE database = " + where +
                 filter_sql(show, "name") + " ORDER BY table, name" + limit_sql(show));
}

// Values as this query's session has them.
Rows show_settings(const ShowScope& scope, const Show& show) {
  Rows rows = select_rows(scope, "SELECT name, type, value FROM system.settings WHERE 1" +
                                     filter_sql(show, "name") + " ORDER BY name");
  const Settings& settings = scope.context.settings;
  const ColumnPtr names = flat(rows.second.columns[0]);
  auto values = std::make_shared<StringColumn>();
  std::vector<RowIndex> kept;
  for (size_t row = 0; row < rows.second.row_count; ++row) {
    const std::string_view name = static_cast<const StringColumn&>(*names).at(row);
    values->append_string(settings.text(SettingName(name)));
    if (!show.changed || settings.is_changed(name)) kept.push_back(static_cast<RowIndex>(row));
  }
  rows.second.columns[2] = std::move(values);
  rows.second = rows.second.select(kept);
  return rows;
}

Rows show_create(const ShowScope& scope, const Show& show) {
  const Snapshot& snapshot = *scope.context.snapshot;
  if (show.kind == ShowKind::CreateDatabase) {
    require_database(snapshot, show.name.table);
    return text_column("statement", {create_database_text(
                                        show.name.table, snapshot.database_comment(show.name.table),
                                        PrintStyle::MultiLine)});
  }
  const TableName name = with_database(show.name, scope.context.database);
  const TableVersion* version = snapshot.find(name.database, name.table);
  if (version == nullptr) {
    if (!is_virtual_database(name.database)) require_database(snapshot, name.database);
    throw Error(ErrorCode::CannotGetCreateTableQuery,
                "Table " + display_name(name.database, name.table) + " doesn't exist");
  }
  if (show.kind == ShowKind::CreateView && version->definition->kind == TableKind::Table) {
    throw Error(ErrorCode::BadArguments,
                display_name(name.database, name.table) + " is not a VIEW");
  }
  return text_column("statement", {create_text(*version->definition, PrintStyle::MultiLine)});
}

Rows run(const ShowScope& scope, const Show& show) {
  switch (show.kind) {
    case ShowKind::Databases:
      return show_databases(scope, show);
    case ShowKind::Tables:
      return show_tables(scope, show);
    case ShowKind::Columns:
      return show_columns(scope, show);
    case ShowKind::CreateTable:
    case ShowKind::CreateView:
    case ShowKind::CreateDatabase:
      return show_create(scope, show);
    case ShowKind::ProcessList:
      return select_rows(scope, "SELECT * FROM system.processes ORDER BY elapsed DESC");
    case ShowKind::Settings:
      return show_settings(scope, show);
    case ShowKind::Functions:
      return select_rows(scope, "SELECT * FROM system.functions WHERE 1" +
                                    filter_sql(show, "name") + " ORDER BY name" + limit_sql(show));
    case ShowKind::Rollups:
      return show_rollups(scope, show);
    case ShowKind::Engines:
      return select_rows(scope, "SELECT * FROM system.table_engines ORDER BY name");
  }
  throw Error(ErrorCode::NotImplemented, "This SHOW statement is not supported");
}

Rows describe_columns(const std::vector<DescribedColumn>& columns) {
  Rows rows;
  std::vector<ColumnIndex> all;
  for (const char* name : {"name", "type", "default_type", "default_expression", "comment",
                           "codec_expression", "ttl_expression"}) {
    all.push_back(rows.first.size());
    rows.first.add(name, simple_type(TypeId::String));
  }
  SystemRows cells(rows.first, all);
  for (const DescribedColumn& column : columns) {
    cells.add()
        .set("name", column.name)
        .set("type", column.type->name())
        .set("default_type", column.default_kind)
        .set("default_expression", column.default_expression)
        .set("comment", column.comment)
        .set("codec_expression", column.codec)
        .set("ttl_expression", column.ttl);
  }
  rows.second = cells.take();
  return rows;
}

Rows run(const ShowScope& scope, const Describe& describe) {
  if (const auto* written = std::get_if<TableName>(&describe.table.source)) {
    const TableName name = with_database(*written, scope.context.database);
    const TableVersion* version = scope.context.snapshot->find(name.database, name.table);
    if (version != nullptr) return describe_columns(describe_table(*version).columns);
    if (!is_virtual_database(name.database)) require_table(*scope.context.snapshot, name);
  }
  SelectRunner runner(scope.context, scope.services.executor, scope.services.system_tables);
  std::vector<DescribedColumn> columns;
  const Schema schema = table_expression_schema(describe.table, runner.bind_context());
  for (const NamedType& named : schema.columns()) {
    DescribedColumn column;
    column.name = named.name;
    column.type = named.type;
    columns.push_back(std::move(column));
  }
  return describe_columns(columns);
}

bool exists(const ShowScope& scope, const Exists& exists) {
  const Snapshot& snapshot = *scope.context.snapshot;
  if (exists.kind == ObjectKind::Database) {
    return snapshot.has_database(exists.name.table) || is_virtual_database(exists.name.table);
  }
  if (exists.temporary || exists.kind == ObjectKind::Dictionary) return false;
  const TableName name = with_database(exists.name, scope.context.database);
  const TableVersion* version = snapshot.find(name.database, name.table);
  if (exists.kind == ObjectKind::View) {
    return version != nullptr && version->definition->kind != TableKind::Table;
  }
  return version != nullptr || find_system_table(name.database, name.table) != nullptr;
}

Rows run(const ShowScope& scope, const Exists& statement) {
  Rows rows;
  rows.first.add("result", simple_type(TypeId::UInt8));
  Buffer<uint8_t> cell;
  cell.push_back(exists(scope, statement) ? 1 : 0);
  rows.second.row_count = 1;
  rows.second.columns.push_back(make_number_column<uint8_t>(std::move(cell)));
  return rows;
}

std::optional<Rows> run(const Explain& explain) {
  if (explain.kind == ExplainKind::Syntax) {
    return text_column("explain", split_lines(to_sql(*explain.statement, PrintStyle::MultiLine)));
  }
  if (explain.kind != ExplainKind::Ast) return std::nullopt;
  const auto* query = std::get_if<QueryPtr>(&explain.statement->body);
  if (query == nullptr) {
    throw Error(ErrorCode::NotImplemented,
                "EXPLAIN AST shows queries only: " + to_sql(*explain.statement));
  }
  return text_column("explain", split_lines(syntax_tree_text(**query)));
}

}  // namespace

std::optional<std::pair<Schema, Chunk>> run_show(EngineServices& services, QueryContext& context,
                                                 const Statement& statement) {
  const ShowScope scope{services, context};
  if (const auto* show = std::get_if<Show>(&statement.body)) return run(scope, *show);
  if (const auto* describe = std::get_if<Describe>(&statement.body)) return run(scope, *describe);
  if (const auto* exists = std::get_if<Exists>(&statement.body)) return run(scope, *exists);
  if (const auto* explain = std::get_if<Explain>(&statement.body)) return run(*explain);
  return std::nullopt;
}

}  // namespace freshet
