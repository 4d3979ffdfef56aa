// LogicalPlan: a SELECT as a tree of relational nodes over typed columns.
//
//   SELECT a + 1 AS b, count() FROM t WHERE c > 5 GROUP BY b ORDER BY b LIMIT 3
//
//   Limit 3                                    schema: b, count()
//     Sort [0 asc] limit 3                     schema: b, count()
//       Aggregate keys [$0 + 1] calls [count]  schema: plus(a, 1), count()
//         Scan t columns [a, c] where $1 > 5 output [0]
//
// $i is column i of the child's output. Expressions never refer to anything else: names are gone.
// Every node's output columns are described by `schema`, whose names matter only at the root.
//
// Path:      query/plan/binder builds -> query/plan/optimizer rewrites -> engine/physical_planner
// Owns:      children; Scan keeps the snapshot alive.
// Threads:   one thread builds and rewrites; a finished plan is read only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "query/aggregate/aggregate.h"
#include "query/aggregate/window_function.h"
#include "query/expression/expression.h"
#include "query/expression/index_condition.h"
#include "query/expression/range_condition.h"
#include "query/sql/ast.h"
#include "storage/column/chunk.h"
#include "storage/column/row_order.h"
#include "storage/table/snapshot.h"

namespace freshet {

class SystemTables;

struct PlanNode;
using PlanNodePtr = std::unique_ptr<PlanNode>;

// Rows of a table. No child.
//
//   SELECT a FROM t(a, b, c) WHERE c > 5    columns [0, 2], conjuncts [$1 > 5], outputs [0]
//
// `columns` are read (positions in table->schema); conjuncts and outputs count in `columns`. The
// schema has one column per output. No columns at all is fine: count() needs only row counts.
struct ScanNode {
  SnapshotPtr snapshot;
  const TableVersion* table = nullptr;  // owned by the snapshot, or by `part`
  // Some of a table's segments and newest rows, or those of a rollup, as a table; null: `table` is
  // the snapshot's.
  std::shared_ptr<const TableVersion> part;
  std::vector<ColumnIndex> columns;
  // Those of `columns`, by position, of whose strings only the lengths are read, as UInt64.
  std::vector<ColumnIndex> lengths;
  // Each must be true for a row to come out. Cheap ones first.
  std::vector<BoundExpressionPtr> conjuncts;
  std::vector<ColumnIndex> outputs;
  // What indexes can use of the conjuncts, for plan_scan(); positions in table->schema.
  ColumnFilter filter;
  // And what bounds of columns say of the conjuncts that the filter cannot express.
  std::vector<TableCondition> range_conditions;
  // And what skip indexes say of them.
  IndexFilter index_filter;
  // FINAL: the rows are what merging leaves of the table's, and the conjuncts hold of those.
  struct Final {
    bool across_partitions = true;
    // What of the conjuncts and of the filter is about columns of the sort key only, so that it may
    // be tested before rows are merged.
    std::vector<BoundExpressionPtr> key_conjuncts;
    ColumnFilter key_filter;
    std::vector<TableCondition> key_range_conditions;
  };
  std::optional<Final> final;
  // Adds a last output column of type UInt64 which tells Fetch where the row is. Its meaning is
  // between the two operators.
  bool row_position = false;
  // No more than so many rows are of use: any of them will do.
  std::optional<uint64_t> row_limit;

