// The syntax tree of one SQL statement: plain structs, as written by the user.
//
// Path:      SQL text -> lexer -> parser -> Statement -> binder
// Owns:      subtrees are immutable and shared (`Tree`), as in expression_ast.h.
// Threads:   immutable after parsing; any thread may read.
//
// `SELECT a + 1 AS b FROM t` is
//   Select{list: {plus(a, 1) alias "b"}, from: TableExpression{TableName{"t"}}}
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "query/sql/expression_ast.h"

namespace freshet {

struct Statement;
using StatementPtr = Tree<Statement>;

// `name = value` of SETTINGS and SET. Values are literals; `name` alone means 1.
struct SettingChange {
  std::string name;
  Literal value;
  SourceRange range;

  bool operator==(const SettingChange&) const = default;
};

// `[database.]table`; the database is empty when not written.
struct TableName {
  std::string database;
  std::string table;
  SourceRange range;

  bool operator==(const TableName&) const = default;
};

// A FunctionCall used as a table: `numbers(10)`, `VALUES((1, 'a'))`.
struct TableFunction {
  ExpressionPtr call;

  bool operator==(const TableFunction&) const = default;
};

using TableSource = std::variant<TableName, QueryPtr, TableFunction>;

struct TableExpression {
  TableSource source;
  std::string alias;
  std::vector<std::string> column_aliases;  // `(SELECT ...) AS t (a, b)`
  bool final = false;
  ExpressionPtr sample;         // SAMPLE 0.1, SAMPLE 1/10
  ExpressionPtr sample_offset;  // SAMPLE .. OFFSET 1/2
  SourceRange range;

  bool operator==(const TableExpression&) const = default;
};

enum class JoinKind : uint8_t { Inner, Left, Right, Full, Cross, Comma, Paste };
enum class JoinStrictness : uint8_t { Default, All, Any, Semi, Anti, Asof };

struct Join {
  JoinKind kind = JoinKind::Inner;
  JoinStrictness strictness = JoinStrictness::Default;
  bool global = false;
  TableExpression table;
  ExpressionPtr on;                       // null: none
  std::vector<ExpressionPtr> using_list;  // USING (a, b) or USING a, b
  SourceRange range;

  bool operator==(const Join&) const = default;
};

struct ArrayJoin {
  bool left = false;
  std::vector<ExpressionPtr> list;
  SourceRange range;

  bool operator==(const ArrayJoin&) const = default;
};

// What follows the first table, in order.
using JoinStep = std::variant<Join, ArrayJoin>;

// `WITH expression AS name` (expression carries alias `name`) or `WITH name AS (subquery)`.
struct WithItem {
  std::string name;
  ExpressionPtr expression;  // exactly one of expression and query is set
  QueryPtr query;
  std::vector<std::string> column_aliases;  // `name (a, b) AS (subquery)`
  SourceRange range;

  bool operator==(const WithItem&) const = default;
};

enum class GroupingMode : uint8_t { Plain, Rollup, Cube, GroupingSets, All };

struct GroupBy {
  GroupingMode mode = GroupingMode::Plain;
  std::vector<ExpressionPtr> keys;                        // all modes but GroupingSets and All
  std::vector<std::vector<ExpressionPtr>> grouping_sets;  // GroupingSets only
  bool with_totals = false;

  bool operator==(const GroupBy&) const = default;
};

struct Limit {
  ExpressionPtr limit;   // null: only OFFSET was given
  ExpressionPtr offset;  // null: 0
  bool with_ties = false;

  bool operator==(const Limit&) const = default;
};

struct LimitBy {
  ExpressionPtr limit;
  ExpressionPtr offset;
  std::vector<ExpressionPtr> keys;

