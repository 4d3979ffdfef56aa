// TableStore::write_backup: copies what a snapshot holds while the store goes on.

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "storage/base/checksum.h"
#include "storage/base/error.h"
#include "storage/base/log.h"
#include "storage/table/backup.h"
#include "storage/table/store_state.h"

namespace freshet {

namespace {

// Held, and in the directory, until the backup is whole: what a crash left behind may be cleared
// away, anything else may not.
constexpr const char* kUnfinishedName = "unfinished";

std::unique_ptr<AppendFile> take_directory(FileSystem& files, const std::string& directory) {
  if (exists(files, directory + "/backup")) {
    throw Error(ErrorCode::BackupAlreadyExists, "There is a backup already: " + directory);
  }
  files.create_directories(directory);
  const std::vector<DirectoryEntry> found = files.list(directory);
  if (!found.empty() && !std::ranges::count(found, kUnfinishedName, &DirectoryEntry::name)) {
    throw Error(ErrorCode::BackupAlreadyExists,
                "The directory is not empty, and holds no backup: " + directory);
  }
  std::unique_ptr<AppendFile> lock;
  try {
    lock = files.open_append(directory + "/" + kUnfinishedName, AppendMode::Lock);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::CannotOpenFile) throw;
    throw Error(ErrorCode::BackupAlreadyExists,
                "Another backup to this directory is under way: " + directory);
  }
  files.sync_directory(directory);
  for (const DirectoryEntry& entry : found) {
    if (entry.name != kUnfinishedName) remove_recursively(files, directory + "/" + entry.name);
  }
  return lock;
}

// Files of the base backup by the table's uuid and segment.
using BaseFiles = std::map<std::pair<std::string, SegmentId>, BackupFile>;

class BackupWriter {
 public:
  BackupWriter(FileSystem& files, const BackupRequest& request, BaseFiles base)
      : files_(files), request_(request), base_(std::move(base)) {}

  // A segment of the store: copied, unless the base has it.
  BackupFile add(const TableDefinition& table, const Segment& segment) {
    BackupFile file;
    file.segment = add_edit(table.id, segment);
    file.deleted = segment.deleted;
    file.bytes = segment.reader->file_bytes();
    file.end_checksum = compute_end_checksum(segment.reader->file());
    const auto known = base_.find({table.uuid, segment.id});
    if (known != base_.end() && known->second.bytes == file.bytes &&
        known->second.end_checksum == file.end_checksum) {
      file.checksum = known->second.checksum;
      file.depth = known->second.depth + 1;
      return file;
    }
    // Damage must not find its way into a backup.
    segment.reader->verify_file();
    const std::string path = backup_file_path(request_.directory, table.id, segment.id);
    files_.create_directories(parent_directory(path));
    file.checksum = copy_file(segment.reader->file(), files_, path, request_.wanted);
    files_.sync_directory(parent_directory(path));
    copied_bytes_ += file.bytes;
    return file;
  }

  uint64_t copied_bytes() const { return copied_bytes_; }

 private:
  FileSystem& files_;
  const BackupRequest& request_;
  const BaseFiles base_;
  uint64_t copied_bytes_ = 0;
};

BaseFiles files_of_base(FileSystem& files, const std::string& directory, std::string& id) {
  BackupContents base;
  try {
    base = read_backup(files, directory);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::BackupNotFound) throw;
    throw Error(ErrorCode::NoBaseBackup, "There is no backup to build on in " + directory);
  }
  backup_directories(files, directory, base);
  id = base.id;
  BaseFiles known;
  for (const BackupContents::Table& table : base.tables) {
    for (const BackupFile& file : table.files) {
      known[{table.definition.uuid, file.segment.segment}] = file;
    }
  }
  return known;
}

}  // namespace

std::shared_ptr<const BackupContents> TableStore::open_backup(const std::string& directory) const {
  return std::make_shared<const BackupContents>(read_backup(state_->files, directory));
}

