#include "query/engine/maintenance.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "query/engine/backup_log.h"
#include "query/engine/catalog_names.h"
#include "query/engine/system_rows.h"
#include "query/engine/view_links.h"
#include "query/sql/ast_printer.h"
#include "query/sql/keywords.h"
#include "storage/base/error.h"
#include "storage/table/backup.h"

namespace freshet {

namespace {

std::string place_text(const BackupPlace& place) {
  std::string text = place.engine + "(";
  for (size_t i = 0; i < place.arguments.size(); ++i) {
    text += (i == 0 ? "'" : ", '") + place.arguments[i] + "'";
  }
  return text + ")";
}

// The directory that a place means: always below the one for backups.
std::string backup_path(const EngineServices& services, const BackupPlace& place) {
  const std::string kind = to_upper(place.engine);
  std::string name;
  if (kind == "FILE" && place.arguments.size() == 1) {
    name = place.arguments[0];
  } else if (kind == "DISK" && place.arguments.size() == 2) {
    name = place.arguments[1];
    if (place.arguments[0] != "backups" && place.arguments[0] != "default") {
      throw Error(ErrorCode::BadArguments,
                  "There is one disk for backups, 'backups', not " + place.arguments[0]);
    }
  } else {
    throw Error(
        ErrorCode::NotImplemented,
        "A backup is in File('name') or Disk('backups', 'name'), not in " + place_text(place));
  }
  namespace fs = std::filesystem;
  const std::string& chosen = services.options.backup_directory;
  const fs::path root =
      chosen.empty() ? fs::path(services.store.directory()) / "backups" : fs::path(chosen);
  // An absolute name replaces the root, and must lie in it nevertheless.
  const fs::path path = (root / name).lexically_normal();
  const fs::path relative = path.lexically_relative(root.lexically_normal());
  if (name.empty() || relative.empty() || relative == "." || *relative.begin() == "..") {
    throw Error(ErrorCode::BadArguments, "The name of a backup must lie in the directory for " +
                                             std::string("backups, ") + root.string() +
                                             ", but is '" + name + "'");
  }
  const std::string extension = path.extension().string();
  if (extension == ".zip" || extension == ".tar" || extension == ".gz" || extension == ".zst") {
    throw Error(ErrorCode::NotImplemented, "Backups in archives are not supported: " + name);
  }
  return path.string();
}

bool is_unfinished(const TableDefinition& table) {
  return table.name.starts_with(kUnfinishedTablePrefix);
}

// Ids of the tables that the elements name, and of inner tables of views among them.
std::vector<TableId> tables_to_back_up(const QueryContext& context, const Backup& backup) {
  const Snapshot& snapshot = *context.snapshot;
  std::set<TableId> ids;
  const auto add = [&](const TableDefinition& table) {
    if (is_unfinished(table)) return;
    ids.insert(table.id);
    if (table.kind != TableKind::MaterializedView) return;
    const TableVersion* target = snapshot.find(table.target);
    if (target != nullptr && is_inner_table_of(*target->definition, table))
      ids.insert(table.target);
  };
  for (const BackupElement& element : backup.elements) {
    if (element.new_name) {
      throw Error(ErrorCode::NotImplemented,
                  "BACKUP .. AS is not supported: give the new name to RESTORE");
    }
    if (element.kind == BackupElementKind::Table) {
      add(*require_table(snapshot, with_database(element.name, context.database)).definition);
      continue;
    }
    if (element.kind == BackupElementKind::Database) {
      require_database(snapshot, element.name.database);
    }
    for (const TableVersion* version : snapshot.tables()) {
      const bool is_all = element.kind == BackupElementKind::All;
      if (is_all || version->definition->database == element.name.database) {
        add(*version->definition);
      }
    }
  }
  return {ids.begin(), ids.end()};
}

RestoreRequest::Table restored_as(const TableDefinition& table, const std::string& database,
                                  const std::string& name) {
  RestoreRequest::Table restored{
      .database = table.database, .name = table.name, .definition = table};
  restored.definition.database = database;
  restored.definition.name = name;
  // Found again by their names.
  restored.definition.source = TableId();
  restored.definition.target = TableId();
  return restored;
}

class RestoreList {
 public:
  explicit RestoreList(const BackupContents& contents) : contents_(contents) {}

  void add_table(const TableName& name, const TableName& new_name) {
    const BackupContents::Table* table = contents_.find(name.database, name.table);
    if (table == nullptr) {
      throw Error(ErrorCode::BackupEntryNotFound,
                  "Table " + display_name(name.database, name.table) + " is not in the backup");
    }
    add(table->definition, new_name.database, new_name.table);
    const std::string inner = std::string(kInnerTablePrefix) + name.table;
    const BackupContents::Table* target = contents_.find(name.database, inner);
    if (table->definition.kind == TableKind::MaterializedView && target != nullptr) {
      add(target->definition, new_name.database, std::string(kInnerTablePrefix) + new_name.table);
    }
  }
  void add_database(const std::string& database, const std::string& new_database) {
    if (!contents_.databases.contains(database)) {
      throw Error(ErrorCode::BackupEntryNotFound, "Database " + database + " is not in the backup");
    }
    for (const BackupContents::Table& table : contents_.tables) {
      if (table.definition.database == database) {
        add(table.definition, new_database, table.definition.name);
      }
    }
    databases_[new_database] = contents_.databases.at(database);
  }
  void add_all() {
    for (const auto& [database, comment] : contents_.databases) add_database(database, database);
  }

  // New names of databases that may have to be made, with their comments.
  const std::map<std::string, std::string>& databases() const { return databases_; }
  std::vector<RestoreRequest::Table> take() { return std::move(tables_); }

