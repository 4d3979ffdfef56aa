// TableStore: all databases and tables of one data directory; the only way to change them.
//
//   begin_insert -> InsertTransaction::append ... commit -> log record -> fsync -> new Snapshot
//
// Path:      ingest/insert_pipeline, query/operator/insert, DDL -> TableStore -> wal, memtable, segment
// Owns:      the data directory (locked against a second server), log, memtables, segments, the
//            background threads that flush and merge.
// Threads:   every method from any thread.
// Errors:    ClickHouse's codes: UnknownTable, TableAlreadyExists, UnknownDatabase, ... NotEnoughSpace
//            when the disk is full (reads go on).
// Layout:    docs/formats/manifest.md, docs/formats/wal.md, docs/formats/segment.md
#pragma once

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
#include "storage/table/row_places.h"
#include "storage/table/snapshot.h"
#include "storage/table/table_definition.h"

namespace freshet {

// Merges rows of equal sort key by the table's merge mode: takes sorted rows in the table's stored
// schema, gives sorted rows of it. Handed down by the query layer, which knows aggregate states.
using RowMerger = std::function<Chunk(const TableDefinition&, Chunk)>;

struct StoreOptions {
  std::string directory;
  // Rows or bytes of one table's memtable that start a flush.
  uint64_t flush_rows_max = 1'000'000;
  uint64_t flush_bytes_max = 256ULL << 20;
  // One INSERT's rows or bytes beyond which they go to staged segments before the commit.
  uint64_t stage_rows_min = 400'000;
  uint64_t stage_bytes_min = 128ULL << 20;
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
  uint64_t bytes = 0;       // in memory
  bool duplicate = false;   // the idempotency key was seen before: nothing was added
};

class Mutation;
class TableStore;

// Rows for one or more tables that become visible and durable together, or not at all.
// Dropped without commit(): nothing happened. One thread at a time. Must not outlive the store.
class InsertTransaction {
 public:
  ~InsertTransaction();
  // `chunk` is laid out as the table's stored schema. Large amounts go to disk on the way.
  void append(TableId table, Chunk chunk);
  void set_idempotency_key(std::string key);
  void set_source_position(SourcePosition position);
  // Durable and visible to every later snapshot() when it returns. Throws UnknownTable when a table
  // was dropped meanwhile.
  CommitReceipt commit();

 private:
  friend class Mutation;
  friend class TableStore;
  struct State;
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
  // Opens or creates the directory and recovers: catalog, segments, then the log. The compiler and
  // the merger must outlive the store.
  TableStore(StoreOptions options, FileSystem& files, Clock& clock, MemoryBudget& memory,
             MetricsRegistry& metrics, const ChunkFunctionCompiler& compiler, RowMerger merger);
  // Flushes nothing that the log holds already; stops background work.
  ~TableStore();

  SnapshotPtr snapshot() const;

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
  void drop_table(TableId table);
  void truncate_table(TableId table);
  struct Rename {
    TableId table;
    std::string database;
    std::string name;
  };
  // All at once, so that EXCHANGE TABLES is two renames.
  void rename_tables(std::span<const Rename> renames);

  std::unique_ptr<InsertTransaction> begin_insert();
  // Waits for other mutations of the table to end. Throws UnknownTable.
  std::unique_ptr<Mutation> begin_mutation(TableId table);

  // Last committed position of a source.
  std::optional<std::string> source_position(const std::string& source) const;

  // Everything in memtables to segments; returns when done. On shutdown and for OPTIMIZE.
  void flush_all();
  void flush_table(TableId table);
  // Merges until one segment per partition is left.
  void optimize_table(TableId table);

 private:
  struct State;
  friend class InsertTransaction;
  friend class Mutation;
  std::unique_ptr<State> state_;
};

}  // namespace freshet
