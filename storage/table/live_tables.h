// LiveTables: the newest state of every table, and the snapshots made of it.
//
//   commits ──apply──┐
//   flush ──install──┤  live state (one lock)  ──publish──> Snapshot, swapped in one step
//   merge ──replace──┤
//   DDL ─────────────┘
//
// Path:      storage/table/append, flush, compaction, table_store -> LiveTables -> snapshot()
// Owns:      memtables, and their share of the memory budget.
// Threads:   every method from any thread. Who makes a change durable in the manifest holds the
//            manifest's lock from there until the change is installed here, so both agree.
// Errors:    none of its own.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/base/fair_mutex.h"
#include "storage/base/memory_budget.h"
#include "storage/base/mutex.h"
#include "storage/memtable/memtable.h"
#include "storage/table/lsn_gate.h"
#include "storage/table/manifest_edit.h"
#include "storage/table/row_places.h"
#include "storage/table/snapshot.h"
#include "storage/table/table_columns.h"
#include "storage/table/table_keys.h"
#include "storage/table/table_store.h"
#include "storage/table/table_ttl.h"
#include "storage/table/unique_keys.h"

namespace freshet {

using SegmentPtr = std::shared_ptr<const Segment>;

// What long work on one table holds on to while the table may change or go.
class TableHandle {
 public:
  explicit TableHandle(TableId table) : id(table) {}

  // Compiled once per definition.
  std::shared_ptr<const TableKeys> keys(const TableDefinitionPtr& definition,
                                        const ChunkFunctionCompiler& compiler);
  // Null when the table has no TTL.
  std::shared_ptr<const TableTtl> ttl(const TableDefinitionPtr& definition,
                                      const ChunkFunctionCompiler& compiler,
                                      const RowRollup& roll_up);

  const TableId id;
  // Each held by the one flush and the one merge that run at a time. Fair, so that statements get
  // their turn before the background takes the next.
  FairMutex flush_mutex;
  FairMutex merge_mutex;
  // Counts truncates and the drop: work that began under another number is not wanted any more.
  std::atomic<uint64_t> generation{0};
  std::atomic<bool> dropped{false};
  // SYSTEM STOP MERGES; not remembered over restarts.
  std::atomic<bool> merges_stopped{false};
  MutationGate gate;
  // Null unless the table has a UNIQUE KEY.
  std::unique_ptr<UniqueKeys> unique_keys;
  // Held while rows of rollups are made, and for the next.
  FairMutex rollup_mutex;
  // When the background may make those again whose segments have lost rows, by the steady clock.
  int64_t rollups_again_ns = 0;
  // See MergesByStatement.
  std::atomic<int> statements_merging{0};

 private:
  Mutex keys_mutex_;
  TableDefinitionPtr keys_definition_ GUARDED_BY(keys_mutex_);
  std::shared_ptr<const TableKeys> keys_ GUARDED_BY(keys_mutex_);
  TableDefinitionPtr ttl_definition_ GUARDED_BY(keys_mutex_);
  std::shared_ptr<const TableTtl> ttl_ GUARDED_BY(keys_mutex_);
};

using TableHandlePtr = std::shared_ptr<TableHandle>;

// While a statement merges a table, or waits to, the background keeps off: its merges run at low
// priority, and on a busy machine someone who waits for them waits long.
class MergesByStatement {
 public:
  explicit MergesByStatement(TableHandle& table) : table_(&table) { ++table.statements_merging; }
  MergesByStatement(const MergesByStatement&) = delete;
  MergesByStatement& operator=(const MergesByStatement&) = delete;
  ~MergesByStatement() { --table_->statements_merging; }

 private:
  TableHandle* table_;
};

class LiveTables {
 public:
  // A commit that is durable in the log.
  struct Commit {
    struct Rows {
      TableId table;
      std::vector<std::shared_ptr<const Chunk>> chunks;
      std::vector<ColumnIndex> defaulted;  // as Memtable::Rows has it
      std::vector<SegmentPtr> staged;
      // Rows that go, after those above came. Segments that are gone, and rows that were flushed,
      // are passed over: in replay only, where the manifest has them already.
      RowPlaces deletes = {};
      // The commit is refused when the table has another one by then; no test when not set.
      std::optional<uint64_t> generation = {};
      // The ordinal that the first of `chunks`' rows gets, where the deletes of other commits rest
      // on it.
      std::optional<uint64_t> first_row = {};
      // Taken from the memory budget by the caller; given back when the chunks are flushed.
      uint64_t budget_bytes = 0;
    };
    Lsn lsn;
    std::vector<Rows> tables;
    std::vector<SourcePosition> positions;
  };

