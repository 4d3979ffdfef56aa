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
//            that can be rolled up: conditions, subqueries, functions that are not deterministic,
//            aggregates whose states cannot be kept.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "query/plan/binder.h"
#include "storage/base/mutex.h"

namespace freshet {

struct RollupShape {
  struct Aggregate {
    // As the SELECT has it, but uniq(x) for uniqState(x); arguments over the table's stored
    // columns.
    AggregateCall call;
    // What the column holds for each group: `call` itself, or its -State. Its name is the column's.
    AggregateCall partial;
    // Name of the function that makes one cell of several of the column: "sum", "uniqMerge" (which
    // gives the result; uniqMergeState gives a cell).
    std::string merge;

    // Whether cells are the call's results, so that `merge` gives a cell.
    bool is_plain() const { return call.function_name == partial.function_name; }
  };
  // Over the table's stored columns; named as the columns are.
  std::vector<BoundExpressionPtr> keys;
  std::vector<Aggregate> aggregates;  // each once

  // As RollupDefinition has them.
  std::vector<NamedType> columns() const;
  // Of the table's stored columns, ascending.
  std::vector<ColumnIndex> inputs() const;
};

// `select` without FROM, over the stored columns of `table`. Of the context only the functions are
// used: a rollup means the same whoever asks.
RollupShape bind_rollup(const Query& select, const TableDefinition& table,
                        const BindContext& context);

// The groups of `rows`, a version of the table or a part of it, sorted by the keys: a plan that
// gives rows as `columns()` says. `rows` and the functions of the context outlive it.
LogicalPlan rollup_plan(const RollupShape& shape, const TableVersion& rows);

// What queries need to know of a rollup, made once for each version of its table.
struct BoundRollup {
  RollupShape shape;
  TableDefinitionPtr rows;  // rollup_table()
  // Of `rows`.
  std::shared_ptr<const class TableColumns> columns;
};

// Remembers them. Keeps no definition of a table alive.
// Threads: any thread.
class RollupShapes {
 public:
  // Throws what bind_rollup() does. The time zone of `functions` is that which rows are made with.
  std::shared_ptr<const BoundRollup> find(const TableDefinitionPtr& table,
                                          const RollupDefinition& rollup,
                                          const FunctionContext& functions) EXCLUDES(mutex_);

 private:
  struct Entry {
    std::weak_ptr<const TableDefinition> table;
    std::shared_ptr<const BoundRollup> bound;
  };
  Mutex mutex_;
  std::map<std::pair<const TableDefinition*, uint64_t>, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace freshet
