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

// A column under an earlier type.
struct PastColumn {
  std::string stored_as;
  DataTypePtr type;
};

// One element of a table's TTL. Rows are expired from the moment that `expression` gives, when
// `where` holds: they go, or with `group_by` become one row for each group.
struct TtlRule {
  std::string expression;
  std::string where;  // empty: always
  // A prefix of the primary key; columns that `set` does not name keep some value of the group.
  std::vector<std::string> group_by;
  struct Assignment {
    std::string column;
    std::string value;  // an aggregate expression
  };
  std::vector<Assignment> set;
};

struct ColumnDefinition {
  std::string name;
  DataTypePtr type;
  DefaultKind default_kind = DefaultKind::None;
  std::string default_expression;
  std::string comment;
  std::string codec;
  std::string ttl;
  // What segments and log records call the column; empty: as it is named. Never used for anything
  // else in the table's life (column_edit.h), so that neither a new column of an old name nor a new
  // type is mistaken for what lies in old rows.
  std::string stored_as;
  // What it was before its type changed, oldest first.
  std::vector<PastColumn> past;

  const std::string& stored_name() const { return stored_as.empty() ? name : stored_as; }
  bool is_stored() const {
    return default_kind != DefaultKind::Alias && default_kind != DefaultKind::Ephemeral;
  }
};

enum class TableKind : uint8_t { Table, View, MaterializedView };

// What merging rows of equal sort key means.
enum class MergeMode : uint8_t {
  Plain,
  Replacing,
  Summing,
  Aggregating,
  Collapsing,
  VersionedCollapsing
};

// Groups of a table's rows that the store keeps beside each segment, so that queries need not make
// them again (Druid's projections, Pinot's star-trees).
//
//   CREATE ROLLUP r ON t (SELECT toStartOfHour(time), site, sum(n), uniq(user) GROUP BY 1, 2)
//
//   id 3, columns [toStartOfHour(time) DateTime, site String, sum(n) Int64,
//   uniq(user) AggregateFunction(uniq, UInt64)], key_count 2
struct RollupDefinition {
  uint64_t id = 0;  // unlike those of all other rollups that the table ever had
  std::string name;
  std::string select;  // canonical text, without FROM
  // Of its rows: the keys, then what is kept of each aggregate.
  std::vector<NamedType> columns;
  uint64_t key_count = 0;
  // stored_name() of the table's columns that it is made of: they may not change.
  std::vector<std::string> inputs;

  bool operator==(const RollupDefinition&) const = default;
};

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
  // What `ttl` says.
  std::vector<TtlRule> ttl_rules;
  // Makes the next stored_as, and the next rollup's id, differ from all before.
  uint64_t next_column_id = 1;
  std::vector<RollupDefinition> rollups;

  // Stored columns, in order: all but Alias and Ephemeral ones.
  Schema stored_schema() const;
  // The same columns as segments and log records call them.
  Schema file_schema() const;
  // The columns that are stored under other names than theirs, with those. While it stays the same,
  // a column's name and type mean the same in all rows.
  std::string stored_names() const;
};

using TableDefinitionPtr = std::shared_ptr<const TableDefinition>;

// The rollup's rows as a table: what is written beside segments, and scanned.
TableDefinition rollup_table(const TableDefinition& table, const RollupDefinition& rollup);

}  // namespace freshet