BackupSummary TableStore::write_backup(const BackupRequest& request) {
  State& state = *state_;
  FileSystem& files = state.files;
  std::string base_id;
  BaseFiles base;
  if (!request.base_directory.empty()) base = files_of_base(files, request.base_directory, base_id);
  std::unique_ptr<AppendFile> unfinished = take_directory(files, request.directory);
  try {
    // Everything below is of this one moment; readers of segments keep their files' bytes.
    const SnapshotPtr snapshot = state.live.snapshot();
    BackupContents contents;
    contents.id = make_uuid(state.clock, request.directory);
    contents.time_us = static_cast<uint64_t>(state.clock.wall_ns()) / 1000;
    contents.lsn = snapshot->lsn();
    if (!request.base_directory.empty()) {
      // Both may move together.
      contents.base_directory = std::filesystem::path(request.base_directory)
                                    .lexically_relative(request.directory)
                                    .string();
    }
    contents.base_id = base_id;
    BackupWriter writer(files, request, std::move(base));
    BackupSummary summary;
    // Rows of memtables become segments of the backup only, with ids that are nobody else's.
    const SegmentBuilder builder(files, request.directory, state.segment_ids, state.merger);
    for (const TableVersion* version : snapshot->tables()) {
      const TableDefinition& definition = *version->definition;
      const bool is_wanted =
          request.tables.empty() || std::ranges::count(request.tables, definition.id) > 0;
      if (!is_wanted) continue;
      contents.databases[definition.database] = snapshot->database_comment(definition.database);
      BackupContents::Table table{.definition = definition, .files = {}};
      for (const auto& segment : version->segments) {
        table.files.push_back(writer.add(definition, *segment));
      }
      if (!version->memtable.empty()) {
        const TableKeys keys(definition, state.compiler);
        for (const auto& built : builder.build_parts(
                 definition, keys,
                 SegmentBuilder::split(keys, version->memtable, version->memtable_deleted),
                 [&] { return !request.wanted(); })) {
          built->max_lsn = contents.lsn;
          BackupFile file;
          file.segment = add_edit(definition.id, *built);
          file.bytes = built->reader->file_bytes();
          file.end_checksum = compute_end_checksum(built->reader->file());
          const std::string path = built->reader->path();
          file.checksum = checksum(read_file(files, path));
          table.files.push_back(file);
          summary.copied_bytes += file.bytes;
        }
      }
      if (!request.wanted()) throw Error(ErrorCode::QueryWasCancelled, "Query was cancelled");
      for (const BackupFile& file : table.files) {
        summary.row_count += file.segment.row_count - file.deleted.count();
      }
      contents.tables.push_back(std::move(table));
    }
    if (contents.tables.empty()) {
      throw Error(ErrorCode::BackupIsEmpty, "There is nothing to back up to " + request.directory);
    }
    write_file_atomically(files, request.directory + "/backup", encode_backup(contents));
    summary.id = contents.id;
    summary.lsn = contents.lsn;
    summary.file_count = contents.file_count();
    summary.total_bytes = contents.total_bytes();
    summary.copied_bytes += writer.copied_bytes();
    unfinished.reset();
    try {
      files.remove(request.directory + "/" + kUnfinishedName);
    } catch (const Error& error) {
      // The backup is whole; the name tells nothing any more.
      log_warning("backup_mark_not_removed",
                  {{"directory", request.directory}, {"error", error.message()}});
    }
    return summary;
  } catch (const Error&) {
    // The directory stays, with its mark: the next try clears it away. Its room is given back now;
    // first what says that there is a backup, should it have come that far.
    try {
      remove_recursively(files, request.directory + "/backup");
      files.sync_directory(request.directory);
      remove_recursively(files, request.directory + "/segments");
    } catch (const Error& error) {
      log_warning("failed_backup_not_removed",
                  {{"directory", request.directory}, {"error", error.message()}});
    }
    throw;
  }
}

}  // namespace freshet
