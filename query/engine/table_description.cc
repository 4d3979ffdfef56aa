#include "query/engine/table_description.h"

#include <algorithm>
#include <utility>

#include "query/engine/catalog_names.h"
#include "query/engine/system_table_entry.h"
#include "query/sql/parser.h"
#include "storage/table/table_columns.h"

namespace freshet {

namespace {

void collect_columns(const ExpressionPtr& expression, std::set<std::string>& names) {
  if (const auto* identifier = as<Identifier>(expression)) {
    std::string name;
    for (const std::string& part : identifier->parts) name += (name.empty() ? "" : ".") + part;
    names.insert(std::move(name));
  } else if (const auto* call = as<FunctionCall>(expression)) {
    for (const ExpressionPtr& argument : call->arguments) collect_columns(argument, names);
  }
}

// Columns that key expressions read.
std::set<std::string> columns_read(const std::vector<std::string>& expressions) {
  std::set<std::string> names;
  for (const std::string& text : expressions) {
    if (!text.empty()) collect_columns(parse_expression_text(text), names);
  }
  return names;
}

std::string engine_name(const TableDefinition& definition) {
  switch (definition.kind) {
    case TableKind::Table:
      return definition.engine;
    case TableKind::View:
      return "View";
    case TableKind::MaterializedView:
      return "MaterializedView";
  }
  return {};
}

uint64_t table_bytes(const TableVersion& version) {
  uint64_t bytes = 0;
  for (const auto& segment : version.segments) bytes += segment->reader->file_bytes();
  for (const auto& chunk : version.memtable) bytes += chunk->memory_bytes();
  return bytes;
}

uint64_t encoded_bytes(const TableVersion& version, const std::string& name) {
  const auto column = version.schema.find(name);
  if (!column) return 0;
  uint64_t bytes = 0;
  for (const auto& segment : version.segments) {
    if (const auto place = version.columns->find(segment->reader->schema(), *column)) {
      bytes += segment->reader->column_encoded_bytes(place->stored);
    }
  }
  return bytes;
}

DescribedTable describe_virtual_table(const SystemTableEntry& entry, std::string_view database) {
  DescribedTable table;
  table.database = database;
  table.name = entry.name;
  table.engine = "SystemTables";
  for (const NamedType& named : system_table_schema(entry).columns()) {
    DescribedColumn column;
    column.name = named.name;
    column.type = named.type;
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace

std::string default_kind_text(DefaultKind kind) {
  switch (kind) {
    case DefaultKind::None:
      return "";
    case DefaultKind::Default:
      return "DEFAULT";
    case DefaultKind::Materialized:
      return "MATERIALIZED";
    case DefaultKind::Alias:
      return "ALIAS";
    case DefaultKind::Ephemeral:
      return "EPHEMERAL";
  }
  return "";
}

DescribedTable describe_table(const TableVersion& version) {
  const TableDefinition& definition = *version.definition;
  DescribedTable table;
  table.database = definition.database;
  table.name = definition.name;
  table.engine = engine_name(definition);
  table.uuid = definition.uuid;
  table.comment = definition.comment;
  table.version = &version;
  if (definition.kind == TableKind::Table) {
    table.rows = version.row_count();
    table.bytes = table_bytes(version);
  }
  const auto& primary =
      definition.primary_key.empty() ? definition.order_by : definition.primary_key;
  const std::set<std::string> in_partition = columns_read({definition.partition_by});
  const std::set<std::string> in_sorting = columns_read(definition.order_by);
  const std::set<std::string> in_primary = columns_read(primary);
  for (const ColumnDefinition& defined : definition.columns) {
    DescribedColumn column;
    column.name = defined.name;
    column.type = defined.type;
    column.default_kind = default_kind_text(defined.default_kind);
    column.default_expression = defined.default_expression;
    column.comment = defined.comment;
    column.codec = defined.codec;
    column.ttl = defined.ttl;
    column.in_partition_key = in_partition.contains(defined.name);
    column.in_sorting_key = in_sorting.contains(defined.name);
    column.in_primary_key = in_primary.contains(defined.name);
    column.encoded_bytes = encoded_bytes(version, defined.name);
    table.columns.push_back(std::move(column));
  }
  return table;
}

std::vector<DescribedTable> describe_tables(const Snapshot& snapshot) {
  std::vector<DescribedTable> tables;
  for (const TableVersion* version : snapshot.tables()) {
    if (version->definition->name.starts_with(kUnfinishedTablePrefix)) continue;
    tables.push_back(describe_table(*version));
  }
  for (const SystemTableEntry& entry : all_system_tables()) {
    tables.push_back(describe_virtual_table(entry, entry.database));
    if (entry.database == "information_schema") {
      tables.push_back(describe_virtual_table(entry, "INFORMATION_SCHEMA"));
    }
  }
  std::ranges::sort(tables, [](const DescribedTable& a, const DescribedTable& b) {
    return std::tie(a.database, a.name) < std::tie(b.database, b.name);
  });
  return tables;
}

}  // namespace freshet
