// RollupShape: what a rollup's SELECT means, bound to its table: which groups it makes, and what it
// keeps of each.
//
//   SELECT toStartOfHour(time) AS hour, sum(n) / count(), uniq(user) GROUP BY hour
//
//   keys        [toStartOfHour(time)]
//   aggregates  sum(n)      kept as sum(n)            merged by sum
//               count()     kept as count()           merged by sum
//               uniq(user)  kept as uniqState(user)   merged by uniqMerge
//
// Path:      query/engine DDL, rollup_build and query/plan/rule_rollups -> here -> binder
// Errors:    what binding throws, and IncorrectQuery or NotImplemented where the SELECT is none
// that
//            can be rolled up: conditions, subqueries, functions that are not deterministic,
//            aggregates whose states do not merge.
#pragma once

#include <string>
#include <vector>

#include "query/plan/binder.h"

namespace freshet {

struct RollupShape {
  struct Aggregate {
    // As the SELECT has it; arguments over the table's stored columns.
    AggregateCall call;
    // What the column holds for each group: `call` itself, or its -State.
    AggregateCall partial;
    // Name of the function that makes one cell of several of the column: "sum", "uniqMerge" (which
    // gives the result; uniqMergeState gives a cell).
    std::string merge;
  };
  std::vector<BoundExpressionPtr> keys;  // over the table's stored columns
  std::vector<Aggregate> aggregates;     // each once

  // As RollupDefinition has them.
  std::vector<NamedType> columns() const;
  // Of the table's stored columns, ascending.
  std::vector<ColumnIndex> inputs() const;
};

// `select` without FROM, over the stored columns of `table`. Of the context, functions and settings
// are used.
RollupShape bind_rollup(const Query& select, const TableDefinition& table,
                        const BindContext& context);

// The groups of `rows`, a version of the table or a part of it, sorted by the keys: a plan that
// gives rows as `columns()` says. `rows` and the functions of the context outlive it.
LogicalPlan rollup_plan(const RollupShape& shape, const TableVersion& rows);

}  // namespace freshet
