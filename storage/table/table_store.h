// TableStore: all databases and tables of one data directory; the only way to change them.
//
//   begin_insert -> InsertTransaction::append ... commit -> log record -> fsync -> new Snapshot
//
// Path:      ingest/insert_pipeline, query/operator/insert, DDL -> TableStore -> wal, memtable,
// segment Owns:      the data directory (locked against a second server), log, memtables, segments,
// the
//            background threads that flush and merge.
// Threads:   every method from any thread.
// Errors:    ClickHouse's codes: UnknownTable, TableAlreadyExists, UnknownDatabase, ...
// NotEnoughSpace
//            when the disk is full (reads go on).
// Layout:    docs/formats/manifest.md, docs/formats/wal.md, docs/formats/segment.md
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/memory_budget.h"
#include "storage/base/metrics.h"
#include "storage/column/chunk_function.h"
#include "storage/table/commit_history.h"
#include "storage/table/row_places.h"
#include "storage/table/running_merges.h"
#include "storage/table/snapshot.h"
#include "storage/table/table_definition.h"

namespace freshet {

// Merges rows of equal sort key by the table's merge mode: takes sorted rows in the table's stored
// schema, gives sorted rows of it. Handed down by the query layer, which knows aggregate states.
using RowMerger = std::function<Chunk(const TableDefinition&, Chunk)>;

// Rolls up rows that a rule with GROUP BY has found expired: takes sorted rows in the table's
// stored schema, gives one row of it for each group, in the same order.
using RowRollup = std::function<Chunk(const TableDefinition&, const TtlRule&, Chunk)>;

// Groups rows as the rollup says: one row for each group, laid out as its columns, sorted by its
// keys. Handed down by the query layer. Throws what evaluating its expressions throws, and Aborted
// when `stop` said so.
using RollupBuild = std::function<std::vector<Chunk>(
    const TableVersion& rows, const RollupDefinition& rollup, const std::function<bool()>& stop)>;

struct StoreOptions {
  std::string directory;
  // Rows or bytes of one table's memtable that start a flush.
  uint64_t flush_rows_max = 1'000'000;
  uint64_t flush_bytes_max = 256ULL << 20;
  // One INSERT's rows or bytes beyond which they go to staged segments before the commit.
  uint64_t stage_rows_min = 400'000;
  uint64_t stage_bytes_min = 128ULL << 20;
  // How long a commit waits for flushes to catch up before it is refused.
  uint64_t commit_wait_ms_max = 10'000;
  // Null: rules with GROUP BY leave rows alone.
  RowRollup roll_up;
  // Null: rollups have no rows.
  RollupBuild build_rollup;
  // False in tests that want to flush and merge by hand.
  bool background_work = true;
};

// Position of a followed file or stream, committed together with the rows read up to it.
struct SourcePosition {
  std::string source;
  std::string position;
};

struct CommitReceipt {
  Lsn lsn;
  uint64_t rows = 0;
  uint64_t bytes = 0;      // in memory
  bool duplicate = false;  // the idempotency key was seen before: nothing was added
};

class Mutation;
class TableStore;
struct BackupContents;
struct BackupRequest;
struct BackupSummary;
struct RestoreRequest;

// Rows for one or more tables that become visible and durable together, or not at all.
// Dropped without commit(): nothing happened. One thread at a time. Must not outlive the store.
class InsertTransaction {
 public:
  ~InsertTransaction();
  // `chunk` is laid out as the table's stored schema. Large amounts go to disk on the way.
  void append(TableId table, Chunk chunk);
  // The same for rows laid out as the stored schema of `layout`, which may be an older definition
  // of its table. Rows are converted to the newest at the commit, which throws what their casts
  // throw.
  void append(const TableDefinitionPtr& layout, Chunk chunk);
  // A commit that repeats the key of an earlier one adds nothing. Keys of different tables have
  // nothing to do with each other; those of no table are the store's.
  void set_idempotency_key(std::string key, TableId table = TableId());
  void set_source_position(SourcePosition position);
  // Durable and visible to every later snapshot() when it returns. Throws UnknownTable when a table
  // was dropped meanwhile, OverloadedError when flushes do not keep up.
  CommitReceipt commit();

 private:
  friend class Mutation;
  friend class TableStore;
  struct State;
  void append_rows(State& state, TableId table, const TableDefinitionPtr& layout, Chunk chunk);
  explicit InsertTransaction(std::unique_ptr<State> state);
  // Rows that go with this commit. Requires: the caller holds the table's places.
  void remove(TableId table, RowPlaces places, uint64_t generation);
  // The two halves of commit().
  void prepare(bool flush_is_held);
  CommitReceipt commit_prepared();
  std::unique_ptr<State> state_;
};

class TableStore {
 public:
  struct State;  // store_state.h, for the parts of the store

  // Opens or creates the directory and recovers: catalog, segments, then the log. The compiler and
  // the merger must outlive the store.
  TableStore(StoreOptions options, FileSystem& files, Clock& clock, MemoryBudget& memory,
             MetricsRegistry& metrics, const ChunkFunctionCompiler& compiler, RowMerger merger);
  // Flushes nothing that the log holds already; stops background work.
  ~TableStore();

