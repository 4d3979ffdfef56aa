// System tables about what came into the store, and where it lies.

#include "query/engine/catalog_names.h"
#include "query/engine/system_table_entry.h"

namespace freshet {

namespace {

void fill_commits(const SystemTableScope& scope, SystemRows& rows) {
  for (const CommitEntry& commit : scope.services.store.recent_commits()) {
    std::vector<std::string> tables;
    std::vector<uint64_t> counts;
    uint64_t row_count = 0;
    for (const auto& [table, count] : commit.rows_of_table) {
      const TableVersion* version = scope.snapshot->find(table);
      tables.push_back(version == nullptr ? std::string() : display_name(*version->definition));
      counts.push_back(count);
      row_count += count;
    }
    rows.add()
        .set("lsn", commit.lsn.value)
        .set("time", commit.time_us)
        .set("tables", tables)
        .set("rows_of_tables", counts)
        .set("rows", row_count)
        .set("bytes", commit.bytes)
        .set("key", commit.key)
        .set("is_duplicate", commit.duplicate);
  }
}

constexpr SystemTableEntry kStorageTables[] = {
    // Names of dropped tables are empty.
    {"system", "commits",
     "lsn UInt64, time DateTime64(6), tables Array(String), rows_of_tables Array(UInt64), "
     "rows UInt64, bytes UInt64, key String, is_duplicate UInt8",
     fill_commits},
};

}  // namespace

std::span<const SystemTableEntry> storage_system_tables() { return kStorageTables; }

}  // namespace freshet