  bool operator==(const LimitBy&) const = default;
};

struct Select {
  std::vector<WithItem> with;
  bool recursive_with = false;
  bool distinct = false;
  std::vector<ExpressionPtr> distinct_on;  // DISTINCT ON (a, b): `distinct` is false
  std::vector<ExpressionPtr> list;
  std::optional<TableExpression> from;
  std::vector<JoinStep> joins;
  ExpressionPtr prewhere;
  ExpressionPtr where;
  std::optional<GroupBy> group_by;
  ExpressionPtr having;
  std::vector<NamedWindow> windows;
  ExpressionPtr qualify;
  std::vector<OrderItem> order_by;
  // ORDER BY ALL [DESC] [NULLS FIRST]: direction only, `expression` is null.
  std::optional<OrderItem> order_by_all;
  std::optional<LimitBy> limit_by;
  std::optional<Limit> limit;
  std::vector<SettingChange> settings;
  SourceRange range;

  bool operator==(const Select&) const = default;
};

// UnionDefault: UNION without a word; ClickHouse refuses it unless setting union_default_mode says.
enum class SetOperator : uint8_t {
  UnionAll,
  UnionDistinct,
  UnionDefault,
  IntersectAll,
  IntersectDistinct,
  ExceptAll,
  ExceptDistinct
};

// Folded from the left: `a EXCEPT b EXCEPT c` has three operands. At least two.
struct SetOperation {
  SetOperator op = SetOperator::UnionAll;
  std::vector<QueryPtr> operands;

  bool operator==(const SetOperation&) const = default;
};

// Built with make_query, which knows the height.
struct Query {
  std::variant<Select, SetOperation> body;
  SourceRange range;
  uint32_t height = 1;

  bool operator==(const Query& other) const;
};

// Throws TooDeepRecursion beyond kQueryDepthMax levels.
QueryPtr make_query(std::variant<Select, SetOperation> body, SourceRange range);

enum class ColumnDefaultKind : uint8_t { None, Default, Materialized, Alias, Ephemeral };

// Types are canonical text, such as `DateTime64(3, 'UTC')`; storage/column reads it.
struct ColumnDeclaration {
  std::string name;
  std::string type;  // empty: taken from the default expression. `T NULL` is Nullable(T).
  ColumnDefaultKind default_kind = ColumnDefaultKind::None;
  ExpressionPtr default_expression;  // null for EPHEMERAL without one
  std::string comment;
  std::vector<ExpressionPtr> codecs;  // CODEC(Delta(4), ZSTD)
  ExpressionPtr ttl;
  bool primary_key = false;
  std::vector<SettingChange> settings;
  SourceRange range;

  bool operator==(const ColumnDeclaration&) const = default;
};

struct IndexDefinition {
  std::string name;
  ExpressionPtr expression;
  ExpressionPtr type;  // a FunctionCall: minmax, bloom_filter(0.01)
  ExpressionPtr granularity;
  SourceRange range;

  bool operator==(const IndexDefinition&) const = default;
};

struct ConstraintDefinition {
  std::string name;
  bool assume = false;  // ASSUME rather than CHECK
  ExpressionPtr expression;
  SourceRange range;

  bool operator==(const ConstraintDefinition&) const = default;
};

struct ProjectionDefinition {
  std::string name;
  QueryPtr query;
  SourceRange range;

  bool operator==(const ProjectionDefinition&) const = default;
};

enum class TtlAction : uint8_t { Delete, ToDisk, ToVolume, Recompress, GroupBy };

struct Assignment {
  std::string column;
  ExpressionPtr value;
  SourceRange range;

  bool operator==(const Assignment&) const = default;
};

struct TtlItem {
  ExpressionPtr expression;
  TtlAction action = TtlAction::Delete;
  std::string destination;              // ToDisk, ToVolume
  std::vector<ExpressionPtr> codecs;    // Recompress
  std::vector<ExpressionPtr> keys;      // GroupBy
  std::vector<Assignment> assignments;  // GroupBy .. SET
  ExpressionPtr where;
  SourceRange range;

  bool operator==(const TtlItem&) const = default;
};

// `ENGINE = name(arguments)`.
struct Engine {
  std::string name;
  std::vector<ExpressionPtr> arguments;
  bool has_parentheses = false;
  SourceRange range;

