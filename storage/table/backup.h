// Backups: tables as of one commit, as files that need nothing else but the backup they build on.
//
//   <directory>/backup                          what there is; written last: no backup without it
//   <directory>/segments/<table>/<segment>.seg  files that the base backup has not
//
// A backup on top of another one, its base, holds only the segments that are new since, and names
// the base's files for the rest: segments never change, and their ids are never used twice.
//
// Path:      query/engine/backup -> TableStore::write_backup, restore_backup -> FileSystem
// Threads:   any; INSERTs, queries and merges go on meanwhile.
// Errors:    BackupAlreadyExists, BackupNotFound, BackupDamaged (names the file), NoBaseBackup,
//            WrongBaseBackup, BackupEntryNotFound, CannotRestoreTable. A backup that fails leaves
//            no backup, a restore that fails no table.
// Layout:    docs/formats/backup.md
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"
#include "storage/table/manifest_edit.h"
#include "storage/table/table_definition.h"

namespace freshet {

// A segment file of a backup.
struct BackupFile {
  AddSegment segment;
  uint64_t bytes = 0;
  uint64_t checksum = 0;  // of the whole file
  // Of its last bytes, which hold the checksum of all others' checksums: tells whether a segment
  // of the store is this one without reading it.
  uint64_t end_checksum = 0;
  // How many backups down the line of bases has the file: 0 is this one.
  uint32_t depth = 0;
  // Rows of the file that were deleted.
  RowSet deleted = {};
};

struct BackupContents {
  std::string id;  // a UUID
  uint64_t time_us = 0;
  Lsn lsn;                     // commits up to this one are in it
  std::string base_directory;  // as seen from here; empty: it stands alone
  std::string base_id;
  std::map<std::string, std::string> databases;  // of its tables: name -> comment
  struct Table {
    TableDefinition definition;
    std::vector<BackupFile> files;  // oldest first
  };
  std::vector<Table> tables;

  uint64_t file_count() const;
  uint64_t total_bytes() const;
  const Table* find(std::string_view database, std::string_view table) const;
};

struct BackupRequest {
  std::string directory;
  std::string base_directory;  // empty: none
  // Empty: all. Tables made after the list are not in the backup.
  std::vector<TableId> tables;
  // Asked now and then; false: give up.
  std::function<bool()> wanted = [] { return true; };
};

struct RestoreRequest {
  std::string directory;
  struct Table {
    std::string database;  // as in the backup
    std::string name;
    // Under what name, and with what texts, it comes back. Its id, uuid and links to other tables
    // are made anew.
    TableDefinition definition;
  };
  // All or none.
  std::vector<Table> tables;
  // Runs the step that makes the tables, once their files are there.
  std::function<void(const std::function<void()>& make)> around_make =
      [](const std::function<void()>& make) { make(); };
  bool structure_only = false;
  std::function<bool()> wanted = [] { return true; };
};

struct BackupSummary {
  std::string id;
  Lsn lsn;
  uint64_t file_count = 0;
  uint64_t total_bytes = 0;
  uint64_t copied_bytes = 0;  // less than total_bytes with a base
  uint64_t row_count = 0;
};

std::string encode_backup(const BackupContents& contents);
// Throws BackupNotFound, BackupDamaged, BackupVersionNotSupported.
BackupContents read_backup(FileSystem& files, const std::string& directory);
std::string backup_file_path(const std::string& directory, TableId table, SegmentId segment);
// The directories of the backup and of its bases, by BackupFile::depth. Throws NoBaseBackup when
// one is missing, WrongBaseBackup when another backup is in its place.
std::vector<std::string> backup_directories(FileSystem& files, const std::string& directory,
                                            const BackupContents& contents);

uint64_t compute_end_checksum(const ReadFile& file);
// Copies a file durably, but for its name in the directory; gives the checksum of its bytes.
uint64_t copy_file(const ReadFile& from, FileSystem& files, const std::string& to,
                   const std::function<bool()>& wanted);

}  // namespace freshet
