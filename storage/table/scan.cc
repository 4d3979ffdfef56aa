#include "storage/table/scan.h"

#include <algorithm>
#include <utility>

#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/table/snapshot.h"

namespace freshet {

namespace {

// The conditions on columns that the segment has, with its own column numbers. Conditions on other
// columns are left to the query's predicate.
ColumnFilter segment_filter(const SegmentReader& reader, const Schema& schema,
                            const ColumnFilter& filter) {
  ColumnFilter result;
  for (const ColumnCondition& condition : filter.conditions) {
    const auto column = find_segment_column(reader, schema, condition.column);
    if (!column || reader.schema()[*column].type->name() != schema[condition.column].type->name()) {
      continue;
    }
    result.conditions.push_back(condition);
    result.conditions.back().column = *column;
  }
  return result;
}

void require_same_type(const SegmentReader& reader, ColumnIndex stored, const NamedType& wanted) {
  const DataType& type = *reader.schema()[stored].type;
  if (&type != wanted.type.get() && type.name() != wanted.type->name()) {
    throw Error(ErrorCode::NotImplemented, "Column " + wanted.name + " of type " +
                                               wanted.type->name() + " is stored in " +
                                               reader.path() + " as " + type.name());
  }
}

}  // namespace

std::optional<ColumnIndex> find_segment_column(const SegmentReader& reader, const Schema& schema,
                                               ColumnIndex column) {
  const Schema& stored = reader.schema();
  const std::string& name = schema[column].name;
  if (column < stored.size() && stored[column].name == name) return column;
  return stored.find(name);
}

ColumnPtr read_segment_column(const SegmentReader& reader, const Schema& schema, ColumnIndex column,
                              size_t block) {
  const auto stored = find_segment_column(reader, schema, column);
  if (!stored) return make_default_column(*schema[column].type, reader.block_rows(block));
  require_same_type(reader, *stored, schema[column]);
  return reader.read_column(*stored, block);
}

ColumnPtr read_segment_column(const SegmentReader& reader, const Schema& schema, ColumnIndex column,
                              size_t block, std::span<const RowIndex> rows) {
  const auto stored = find_segment_column(reader, schema, column);
  if (!stored) return make_default_column(*schema[column].type, rows.size());
  require_same_type(reader, *stored, schema[column]);
  return reader.read_column(*stored, block, rows);
}

ScanPlan plan_scan(const TableVersion& version, const ColumnFilter& filter,
                   size_t blocks_per_task) {
  CHECK(blocks_per_task > 0);
  ScanPlan plan;
  for (const auto& segment : version.segments) {
    const SegmentReader& reader = *segment->reader;
    std::vector<uint32_t> kept =
        prune_blocks(reader, segment_filter(reader, version.schema, filter));
    if (!segment->deleted.empty()) {
      std::erase_if(kept, [&](uint32_t block) {
        const RowBitmap* deleted = segment->deleted.block(block);
        return deleted != nullptr && deleted->count() == reader.block_rows(block);
      });
    }
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
  return read_segment_column(*task.segment->reader, version.schema, column, block);
}

ColumnPtr read_task_column(const TableVersion& version, const ScanTask& task, ColumnIndex column,
                           size_t block, std::span<const RowIndex> rows) {
  if (task.chunk) return task.chunk->columns[column]->select(rows);
  return read_segment_column(*task.segment->reader, version.schema, column, block, rows);
}

}  // namespace freshet