  bool operator==(const Engine&) const = default;
};

struct StorageClause {
  std::optional<Engine> engine;
  ExpressionPtr partition_by;
  ExpressionPtr primary_key;  // a tuple call when there are several keys, also `tuple()`
  ExpressionPtr order_by;
  ExpressionPtr sample_by;
  ExpressionPtr unique_key;  // as primary_key; Freshet's own
  std::vector<TtlItem> ttl;
  std::vector<SettingChange> settings;

  bool operator==(const StorageClause&) const = default;
};

struct TableElements {
  std::vector<ColumnDeclaration> columns;
  std::vector<IndexDefinition> indexes;
  std::vector<ConstraintDefinition> constraints;
  std::vector<ProjectionDefinition> projections;
  ExpressionPtr primary_key;  // PRIMARY KEY inside the parentheses

  bool operator==(const TableElements&) const = default;
};

struct CreateDatabase {
  std::string name;
  bool if_not_exists = false;
  std::optional<Engine> engine;
  std::string comment;

  bool operator==(const CreateDatabase&) const = default;
};

struct CreateTable {
  TableName name;
  bool if_not_exists = false;
  bool or_replace = false;
  bool replace_only = false;  // REPLACE TABLE: must exist
  bool temporary = false;
  TableElements elements;
  StorageClause storage;
  std::string comment;
  QueryPtr as_query;
  bool empty = false;                        // EMPTY AS SELECT: structure only
  std::optional<TableName> as_table;         // AS other_table
  bool clone = false;                        // CLONE AS other_table
  std::optional<TableFunction> as_function;  // AS numbers(10)

  bool operator==(const CreateTable&) const = default;
};

// CREATE VIEW and CREATE MATERIALIZED VIEW.
struct CreateView {
  TableName name;
  bool materialized = false;
  bool if_not_exists = false;
  bool or_replace = false;
  TableElements elements;
  std::vector<std::string> column_aliases;  // CREATE VIEW v (a, b): names only
  std::optional<TableName> to;              // materialized only
  StorageClause storage;                    // materialized only
  bool populate = false;
  bool empty = false;
  QueryPtr query;
  std::string comment;

  bool operator==(const CreateView&) const = default;
};

enum class ObjectKind : uint8_t { Table, View, Database, Dictionary };

struct Drop {
  ObjectKind kind = ObjectKind::Table;
  std::vector<TableName> names;  // Database: in `table`
  bool if_exists = false;
  bool if_empty = false;
  bool temporary = false;
  bool sync = false;

  bool operator==(const Drop&) const = default;
};

// TRUNCATE [TABLE] t, TRUNCATE DATABASE d.
struct Truncate {
  ObjectKind kind = ObjectKind::Table;
  TableName name;
  bool if_exists = false;

  bool operator==(const Truncate&) const = default;
};

struct RenamePair {
  TableName from;
  TableName to;
  bool if_exists = false;

  bool operator==(const RenamePair&) const = default;
};

// RENAME TABLE/DATABASE a TO b, ..; EXCHANGE TABLES a AND b.
struct Rename {
  ObjectKind kind = ObjectKind::Table;
  std::vector<RenamePair> pairs;
  bool exchange = false;

  bool operator==(const Rename&) const = default;
};

struct Exists {
  ObjectKind kind = ObjectKind::Table;
  TableName name;  // Database: in `table`
  bool temporary = false;

  bool operator==(const Exists&) const = default;
};

enum class ShowKind : uint8_t {
  Databases,
  Tables,
  Columns,
  CreateTable,
  CreateView,
  CreateDatabase,
  ProcessList,
  Settings,
  Functions,
  Engines,
  Rollups
};

struct Show {
  ShowKind kind = ShowKind::Tables;
  bool full = false;
  bool extended = false;
  bool temporary = false;
  bool changed = false;  // SHOW CHANGED SETTINGS
  std::string database;  // SHOW TABLES FROM database; SHOW COLUMNS FROM t FROM database
  TableName name;        // Columns, Create* and Rollups: the object (Database: in `table`)
  std::optional<std::string> like;
  bool not_like = false;
  bool case_insensitive = false;  // ILIKE
  ExpressionPtr where;
  ExpressionPtr limit;

