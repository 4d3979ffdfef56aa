#include "storage/table/partition_rows.h"

#include <algorithm>

namespace freshet {

namespace {

std::vector<std::shared_ptr<const Chunk>> pick_rows(
    const TableKeys& keys, const std::vector<std::shared_ptr<const Chunk>>& chunks,
    const PartitionTest& test) {
  std::vector<std::shared_ptr<const Chunk>> picked;
  for (const auto& chunk : chunks) {
    std::vector<RowIndex> rows;
    for (const TableKeys::PartitionRows& part : keys.split_by_partition(*chunk)) {
      if (test(part.partition)) rows.insert(rows.end(), part.rows.begin(), part.rows.end());
    }
    if (rows.empty()) continue;
    if (rows.size() == chunk->row_count) {
      picked.push_back(chunk);
      continue;
    }
    std::sort(rows.begin(), rows.end());
    picked.push_back(std::make_shared<const Chunk>(chunk->select(rows)));
  }
  return picked;
}

}  // namespace

std::vector<std::shared_ptr<const Chunk>> rows_outside(
    const TableKeys& keys, const std::vector<std::shared_ptr<const Chunk>>& chunks,
    const PartitionTest& test) {
  return pick_rows(keys, chunks, [&](const std::string& partition) { return !test(partition); });
}

std::vector<std::shared_ptr<const Chunk>> rows_inside(
    const TableKeys& keys, const std::vector<std::shared_ptr<const Chunk>>& chunks,
    const PartitionTest& test, std::set<std::string>& met) {
  return pick_rows(keys, chunks, [&](const std::string& partition) {
    if (!test(partition)) return false;
    met.insert(partition);
    return true;
  });
}

}  // namespace freshet
