#include "storage/table/recovery.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/base/log.h"
#include "storage/table/partition_rows.h"
#include "storage/wal/wal_format.h"
#include "storage/wal/wal_reader.h"

namespace freshet {

namespace {

std::vector<DirectoryEntry> list_if_exists(FileSystem& files, const std::string& directory) {
  try {
    return files.list(directory);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::FileDoesntExist) throw;
    return {};
  }
}

// 12 of "12.seg"; 0 when there is none.
uint64_t leading_number(const std::string& name) {
  uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

// As the manifest has it.
void require_rows(const Segment& segment, uint64_t row_count) {
  const SegmentReader& reader = *segment.reader;
  if (reader.row_count() == row_count) return;
  throw Error(ErrorCode::CorruptedData, "Segment " + reader.path() + " should have " +
                                            std::to_string(row_count) + " rows, but has " +
                                            std::to_string(reader.row_count()));
}

}  // namespace

std::unique_ptr<AppendFile> lock_store(FileSystem& files, const std::string& directory) {
  files.create_directories(directory);
  try {
    return lock_directory(files, directory);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::CannotOpenFile) throw;
    throw Error(error.code(), "The data directory is in use by another server. " + error.message());
  }
}

std::string manifest_path(const std::string& directory) { return directory + "/manifest"; }

std::string log_directory(const std::string& directory) { return directory + "/log"; }

std::vector<ManifestEdit> initial_edits(FileSystem& files, const std::string& directory) {
  if (!exists(files, manifest_path(directory)) &&
      (!list_wal_files(files, log_directory(directory)).empty() ||
       !list_if_exists(files, segments_directory(directory)).empty())) {
    throw Error(ErrorCode::CorruptedData,
                "The data directory has a log or segments, but no manifest: " + directory);
  }
  return {PutDatabase{"default", ""}};
}

void Recovery::open_tables() {
  MutexLock lock(manifest_->mutex);
  const ManifestState& state = manifest_->manifest.state();
  for (const auto& [name, comment] : state.databases) live_->put_database(name, comment);
  for (const auto& [id, table] : state.tables) {
    live_->put_table(std::make_shared<const TableDefinition>(table.definition));
    std::vector<SegmentPtr> segments;
    for (const auto& [segment_id, added] : table.segments) {
      auto segment = open_segment(id, segment_id);
      segment->partition = added.partition;
      segment->level = static_cast<int>(added.level);
      segment->max_lsn = added.max_lsn;
      segment->newest_id = added.newest_id;
      require_rows(*segment, added.row_count);
      const auto deleted = table.deleted.find(segment_id);
      if (deleted != table.deleted.end()) segment->deleted = deleted->second;
      open_rollups(table, *segment);
      segments.push_back(std::move(segment));
    }
    live_->add_segments(id, segments);
    live_->start_rows_at(id, table.first_row);
    for (const auto& [segment_id, lsn] : table.absorbed) ids_->skip_through(segment_id);
    for (const auto& [segment_id, added] : table.detached) ids_->skip_through(segment_id);
    // A staged segment that only the log names has its file: a flush during replay, before its
    // record is read, must not take its id.
    for (const DirectoryEntry& file : list_if_exists(*files_, segment_directory(directory_, id))) {
      ids_->skip_through(SegmentId(leading_number(file.name)));
    }
  }
  for (const auto& [source, position] : state.positions) live_->put_source_position(position);
  keys_.assign(state.keys.begin(), state.keys.end());
  if (state.next_segment.value > 0) ids_->skip_through(SegmentId(state.next_segment.value - 1));
  live_->start_at(state.checkpoint);
  live_->publish();
}

// Rows that cannot be opened are made again.
void Recovery::open_rollups(const ManifestState::Table& table, Segment& segment) const {
  const auto begin = table.rollups.lower_bound({segment.id, 0});
  for (auto entry = begin; entry != table.rollups.end() && entry->first.first == segment.id;
       ++entry) {
    const AddRollupRows& added = entry->second;
    ids_->skip_through(added.rows);
    try {
      auto rows = open_segment(table.definition.id, added.rows);
      rows->partition = segment.partition;
      require_rows(*rows, added.row_count);
      segment.rollups.push_back(
          {.rollup = added.rollup, .rows = std::move(rows), .deleted_count = added.deleted_count});
    } catch (const Error& error) {
      log_warning("rollup_rows_not_opened", {{"error", error.message()}});
    }
  }
}

