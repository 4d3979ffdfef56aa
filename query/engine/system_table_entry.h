// SystemTableEntry: one virtual table: its name, its columns, and what fills them.
//
// To add a table: one row in the list of its group.
#pragma once

#include <span>
#include <string_view>

#include "query/engine/engine_services.h"
#include "query/engine/system_rows.h"

namespace freshet {

struct SystemTableScope {
  EngineServices& services;
  const QueryEngine& engine;
  SnapshotPtr snapshot;
};

struct SystemTableEntry {
  std::string_view database;
  std::string_view name;
  // "name Type, name Type"
  std::string_view columns;
  // Null: the table has no rows.
  void (*fill)(const SystemTableScope& scope, SystemRows& rows) = nullptr;
};

// The list's entries with the schema of each, in the list's order.
std::span<const SystemTableEntry> all_system_tables();
const Schema& system_table_schema(const SystemTableEntry& entry);
// Ignores letter case of information_schema and its tables only. Null: none.
const SystemTableEntry* find_system_table(std::string_view database, std::string_view table);

// Databases whose tables are virtual, in order.
std::span<const std::string_view> virtual_databases();
bool is_virtual_database(std::string_view name);

// The groups: system_catalog.cc, system_language.cc, system_rollups.cc, system_server.cc,
// system_storage.cc, information_schema.cc.
std::span<const SystemTableEntry> catalog_system_tables();
std::span<const SystemTableEntry> language_system_tables();
std::span<const SystemTableEntry> rollup_system_tables();
std::span<const SystemTableEntry> server_system_tables();
std::span<const SystemTableEntry> storage_system_tables();
std::span<const SystemTableEntry> information_schema_tables();

}  // namespace freshet