  // The compiler, which outlives the tables, serves columns that segments do not have; null: there
  // are no such segments.
  explicit LiveTables(MemoryBudget& memory, const ChunkFunctionCompiler* compiler = nullptr);
  LiveTables(const LiveTables&) = delete;
  LiveTables& operator=(const LiveTables&) = delete;
  ~LiveTables();

  SnapshotPtr snapshot() const EXCLUDES(snapshot_mutex_);
  // Null when there is none.
  TableHandlePtr find(TableId table) const EXCLUDES(mutex_);
  std::vector<TableHandlePtr> all() const EXCLUDES(mutex_);
  // Newest applied commit.
  Lsn lsn() const EXCLUDES(mutex_);

  // Changes below are seen by snapshots taken after the next publish().
  void publish() EXCLUDES(mutex_, snapshot_mutex_);
  // False when the time was up before snapshots held the commit.
  bool wait_visible(Lsn lsn, std::chrono::nanoseconds timeout) { return gate_.wait(lsn, timeout); }

  // Requires: commits come in order of their LSN. Rows of missing tables are skipped.
  void apply(Commit commit) EXCLUDES(mutex_);
  // Everything up to `lsn` is in segments. At the start of recovery only.
  void start_at(Lsn lsn) EXCLUDES(mutex_);

  std::optional<PutSourcePosition> source_position(const std::string& source) const
      EXCLUDES(mutex_);
  void put_source_position(const PutSourcePosition& position) EXCLUDES(mutex_);
  // Those committed after `after`, up to `through`.
  std::vector<PutSourcePosition> source_positions(Lsn after, Lsn through) const EXCLUDES(mutex_);

  struct FlushInput {
    TableDefinitionPtr definition;
    uint64_t generation = 0;
    Lsn through;  // the chunks hold all of the table's memtable rows up to this commit
    std::vector<std::shared_ptr<const Chunk>> chunks;
    std::vector<RowBitmapPtr> deleted;  // as in TableVersion
    uint64_t first_row = 0;
    uint64_t next_row = 0;
  };
  // Holds the memtable's rows together for a flush. Nothing when the manifest already says all
  // there is to say about the table. Requires: the caller holds the table's flush_mutex.
  std::optional<FlushInput> freeze(TableId table) EXCLUDES(mutex_);
  // Segments that commits brought and the manifest does not know yet.
  std::vector<SegmentPtr> unrecorded(TableId table) const EXCLUDES(mutex_);
  // Segments with deleted rows that the manifest does not know yet.
  std::vector<SegmentPtr> changed_deletes(TableId table) const EXCLUDES(mutex_);
  // Deleted rows of these segments as of now, and of the memtable's first rows up to `next_row`.
  RowPlaces deletes_of(TableId table, const std::vector<SegmentPtr>& segments,
                       uint64_t next_row = 0) const EXCLUDES(mutex_);
  // The frozen rows are in `flushed` now, and `recorded` and all changed deletes are in the
  // manifest.
  void install_flush(TableId table, const std::vector<SegmentPtr>& recorded,
                     const std::vector<SegmentPtr>& flushed) EXCLUDES(mutex_);
  // Gives the removed ones as they were just before.
  std::vector<SegmentPtr> install_merge(TableId table, const std::vector<SegmentPtr>& recorded,
                                        const std::vector<SegmentPtr>& removed,
                                        const std::vector<SegmentPtr>& added) EXCLUDES(mutex_);
  // Rows of rollups over a segment, in the place of those that it has; gives those. Requires: the
  // segment is there.
  std::vector<RollupPart> install_rollups(TableId table, const std::vector<SegmentPtr>& recorded,
                                          SegmentId segment, const std::vector<RollupPart>& made)
      EXCLUDES(mutex_);
  // Takes away the rows of rollups that the definition does not have; gives them.
  std::vector<RollupPart> drop_rollups(TableId table) EXCLUDES(mutex_);

  // Every commit up to this one is wholly in segments that the manifest knows.
  Lsn flushed_through() const EXCLUDES(mutex_);

