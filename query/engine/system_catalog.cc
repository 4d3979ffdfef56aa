// system.databases, tables, columns, parts and tables about what tables may have.

#include "query/engine/catalog_names.h"
#include "query/engine/create_text.h"
#include "query/engine/part_facts.h"
#include "query/engine/system_table_entry.h"
#include "query/engine/table_description.h"
#include "query/engine/table_elements.h"
#include "query/engine/table_indexes.h"
#include "query/sql/ast_printer.h"

namespace freshet {

namespace {

void fill_one(const SystemTableScope&, SystemRows& rows) { rows.add(); }

void fill_databases(const SystemTableScope& scope, SystemRows& rows) {
  for (const std::string& name : scope.snapshot->databases()) {
    rows.add()
        .set("name", name)
        .set("database", name)
        .set("engine", "Atomic")
        .set("engine_full", "Atomic")
        .set("comment", scope.snapshot->database_comment(name));
  }
  for (const std::string_view name : virtual_databases()) {
    rows.add()
        .set("name", name)
        .set("database", name)
        .set("engine", "Memory")
        .set("engine_full", "Memory");
  }
}

// Views that read the table, as ClickHouse lists them.
void set_dependencies(const Snapshot& snapshot, const TableDefinition& table, SystemRows& rows) {
  std::vector<std::string> databases;
  std::vector<std::string> tables;
  for (const TableVersion* version : snapshot.tables()) {
    const TableDefinition& view = *version->definition;
    if (view.kind != TableKind::MaterializedView || view.source != table.id) continue;
    databases.push_back(view.database);
    tables.push_back(view.name);
  }
  rows.set("dependencies_database", databases).set("dependencies_table", tables);
}

std::string sampling_key(const TableDefinition& definition) {
  const Statement statement = create_statement(definition);
  const auto* create = std::get_if<CreateTable>(&statement.body);
  const bool sampled = create != nullptr && create->storage.sample_by != nullptr;
  return sampled ? to_sql(*create->storage.sample_by) : std::string();
}

void set_stored_table(const SystemTableScope& scope, const TableVersion& version,
                      SystemRows& rows) {
  const TableDefinition& definition = *version.definition;
  const auto& primary =
      definition.primary_key.empty() ? definition.order_by : definition.primary_key;
  rows.set("create_table_query", create_text(definition, PrintStyle::OneLine))
      .set("engine_full", engine_text(definition))
      .set("as_select", definition.select)
      .set("partition_key", definition.partition_by)
      .set("sorting_key", key_text(definition.order_by))
      .set("primary_key", key_text(primary))
      .set("sampling_key", sampling_key(definition))
      .set("parts", std::optional<uint64_t>(version.segments.size()))
      .set("active_parts", std::optional<uint64_t>(version.segments.size()))
      .set("has_own_data", definition.kind == TableKind::Table)
      .set("storage_policy", definition.kind == TableKind::Table ? "default" : "");
  set_dependencies(*scope.snapshot, definition, rows);
  if (definition.kind != TableKind::MaterializedView) return;
  const TableVersion* target = scope.snapshot->find(definition.target);
  if (target == nullptr) return;
  rows.set("target_database", target->definition->database)
      .set("target_table", target->definition->name);
}

void fill_tables(const SystemTableScope& scope, SystemRows& rows) {
  for (const DescribedTable& table : describe_tables(*scope.snapshot)) {
    rows.add()
        .set("database", table.database)
        .set("name", table.name)
        .set("table", table.name)
        .set("uuid", table.uuid)
        .set("engine", table.engine)
        .set("comment", table.comment)
        .set("total_rows", table.rows)
        .set("total_bytes", table.bytes);
    if (table.version != nullptr) set_stored_table(scope, *table.version, rows);
  }
}

void set_type_facts(const DataType& type, SystemRows& rows) {
  using Number = std::optional<uint64_t>;
  if (is_integer(type)) {
    rows.set("numeric_precision", Number(8 * cell_bytes(type)))
        .set("numeric_precision_radix", Number(2))
        .set("numeric_scale", Number(0));
  } else if (type.id() == TypeId::Decimal) {
    rows.set("numeric_precision", Number(type.precision()))
        .set("numeric_precision_radix", Number(10))
        .set("numeric_scale", Number(type.scale()));
  } else if (is_date_or_time(type)) {
    rows.set("datetime_precision", Number(type.scale()));
  } else if (type.id() == TypeId::FixedString) {
    rows.set("character_octet_length", Number(type.fixed_bytes()));
  }
}

void fill_columns(const SystemTableScope& scope, SystemRows& rows) {
  for (const DescribedTable& table : describe_tables(*scope.snapshot)) {
    uint64_t position = 0;
    for (const DescribedColumn& column : table.columns) {
      rows.add()
          .set("database", table.database)
          .set("table", table.name)
          .set("name", column.name)
          .set("column", column.name)
          .set("type", column.type->name())
          .set("position", ++position)
          .set("default_kind", column.default_kind)
          .set("default_expression", column.default_expression)
          .set("comment", column.comment)
          .set("compression_codec",
               column.codec.empty() ? std::string() : "CODEC(" + column.codec + ")")
          .set("data_compressed_bytes", column.encoded_bytes)
          .set("is_in_partition_key", column.in_partition_key)
          .set("is_in_sorting_key", column.in_sorting_key)
          .set("is_in_primary_key", column.in_primary_key);
      set_type_facts(*without_nullable(column.type), rows);
    }
  }
}

void fill_parts(const SystemTableScope& scope, SystemRows& rows) {
  for (const TableVersion* version : scope.snapshot->tables()) {
    const std::vector<DescribedColumn> described = describe_table(*version).columns;
    for (const auto& segment : version->segments) {
      rows.add();
      set_part(*version, segment, part_facts(*version, *segment, described), rows);
      rows.set("visible", true).set("files", uint64_t{1}).set("default_compression_codec", "LZ4");
      rows.set("has_lightweight_delete", !segment->deleted.empty());
    }
  }
}

void fill_detached_parts(const SystemTableScope& scope, SystemRows& rows) {
  for (const TableVersion* version : scope.snapshot->tables()) {
    const TableDefinition& definition = *version->definition;
    if (definition.kind != TableKind::Table) continue;
    for (const auto& part : scope.services.store.detached_segments(definition.id)) {
      rows.add()
          .set("database", definition.database)
          .set("table", definition.name)
          .set("partition_id", part.partition)
          .set("name", part.partition + "_" + std::to_string(part.segment.value) + "_" +
                           std::to_string(part.level))
          .set("bytes_on_disk", part.file_bytes)
          .set("disk", "default")
          .set("path", part.path)
          .set("reason", "")
          .set("level", uint64_t{part.level});
    }
  }
}

void fill_indexes(const SystemTableScope& scope, SystemRows& rows) {
  for (const TableVersion* version : scope.snapshot->tables()) {
    const TableDefinition& definition = *version->definition;
    if (definition.kind != TableKind::Table) continue;
    const Statement statement = create_statement(definition);
    const auto* create = std::get_if<CreateTable>(&statement.body);
    if (create == nullptr) continue;
    for (const IndexDefinition& index : create->elements.indexes) {
      uint64_t bytes = 0;
      for (const auto& segment : version->segments) {
        for (const SegmentReader::StoredIndex& stored : segment->reader->indexes()) {
          if (stored.name == index.name) bytes += stored.bytes;
        }
      }
      const auto* granularity =
          index.granularity == nullptr ? nullptr : as<Literal>(index.granularity);
      const auto* number =
          granularity == nullptr ? nullptr : std::get_if<uint64_t>(&granularity->value);
      rows.add()
          .set("database", definition.database)
          .set("table", definition.name)
          .set("name", index.name)
          .set("type", index_type_name(index))
          .set("type_full", index_type_text(index))
          .set("expr", to_sql(*index.expression))
          .set("creation", "Explicit")
          .set("granularity", number == nullptr ? uint64_t{1} : *number)
          .set("data_compressed_bytes", bytes)
          .set("data_uncompressed_bytes", bytes);
    }
  }
}

void fill_mutations(const SystemTableScope& scope, SystemRows& rows) {
  for (const MutationLog::Entry& entry : scope.services.mutations.entries()) {
    rows.add()
        .set("database", entry.database)
        .set("table", entry.table)
        .set("mutation_id", "mutation_" + std::to_string(entry.id))
        .set("command", entry.command)
        .set("create_time", entry.create_time_s)
        .set("is_done", entry.is_done)
        .set("latest_fail_time", entry.fail_time_s)
        .set("latest_fail_reason", entry.failure)
        .set("rows", entry.rows);
  }
}

constexpr SystemTableEntry kCatalogTables[] = {
    {"system", "one", "dummy UInt8", fill_one},
    // The binder makes these two by itself; here they are only listed.
    {"system", "numbers", "number UInt64"},
    {"system", "zeros", "zero UInt8"},
    {"system", "databases",
     "name String, engine String, data_path String, metadata_path String, uuid UUID, "
     "engine_full String, comment String, is_external UInt8, database String",
     fill_databases},
    {"system", "tables",
     "database String, name String, uuid UUID, engine String, is_temporary UInt8, "
     "data_paths Array(String), metadata_path String, metadata_modification_time DateTime, "
     "metadata_version Int32, dependencies_database Array(String), "
     "dependencies_table Array(String), create_table_query String, engine_full String, "
     "as_select String, partition_key String, sorting_key String, primary_key String, "
     "sampling_key String, storage_policy String, total_rows Nullable(UInt64), "
     "total_bytes Nullable(UInt64), total_bytes_uncompressed Nullable(UInt64), "
     "parts Nullable(UInt64), active_parts Nullable(UInt64), total_marks Nullable(UInt64), "
     "lifetime_rows Nullable(UInt64), lifetime_bytes Nullable(UInt64), comment String, "
     "has_own_data UInt8, loading_dependencies_database Array(String), "
     "loading_dependencies_table Array(String), loading_dependent_database Array(String), "
     "loading_dependent_table Array(String), target_database String, target_table String, "
     "definer String, table String",
     fill_tables},
    {"system", "columns",
     "database String, table String, name String, type String, position UInt64, "
     "default_kind String, default_expression String, data_compressed_bytes UInt64, "
     "data_uncompressed_bytes UInt64, marks_bytes UInt64, comment String, "
     "is_in_partition_key UInt8, is_in_sorting_key UInt8, is_in_primary_key UInt8, "
     "is_in_sampling_key UInt8, compression_codec String, "
     "character_octet_length Nullable(UInt64), numeric_precision Nullable(UInt64), "
     "numeric_precision_radix Nullable(UInt64), numeric_scale Nullable(UInt64), "
     "datetime_precision Nullable(UInt64), serialization_hint Nullable(String), "
     "statistics String, column String",
     fill_columns},
    {"system", "parts",
     "partition String, name String, uuid UUID, part_type String, active UInt8, marks UInt64, "
     "rows UInt64, files UInt64, bytes_on_disk UInt64, data_compressed_bytes UInt64, "
     "data_uncompressed_bytes UInt64, primary_key_size UInt64, marks_bytes UInt64, "
     "secondary_indices_compressed_bytes UInt64, secondary_indices_uncompressed_bytes UInt64, "
     "secondary_indices_marks_bytes UInt64, modification_time DateTime, remove_time DateTime, "
     "refcount UInt32, min_date Date, max_date Date, min_time DateTime, max_time DateTime, "
     "partition_id String, min_block_number Int64, max_block_number Int64, level UInt32, "
     "data_version UInt64, is_frozen UInt8, database String, table String, engine String, "
     "disk_name String, path String, visible UInt8, has_lightweight_delete UInt8, "
     "default_compression_codec String, removal_state String, bytes UInt64, marks_size UInt64, "
     "part_name String",
     fill_parts},
    {"system", "mutations",
     "database String, table String, mutation_id String, command String, create_time DateTime, "
     "parts_to_do Int64, is_done UInt8, is_killed UInt8, latest_failed_part String, "
     "latest_fail_time DateTime, latest_fail_reason String, rows UInt64",
     fill_mutations},
    // Things that ClickHouse's tables may have and Freshet's have not.
    {"system", "replicas",
     "database String, table String, engine String, is_leader UInt8, is_readonly UInt8, "
     "absolute_delay UInt64, total_replicas UInt32, active_replicas UInt32"},
    {"system", "data_skipping_indices",
     "database String, table String, name String, type String, type_full String, expr String, "
     "creation String, granularity UInt64, "
     "data_compressed_bytes UInt64, data_uncompressed_bytes UInt64, marks_bytes UInt64",
     fill_indexes},
    {"system", "detached_parts",
     "database String, table String, partition_id Nullable(String), name String, "
     "bytes_on_disk UInt64, disk String, path String, reason Nullable(String), level UInt32",
     fill_detached_parts},
    {"system", "dictionaries",
     "database String, name String, uuid UUID, status String, origin String, type String, "
     "bytes_allocated UInt64, element_count UInt64, source String, comment String"},
};

}  // namespace

std::span<const SystemTableEntry> catalog_system_tables() { return kCatalogTables; }

}  // namespace freshet
