// Leaves out blocks in which a query's conditions cannot be true, by what zone maps and skip
// indexes say of them.
//
// Path:      query/plan/rule_scans makes the conditions -> query/operator/scan asks for each
// segment Threads:   immutable, any thread.
#pragma once

#include <vector>

#include "query/expression/index_condition.h"
#include "query/expression/range_condition.h"
#include "storage/table/snapshot.h"

namespace freshet {

// Of `blocks` of the segment, ascending, those in which every condition may be true.
void prune_by_ranges(const TableVersion& version, const Segment& segment,
                     const std::vector<TableCondition>& conditions, std::vector<uint32_t>& blocks);

// And those that skip indexes of the segment do not rule out.
void prune_by_indexes(const Segment& segment, const IndexFilter& filter,
                      std::vector<uint32_t>& blocks);

// Both, as plan_scan() wants it; null without conditions. All arguments outlive it.
BlockPruner block_pruner(const TableVersion& version, const std::vector<TableCondition>& conditions,
                         const IndexFilter& filter);

}  // namespace freshet
