// system.processes, metrics, events, users: what the server is doing and who may use it.

#include <algorithm>
#include <cmath>
#include <map>

#include "query/engine/system_table_entry.h"

namespace freshet {

namespace {

void fill_processes(const SystemTableScope& scope, SystemRows& rows) {
  for (const RunningQuery& query : scope.engine.running_queries()) {
    rows.add()
        .set("is_initial_query", true)
        .set("user", query.user)
        .set("query_id", query.query_id)
        .set("initial_user", query.user)
        .set("initial_query_id", query.query_id)
        .set("interface", uint64_t{2})  // HTTP
        .set("elapsed", query.elapsed_s)
        .set("read_rows", query.rows_read)
        .set("read_bytes", query.bytes_read)
        .set("total_rows_approx", query.total_rows_to_read)
        .set("memory_usage", query.memory_bytes)
        .set("peak_memory_usage", query.memory_bytes)
        .set("query", query.text);
  }
}

// Counters end in _total, as Prometheus wants it.
bool is_counter(const std::string& name) {
  return name.substr(0, name.find('{')).ends_with("_total");
}

// What dashboards written for ClickHouse ask for, under its names.
void add_metric(SystemRows& rows, std::string_view name, double value, std::string_view help) {
  rows.add().set("metric", name).set("value", value).set("description", help);
}

struct SameCounter {
  std::string_view name;  // here
  std::string_view clickhouse_name;
};

constexpr SameCounter kSameCounters[] = {
    {"queries_total", "Query"},
    {"queries_failed_total", "FailedQuery"},
    {"store_rows_inserted_total", "InsertedRows"},
    {"store_bytes_inserted_total", "InsertedBytes"},
    {"store_merges_total", "Merge"},
    {"store_merged_bytes_written_total", "MergedUncompressedBytes"},
    {"store_duplicate_commits_total", "DuplicatedInsertedBlocks"},
    {"store_inserts_refused_total", "RejectedInserts"},
    {"store_commit_waits_total", "DelayedInserts"},
    {"external_processing_files_total", "ExternalProcessingFilesTotal"},
    {"external_processing_compressed_bytes_total", "ExternalProcessingCompressedBytesTotal"},
    {"external_processing_uncompressed_bytes_total", "ExternalProcessingUncompressedBytesTotal"},
    {"external_aggregation_write_parts_total", "ExternalAggregationWritePart"},
    {"external_aggregation_merges_total", "ExternalAggregationMerge"},
    {"external_aggregation_compressed_bytes_total", "ExternalAggregationCompressedBytes"},
    {"external_aggregation_uncompressed_bytes_total", "ExternalAggregationUncompressedBytes"},
    {"external_sort_write_parts_total", "ExternalSortWritePart"},
    {"external_sort_merges_total", "ExternalSortMerge"},
    {"external_sort_compressed_bytes_total", "ExternalSortCompressedBytes"},
    {"external_sort_uncompressed_bytes_total", "ExternalSortUncompressedBytes"},
    {"external_join_write_parts_total", "ExternalJoinWritePart"},
    {"external_join_merges_total", "ExternalJoinMerge"},
    {"external_join_compressed_bytes_total", "ExternalJoinCompressedBytes"},
    {"external_join_uncompressed_bytes_total", "ExternalJoinUncompressedBytes"},
};

void add_current_metrics(const SystemTableScope& scope, SystemRows& rows) {
  const auto add = [&](std::string_view name, double value, std::string_view help) {
    add_metric(rows, name, value, help);
    rows.set("name", name);
  };
  add("Query", static_cast<double>(scope.engine.running_queries().size()), "Queries running now");
  add("Merge", static_cast<double>(scope.services.store.running_merges().size()),
      "Merges running now");
  add("MemoryTracking", static_cast<double>(scope.services.memory.bytes()),
      "Bytes used by queries, INSERTs and newest rows");
  size_t parts = 0;
  for (const TableVersion* version : scope.snapshot->tables()) parts += version->segments.size();
  add("PartsActive", static_cast<double>(parts), "Segments of all tables");
}

void add_asynchronous_metrics(const SystemTableScope& scope, SystemRows& rows) {
  uint64_t row_count = 0;
  uint64_t bytes = 0;
  uint64_t newest_bytes = 0;
  uint64_t newest_rows = 0;
  size_t parts = 0;
  size_t parts_max = 0;
  const std::vector<const TableVersion*> tables = scope.snapshot->tables();
  for (const TableVersion* version : tables) {
    row_count += version->row_count();
    std::map<std::string_view, size_t> of_partition;
    for (const auto& segment : version->segments) {
      bytes += segment->reader->file_bytes();
      parts_max = std::max(parts_max, ++of_partition[segment->partition]);
    }
    parts += version->segments.size();
    for (const auto& chunk : version->memtable) {
      newest_rows += chunk->row_count;
      newest_bytes += chunk->memory_bytes();
    }
  }
  const auto add = [&](std::string_view name, uint64_t value, std::string_view help) {
    add_metric(rows, name, static_cast<double>(value), help);
  };
  add("NumberOfDatabases", scope.snapshot->databases().size(), "Databases with stored tables");
  add("NumberOfTables", tables.size(), "Stored tables and views");
  add("TotalRowsOfMergeTreeTables", row_count, "Rows of all tables");
  add("TotalBytesOfMergeTreeTables", bytes, "Bytes of all segments");
  add("TotalPartsOfMergeTreeTables", parts, "Segments of all tables");
  add("MaxPartCountForPartition", parts_max, "Segments of the partition that has most");
  add("NewestRows", newest_rows, "Rows in memory that are not in segments yet");
  add("NewestRowsBytes", newest_bytes, "Bytes of rows in memory that are not in segments yet");
  add("MemoryLimit", scope.services.memory.bytes_max(), "The memory budget; 0: none");
}

void fill_metrics(const SystemTableScope& scope, SystemRows& rows) {
  add_current_metrics(scope, rows);
  for (const MetricsRegistry::Sample& sample : scope.services.metrics.samples()) {
    if (is_counter(sample.name) || sample.value != std::floor(sample.value)) continue;
    rows.add()
        .set("metric", sample.name)
        .set("value", sample.value)
        .set("description", sample.help)
        .set("name", sample.name);
  }
}

void fill_events(const SystemTableScope& scope, SystemRows& rows) {
  for (const MetricsRegistry::Sample& sample : scope.services.metrics.samples()) {
    if (!is_counter(sample.name)) continue;
    rows.add()
        .set("event", sample.name)
        .set("value", sample.value)
        .set("description", sample.help)
        .set("name", sample.name);
    const auto* same = std::ranges::find(kSameCounters, sample.name, &SameCounter::name);
    if (same == std::end(kSameCounters)) continue;
    rows.add()
        .set("event", same->clickhouse_name)
        .set("value", sample.value)
        .set("description", sample.help)
        .set("name", same->clickhouse_name);
  }
}

void fill_asynchronous_metrics(const SystemTableScope& scope, SystemRows& rows) {
  add_asynchronous_metrics(scope, rows);
  for (const MetricsRegistry::Sample& sample : scope.services.metrics.samples()) {
    if (is_counter(sample.name)) continue;
    rows.add()
        .set("metric", sample.name)
        .set("value", sample.value)
        .set("description", sample.help);
  }
}

// Users come from the server's configuration, which this layer does not see: the one that is always
// there stands for all, because all have the same rights.
void fill_users(const SystemTableScope&, SystemRows& rows) {
  rows.add()
      .set("name", "default")
      .set("storage", "configuration")
      .set("default_roles_all", true)
      .set("grantees_any", true);
}

void fill_grants(const SystemTableScope&, SystemRows& rows) {
  rows.add().set("user_name", "default").set("access_type", "ALL").set("grant_option", true);
}

void fill_build_options(const SystemTableScope& scope, SystemRows& rows) {
  rows.add()
      .set("name", "VERSION_FULL")
      .set("value", "Freshet " + scope.services.options.server_version);
  rows.add().set("name", "VERSION_DESCRIBE").set("value", scope.services.options.server_version);
  rows.add().set("name", "SYSTEM").set("value", "Linux");
}

constexpr SystemTableEntry kServerTables[] = {
    {"system", "processes",
     "is_initial_query UInt8, user String, query_id String, address IPv6, port UInt16, "
     "initial_user String, initial_query_id String, initial_address IPv6, initial_port UInt16, "
     "interface UInt8, os_user String, client_hostname String, client_name String, "
     "client_revision UInt64, http_method UInt8, http_user_agent String, elapsed Float64, "
     "is_cancelled UInt8, is_all_data_sent UInt8, read_rows UInt64, read_bytes UInt64, "
     "total_rows_approx UInt64, written_rows UInt64, written_bytes UInt64, memory_usage Int64, "
     "peak_memory_usage Int64, query String, query_kind String, current_database String",
     fill_processes},
    {"system", "metrics", "metric String, value Int64, description String, name String",
     fill_metrics},
    {"system", "events", "event String, value UInt64, description String, name String",
     fill_events},
    {"system", "asynchronous_metrics", "metric String, value Float64, description String",
     fill_asynchronous_metrics},
    {"system", "users",
     "name String, id UUID, storage String, auth_type Array(String), auth_params Array(String), "
     "host_ip Array(String), host_names Array(String), default_roles_all UInt8, "
     "default_roles_list Array(String), grantees_any UInt8, grantees_list Array(String), "
     "default_database String",
     fill_users},
    {"system", "roles", "name String, id UUID, storage String"},
    {"system", "enabled_roles",
     "role_name String, with_admin_option UInt8, is_current UInt8, is_default UInt8"},
    {"system", "current_roles", "role_name String, with_admin_option UInt8, is_default UInt8"},
    {"system", "role_grants",
     "user_name Nullable(String), role_name Nullable(String), granted_role_name String, "
     "granted_role_id UUID, granted_role_is_default UInt8, with_admin_option UInt8"},
    {"system", "grants",
     "user_name Nullable(String), role_name Nullable(String), access_type String, "
     "access_object String, database Nullable(String), table Nullable(String), "
     "column Nullable(String), is_partial_revoke UInt8, grant_option UInt8, is_wildcard UInt8",
     fill_grants},
    {"system", "build_options", "name String, value String", fill_build_options},
    {"system", "clusters",
     "cluster String, shard_num UInt32, shard_name String, shard_weight UInt32, "
     "internal_replication UInt8, replica_num UInt32, host_name String, host_address String, "
     "port UInt16, is_local UInt8, user String, default_database String, errors_count UInt32, "
     "slowdowns_count UInt32, estimated_recovery_time UInt32"},
    {"system", "macros", "macro String, substitution String"},
};

}  // namespace

std::span<const SystemTableEntry> server_system_tables() { return kServerTables; }

}  // namespace freshet
