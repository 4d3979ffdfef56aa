#include "storage/table/scan.h"

#include <algorithm>
#include <utility>

#include "storage/base/check.h"
#include "storage/column/string_lengths.h"
#include "storage/table/snapshot.h"

namespace freshet {

namespace {

// The conditions on columns that the segment has in their newest type, with its own column numbers.
// Other conditions are left to the query's predicate.
ColumnFilter segment_filter(const SegmentReader& reader, const TableVersion& version,
                            const ColumnFilter& filter) {
  ColumnFilter result;
  for (const ColumnCondition& condition : filter.conditions) {
    const auto place = version.columns->find(reader.schema(), condition.column);
    if (!place || place->casts > 0) continue;
    result.conditions.push_back(condition);
    result.conditions.back().column = place->stored;
  }
  return result;
}

}  // namespace

ColumnPtr read_segment_column(const SegmentReader& reader, const TableColumns& columns,
                              ColumnIndex column, size_t block) {
  return columns.read(reader.schema(), column, reader.block_rows(block),
                      [&](ColumnIndex stored) { return reader.read_column(stored, block); });
}

ColumnPtr read_segment_column(const SegmentReader& reader, const TableColumns& columns,
                              ColumnIndex column, size_t block, std::span<const RowIndex> rows) {
  return columns.read(reader.schema(), column, rows.size(),
                      [&](ColumnIndex stored) { return reader.read_column(stored, block, rows); });
}

std::vector<uint32_t> kept_blocks(const TableVersion& version, const Segment& segment,
                                  const ColumnFilter& filter) {
  const SegmentReader& reader = *segment.reader;
  std::vector<uint32_t> kept = prune_blocks(reader, segment_filter(reader, version, filter));
  if (!segment.deleted.empty()) {
    std::erase_if(kept, [&](uint32_t block) {
      const RowBitmap* deleted = segment.deleted.block(block);
      return deleted != nullptr && deleted->count() == reader.block_rows(block);
    });
  }
  return kept;
}

const ZoneMap* find_zone_map(const TableVersion& version, const SegmentReader& reader,
                             ColumnIndex column, size_t block) {
  const auto place = version.columns->find(reader.schema(), column);
  if (!place || place->casts > 0) return nullptr;
  return &reader.zone_map(place->stored, block);
}

ScanPlan plan_scan(const TableVersion& version, const ColumnFilter& filter, size_t blocks_per_task,
                   const BlockPruner& prune) {
  CHECK(blocks_per_task > 0);
  ScanPlan plan;
  for (const auto& segment : version.segments) {
    const SegmentReader& reader = *segment->reader;
    std::vector<uint32_t> kept = kept_blocks(version, *segment, filter);
    if (prune) prune(*segment, kept);
    ++plan.segment_count;
    plan.block_count += reader.block_count();
    plan.blocks_kept += kept.size();
    if (!kept.empty()) ++plan.segments_kept;
    uint64_t rows_kept = 0;
    for (size_t first = 0; first < kept.size(); first += blocks_per_task) {
      ScanTask task;
      task.segment = segment;
      const size_t count = std::min(blocks_per_task, kept.size() - first);
      const auto begin = kept.begin() + static_cast<std::ptrdiff_t>(first);
      task.blocks.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
      for (const uint32_t block : task.blocks) task.row_count += reader.block_rows(block);
      rows_kept += task.row_count;
      plan.tasks.push_back(std::move(task));
    }
    plan.row_count += rows_kept;
    plan.rows_skipped += reader.row_count() - rows_kept;
  }
  for (size_t index = 0; index < version.memtable.size(); ++index) {
    const auto& chunk = version.memtable[index];
    ScanTask task;
    task.chunk = chunk;
    if (!version.memtable_deleted.empty()) task.chunk_deleted = version.memtable_deleted[index];
    task.row_count = chunk->row_count;
    plan.row_count += chunk->row_count;
    plan.tasks.push_back(std::move(task));
  }
  return plan;
}

ColumnPtr read_task_column(const TableVersion& version, const ScanTask& task, ColumnIndex column,
                           size_t block) {
  if (task.chunk) return task.chunk->columns[column];
  return read_segment_column(*task.segment->reader, *version.columns, column, block);
}

ColumnPtr read_task_column(const TableVersion& version, const ScanTask& task, ColumnIndex column,
                           size_t block, std::span<const RowIndex> rows) {
  if (task.chunk) return task.chunk->columns[column]->select(rows);
  return read_segment_column(*task.segment->reader, *version.columns, column, block, rows);
}

ColumnPtr read_task_lengths(const TableVersion& version, const ScanTask& task, ColumnIndex column,
                            size_t block, std::optional<std::span<const RowIndex>> rows) {
  if (task.segment != nullptr) {
    const SegmentReader& reader = *task.segment->reader;
    const auto place = version.columns->find(reader.schema(), column);
    if (place && place->casts == 0) return reader.read_lengths(place->stored, block, rows);
  }
  return string_lengths(rows ? *read_task_column(version, task, column, block, *rows)
                             : *read_task_column(version, task, column, block));
}

}  // namespace freshet