 private:
  void add(const TableDefinition& table, const std::string& database, const std::string& name) {
    if (names_.emplace(database, name).second)
      tables_.push_back(restored_as(table, database, name));
  }

  const BackupContents& contents_;
  std::map<std::string, std::string> databases_;
  std::set<std::pair<std::string, std::string>> names_;
  std::vector<RestoreRequest::Table> tables_;
};

bool take_flag(const SettingChange& change) {
  const std::string& text = change.value.text;
  if (text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  throw Error(ErrorCode::BadArguments, "Setting " + change.name + " is 0 or 1, not " + text);
}

void refuse_if_there(const Snapshot& snapshot, const TableDefinition& table) {
  if (snapshot.find(table.database, table.name) == nullptr) return;
  throw Error(ErrorCode::CannotRestoreTable,
              "Cannot restore the table " + display_name(table) +
                  " because there is one of that name; drop it, or restore under another name with "
                  "AS");
}

BackupSummary write_backup(EngineServices& services, QueryContext& context, const Backup& backup) {
  for (const SettingChange& change : backup.settings) {
    throw Error(ErrorCode::UnknownSetting, "Unknown setting of BACKUP: " + change.name);
  }
  BackupRequest request;
  request.directory = backup_path(services, backup.place);
  if (backup.base) request.base_directory = backup_path(services, *backup.base);
  request.tables = tables_to_back_up(context, backup);
  if (request.tables.empty()) {
    throw Error(ErrorCode::BackupIsEmpty, "There is nothing to back up to " + request.directory);
  }
  request.wanted = [&] { return !context.cancelled; };
  return services.store.write_backup(request);
}

BackupSummary restore_backup(EngineServices& services, QueryContext& context,
                             const Backup& backup) {
  RestoreRequest request;
  request.directory = backup_path(services, backup.place);
  for (const SettingChange& change : backup.settings) {
    if (change.name != "structure_only") {
      throw Error(ErrorCode::UnknownSetting, "Unknown setting of RESTORE: " + change.name);
    }
    request.structure_only = take_flag(change);
  }
  if (backup.base) {
    throw Error(
        ErrorCode::NotImplemented,
        "RESTORE finds the base backup where BACKUP found it; base_backup is not supported");
  }
  const auto contents = services.store.open_backup(request.directory);
  RestoreList list(*contents);
  for (const BackupElement& element : backup.elements) {
    if (element.kind == BackupElementKind::All) {
      list.add_all();
    } else if (element.kind == BackupElementKind::Database) {
      list.add_database(element.name.database,
                        element.new_name ? element.new_name->database : element.name.database);
    } else {
      const TableName name = with_database(element.name, context.database);
      list.add_table(name,
                     element.new_name ? with_database(*element.new_name, context.database) : name);
    }
  }
  request.tables = list.take();
  for (const RestoreRequest::Table& table : request.tables) {
    refuse_if_there(*context.snapshot, table.definition);
    if (!list.databases().contains(table.definition.database)) {
      require_database(*context.snapshot, table.definition.database);
    }
  }
  request.wanted = [&] { return !context.cancelled; };
  request.around_make = [&](const std::function<void()>& make) {
    WriterLock lock(services.catalog_lock);
    const SnapshotPtr now = services.store.snapshot();
    std::vector<std::string> made;
    try {
      for (const auto& [database, comment] : list.databases()) {
        if (now->has_database(database)) continue;
        services.store.create_database(database, comment);
        made.push_back(database);
      }
      make();
    } catch (const Error&) {
      for (const std::string& database : made) services.store.drop_database(database);
      throw;
    }
    relink_views(services.store);
  };
  return services.store.restore_backup(request);
}

}  // namespace

std::pair<Schema, Chunk> run_backup(EngineServices& services, QueryContext& context,
                                    const Backup& backup) {
  const auto now_us = [&] { return static_cast<uint64_t>(services.clock.wall_ns()) / 1000; };
  BackupEntry entry;
  entry.name = place_text(backup.place);
  if (backup.base) entry.base_name = place_text(*backup.base);
  entry.query_id = context.query_id;
  entry.status = backup.restore ? "RESTORING" : "CREATING_BACKUP";
  entry.start_us = now_us();
  const uint64_t place = services.backups->add(entry);
  try {
    const BackupSummary done = backup.restore ? restore_backup(services, context, backup)
                                              : write_backup(services, context, backup);
    entry.id = done.id;
    entry.status = backup.restore ? "RESTORED" : "BACKUP_CREATED";
    entry.file_count = done.file_count;
    entry.total_bytes = done.total_bytes;
    entry.copied_bytes = done.copied_bytes;
  } catch (const Error& error) {
    entry.status = backup.restore ? "RESTORE_FAILED" : "BACKUP_FAILED";
    entry.error = error.display();
    entry.end_us = now_us();
    services.backups->update(place, entry);
    throw;
  }
  entry.end_us = now_us();
  services.backups->update(place, entry);
  Schema schema;
  schema.add("id", simple_type(TypeId::String));
  schema.add("status", simple_type(TypeId::String));
  const ColumnIndex columns[] = {0, 1};
  SystemRows rows(schema, columns);
  rows.add().set("id", entry.id).set("status", entry.status);
  return {schema, rows.take()};
}

std::optional<std::pair<Schema, Chunk>> run_maintenance(EngineServices& services,
                                                        QueryContext& context,
                                                        const Statement& statement) {
  if (const auto* backup = std::get_if<Backup>(&statement.body)) {
    return run_backup(services, context, *backup);
  }
  if (const auto* check = std::get_if<CheckTable>(&statement.body)) {
    return run_check_table(services, context, *check);
  }
  return std::nullopt;
}

}  // namespace freshet
