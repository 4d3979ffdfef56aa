// DDL of TableStore: each change is one manifest edit, made while no commit is on its way, so that
// log and manifest agree on which rows came before it.

#include <map>
#include <set>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/hash.h"
#include "storage/base/log.h"
#include "storage/column/address_text.h"
#include "storage/table/column_edit.h"
#include "storage/table/store_state.h"

namespace freshet {

namespace {

using Name = std::pair<std::string, std::string>;

std::string display(const Name& name) { return name.first + "." + name.second; }

void require_database(const ManifestState& state, const std::string& database) {
  if (!state.databases.contains(database)) {
    throw Error(ErrorCode::UnknownDatabase, "There is no database " + database);
  }
}

const ManifestState::Table& require(const ManifestState& state, TableId table) {
  const auto found = state.tables.find(table);
  if (found == state.tables.end()) throw_unknown_table(table);
  return found->second;
}

std::map<Name, TableId> names_of(const ManifestState& state) {
  std::map<Name, TableId> names;
  for (const auto& [id, table] : state.tables) {
    names.emplace(Name(table.definition.database, table.definition.name), id);
  }
  return names;
}

}  // namespace

std::string make_uuid(const Clock& clock, const std::string& what) {
  const Hash128 hash = hash128_bytes(std::to_string(clock.wall_ns()) + "/" +
                                     std::to_string(clock.monotonic_ns()) + "/" + what);
  const uint64_t high = (hash.high & ~0xF000ULL) | 0x4000ULL;
  const uint64_t low = (hash.low & ~(3ULL << 62)) | (2ULL << 62);
  std::string text;
  append_uuid(text, static_cast<UInt128>(high) << 64 | low);
  return text;
}

void TableStore::State::change_catalog(
    const std::function<std::vector<ManifestEdit>(const ManifestState&)>& plan,
    const std::function<void()>& install) {
  MutexLock manifest_lock(manifest.mutex);
  Manifest* const file = &manifest.manifest;
  appender->exclusive([&] {
    const std::vector<ManifestEdit> edits = plan(file->state());
    if (edits.empty()) return;
    file->commit(edits);
    install();
    live.publish();
  });
}

void TableStore::State::remove_files(const std::vector<TableHandlePtr>& dropped) {
  for (const TableHandlePtr& table : dropped) {
    // Work under way sees that the table is gone and ends at its next block.
    FairLock flush_lock(table->flush_mutex);
    FairLock merge_lock(table->merge_mutex);
    const std::string path = segment_directory(options.directory, table->id);
    try {
      remove_recursively(files, path);
    } catch (const Error& error) {
      // The next start removes what is left.
      log_warning("dropped_table_not_removed", {{"path", path}, {"error", error.message()}});
    }
  }
}

void TableStore::create_database(const std::string& name, const std::string& comment) {
  state_->change_catalog(
      [&](const ManifestState& state) -> std::vector<ManifestEdit> {
        if (state.databases.contains(name)) {
          throw Error(ErrorCode::DatabaseAlreadyExists, "There is already a database " + name);
        }
        return {PutDatabase{name, comment}};
      },
      [&] { state_->live.put_database(name, comment); });
}

void TableStore::drop_database(const std::string& name) {
  std::vector<TableHandlePtr> dropped;
  state_->change_catalog(
      [&](const ManifestState& state) {
        require_database(state, name);
        std::vector<ManifestEdit> edits;
        for (const auto& [id, table] : state.tables) {
          if (table.definition.database != name) continue;
          edits.push_back(RemoveTable{id});
          dropped.push_back(state_->live.find(id));
        }
        edits.push_back(RemoveDatabase{name});
        return edits;
      },
      [&] {
        for (const TableHandlePtr& table : dropped) {
          state_->live.remove_table(table->id);
          state_->appender->keys().forget(table->id);
        }
        state_->live.remove_database(name);
      });
  state_->remove_files(dropped);
}

TableId TableStore::reserve_table_id() { return TableId(state_->next_table.fetch_add(1)); }

TableDefinitionPtr TableStore::create_table(TableDefinition definition) {
  std::vector<TableDefinition> definitions;
  definitions.push_back(std::move(definition));
  return create_tables(std::move(definitions))[0];
}

std::vector<TableDefinitionPtr> TableStore::create_tables(
    std::vector<TableDefinition> definitions) {
  for (TableDefinition& definition : definitions) name_new_columns(definition);
  return state_->make_tables(std::move(definitions), {});
}

std::vector<TableDefinitionPtr> TableStore::State::make_tables(
    std::vector<TableDefinition> definitions, const NewSegments& segments) {
  std::vector<TableDefinitionPtr> created;
  change_catalog(
      [&](const ManifestState& state) {
        std::map<Name, TableId> names = names_of(state);
        std::vector<ManifestEdit> edits;
        for (TableDefinition& definition : definitions) {
          if (definition.id == TableId()) definition.id = TableId(next_table.fetch_add(1));
          if (definition.uuid.empty()) {
            definition.uuid =
                make_uuid(clock, std::to_string(definition.id.value) + "/" + options.directory);
          }
          require_database(state, definition.database);
          const Name name(definition.database, definition.name);
          if (state.tables.contains(definition.id) || !names.emplace(name, definition.id).second) {
            throw Error(ErrorCode::TableAlreadyExists, "There is already a table " + display(name));
          }
          created.push_back(std::make_shared<const TableDefinition>(definition));
          edits.push_back(PutTable{definition});
          if (!definition.unique_key.empty()) {
            edits.push_back(PutUniqueKey{definition.id, definition.unique_key});
          }
          if (!definition.rollups.empty()) {
            edits.push_back(PutRollups{definition.id, definition.rollups});
          }
          edits.push_back(FlushedThrough{definition.id, live.lsn()});
          const auto found = segments.find(definition.id);
          if (found == segments.end()) continue;
          for (const auto& segment : found->second) {
            segment->max_lsn = live.lsn();
            edits.push_back(add_edit(definition.id, *segment));
            if (segment->deleted.empty()) continue;
            edits.push_back(PutDeletedRows{definition.id, segment->id, segment->deleted});
          }
        }
        return edits;
      },
      [&] {
        for (const TableDefinitionPtr& definition : created) live.put_table(definition);
        for (const auto& [table, added] : segments) {
          live.add_segments(table, {added.begin(), added.end()});
        }
      });
  return created;
}

void TableStore::replace_definition(TableDefinition definition) {
  TableDefinitionPtr replaced;
  state_->change_catalog(
      [&](const ManifestState& state) -> std::vector<ManifestEdit> {
        const TableDefinition& old = require(state, definition.id).definition;
        const bool is_renamed = old.database != definition.database || old.name != definition.name;
        if (is_renamed || !(old.stored_schema() == definition.stored_schema()) ||
            old.order_by != definition.order_by || old.partition_by != definition.partition_by ||
            old.unique_key != definition.unique_key) {
          throw Error(ErrorCode::NotImplemented,
                      "Cannot change the name, the columns or the keys of table " +
                          display({old.database, old.name}));
        }
        replaced = std::make_shared<const TableDefinition>(definition);
        return {PutTable{definition}};
      },
      [&] { state_->live.put_table(replaced); });
}

void TableStore::drop_table(TableId table) {
  TableHandlePtr dropped;
  state_->change_catalog(
      [&](const ManifestState& state) -> std::vector<ManifestEdit> {
        require(state, table);
        dropped = state_->live.find(table);
        return {RemoveTable{table}};
      },
      [&] {
        state_->live.remove_table(table);
        state_->appender->keys().forget(table);
      });
  state_->remove_files({dropped});
}

void TableStore::truncate_table(TableId table) {
  std::vector<SegmentPtr> removed;
  state_->change_catalog(
      [&](const ManifestState& state) -> std::vector<ManifestEdit> {
        require(state, table);
        const Lsn lsn = state_->live.lsn();
        return {TruncateTable{table}, FirstRow{table, state_->live.next_row(table)},
                FlushedThrough{table, lsn}, ForgetInsertKeys{table, lsn}};
      },
      [&] {
        removed = state_->live.truncate_table(table);
        state_->appender->keys().forget(table);
      });
  for (const SegmentPtr& segment : removed) state_->builder.discard(table, *segment);
}

void TableStore::rename_tables(std::span<const Rename> renames) {
  std::vector<TableDefinitionPtr> renamed;
  state_->change_catalog(
      [&](const ManifestState& state) {
        std::map<Name, TableId> names = names_of(state);
        for (const Rename& rename : renames) {
          const TableDefinition& old = require(state, rename.table).definition;
          names.erase(Name(old.database, old.name));
        }
        std::vector<ManifestEdit> edits;
        for (const Rename& rename : renames) {
          require_database(state, rename.database);
          const Name name(rename.database, rename.name);
          if (!names.emplace(name, rename.table).second) {
            throw Error(ErrorCode::TableAlreadyExists, "There is already a table " + display(name));
          }
          TableDefinition definition = require(state, rename.table).definition;
          definition.database = rename.database;
          definition.name = rename.name;
          renamed.push_back(std::make_shared<const TableDefinition>(definition));
          edits.push_back(PutTable{std::move(definition)});
        }
        return edits;
      },
      [&] {
        for (const TableDefinitionPtr& definition : renamed) state_->live.put_table(definition);
      });
}

}  // namespace freshet
