// Recovery brings a data directory back to life: manifest, then segments, then the log.
//
//   manifest state ─> open segments ─> replay log records that segments do not hold yet
//                                  ─> remove segment files that nothing references
//
// Path:      TableStore's constructor -> Recovery -> LiveTables
// Threads:   one, before anything else runs.
// Errors:    CorruptedData, FileDoesntExist and the like name the file; the store does not open
// then.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/table/commit_history.h"
#include "storage/table/commit_record.h"
#include "storage/table/flush.h"
#include "storage/table/live_tables.h"

namespace freshet {

// Takes the store's lock; throws CannotOpenFile naming the process that has it.
std::unique_ptr<AppendFile> lock_store(FileSystem& files, const std::string& directory);
std::string manifest_path(const std::string& directory);
std::string log_directory(const std::string& directory);
// What a new store's manifest starts with. Throws CorruptedData when the directory holds data, but
// no manifest.
std::vector<ManifestEdit> initial_edits(FileSystem& files, const std::string& directory);

class Recovery {
 public:
  Recovery(FileSystem& files, std::string directory, SharedManifest& manifest, LiveTables& live,
           SegmentIds& ids, MemoryBudget& memory, const ChunkFunctionCompiler& compiler)
      : files_(&files),
        directory_(std::move(directory)),
        manifest_(&manifest),
        live_(&live),
        ids_(&ids),
        memory_(&memory),
        compiler_(&compiler) {}

  // Everything the manifest knows, published.
  void open_tables();
  // The log on top of it, published. `make_room(false)` is called after every record, to flush what
  // has grown large; `make_room(true)` when the memory budget refuses a record.
  void replay_log(const std::function<void(bool memory_is_short)>& make_room);
  // For make_room: rows of the table's memtable that records yet to come delete are deleted now.
  // A flush moves rows, and those records know only where the rows were before.
  void remove_ahead(TableId table);
  void remove_unreferenced_files();

  // Oldest first; known after replay_log().
  const std::vector<PutInsertKey>& keys() const { return keys_; }
  // Commits that the log still has, oldest first.
  const std::deque<CommitEntry>& commits() const { return commits_; }

 private:
  void open_rollups(const ManifestState::Table& table, Segment& segment) const;
  std::shared_ptr<Segment> open_segment(TableId table, SegmentId id) const;
  // What rows in the log whose columns have this checksum are called by.
  const Schema& logged_columns(TableId id, const ManifestState::Table& table, uint64_t checksum);
  // Takes out what DROP PARTITION has taken since.
  void leave_out_dropped(const ManifestState::Table& table, Lsn lsn,
                         CommitRecord::TableRows& rows) const;
  void replay_record(std::string_view payload, Lsn lsn, const std::function<void(bool)>& make_room);

  FileSystem* const files_;
  const std::string directory_;
  SharedManifest* const manifest_;
  LiveTables* const live_;
  SegmentIds* const ids_;
  MemoryBudget* const memory_;
  std::vector<PutInsertKey> keys_;
  std::deque<CommitEntry> commits_;
  const ChunkFunctionCompiler* const compiler_;
  std::map<TableId, TableColumnsPtr> newest_columns_;
  uint64_t replayed_records_ = 0;
  Lsn replayed_through_;
  // Ordinals that records deleted, by table; read when first asked for.
  std::optional<std::map<TableId, std::vector<uint64_t>>> removed_ahead_;
};

}  // namespace freshet
