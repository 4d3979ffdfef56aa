// The binder: names and types of a syntax tree are looked up once; what comes out is a plan that
// knows only column numbers.
//
// ClickHouse's rules: an alias may be used anywhere in its SELECT and, inside it, hides a column of
// that name; GROUP BY and ORDER BY take positions; `*`, `t.*` and COLUMNS expand in table order.
//
// Path:      query/sql -> bind_select -> query/plan/optimizer -> engine/physical_planner
// Threads:   any thread; nothing is shared between calls.
// Errors:    UnknownIdentifier, UnknownTable, UnknownFunction, NotAnAggregate, ... with
// ClickHouse's
//            codes; what is not supported yet throws NotImplemented.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "query/plan/logical_plan.h"
#include "storage/base/clock.h"
#include "storage/column/chunk_function.h"

namespace freshet {

// What a statement sees of the world. Outlives the call; FunctionContext also the plan.
struct BindContext {
  SnapshotPtr snapshot;
  std::string database;  // of unqualified table names
  const FunctionContext* functions = nullptr;
  const SystemTables* system_tables = nullptr;  // null: none
  // Stands for the table of its id wherever that is named: the rows of an INSERT, when a view's
  // SELECT runs over just them. Outlives the plan.
  const TableVersion* inserted_rows = nullptr;
  // What a SELECT without FROM reads, as a rollup's; null: one row without columns. Outlives the
  // plan.
  const TableVersion* rows_without_from = nullptr;
  // {name:Type}: TSV-escaped text of the declared type.
  std::map<std::string, std::string> parameters;
  // Settings of the same names; SETTINGS clauses of subqueries override them.
  bool join_use_nulls = false;
  bool prefer_column_name_to_alias = false;
  bool aggregate_functions_null_for_empty = false;
  bool cast_keep_nullable = false;
  bool final = false;  // FINAL wherever a table allows it
  bool do_not_merge_across_partitions_select_final = false;
  std::string union_default_mode;  // "", "ALL" or "DISTINCT"
  // Runs a bound plan to its end and gives all its rows: scalar subqueries, IN (SELECT ..), EXISTS.
  // Rows beyond `row_limit` (when set) need not be given.
  std::function<Chunk(LogicalPlan plan, std::optional<uint64_t> row_limit)> run_subquery;
};

LogicalPlan bind_select(const Query& query, const BindContext& context);

// One expression over the columns of `schema`: defaults, keys, mutations. Aggregates are refused.
BoundExpressionPtr bind_expression(const Schema& schema, const Expression& expression,
                                   const BindContext& context);

// Columns of a table expression without running it: DESCRIBE (SELECT ..), CREATE TABLE AS.
Schema table_expression_schema(const TableExpression& table, const BindContext& context);

// Expressions as SQL text over a schema, for storage: partition keys, sort keys, TTLs.
class SqlChunkFunctionCompiler final : public ChunkFunctionCompiler {
 public:
  // `functions` outlives the compiler and all that it compiled, and so does the clock, which tells
  // expressions like now() the time of each call; null: that of `functions`.
  explicit SqlChunkFunctionCompiler(const FunctionContext& functions, Clock* clock = nullptr)
      : functions_(functions), clock_(clock) {}
  ChunkFunction compile(const Schema& schema, std::string_view expression) const override;
  std::vector<Index> indexes(std::string_view create_sql) const override;

 private:
  const FunctionContext& functions_;
  Clock* clock_;
};

}  // namespace freshet
