#include "storage/table/row_fetch.h"

#include <algorithm>
#include <numeric>

#include "storage/base/limits.h"

namespace freshet {

namespace {

constexpr uint64_t kRowMask = 0xFFFFFFFF;

}  // namespace

RowFetch::RowFetch(const TableVersion& version, std::span<const uint64_t> positions)
    : version_(&version), order_(positions.size()) {
  std::vector<RowIndex> sorted(positions.size());
  std::iota(sorted.begin(), sorted.end(), RowIndex{0});
  std::sort(sorted.begin(), sorted.end(),
            [&](RowIndex a, RowIndex b) { return positions[a] < positions[b]; });
  uint64_t current = ~uint64_t{0};
  for (const RowIndex index : sorted) {
    const uint64_t part = positions[index] >> 32;
    const uint64_t row = positions[index] & kRowMask;
    const bool in_segment = part < version.segments.size();
    const uint64_t block = in_segment ? row / kBlockRows : 0;
    if (current != row_position(part, block)) {
      current = row_position(part, block);
      BlockRows next;
      next.block = block;
      if (in_segment) {
        next.task.segment = version.segments[part];
      } else {
        next.task.chunk = version.memtable[part - version.segments.size()];
      }
      blocks_.push_back(std::move(next));
    }
    blocks_.back().rows.push_back(static_cast<RowIndex>(row - block * kBlockRows));
  }
  for (size_t i = 0; i < sorted.size(); ++i) order_[sorted[i]] = static_cast<RowIndex>(i);
}

ColumnPtr RowFetch::read(ColumnIndex column) const {
  std::vector<ColumnPtr> parts;
  for (const BlockRows& rows : blocks_) {
    parts.push_back(read_task_column(*version_, rows.task, column, rows.block, rows.rows));
  }
  return concat_columns(*version_->schema[column].type, parts)->select(order_);
}

}  // namespace freshet
