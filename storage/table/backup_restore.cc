// TableStore::restore_backup: copies a backup's files into the store, then makes the tables in one
// manifest edit. A crash before it leaves files that nobody knows, which the next start removes.

#include <utility>

#include "storage/base/error.h"
#include "storage/base/log.h"
#include "storage/table/backup.h"
#include "storage/table/store_state.h"

namespace freshet {

namespace {

std::string display(const TableDefinition& table) { return table.database + "." + table.name; }

const BackupContents::Table& require_entry(const BackupContents& contents,
                                           const RestoreRequest::Table& wanted,
                                           const std::string& directory) {
  const BackupContents::Table* table = contents.find(wanted.database, wanted.name);
  if (table != nullptr) return *table;
  throw Error(ErrorCode::BackupEntryNotFound, "Table " + wanted.database + "." + wanted.name +
                                                  " is not in the backup " + directory);
}

void require_same_columns(const BackupContents::Table& entry, const TableDefinition& definition) {
  if (entry.definition.stored_schema() == definition.stored_schema()) return;
  throw Error(ErrorCode::CannotRestoreTable,
              "The columns of " + display(definition) + " are not those of the backup");
}

}  // namespace

BackupSummary TableStore::restore_backup(const RestoreRequest& request) {
  State& state = *state_;
  FileSystem& files = state.files;
  const BackupContents contents = read_backup(files, request.directory);
  const std::vector<std::string> directories =
      backup_directories(files, request.directory, contents);
  BackupSummary summary{.id = contents.id, .lsn = contents.lsn};

  std::vector<TableDefinition> definitions;
  State::NewSegments segments;
  const auto discard = [&] {
    for (const TableDefinition& table : definitions) {
      try {
        remove_recursively(files, segment_directory(state.options.directory, table.id));
      } catch (const Error& error) {
        // The next start removes what is left.
        log_warning("failed_restore_not_removed",
                    {{"table", display(table)}, {"error", error.message()}});
      }
    }
  };
  try {
    for (const RestoreRequest::Table& wanted : request.tables) {
      const BackupContents::Table& entry = require_entry(contents, wanted, request.directory);
      require_same_columns(entry, wanted.definition);
      definitions.push_back(wanted.definition);
      TableDefinition& definition = definitions.back();
      definition.id = reserve_table_id();
      definition.uuid.clear();
      if (request.structure_only || entry.files.empty()) continue;
      const std::string into = segment_directory(state.options.directory, definition.id);
      files.create_directories(into);
      for (const BackupFile& file : entry.files) {
        if (file.depth >= directories.size()) {
          throw Error(ErrorCode::BackupDamaged,
                      "Backup is damaged: it has no base of depth " + std::to_string(file.depth));
        }
        const std::string from =
            backup_file_path(directories[file.depth], entry.definition.id, file.segment.segment);
        // In the order of the backup, so that what was newer is newer again.
        auto segment = std::make_shared<Segment>();
        segment->id = state.segment_ids.next();
        segment->newest_id = segment->id;
        segment->partition = file.segment.partition;
        segment->level = static_cast<int>(file.segment.level);
        const std::string path = segment_path(state.options.directory, definition.id, segment->id);
        std::unique_ptr<ReadFile> source;
        try {
          source = files.open_read(from);
        } catch (const Error& error) {
          if (error.code() != ErrorCode::FileDoesntExist) throw;
          throw Error(ErrorCode::BackupDamaged, "Backup is damaged: " + from + " is missing");
        }
        const bool is_whole = source->bytes() == file.bytes;
        if (!is_whole || copy_file(*source, files, path, request.wanted) != file.checksum) {
          throw Error(ErrorCode::BackupDamaged, "Backup is damaged: " + from + " has other bytes");
        }
        segment->reader = SegmentReader::open(files, path);
        if (segment->reader->row_count() != file.segment.row_count) {
          throw Error(ErrorCode::BackupDamaged, "Backup is damaged: " + from + " has other rows");
        }
        segment->deleted = file.deleted;
        summary.row_count += segment->row_count();
        summary.copied_bytes += file.bytes;
        ++summary.file_count;
        segments[definition.id].push_back(std::move(segment));
      }
      files.sync_directory(into);
    }
  } catch (const Error&) {
    discard();
    throw;
  }
  try {
    request.around_make([&] { state.make_tables(definitions, segments); });
  } catch (const Error&) {
    // Otherwise a crash may bring the refused tables to light, and their files with them.
    MutexLock lock(state.manifest.mutex);
    if (state.manifest.manifest.settled()) discard();
    throw;
  }
  summary.total_bytes = summary.copied_bytes;
  return summary;
}

}  // namespace freshet
