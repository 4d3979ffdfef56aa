// ManifestEdit: one change of what is stored; ManifestState: the sum of all edits.
//
// Path:      storage/table DDL, flush, compaction -> ManifestEdit -> manifest file -> recovery
// Errors:    decoding damaged bytes throws CorruptedData.
// Layout:    docs/formats/manifest.md
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "storage/base/limits.h"
#include "storage/base/strong_id.h"
#include "storage/column/row_set.h"
#include "storage/table/table_definition.h"

namespace freshet {

struct PutDatabase {
  std::string name;
  std::string comment;
};
struct RemoveDatabase {
  std::string name;
};
// A table's definition as stores wrote it before columns could change. Only read.
struct PutFixedTable {
  TableDefinition definition;
};
struct RemoveTable {
  TableId table;
};
// Every segment of the table goes.
struct TruncateTable {
  TableId table;
};
struct AddSegment {
  TableId table;
  SegmentId segment;
  std::string partition;
  uint32_t level = 0;
  Lsn max_lsn;
  SegmentId newest_id;
  uint64_t row_count = 0;
};
struct RemoveSegment {
  TableId table;
  SegmentId segment;
};
// The table's segments hold every commit up to `lsn`: the log is not replayed into it before that.
struct FlushedThrough {
  TableId table;
  Lsn lsn;
};
// The commit at `lsn` brought this staged segment, and the manifest knows it (or what it was merged
// into): replay of that commit does not add it again. Forgotten once the table is flushed past it.
struct AbsorbSegment {
  TableId table;
  SegmentId segment;
  Lsn lsn;
};
struct PutSourcePosition {
  std::string source;
  std::string position;
  Lsn lsn;
};
// As older manifests have it: a key of no table.
struct PutIdempotencyKey {
  std::string key;
  Lsn lsn;
};
// Log records up to `lsn` are needed no more.
struct Checkpoint {
  Lsn lsn;
};
// Rows of the segment that mutations took out: all of them, not only the newest.
struct PutDeletedRows {
  TableId table;
  SegmentId segment;
  RowSet rows;
};
// Ordinal of the first memtable row that came after the table's FlushedThrough
// (storage/table/row_places.h).
struct FirstRow {
  TableId table;
  uint64_t ordinal = 0;
};
// The UNIQUE KEY of a table that PutTable has just made; it never changes.
struct PutUniqueKey {
  TableId table;
  std::vector<std::string> columns;
};
// The rollups of a table that PutTable has made or altered; those that it had no more are gone, and
// their rows.
struct PutRollups {
  TableId table;
  std::vector<RollupDefinition> rollups;
};
// Rows of a rollup over one segment, a file among the table's segments, in the place of what was
// there before. They go with the segment, and when it is detached.
struct AddRollupRows {
  TableId table;
  SegmentId segment;
  uint64_t rollup = 0;
  SegmentId rows;
  uint64_t row_count = 0;
  uint64_t deleted_count = 0;  // as RollupPart has it
};
// Ids below these were given out.
struct NextIds {
  TableId table;
  SegmentId segment;
};

// The commit at `lsn` was the table's INSERT of this name.
struct PutInsertKey {
  TableId table;
  std::string key;
  Lsn lsn;
  uint64_t time_us = 0;  // of the commit, since 1970; 0: unknown
};
// Keys of the table's commits up to `lsn` count no more.
struct ForgetInsertKeys {
  TableId table;
  Lsn lsn;
};

// Adds a table or replaces its definition.
struct PutTable {
  TableDefinition definition;
};
// Rows of the table that were logged up to `lsn` may have these columns, an earlier file_schema().
// Forgotten once the table is flushed past it.
struct KeepLayout {
  TableId table;
  uint64_t checksum = 0;  // compute_schema_checksum()
  Lsn lsn;
  std::vector<NamedType> columns;
};

// Rows of the partition that were logged up to `lsn` are gone: replay leaves them out. Forgotten
// once the table is flushed past it.
struct DropPartitionRows {
  TableId table;
  std::string partition;
  Lsn lsn;
};
// The segment is no part of the table for now; its file stays.
struct DetachSegment {
  TableId table;
  SegmentId segment;
};
// It is again, as the newest.
struct AttachSegment {
  TableId table;
  SegmentId segment;
  Lsn max_lsn;
  SegmentId newest_id;
};

// The variant's index + 1 is the kind stored on disk: only append.
using ManifestEdit =
    std::variant<PutDatabase, RemoveDatabase, PutFixedTable, RemoveTable, TruncateTable, AddSegment,
                 RemoveSegment, FlushedThrough, AbsorbSegment, PutSourcePosition, PutIdempotencyKey,
                 Checkpoint, NextIds, PutInsertKey, ForgetInsertKeys, PutTable, KeepLayout,
                 DropPartitionRows, DetachSegment, AttachSegment, PutDeletedRows, FirstRow,
                 PutUniqueKey, PutRollups, AddRollupRows>;

// All edits of one atomic change.
std::string encode_manifest_edits(const std::vector<ManifestEdit>& edits);
std::vector<ManifestEdit> decode_manifest_edits(std::string_view bytes);

struct ManifestState {
  struct Table {
    TableDefinition definition;
    Lsn flushed_through;
    std::map<SegmentId, AddSegment> segments;
    std::map<SegmentId, AddSegment> detached;
    std::map<std::string, Lsn> dropped_rows;  // by partition
    std::map<SegmentId, Lsn> absorbed;
    Lsn keys_after;  // older INSERTs of the table are forgotten
    struct Layout {
      Lsn lsn;
      Schema columns;
    };
    std::map<uint64_t, Layout> layouts;  // by checksum
    std::map<SegmentId, RowSet> deleted;
    std::map<std::pair<SegmentId, uint64_t>, AddRollupRows> rollups;  // by segment and rollup
    uint64_t first_row = 0;
  };
  std::map<std::string, std::string> databases;  // name -> comment
  std::map<TableId, Table> tables;
  std::map<std::string, PutSourcePosition> positions;
  std::deque<PutInsertKey> keys;  // oldest first, the last kInsertKeysMax
  Lsn checkpoint;
  TableId next_table{1};
  SegmentId next_segment{1};

  // Throws CorruptedData when the edit names a table or segment that is not there.
  void apply(const ManifestEdit& edit);
  // Edits that make this state from nothing.
  std::vector<ManifestEdit> as_edits() const;
};

}  // namespace freshet
