// Rows of chunks by the partition that they belong to.
//
// Path:      partitions, partition_copy, recovery -> partition_rows -> TableKeys
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "storage/table/table_keys.h"

namespace freshet {

using PartitionTest = std::function<bool(const std::string& partition)>;

// The chunks without the rows whose partition `test` means; their order stays.
std::vector<std::shared_ptr<const Chunk>> rows_outside(
    const TableKeys& keys, const std::vector<std::shared_ptr<const Chunk>>& chunks,
    const PartitionTest& test);
// Only those rows; their partitions are added to `met`.
std::vector<std::shared_ptr<const Chunk>> rows_inside(
    const TableKeys& keys, const std::vector<std::shared_ptr<const Chunk>>& chunks,
    const PartitionTest& test, std::set<std::string>& met);

}  // namespace freshet
