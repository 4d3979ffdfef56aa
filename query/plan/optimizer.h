// The optimizer: an ordered list of rules, each in a file of its own, each of which keeps the
// result.
//
// Path:      query/plan/binder -> optimize -> engine/physical_planner
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/plan/logical_plan.h"

namespace freshet {

class RollupShapes;

// What was decided about one rollup of a table, or about all (`rollup` is empty), for one
// aggregation over it: EXPLAIN and the query log show it.
struct RollupDecision {
  std::string table;   // "database.name"
  std::string rollup;  // its name
  bool used = false;
  std::string reason;      // why not: "condition b > 5 is on no key"; empty when used
  uint64_t rows_raw = 0;   // that the aggregation is expected to read without rollups
  uint64_t rows_read = 0;  // and with this one; 0: not known
};

struct OptimizerOptions {
  // Off: plans as the binder made them, apart from what planning needs (column pruning).
  bool enabled = true;
  // Use Fetch for wide columns of top-N queries.
  bool late_materialization = true;
  // Leave out blocks in which the conditions cannot be true.
  bool prune_blocks = true;
  // Also those that skip indexes rule out.
  bool skip_indexes = true;
  // Inner joins of so many relations at most are brought into an order; of more, they keep it.
  size_t ordered_relations_max = 10;
  // Aggregations read rollups of a table where that is less than its rows. Off where rows of the
  // table itself are meant: making rollups, feeding views.
  bool use_rollups = false;
  // Throws ProjectionNotUsed when a table that has rollups is aggregated, and none fits.
  bool force_rollups = false;
  // The name of the one to use when it fits; empty: the cheapest.
  std::string preferred_rollup = {};
  // Decisions are added there; null: nobody asks. Outlives optimize().
  std::vector<RollupDecision>* rollup_decisions = nullptr;
  // Null: rollups are bound anew each time. Outlives optimize().
  RollupShapes* rollup_shapes = nullptr;
  // What a rollup makes of a chunk of the newest rows (query/engine/fresh_groups.h); null where
  // that chunk has to be read raw. No function: all have to.
  std::function<std::shared_ptr<const Chunk>(const TableVersion& table, size_t chunk,
                                             const RollupDefinition& rollup)>
      fresh_groups = {};
};

void optimize(LogicalPlan& plan, const FunctionContext& functions,
              const OptimizerOptions& options = {});

}  // namespace freshet