  // What is read, by position in `columns`.
  Schema columns_read() const;
  // Whether an output is the lengths of strings, of which no zone map tells.
  bool gives_lengths(ColumnIndex output) const;
};

// Reads more columns for the few rows that are left (late materialisation).
//
//   SELECT * FROM t ORDER BY a LIMIT 2:   Fetch columns [0, 1, 2] position $1, over
//   Limit 2 over Sort [0] limit 2 over Scan columns [0] outputs [0] row_position
//
// `columns` are positions in table->schema. Gives the child's columns without `position_column`,
// then `columns`. Keeps the order of rows.
struct FetchNode {
  SnapshotPtr snapshot;
  const TableVersion* table = nullptr;
  std::vector<ColumnIndex> columns;
  ColumnIndex position_column = 0;
};

// Rows of the child for which every conjunct is true (not NULL, not 0).
struct FilterNode {
  std::vector<BoundExpressionPtr> conjuncts;
};

// One output column per expression over the child's columns.
struct ProjectNode {
  std::vector<BoundExpressionPtr> expressions;
};

struct AggregateCall {
  AggregateFunctionPtr function;
  std::vector<BoundExpressionPtr> arguments;  // over the child's columns
  std::string name;                           // header, "sum(x)"
  // What function was bound from: rules that do algebra on aggregates look at these.
  std::string function_name;
  std::vector<Value> parameters;
};

// One row per distinct combination of the keys' cells: keys first, then one column per call.
// Without keys: exactly one row, also when the child has none, unless `empty_without_rows`.
// Key cells of type LowCardinality or Nullable group as their cells do; NULL equals NULL.
//
//   GROUP BY a + 1 with sum(b), count():   keys [$0 + 1], calls [sum($1), count()]
struct AggregateNode {
  std::vector<BoundExpressionPtr> keys;
  std::vector<AggregateCall> calls;
  // GROUP BY constants, whose keys were taken out: no input row, no output row.
  bool empty_without_rows = false;
  // Any groups, but no more than so many, are of use (GROUP BY without ORDER BY, with LIMIT): once
  // so many are found, rows of other groups may be dropped.
  std::optional<uint64_t> group_limit;
};

// One f(..) OVER (..). Its partitions are the runs of equal cells in the first `partition_columns`
// of the node's sort columns, ordered by the next `order_columns`.
struct WindowCall {
  WindowFunction function;
  std::vector<BoundExpressionPtr> arguments;  // over the child's columns
  size_t partition_columns = 0;
  size_t order_columns = 0;
  std::string name;  // header, "sum(x) OVER (ORDER BY y ASC)"
  // As in AggregateCall.
  std::string function_name;
  std::vector<Value> parameters;
};

// Window functions whose windows one sort serves. Every row of the child comes out once: those of
// its columns that `outputs` picks, then one column per call.
//
//   sum(x) OVER (PARTITION BY a ORDER BY b), count() OVER (PARTITION BY a), t(a, b, x):
//     sort [0, 1], calls [sum($2) partition 1 order 1, count() partition 1 order 0]
//
// The rows come out in sort order, unless they are many and have a common partition: then only the
// rows of one partition stay together.
struct WindowNode {
  std::vector<SortColumn> sort;  // columns of the child; may be none
  std::vector<WindowCall> calls;
  std::vector<ColumnIndex> outputs;