  const std::string& directory() const;
  // Where its files are, for what others keep beside them.
  FileSystem& files() const;
  SnapshotPtr snapshot() const;
  // Waits until snapshots hold the commit at `lsn`; false when the time was up.
  bool wait_visible(Lsn lsn, std::chrono::milliseconds timeout) const;
  // The newest commits, and repeats of commits, oldest first. After a restart: those that the log
  // still has.
  std::vector<CommitEntry> recent_commits() const;
  // How the store computes keys and merges rows, for reading what it has not merged yet. They live
  // as long as the store.
  const ChunkFunctionCompiler& key_compiler() const;
  const RowMerger& row_merger() const;
  const RollupBuild& rollup_build() const;

  // DDL: each durable and visible when it returns. The catalog starts with database "default".
  void create_database(const std::string& name, const std::string& comment);
  void drop_database(const std::string& name);  // and its tables
  // An id for a table about to be created, so that definitions can name each other (a view its
  // target) before either exists.
  TableId reserve_table_id();
  // Fills in the uuid, and the id unless it is a reserved one; gives the definition as stored.
  TableDefinitionPtr create_table(TableDefinition definition);
  // Several tables at once (a materialized view and its inner table): all or none.
  std::vector<TableDefinitionPtr> create_tables(std::vector<TableDefinition> definitions);
  // Replaces a definition (comments, settings, view text). Stored columns must stay the same.
  void replace_definition(TableDefinition definition);
  // Replaces a definition whose columns column_edit.h has changed: rows stay as they are written
  // and are converted when read. False, and nothing happened: `old` is not the newest definition
  // any more. Throws what casting a value that is there to its column's new type throws.
  bool alter_table(const TableDefinitionPtr& old, TableDefinition altered);
  // Merges again, one by one, segments that were written with other columns than the table has now.
  void rewrite_outdated_segments(TableId table);
  void drop_table(TableId table);
  void truncate_table(TableId table);

  // Partitions, each change in one step: a query, and a crash, sees all of it or nothing. INSERTs
  // go on; each comes wholly before or after. Whether a segment is meant, or, with the id 0, the
  // memtable's rows of the partition.
  using PartTest = std::function<bool(const std::string& partition, SegmentId segment)>;
  void drop_partitions(TableId table, const PartTest& test);
  // Detached segments keep their files, but are no part of the table until they are attached. How
  // many there were.
  size_t detach_partitions(TableId table, const PartTest& test);
  // As the newest rows. Throws what casting their values to altered columns throws.
  size_t attach_partitions(TableId table, const PartTest& test);
  size_t drop_detached(TableId table, const PartTest& test);
  struct DetachedSegment {
    SegmentId segment;
    std::string partition;
    uint32_t level = 0;
    uint64_t row_count = 0;
    std::string path;
    uint64_t file_bytes = 0;
  };
  std::vector<DetachedSegment> detached_segments(TableId table) const;
  // Copies rows of `from`, as of the call, into `to`; with `replace`, in the place of what `to` has
  // in the partitions meant. The number of rows; when it is 0, nothing happened. Requires: both
  // have the same columns and keys.
  uint64_t copy_partitions(TableId from, TableId to, const PartTest& test, bool replace);
  // Rows are in one of the tables at every moment. Requires: as above, and two tables.
  uint64_t move_partitions(TableId from, TableId to, const PartTest& test);

  struct Rename {
    TableId table;
    std::string database;
    std::string name;
  };
  // All at once, so that EXCHANGE TABLES is two renames.
  void rename_tables(std::span<const Rename> renames);

  // Throws OverloadedError when an INSERT into the table should come later.
  void require_room(TableId table) const;
  std::unique_ptr<InsertTransaction> begin_insert();
  // Waits for other mutations of the table to end. Throws UnknownTable.
  std::unique_ptr<Mutation> begin_mutation(TableId table);

  // Last committed position of a source.
  std::optional<std::string> source_position(const std::string& source) const;

  // Everything in memtables to segments; returns when done. On shutdown and for OPTIMIZE.
  void flush_all();
  void flush_table(TableId table);
  // Merges until one segment per partition is left; of one partition only, if it is named (the text
  // of the key's cell). Throws Aborted while merges of the table are stopped.
  void optimize_table(TableId table, const std::optional<std::string>& partition = std::nullopt);
  // Makes what is missing of the rollups over the table's segments; returns when done.
  void build_rollups(TableId table);
  // Ends merges of the table, or of every table that there is now, and begins no other until they
  // are started again, or the store is opened again.
  void stop_merges(std::optional<TableId> table);
  void start_merges(std::optional<TableId> table);
  std::vector<MergeProgress> running_merges() const;

  // Tables as of one commit, in a directory of files. See storage/table/backup.h for both.
  std::shared_ptr<const BackupContents> open_backup(const std::string& directory) const;
  BackupSummary write_backup(const BackupRequest& request);
  BackupSummary restore_backup(const RestoreRequest& request);

  // Removes what TTLs have expired by the clock's time: segments of which nothing is left without
  // reading them, others by merging them again, which happens seldom unless `now` asks for it.
  void purge_expired(TableId table, bool now);

 private:
  friend class InsertTransaction;
  friend class Mutation;
  std::unique_ptr<State> state_;
};

}  // namespace freshet
