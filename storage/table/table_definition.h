// TableDefinition: everything CREATE TABLE said about one table or view, immutable once shared.
//
// SQL expressions are kept as text; storage compiles the keys through ChunkFunctionCompiler, the
// query layer compiles the rest.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/strong_id.h"
#include "storage/column/schema.h"

namespace freshet {

enum class DefaultKind : uint8_t { None, Default, Materialized, Alias, Ephemeral };

struct ColumnDefinition {
  std::string name;
  DataTypePtr type;
  DefaultKind default_kind = DefaultKind::None;
  std::string default_expression;
  std::string comment;
  std::string codec;
  std::string ttl;
};

enum class TableKind : uint8_t { Table, View, MaterializedView };

// What merging rows of equal sort key means.
enum class MergeMode : uint8_t { Plain, Replacing, Summing, Aggregating, Collapsing, VersionedCollapsing };

struct TableDefinition {
  TableId id;
  std::string database;
  std::string name;
  std::string uuid;
  TableKind kind = TableKind::Table;
  // As written, "MergeTree" when left out; empty for views.
  std::string engine;
  std::vector<std::string> engine_arguments;
  MergeMode merge_mode = MergeMode::Plain;
  std::vector<ColumnDefinition> columns;
  // Expressions, in order. primary_key is a prefix of order_by; empty: the same.
  std::vector<std::string> order_by;
  std::vector<std::string> primary_key;
  std::string partition_by;
  // Stored columns of which no two rows have equal cells: a new row replaces the old one. Empty:
  // rows are just added.
  std::vector<std::string> unique_key;
  std::string ttl;
  std::map<std::string, std::string> settings;
  std::string comment;
  // Views: the SELECT's canonical text.
  std::string select;
  // MaterializedView: the table read and the table that holds its rows.
  TableId source;
  TableId target;
  // DDL text for SHOW CREATE, without database-specific state.
  std::string create_sql;

  // Stored columns, in order: all but Alias and Ephemeral ones.
  Schema stored_schema() const;
};

using TableDefinitionPtr = std::shared_ptr<const TableDefinition>;

}  // namespace freshet
