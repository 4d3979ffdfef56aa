#include "storage/table/backup.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/checksum.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/segment/segment_format.h"

namespace freshet {

namespace {

constexpr std::string_view kBackupMagic = "FRSHBKUP";
constexpr uint32_t kBackupVersion = 1;
constexpr size_t kBackupHeaderBytes = 16;
constexpr size_t kBackupChecksumBytes = 8;
// Longest line of bases: a restore opens each.
constexpr size_t kBaseBackupsMax = 1000;

std::string contents_path(const std::string& directory) { return directory + "/backup"; }

[[noreturn]] void throw_damaged(const std::string& path, const std::string& how) {
  throw Error(ErrorCode::BackupDamaged, "Backup is damaged: " + path + " " + how);
}

// Tables and their segments come as the edits that a manifest would have.
std::vector<ManifestEdit> edits_of(const BackupContents& contents) {
  std::vector<ManifestEdit> edits;
  for (const auto& [name, comment] : contents.databases)
    edits.push_back(PutDatabase{name, comment});
  for (const BackupContents::Table& table : contents.tables) {
    edits.push_back(PutTable{table.definition});
    if (!table.definition.unique_key.empty()) {
      edits.push_back(PutUniqueKey{table.definition.id, table.definition.unique_key});
    }
    if (!table.definition.rollups.empty()) {
      edits.push_back(PutRollups{table.definition.id, table.definition.rollups});
    }
    for (const BackupFile& file : table.files) {
      edits.push_back(file.segment);
      if (file.deleted.empty()) continue;
      edits.push_back(PutDeletedRows{table.definition.id, file.segment.segment, file.deleted});
    }
  }
  return edits;
}

void take_edit(const ManifestEdit& edit, BackupContents& contents) {
  if (const auto* database = std::get_if<PutDatabase>(&edit)) {
    contents.databases[database->name] = database->comment;
  } else if (const auto* table = std::get_if<PutTable>(&edit)) {
    contents.tables.push_back({.definition = table->definition, .files = {}});
  } else if (const auto* segment = std::get_if<AddSegment>(&edit)) {
    if (contents.tables.empty() || contents.tables.back().definition.id != segment->table) {
      throw Error(ErrorCode::CorruptedData, "A segment has no table");
    }
    contents.tables.back().files.push_back({.segment = *segment});
  } else if (const auto* key = std::get_if<PutUniqueKey>(&edit)) {
    if (contents.tables.empty() || contents.tables.back().definition.id != key->table) {
      throw Error(ErrorCode::CorruptedData, "A unique key has no table");
    }
    contents.tables.back().definition.unique_key = key->columns;
  } else if (const auto* rollups = std::get_if<PutRollups>(&edit)) {
    if (contents.tables.empty() || contents.tables.back().definition.id != rollups->table) {
      throw Error(ErrorCode::CorruptedData, "Rollups have no table");
    }
    contents.tables.back().definition.rollups = rollups->rollups;
  } else if (const auto* deleted = std::get_if<PutDeletedRows>(&edit)) {
    if (contents.tables.empty() || contents.tables.back().files.empty() ||
        contents.tables.back().files.back().segment.segment != deleted->segment) {
      throw Error(ErrorCode::CorruptedData, "Deleted rows have no segment");
    }
    contents.tables.back().files.back().deleted = deleted->rows;
  } else {
    throw Error(ErrorCode::CorruptedData,
                "An edit has no place in a backup, kind " + std::to_string(edit.index() + 1));
  }
}

BackupContents decode_payload(std::string_view payload) {
  ByteReader reader(payload);
  BackupContents contents;
  contents.id = reader.get_string();
  contents.time_us = reader.get_varint();
  contents.lsn = Lsn(reader.get_varint());
  contents.base_directory = reader.get_string();
  contents.base_id = reader.get_string();
  for (const ManifestEdit& edit : decode_manifest_edits(reader.get_string())) {
    take_edit(edit, contents);
  }
  for (BackupContents::Table& table : contents.tables) {
    for (BackupFile& file : table.files) {
      file.bytes = reader.get_varint();
      file.checksum = reader.get_u64();
      file.end_checksum = reader.get_u64();
      file.depth = static_cast<uint32_t>(reader.get_varint());
    }
  }
  if (!reader.at_end()) throw Error(ErrorCode::CorruptedData, "Bytes are left over");
  return contents;
}

}  // namespace

uint64_t BackupContents::file_count() const {
  uint64_t count = 0;
  for (const Table& table : tables) count += table.files.size();
  return count;
}

uint64_t BackupContents::total_bytes() const {
  uint64_t bytes = 0;
  for (const Table& table : tables) {
    for (const BackupFile& file : table.files) bytes += file.bytes;
  }
  return bytes;
}

const BackupContents::Table* BackupContents::find(std::string_view database,
                                                  std::string_view table) const {
  const auto found = std::ranges::find_if(tables, [&](const Table& candidate) {
    return candidate.definition.database == database && candidate.definition.name == table;
  });
  return found == tables.end() ? nullptr : &*found;
}

std::string encode_backup(const BackupContents& contents) {
  std::string bytes(kBackupMagic);
  ByteWriter writer(bytes);
  writer.put_u32(kBackupVersion);
  writer.put_u32(0);
  writer.put_string(contents.id);
  writer.put_varint(contents.time_us);
  writer.put_varint(contents.lsn.value);
  writer.put_string(contents.base_directory);
  writer.put_string(contents.base_id);
  writer.put_string(encode_manifest_edits(edits_of(contents)));
  for (const BackupContents::Table& table : contents.tables) {
    for (const BackupFile& file : table.files) {
      writer.put_varint(file.bytes);
      writer.put_u64(file.checksum);
      writer.put_u64(file.end_checksum);
      writer.put_varint(file.depth);
    }
  }
  writer.put_u64(checksum(bytes));
  return bytes;
}

BackupContents read_backup(FileSystem& files, const std::string& directory) {
  const std::string path = contents_path(directory);
  std::string bytes;
  try {
    bytes = read_file(files, path);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::FileDoesntExist) throw;
    throw Error(ErrorCode::BackupNotFound, "There is no backup in " + directory);
  }
  const std::string_view all = bytes;
  if (bytes.size() < kBackupHeaderBytes + kBackupChecksumBytes || !all.starts_with(kBackupMagic)) {
    throw_damaged(path, "does not begin as one");
  }
  const uint32_t version = ByteReader(all.substr(kBackupMagic.size())).get_u32();
  if (version != kBackupVersion) {
    throw Error(ErrorCode::BackupVersionNotSupported,
                "Backup " + directory + " has an unknown version: " + std::to_string(version));
  }
  const std::string_view checked = all.substr(0, all.size() - kBackupChecksumBytes);
  if (ByteReader(all.substr(checked.size())).get_u64() != checksum(checked)) {
    throw_damaged(path, "has another checksum than it should");
  }
  try {
    BackupContents contents = decode_payload(checked.substr(kBackupHeaderBytes));
    if (!contents.base_directory.empty()) {
      contents.base_directory =
          (std::filesystem::path(directory) / contents.base_directory).lexically_normal().string();
    }
    return contents;
  } catch (const Error& error) {
    throw_damaged(path, "cannot be read: " + error.message());
  }
}

