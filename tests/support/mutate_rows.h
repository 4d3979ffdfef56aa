// Deletes and updates rows of a store without SQL, for tests: the rows that a condition picks go,
// and what it makes of them comes.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "storage/table/mutation.h"

namespace freshet {

// Called for each live row; all cells of the block are in `rows`.
using RowCondition = std::function<bool(const Chunk& rows, size_t row)>;
// Rows to put in the place of those removed.
using RowReplacement = std::function<Chunk(Chunk removed)>;

// Removes what `condition` picks in the mutation's snapshot; gives how many rows.
inline uint64_t remove_rows(Mutation& mutation, const RowCondition& condition,
                            const RowReplacement& replacement = {}) {
  const TableVersion& table = mutation.table();
  const auto visit = [&](size_t part, size_t first, const ScanTask& task, size_t block,
                         size_t row_count) {
    Chunk rows{.columns = {}, .row_count = row_count};
    for (ColumnIndex column = 0; column < table.schema.size(); ++column) {
      rows.columns.push_back(flat(read_task_column(table, task, column, block)));
    }
    const RowBitmap* deleted = task.deleted(block);
    std::vector<RowIndex> picked;
    for (size_t row = 0; row < row_count; ++row) {
      if (deleted != nullptr && deleted->contains(row)) continue;
      if (!condition(rows, row)) continue;
      picked.push_back(static_cast<RowIndex>(row));
      mutation.remove(part, first + row);
    }
    if (replacement && !picked.empty()) mutation.append(replacement(rows.select(picked)));
  };
  for (size_t part = 0; part < table.segments.size(); ++part) {
    ScanTask task;
    task.segment = table.segments[part];
    const SegmentReader& reader = *task.segment->reader;
    for (size_t block = 0; block < reader.block_count(); ++block) {
      visit(part, block * kBlockRows, task, block, reader.block_rows(block));
    }
  }
  for (size_t index = 0; index < table.memtable.size(); ++index) {
    ScanTask task;
    task.chunk = table.memtable[index];
    if (!table.memtable_deleted.empty()) task.chunk_deleted = table.memtable_deleted[index];
    visit(table.segments.size() + index, 0, task, 0, task.chunk->row_count);
  }
  return mutation.removed_count();
}

// One whole mutation.
inline uint64_t mutate_rows(TableStore& store, TableId table, const RowCondition& condition,
                            const RowReplacement& replacement = {}) {
  const auto mutation = store.begin_mutation(table);
  const uint64_t count = remove_rows(*mutation, condition, replacement);
  mutation->commit();
  return count;
}

// Rows whose first cell, an UInt64, is one of these.
inline RowCondition first_cell_in(std::vector<uint64_t> values) {
  return [values = std::move(values)](const Chunk& rows, size_t row) {
    const auto cell = value_at(*rows.columns[0], row).as<uint64_t>();
    return std::find(values.begin(), values.end(), cell) != values.end();
  };
}

}  // namespace freshet