  struct Load {
    TableHandlePtr table;
    uint64_t memtable_rows = 0;
    uint64_t memtable_bytes = 0;
    bool memtable_has_defaulted = false;
    size_t segment_count = 0;
    // The log is needed after this commit.
    Lsn flushed_through;
  };
  std::vector<Load> loads() const EXCLUDES(mutex_);
  std::optional<Load> load(TableId table) const EXCLUDES(mutex_);

  void put_database(const std::string& name, const std::string& comment) EXCLUDES(mutex_);
  void remove_database(const std::string& name) EXCLUDES(mutex_);
  // Adds a table, or replaces its definition. Requires: the stored columns stay the same.
  void put_table(TableDefinitionPtr definition) EXCLUDES(mutex_);
  // Null when there is no such table.
  TableColumnsPtr columns(TableId table) const EXCLUDES(mutex_);
  // The memtable's rows, frozen ones included.
  std::vector<Memtable::Rows> memtable(TableId table) const EXCLUDES(mutex_);
  // Replaces the definition by one with other columns, and each chunk of the memtable by the same
  // rows laid out anew.
  void change_columns(TableColumnsPtr columns, std::vector<Memtable::Rows> memtable)
      EXCLUDES(mutex_);
  void add_segments(TableId table, const std::vector<SegmentPtr>& segments) EXCLUDES(mutex_);
  // Takes segments away, and rows of the memtable (ordinals, ascending); flushes and merges under
  // way are not wanted any more.
  void take_rows(TableId table, const std::vector<SegmentPtr>& removed,
                 const std::vector<uint64_t>& ordinals) EXCLUDES(mutex_);
  // The ordinal of the table's next memtable row.
  uint64_t next_row(TableId table) const EXCLUDES(mutex_);
  // For recovery: where to begin to count, and deletes ahead of the commits that make them.
  void start_rows_at(TableId table, uint64_t ordinal) EXCLUDES(mutex_);
  void remove_ahead(TableId table, const std::vector<uint64_t>& ordinals) EXCLUDES(mutex_);
  // Both give the segments that went.
  std::vector<SegmentPtr> truncate_table(TableId table) EXCLUDES(mutex_);
  std::vector<SegmentPtr> remove_table(TableId table) EXCLUDES(mutex_);

 private:
  struct Table {
    Table(TableColumnsPtr table_columns, TableHandlePtr table_handle)
        : definition(table_columns->definition()),
          columns(std::move(table_columns)),
          handle(std::move(table_handle)),
          memtable(columns->schema()) {}

    TableDefinitionPtr definition;
    TableColumnsPtr columns;
    TableHandlePtr handle;
    Memtable memtable;
    std::vector<SegmentPtr> segments;  // oldest first: by max_lsn, then newest_id
    std::vector<SegmentPtr> unrecorded;
    std::set<SegmentId> changed_deletes;
    // The commit before the first one that is not in the manifest: among frozen rows, among newer.
    std::optional<Lsn> frozen_after;
    std::optional<Lsn> unflushed_after;
    uint64_t frozen_budget_bytes = 0;
    uint64_t budget_bytes = 0;
  };
  Lsn flushed_through(const Table& table) const REQUIRES(mutex_);
  Load load_of(const Table& table) const REQUIRES(mutex_);
  void mark_recorded(Table& table, const std::vector<SegmentPtr>& recorded) REQUIRES(mutex_);
  void remove_rows(Table& table, const RowPlaces& deletes) REQUIRES(mutex_);
  std::vector<SegmentPtr> empty_table(Table& table) REQUIRES(mutex_);

  MemoryBudget* const memory_;
  const ChunkFunctionCompiler* const compiler_;
  const std::shared_ptr<KeyIndexMemory> key_index_memory_;

  mutable Mutex mutex_;
  Lsn lsn_ GUARDED_BY(mutex_);
  std::map<TableId, Table> tables_ GUARDED_BY(mutex_);
  std::map<std::string, std::string, std::less<>> databases_ GUARDED_BY(mutex_);
  std::map<std::string, PutSourcePosition> positions_ GUARDED_BY(mutex_);
  // What the next publish() has to make anew.
  std::set<TableId> changed_tables_ GUARDED_BY(mutex_);
  bool names_changed_ GUARDED_BY(mutex_) = true;

  // Held only to copy or swap the pointer, so that readers wait for nobody's work.
  mutable SharedMutex snapshot_mutex_;
  SnapshotPtr snapshot_ GUARDED_BY(snapshot_mutex_);
  LsnGate gate_;
};

}  // namespace freshet