std::string backup_file_path(const std::string& directory, TableId table, SegmentId segment) {
  return directory + "/segments/" + std::to_string(table.value) + "/" +
         std::to_string(segment.value) + ".seg";
}

std::vector<std::string> backup_directories(FileSystem& files, const std::string& directory,
                                            const BackupContents& contents) {
  std::vector<std::string> directories{directory};
  std::string wanted_id = contents.base_id;
  for (std::string next = contents.base_directory; !next.empty();) {
    if (directories.size() > kBaseBackupsMax) {
      throw Error(ErrorCode::WrongBaseBackup, "Too many backups build on each other: " + directory);
    }
    BackupContents base;
    try {
      base = read_backup(files, next);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::BackupNotFound) throw;
      throw Error(ErrorCode::NoBaseBackup,
                  "The base backup is not where it was: " + next + ", of " + directories.back());
    }
    if (base.id != wanted_id) {
      throw Error(ErrorCode::WrongBaseBackup, "Another backup is in the place of the base backup " +
                                                  next + " of " + directories.back());
    }
    directories.push_back(next);
    next = base.base_directory;
    wanted_id = base.base_id;
  }
  return directories;
}

uint64_t compute_end_checksum(const ReadFile& file) {
  std::string end(std::min<uint64_t>(kSegmentTrailerBytes, file.bytes()), '\0');
  file.read(file.bytes() - end.size(), end);
  return checksum(end);
}

uint64_t copy_file(const ReadFile& from, FileSystem& files, const std::string& to,
                   const std::function<bool()>& wanted) {
  const std::unique_ptr<AppendFile> out = files.open_append(to, AppendMode::Overwrite);
  const std::optional<std::string_view> mapped = from.view();
  std::string copy;
  if (!mapped) {
    copy.resize(from.bytes());
    from.read(0, copy);
  }
  const std::string_view bytes = mapped ? *mapped : std::string_view(copy);
  for (size_t at = 0; at < bytes.size(); at += kMiB) {
    if (!wanted()) throw Error(ErrorCode::QueryWasCancelled, "Query was cancelled");
    out->append(bytes.substr(at, kMiB));
  }
  out->sync();
  return checksum(bytes);
}

}  // namespace freshet