std::shared_ptr<Segment> Recovery::open_segment(TableId table, SegmentId id) const {
  ids_->skip_through(id);
  auto segment = std::make_shared<Segment>();
  segment->id = id;
  segment->newest_id = id;
  segment->reader = SegmentReader::open(*files_, segment_path(directory_, table, id));
  return segment;
}

void Recovery::replay_log(const std::function<void(bool)>& make_room) {
  Lsn from;
  {
    MutexLock lock(manifest_->mutex);
    from = manifest_->manifest.state().checkpoint;
  }
  replayed_through_ = from;
  const Lsn end = WalReader(*files_, log_directory(directory_))
                      .replay(from, [&](std::string_view payload, Lsn lsn) {
                        replay_record(payload, lsn, make_room);
                        make_room(false);
                      });
  live_->publish();
  log_info("store_recovered", {{"log_from", from.value},
                               {"log_end", end.value},
                               {"records", replayed_records_},
                               {"tables", live_->all().size()}});
}

const Schema& Recovery::logged_columns(TableId id, const ManifestState::Table& table,
                                       uint64_t checksum) {
  const auto [newest, added] = newest_columns_.try_emplace(id);
  if (added) newest->second = live_->columns(id);
  if (newest->second->layout() == checksum) return newest->second->file_schema();
  const auto older = table.layouts.find(checksum);
  if (older != table.layouts.end()) return older->second.columns;
  throw Error(ErrorCode::CorruptedData,
              "Logged rows have other columns than table " + std::to_string(id.value));
}

void Recovery::leave_out_dropped(const ManifestState::Table& table, Lsn lsn,
                                 CommitRecord::TableRows& rows) const {
  const auto is_dropped = [&](const std::string& partition) {
    const auto dropped = table.dropped_rows.find(partition);
    return dropped != table.dropped_rows.end() && lsn <= dropped->second;
  };
  if (table.dropped_rows.empty()) return;
  std::erase_if(rows.staged,
                [&](const StagedSegment& staged) { return is_dropped(staged.partition); });
  const TableColumnsPtr columns = live_->columns(rows.table);
  const auto keys = live_->find(rows.table)->keys(columns->definition(), *compiler_);
  // They keep their ordinals: deletes of other rows count them.
  const std::vector<uint64_t> dropped =
      row_numbers_inside(*keys, rows.chunks, live_->next_row(rows.table), is_dropped);
  std::vector<uint64_t> deleted;
  std::set_union(rows.deletes.memtable.begin(), rows.deletes.memtable.end(), dropped.begin(),
                 dropped.end(), std::back_inserter(deleted));
  rows.deletes.memtable = std::move(deleted);
}

