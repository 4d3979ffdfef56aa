#include "storage/table/partition_rows.h"

#include <algorithm>

namespace freshet {

std::vector<std::shared_ptr<const Chunk>> rows_inside(
    const TableKeys& keys, const std::vector<std::shared_ptr<const Chunk>>& chunks,
    const std::vector<RowBitmapPtr>& deleted, const PartitionTest& test,
    std::set<std::string>& met) {
  std::vector<std::shared_ptr<const Chunk>> picked;
  for (size_t index = 0; index < chunks.size(); ++index) {
    const auto& chunk = chunks[index];
    const RowBitmap* gone = deleted.empty() ? nullptr : deleted[index].get();
    std::vector<RowIndex> rows;
    for (const TableKeys::PartitionRows& part : keys.split_by_partition(*chunk)) {
      if (!test(part.partition)) continue;
      const size_t before = rows.size();
      for (const RowIndex row : part.rows) {
        if (gone == nullptr || !gone->contains(row)) rows.push_back(row);
      }
      if (rows.size() > before) met.insert(part.partition);
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

std::vector<uint64_t> row_numbers_inside(const TableKeys& keys,
                                         const std::vector<std::shared_ptr<const Chunk>>& chunks,
                                         uint64_t first, const PartitionTest& test) {
  std::vector<uint64_t> numbers;
  for (const auto& chunk : chunks) {
    for (const TableKeys::PartitionRows& part : keys.split_by_partition(*chunk)) {
      if (!test(part.partition)) continue;
      for (const RowIndex row : part.rows) numbers.push_back(first + row);
    }
    first += chunk->row_count;
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace freshet
