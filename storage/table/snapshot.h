// Snapshot: all tables as of one commit. Readers hold it; nobody changes it.
//
// Path:      storage/table/table_store publishes -> query/operator/scan reads
// Threads:   immutable, any thread; obtained by one atomic load.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/column/column_filter.h"
#include "storage/column/row_set.h"
#include "storage/segment/segment_reader.h"
#include "storage/table/table_definition.h"

namespace freshet {

struct Segment;

// A rollup's rows over one segment: sorted by its keys, one row for each group.
struct RollupPart {
  uint64_t rollup = 0;  // RollupDefinition::id
  // A file of its own among the table's, whose rows are laid out as the rollup's columns.
  std::shared_ptr<const Segment> rows;
  // How many rows of the segment were deleted when it was made. Deleted rows never come back, so
  // the same number means the same rows.
  uint64_t deleted_count = 0;
};

struct Segment {
  SegmentId id;
  std::string partition;      // text of the partition key's cell; "all" when there is no key
  int level = 0;              // 0: from a flush or an INSERT; merges add one
  Lsn max_lsn;                // newest commit inside
  SegmentId newest_id;        // greatest id of those that it was merged from; orders equal max_lsn
  int64_t ttl_applied_s = 0;  // the moment of the merge that made it; not stored
  std::shared_ptr<const SegmentReader> reader;
  // Rows of the file that mutations took out. A mutation makes a new Segment with the same reader.
  RowSet deleted;
  std::vector<RollupPart> rollups;

  // Without the deleted ones.
  uint64_t row_count() const { return reader->row_count() - deleted.count(); }
  // What the rollup keeps of just the rows that row_count() counts; null: not built, or rows were
  // deleted since.
  std::shared_ptr<const Segment> rollup_rows(uint64_t rollup) const;
};

class TableColumns;

// One table's rows: what a scan walks.
struct TableVersion {
  TableDefinitionPtr definition;
  Schema schema;  // definition->stored_schema()
  // How segments, which may be older than the definition, are read. Null only without segments.
  std::shared_ptr<const TableColumns> columns;
  std::vector<std::shared_ptr<const Segment>> segments;
  // Newest rows, oldest first; laid out as `schema`; unsorted.
  std::vector<std::shared_ptr<const Chunk>> memtable;
  // The rows of each chunk that mutations took out, null: none; empty: none of any chunk.
  std::vector<RowBitmapPtr> memtable_deleted;
  // Ordinal of the memtable's first row (storage/table/row_places.h).
  uint64_t memtable_first = 0;

  // Without the deleted ones.
  uint64_t row_count() const;
};

class Snapshot {
 public:
  using Key = std::pair<std::string, std::string>;  // database, table

  Lsn lsn() const { return lsn_; }
  bool has_database(std::string_view name) const;
  // In order of names.
  std::vector<std::string> databases() const;
  // Empty when there is no such database.
  std::string database_comment(std::string_view name) const;
  // Null when there is none.
  const TableVersion* find(std::string_view database, std::string_view table) const;
  const TableVersion* find(TableId id) const;
  // In order of database and name.
  std::vector<const TableVersion*> tables() const;

 private:
  friend class LiveTables;
  using Names = std::map<Key, TableId, std::less<>>;

  Lsn lsn_;
  // Shared from snapshot to snapshot until DDL changes them.
  std::shared_ptr<const std::map<std::string, std::string, std::less<>>> databases_;
  std::shared_ptr<const Names> names_;
  // Ascending by id.
  std::vector<std::shared_ptr<const TableVersion>> versions_;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

// A piece of a table that one worker scans: blocks of a segment, or one memtable chunk.
struct ScanTask {
  std::shared_ptr<const Segment> segment;  // null for a memtable task
  std::vector<uint32_t> blocks;            // of the segment, ascending
  std::shared_ptr<const Chunk> chunk;      // the memtable's rows
  RowBitmapPtr chunk_deleted;              // those of `chunk` that are deleted; may be null
  uint64_t row_count = 0;                  // deleted ones included

  // Rows of a block, or of the chunk, to leave out; null: none.
  const RowBitmap* deleted(size_t block) const {
    return segment != nullptr ? segment->deleted.block(block) : chunk_deleted.get();
  }
};

struct ScanPlan {
  std::vector<ScanTask> tasks;
  uint64_t row_count = 0;     // in tasks
  uint64_t rows_skipped = 0;  // left out by indexes
  size_t segment_count = 0;
  size_t segments_kept = 0;
  size_t blocks_kept = 0;
  size_t block_count = 0;
};

// Takes out of blocks of a segment, ascending, those that hold no row of use.
using BlockPruner = std::function<void(const Segment&, std::vector<uint32_t>&)>;

// Cuts a table into tasks of at most `blocks_per_task` blocks, without the blocks that `filter`
// (columns of version.schema) or `prune` rules out.
ScanPlan plan_scan(const TableVersion& version, const ColumnFilter& filter, size_t blocks_per_task,
                   const BlockPruner& prune = {});

// Column `column` of the table in one block of a task, or in its memtable chunk (block 0). What the
// segment has otherwise, or not at all, comes as TableColumns says. With `rows`, only those.
// Deleted rows come like others: who scans leaves out task.deleted(block).
ColumnPtr read_task_column(const TableVersion& version, const ScanTask& task, ColumnIndex column,
                           size_t block);
ColumnPtr read_task_column(const TableVersion& version, const ScanTask& task, ColumnIndex column,
                           size_t block, std::span<const RowIndex> rows);
// How long the strings of a column of type String are, as uint64_t: less work than reading them.
ColumnPtr read_task_lengths(const TableVersion& version, const ScanTask& task, ColumnIndex column,
                            size_t block, std::optional<std::span<const RowIndex>> rows);

}  // namespace freshet
