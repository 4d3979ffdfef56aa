// Rows of chunks by the partition that they belong to.
//
// Path:      partitions, partition_copy, recovery -> partition_rows -> TableKeys
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "storage/column/row_set.h"
#include "storage/table/table_keys.h"

namespace freshet {

using PartitionTest = std::function<bool(const std::string& partition)>;

// The live rows of these partitions, in their order. `deleted` is as in TableVersion. The
// partitions are added to `met`.
std::vector<std::shared_ptr<const Chunk>> rows_inside(
    const TableKeys& keys, const std::vector<std::shared_ptr<const Chunk>>& chunks,
    const std::vector<RowBitmapPtr>& deleted, const PartitionTest& test,
    std::set<std::string>& met);
// Numbers of the rows of these partitions, deleted ones included, ascending; the first row of all
// has the number `first`.
std::vector<uint64_t> row_numbers_inside(const TableKeys& keys,
                                         const std::vector<std::shared_ptr<const Chunk>>& chunks,
                                         uint64_t first, const PartitionTest& test);

}  // namespace freshet