  bool operator==(const Show&) const = default;
};

struct Describe {
  TableExpression table;

  bool operator==(const Describe&) const = default;
};

struct Use {
  std::string database;

  bool operator==(const Use&) const = default;
};

struct SetSettings {
  std::vector<SettingChange> changes;

  bool operator==(const SetSettings&) const = default;
};

// SET ROLE r, .. | DEFAULT | NONE | ALL; the three words are kept in upper case as the only name.
struct SetRole {
  std::vector<std::string> roles;

  bool operator==(const SetRole&) const = default;
};

enum class ExplainKind : uint8_t { Plan, Ast, Syntax, QueryTree, Pipeline, Estimate, Analyze };

struct Explain {
  ExplainKind kind = ExplainKind::Plan;
  std::vector<SettingChange> settings;
  StatementPtr statement;

  bool operator==(const Explain&) const = default;
};

enum class InsertSource : uint8_t { Data, Select, File };

// INSERT with Data: the rows begin at byte `data_offset` of the text, in `format`. They may lie
// beyond the text that the parser was given (then data_offset is its length).
struct Insert {
  std::variant<TableName, TableFunction> target;
  std::vector<std::string> columns;  // empty: all
  bool columns_except = false;       // (* EXCEPT(a, b)): `columns` are those left out
  std::vector<SettingChange> settings;
  InsertSource source = InsertSource::Data;
  std::string format;  // "Values" for VALUES; empty: not said
  std::size_t data_offset = 0;
  QueryPtr query;
  std::string infile;
  std::string compression;

  bool operator==(const Insert& other) const;
};

enum class KillKind : uint8_t { Query, Mutation };
enum class KillMode : uint8_t { Async, Sync, Test };

struct Kill {
  KillKind kind = KillKind::Query;
  ExpressionPtr where;
  KillMode mode = KillMode::Async;

  bool operator==(const Kill&) const = default;
};

// `PARTITION expr`, `PARTITION ID 'x'`, `PARTITION ALL`, or `PART 'name'`.
struct Partition {
  ExpressionPtr value;
  std::string id;
  bool all = false;
  bool part = false;  // `id` names a part

  bool operator==(const Partition&) const = default;
};

struct Optimize {
  TableName name;
  std::optional<Partition> partition;
  bool final = false;
  bool deduplicate = false;

  bool operator==(const Optimize&) const = default;
};

// SYSTEM FLUSH LOGS: words in upper case, then the table if one is named last.
struct System {
  std::vector<std::string> words;
  std::optional<TableName> name;

  bool operator==(const System&) const = default;
};

enum class AlterKind : uint8_t {
  AddColumn,
  DropColumn,
  ClearColumn,
  RenameColumn,
  ModifyColumn,
  CommentColumn,
  ModifyComment,
  Delete,
  Update,
  DropPartition,
  DetachPartition,
  AttachPartition,
  ReplacePartition,
  MovePartition,
  DropDetachedPartition,
  ModifyTtl,
  RemoveTtl,
  ModifySetting,
  ResetSetting,
  ModifyOrderBy,
  ModifyQuery,
  AddIndex,
  DropIndex,
  MaterializeIndex,
  AddConstraint,
  DropConstraint,
  AddProjection,
  DropProjection,
  MaterializeProjection,
  ClearProjection,
  MaterializeColumn,
  MaterializeTtl
};

// One command; only the members that its kind needs are set.
struct AlterCommand {
  AlterKind kind = AlterKind::AddColumn;
  bool if_exists = false;
  bool if_not_exists = false;
  std::string name;          // column, index, constraint or projection
  std::string new_name;      // RenameColumn
  ColumnDeclaration column;  // AddColumn, ModifyColumn
  bool first = false;
  std::string after;
  std::string remove;        // ModifyColumn .. REMOVE <word>: DEFAULT, TTL, COMMENT, CODEC, ..
  std::string comment;       // CommentColumn, ModifyComment
  ExpressionPtr expression;  // Delete and Update: the condition; ModifyOrderBy: the key
  std::vector<Assignment> assignments;
  std::optional<Partition> partition;
  std::optional<TableName>
      other_table;  // ReplacePartition and AttachPartition FROM, MovePartition TO
  std::vector<TtlItem> ttl;
  std::vector<SettingChange> settings;
  std::vector<std::string> setting_names;  // ResetSetting
  QueryPtr query;                          // ModifyQuery
  IndexDefinition index;
  ConstraintDefinition constraint;
  ProjectionDefinition projection;
  SourceRange range;