void Recovery::replay_record(std::string_view payload, Lsn lsn,
                             const std::function<void(bool)>& make_room) {
  ++replayed_records_;
  CommitRecord record;
  std::map<TableId, std::vector<ColumnIndex>> defaulted;
  bool has_key = false;
  {
    MutexLock lock(manifest_->mutex);
    const auto& tables = manifest_->manifest.state().tables;
    record = decode_commit_record(payload, [&](TableId id, uint64_t checksum) -> const Schema* {
      const auto table = tables.find(id);
      const bool is_wanted = table != tables.end() && table->second.flushed_through < lsn;
      return is_wanted ? &logged_columns(id, table->second, checksum) : nullptr;
    });
    const auto key_table = tables.find(record.key_table);
    const bool is_forgotten = record.key_table != TableId() &&
                              (key_table == tables.end() || key_table->second.keys_after >= lsn);
    has_key = !record.idempotency_key.empty() && !is_forgotten;
    for (CommitRecord::TableRows& rows : record.tables) {
      const TableColumnsPtr columns = live_->columns(rows.table);
      if (rows.schema_checksum != columns->layout()) {
        const Schema& logged =
            logged_columns(rows.table, tables.at(rows.table), rows.schema_checksum);
        defaulted[rows.table] = columns->missing(logged);
        for (auto& chunk : rows.chunks) {
          chunk = std::make_shared<const Chunk>(columns->convert(*chunk, logged));
        }
      }
      leave_out_dropped(tables.at(rows.table), lsn, rows);
      for (const StagedSegment& staged : rows.staged) ids_->skip_through(staged.id);
      const auto& absorbed = tables.at(rows.table).absorbed;
      std::erase_if(rows.staged,
                    [&](const StagedSegment& staged) { return absorbed.contains(staged.id); });
    }
  }

  CommitEntry entry{.lsn = lsn,
                    .time_us = record.time_us,
                    .rows_of_table = {},
                    .bytes = payload.size(),
                    .key = record.idempotency_key,
                    .duplicate = false};
  LiveTables::Commit commit;
  commit.lsn = lsn;
  commit.positions = std::move(record.positions);
  for (CommitRecord::TableRows& rows : record.tables) {
    LiveTables::Commit::Rows live_rows;
    live_rows.table = rows.table;
    for (const StagedSegment& staged : rows.staged) {
      auto segment = open_segment(rows.table, staged.id);
      segment->partition = staged.partition;
      segment->max_lsn = lsn;
      live_rows.staged.push_back(std::move(segment));
    }
    uint64_t bytes = 0;
    uint64_t row_count = 0;
    for (const auto& chunk : rows.chunks) {
      bytes += chunk->memory_bytes();
      row_count += chunk->row_count;
    }
    for (const SegmentPtr& segment : live_rows.staged) {
      row_count += segment->reader->row_count();
      entry.bytes += segment->reader->file_bytes();
    }
    entry.rows_of_table.emplace_back(rows.table, row_count);
    live_rows.chunks = std::move(rows.chunks);
    live_rows.deletes = std::move(rows.deletes);
    live_rows.defaulted = std::move(defaulted[rows.table]);
    if (!memory_->try_grow(bytes)) {
      make_room(true);
      // Still no room: these rows are acknowledged, so they are held beyond the budget.
      if (!memory_->try_grow(bytes)) bytes = 0;
    }
    live_rows.budget_bytes = bytes;
    commit.tables.push_back(std::move(live_rows));
  }
  if (has_key) {
    keys_.push_back({record.key_table, std::move(record.idempotency_key), lsn, record.time_us});
  }
  commits_.push_back(std::move(entry));
  if (commits_.size() > kCommitHistoryMax) commits_.pop_front();
  live_->apply(std::move(commit));
  replayed_through_ = lsn;
}

void Recovery::remove_ahead(TableId table) {
  if (!removed_ahead_) {
    removed_ahead_.emplace();
    WalReader(*files_, log_directory(directory_))
        .replay(replayed_through_, [&](std::string_view payload, Lsn) {
          for (auto& [id, deletes] : decode_commit_deletes(payload)) {
            std::vector<uint64_t>& all = (*removed_ahead_)[id];
            all.insert(all.end(), deletes.memtable.begin(), deletes.memtable.end());
          }
        });
    for (auto& [id, ordinals] : *removed_ahead_) std::sort(ordinals.begin(), ordinals.end());
  }
  const auto found = removed_ahead_->find(table);
  if (found != removed_ahead_->end()) live_->remove_ahead(table, found->second);
}

void Recovery::remove_unreferenced_files() {
  const SnapshotPtr snapshot = live_->snapshot();
  const std::string root = segments_directory(directory_);
  for (const DirectoryEntry& entry : list_if_exists(*files_, root)) {
    const std::string path = root + "/" + entry.name;
    std::set<std::string> wanted;
    bool is_table = false;
    for (const TableVersion* version : snapshot->tables()) {
      if (path != segment_directory(directory_, version->definition->id)) continue;
      is_table = true;
      for (const auto& segment : version->segments) {
        wanted.insert(segment->reader->path());
        for (const RollupPart& part : segment->rollups) wanted.insert(part.rows->reader->path());
      }
      MutexLock lock(manifest_->mutex);
      const ManifestState& state = manifest_->manifest.state();
      for (const auto& [id, added] : state.tables.at(version->definition->id).detached) {
        wanted.insert(segment_path(directory_, version->definition->id, id));
      }
    }
    try {
      if (!is_table) {
        remove_recursively(*files_, path);
        continue;
      }
      for (const DirectoryEntry& file : files_->list(path)) {
        const std::string file_path = path + "/" + file.name;
        if (wanted.contains(file_path)) continue;
        log_info("unreferenced_file_removed", {{"file", file_path}});
        files_->remove(file_path);
      }
    } catch (const Error& error) {
      log_warning("unreferenced_file_not_removed", {{"path", path}, {"error", error.message()}});
    }
  }
}

}  // namespace freshet