  // The first so many sort columns tell partitions apart for all calls.
  size_t common_partition_columns() const;
};

// Both sides evaluate to the same type. NULL equals nothing unless `null_safe`.
struct JoinKey {
  BoundExpressionPtr left;   // over the left child's columns
  BoundExpressionPtr right;  // over the right child's columns
  bool null_safe = false;
};

// ASOF: of the rows with equal keys, the right row nearest to the left one for which
// `left op right` holds; op is one of less, lessOrEquals, greater, greaterOrEquals.
struct AsofCondition {
  BoundExpressionPtr left;
  BoundExpressionPtr right;
  std::string op;
};

// Two children: left, right. Output: those of (left's columns, then right's) that `outputs` picks.
//
//   t LEFT JOIN u ON t.id = u.id AND u.v > t.v, t(id, v), u(id, v):
//     kind Left, strictness All, keys [$0, $0], residual $3 > $1 over (t.id, t.v, u.id, u.v)
//
// A row without partner (Left, Right, Full) has default cells on the other side, or NULLs where
// the schema says Nullable and the child's column is not (join_use_nulls).
// Semi and Anti (kind Left or Right): rows of that side with, or without, a partner, each at most
// once; Semi fills the other side's columns from one partner, Anti with defaults.
// Any: each row of the kept side takes at most one partner (Inner: both sides at most one).
struct JoinNode {
  JoinKind kind = JoinKind::Inner;                  // Inner, Left, Right, Full, Cross
  JoinStrictness strictness = JoinStrictness::All;  // All, Any, Semi, Anti, Asof
  std::vector<JoinKey> keys;                        // empty only for Cross, or with a residual
  // Over left's columns followed by right's; null: none. Decides about matches, not about rows.
  BoundExpressionPtr residual;
  std::optional<AsofCondition> asof;
  std::vector<ColumnIndex> outputs;
  // The hash table is built of the right child, or of the left when that is expected smaller.
  bool build_left = false;
};

// The child's rows in order. With `limit`, only the first so many are wanted (top-N).
struct SortNode {
  std::vector<SortColumn> keys;  // columns of the child
  std::optional<uint64_t> limit;
};

// Rows [offset, offset + limit) of the child. `ties`: also the rows after them that are equal to
// the last in these columns (the child is a Sort).
struct LimitNode {
  std::optional<uint64_t> limit;
  uint64_t offset = 0;
  std::vector<SortColumn> ties;
};

// Of the rows with equal cells in `columns`, those numbered [offset, offset + limit), in the
// child's order. Keeps the order.
struct LimitByNode {
  std::vector<ColumnIndex> columns;
  uint64_t limit = 0;
  uint64_t offset = 0;
};

// Each distinct row once; the first stays, order is kept. `row_limit`: enough when so many came
// out.
struct DistinctNode {
  std::optional<uint64_t> row_limit;
};

// The rows of all children, which have the same types. Order between children is not kept.
struct UnionAllNode {};

// Literal rows. `SELECT 1` projects over Values of one row without columns.
struct ValuesNode {
  Chunk chunk;
};

// A named generator; no child.
//
//   numbers     arguments [offset, count or NULL for endless, step], all UInt64; one column UInt64:
//               offset + i * step for i in [0, count)
//   zeros       arguments [count or NULL]; one column UInt8 of 0
//
// With `outputs` empty only the row count matters.
struct TableFunctionNode {
  std::string name;
  std::vector<Value> arguments;
  std::vector<ColumnIndex> outputs;
};

// A virtual table; read with SystemTables::read(database, table, columns).
struct SystemTableNode {
  const SystemTables* tables = nullptr;  // outlives the plan
  std::string database;
  std::string table;
  std::vector<ColumnIndex> columns;
};

// One row per element: the Array cells of `columns` are replaced by their elements, all other
// columns repeat. The lists of one row have equal lengths (SizesOfArraysDontMatch). An empty list
// gives no row, or with `left` one row of default cells. A Map joins as an array of tuples.
//
//   columns [1]:  (7, [1, 2]), (8, [])  ->  (7, 1), (7, 2)          left: and (8, 0)
struct ArrayJoinNode {
  std::vector<ColumnIndex> columns;
  bool left = false;
};

using PlanBody =
    std::variant<ScanNode, FetchNode, FilterNode, ProjectNode, AggregateNode, WindowNode, JoinNode,
                 SortNode, LimitNode, LimitByNode, DistinctNode, UnionAllNode, ValuesNode,
                 TableFunctionNode, SystemTableNode, ArrayJoinNode>;

struct PlanNode {
  PlanBody body;
  std::vector<PlanNodePtr> children;
  Schema schema;
};

template <class Node>
Node* as(PlanNode& node) {
  return std::get_if<Node>(&node.body);
}
template <class Node>
const Node* as(const PlanNode& node) {
  return std::get_if<Node>(&node.body);
}

PlanNodePtr make_plan(PlanBody body, Schema schema, std::vector<PlanNodePtr> children = {});
PlanNodePtr make_plan(PlanBody body, Schema schema, PlanNodePtr child);
// A deep copy; expressions are shared.
PlanNodePtr clone_plan(const PlanNode& node);
// Stops the process when a node breaks its contract: column numbers, types, child counts.
void check_plan(const PlanNode& node);

struct LogicalPlan {
  PlanNodePtr root;
  // WITH TOTALS: a plan of one row, with root's schema, whose row is sent beside the result.
  PlanNodePtr totals;

  const Schema& schema() const { return root->schema; }
};

}  // namespace freshet