  bool operator==(const AlterCommand&) const = default;
};

struct Alter {
  TableName name;
  std::vector<AlterCommand> commands;

  bool operator==(const Alter&) const = default;
};

// CREATE ROLLUP name ON t (SELECT ..): the same as ALTER TABLE t ADD PROJECTION.
struct CreateRollup {
  TableName table;
  bool if_not_exists = false;
  ProjectionDefinition definition;

  bool operator==(const CreateRollup&) const = default;
};

// DROP ROLLUP name ON t
struct DropRollup {
  TableName table;
  bool if_exists = false;
  std::string name;

  bool operator==(const DropRollup&) const = default;
};

// DELETE FROM t WHERE ..
struct Delete {
  TableName name;
  std::optional<Partition> partition;
  ExpressionPtr where;

  bool operator==(const Delete&) const = default;
};

// UPDATE t SET a = 1 WHERE ..
struct Update {
  TableName name;
  std::vector<Assignment> assignments;
  ExpressionPtr where;

  bool operator==(const Update&) const = default;
};

// Disk('name', 'path') or File('path').
struct BackupPlace {
  std::string engine;
  std::vector<std::string> arguments;

  bool operator==(const BackupPlace&) const = default;
};

enum class BackupElementKind : uint8_t { Table, Database, All };

// `TABLE a AS b`, `DATABASE a AS b` (only the databases of the names are set), `ALL`.
struct BackupElement {
  BackupElementKind kind = BackupElementKind::Table;
  TableName name;
  std::optional<TableName> new_name;

  bool operator==(const BackupElement&) const = default;
};

// BACKUP elements TO place, RESTORE elements FROM place.
struct Backup {
  bool restore = false;
  std::vector<BackupElement> elements;
  BackupPlace place;
  std::optional<BackupPlace> base;  // SETTINGS base_backup
  std::vector<SettingChange> settings;

  bool operator==(const Backup&) const = default;
};

struct CheckTable {
  TableName name;
  std::optional<Partition> partition;

  bool operator==(const CheckTable&) const = default;
};

using StatementBody =
    std::variant<QueryPtr, CreateDatabase, CreateTable, CreateView, Drop, Truncate, Rename, Exists,
                 Show, Describe, Use, SetSettings, SetRole, Explain, Insert, Kill, Optimize, System,
                 Alter, CreateRollup, DropRollup, Delete, Update, Backup, CheckTable>;

// INTO OUTFILE 'path' [APPEND|TRUNCATE] [COMPRESSION 'x']: the client's work.
struct Outfile {
  std::string path;
  bool append = false;
  bool truncate = false;
  std::string compression;

  bool operator==(const Outfile&) const = default;
};

struct Statement {
  StatementBody body;
  std::string format;  // FORMAT of the result; empty: not said. INSERT has its own.
  std::optional<Outfile> outfile;
  // SETTINGS after the whole statement. Those of a SELECT are in Select::settings.
  std::vector<SettingChange> settings;
  SourceRange range;

  bool operator==(const Statement&) const = default;
};

}  // namespace freshet
