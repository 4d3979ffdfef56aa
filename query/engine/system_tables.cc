#include "query/engine/system_tables.h"

#include <algorithm>
#include <array>

#include "query/engine/system_table_entry.h"
#include "query/sql/keywords.h"
#include "storage/base/check.h"

namespace freshet {

namespace {

constexpr std::array<std::string_view, 3> kVirtualDatabases = {"INFORMATION_SCHEMA",
                                                               "information_schema", "system"};

// Commas inside parentheses belong to types.
Schema parse_columns(std::string_view text) {
  Schema schema;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    const std::string_view column = text.substr(begin, i - begin);
    const size_t blank = column.find(' ');
    CHECK(blank != std::string_view::npos);
    schema.add(std::string(column.substr(0, blank)), parse_data_type(column.substr(blank + 1)));
    begin = std::min(text.find_first_not_of(", ", i), text.size());
  }
  return schema;
}

// Clients ask information_schema for lower and for upper case columns.
Schema with_upper_case_twins(const Schema& schema) {
  Schema both = schema;
  for (const NamedType& column : schema.columns()) both.add(to_upper(column.name), column.type);
  return both;
}

bool is_information_schema(std::string_view database) {
  return database == "information_schema" || database == "INFORMATION_SCHEMA";
}

struct SystemTableList {
  SystemTableList() {
    for (const auto& group :
         {catalog_system_tables(), language_system_tables(), rollup_system_tables(),
          server_system_tables(), storage_system_tables(), information_schema_tables()}) {
      entries.insert(entries.end(), group.begin(), group.end());
    }
    for (const SystemTableEntry& entry : entries) {
      const Schema schema = parse_columns(entry.columns);
      schemas.push_back(is_information_schema(entry.database) ? with_upper_case_twins(schema)
                                                              : schema);
    }
  }
  std::vector<SystemTableEntry> entries;
  std::vector<Schema> schemas;
};

const SystemTableList& table_list() {
  static const SystemTableList list;
  return list;
}

}  // namespace

std::span<const SystemTableEntry> all_system_tables() { return table_list().entries; }

const Schema& system_table_schema(const SystemTableEntry& entry) {
  const SystemTableList& list = table_list();
  return list.schemas[static_cast<size_t>(&entry - list.entries.data())];
}

const SystemTableEntry* find_system_table(std::string_view database, std::string_view table) {
  std::string name(table);
  if (is_information_schema(database)) {
    database = "information_schema";
    name = to_lower(table);
  }
  for (const SystemTableEntry& entry : all_system_tables()) {
    if (entry.database == database && entry.name == name) return &entry;
  }
  return nullptr;
}

std::span<const std::string_view> virtual_databases() { return kVirtualDatabases; }

bool is_virtual_database(std::string_view name) {
  return std::ranges::find(kVirtualDatabases, name) != std::end(kVirtualDatabases);
}

std::optional<Schema> EngineSystemTables::find(std::string_view database,
                                               std::string_view table) const {
  const SystemTableEntry* entry = find_system_table(database, table);
  if (entry == nullptr) return std::nullopt;
  return system_table_schema(*entry);
}

Chunk EngineSystemTables::read(std::string_view database, std::string_view table,
                               std::span<const ColumnIndex> columns) const {
  const SystemTableEntry* entry = find_system_table(database, table);
  CHECK(entry != nullptr);
  SystemRows rows(system_table_schema(*entry), columns);
  if (entry->fill != nullptr) {
    entry->fill(SystemTableScope{services_, engine_, services_.store.snapshot()}, rows);
  }
  return rows.take();
}

std::vector<std::string> EngineSystemTables::table_names(std::string_view database) const {
  const std::string_view wanted = is_information_schema(database) ? "information_schema" : database;
  std::vector<std::string> names;
  for (const SystemTableEntry& entry : all_system_tables()) {
    if (entry.database == wanted) names.emplace_back(entry.name);
  }
  return names;
}

}  // namespace freshet
