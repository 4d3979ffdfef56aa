// System tables about what came into the store, and where it lies.

#include <algorithm>
#include <filesystem>

#include "query/engine/backup_log.h"
#include "query/engine/catalog_names.h"
#include "query/engine/part_facts.h"
#include "query/engine/system_table_entry.h"
#include "query/engine/table_description.h"
#include "storage/table/table_columns.h"

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

void fill_merges(const SystemTableScope& scope, SystemRows& rows) {
  for (const MergeProgress& merge : scope.services.store.running_merges()) {
    std::vector<std::string> names;
    std::vector<std::string> paths;
    uint64_t bytes = 0;
    uint64_t marks = 0;
    for (const auto& input : merge.inputs) {
      names.push_back(part_name(input->partition, input->id, input->level));
      paths.push_back(input->reader->path());
      bytes += input->reader->file_bytes();
      marks += input->reader->block_count();
    }
    const int64_t elapsed_ns = scope.services.clock.monotonic_ns() - merge.started_ns;
    const uint64_t total = std::max<uint64_t>(1, merge.rows_total);
    if (const TableVersion* version = scope.snapshot->find(merge.table)) {
      rows.add()
          .set("database", version->definition->database)
          .set("table", version->definition->name);
    } else {
      rows.add();
    }
    rows.set("elapsed", static_cast<double>(elapsed_ns) / 1e9)
        .set("progress", static_cast<double>(merge.rows_read) / static_cast<double>(total))
        .set("num_parts", uint64_t{merge.inputs.size()})
        .set("source_part_names", names)
        .set("result_part_name", part_name(merge.partition, merge.result, merge.result_level))
        .set("source_part_paths", paths)
        .set("partition_id", merge.partition)
        .set("partition", merge.partition)
        .set("total_size_bytes_compressed", bytes)
        .set("total_size_marks", marks)
        .set("rows_read", merge.rows_read)
        .set("rows_written", merge.rows_written)
        .set("merge_type", "Regular")
        .set("merge_algorithm", "Horizontal");
  }
}

// Of a few blocks from the first to the last, each kind of stream in its order: `delta LZ4`, or
// `bit_packed, plain ZSTD` for a Nullable column's flags and cells.
std::vector<std::string> sampled_encodings(const SegmentReader& reader, ColumnIndex column) {
  constexpr size_t kSampledBlocks = 4;
  std::vector<std::string> found;
  const size_t blocks = reader.block_count();
  const size_t step = std::max<size_t>(1, blocks / kSampledBlocks);
  for (size_t block = 0; block < blocks; block += step) {
    std::string text;
    for (const std::string& stream : reader.encodings(column, block)) {
      text += (text.empty() ? "" : ", ") + stream;
    }
    if (std::ranges::find(found, text) == found.end()) found.push_back(std::move(text));
  }
  return found;
}

void fill_parts_columns(const SystemTableScope& scope, SystemRows& rows) {
  for (const TableVersion* version : scope.snapshot->tables()) {
    const std::vector<DescribedColumn> described = describe_table(*version).columns;
    for (const auto& segment : version->segments) {
      const PartFacts facts = part_facts(*version, *segment, described);
      for (ColumnIndex c = 0; c < version->schema.size(); ++c) {
        // As it was when the segment was written; one that was added since has no bytes in it.
        const auto place = version->columns->find(segment->reader->schema(), c);
        if (!place) continue;
        const std::string& name = version->schema[c].name;
        const auto column = std::ranges::find(described, name, &DescribedColumn::name);
        const uint64_t encoded_bytes = segment->reader->column_encoded_bytes(place->stored);
        rows.add();
        set_part(*version, segment, facts, rows);
        rows.set("column", name)
            .set("type", segment->reader->schema()[place->stored].type->name())
            .set("column_position", uint64_t{c + 1})
            .set("default_kind", column->default_kind)
            .set("default_expression", column->default_expression)
            .set("column_bytes_on_disk", encoded_bytes)
            .set("column_data_compressed_bytes", encoded_bytes)
            .set("column_data_uncompressed_bytes",
                 column_uncompressed_bytes(*segment, place->stored))
            .set("serialization_kind", "Default")
            .set("encodings", sampled_encodings(*segment->reader, place->stored));
      }
    }
  }
}

void fill_disks(const SystemTableScope& scope, SystemRows& rows) {
  const std::string& path = scope.services.store.directory();
  std::error_code error;
  std::filesystem::space_info space = std::filesystem::space(path, error);
  if (error) space = {};
  rows.add()
      .set("name", "default")
      .set("path", path)
      .set("free_space", static_cast<uint64_t>(space.available))
      .set("total_space", static_cast<uint64_t>(space.capacity))
      .set("unreserved_space", static_cast<uint64_t>(space.available))
      .set("type", "Local");
}

void fill_backups(const SystemTableScope& scope, SystemRows& rows) {
  for (const BackupEntry& entry : scope.services.backups->entries()) {
    rows.add()
        .set("id", entry.id)
        .set("name", entry.name)
        .set("base_backup_name", entry.base_name)
        .set("query_id", entry.query_id)
        .set("status", entry.status)
        .set("error", entry.error)
        .set("start_time", entry.start_us)
        .set("end_time", entry.end_us)
        .set("num_files", entry.file_count)
        .set("total_size", entry.total_bytes)
        .set("num_entries", entry.file_count)
        .set("uncompressed_size", entry.copied_bytes)
        .set("compressed_size", entry.copied_bytes);
  }
}

constexpr SystemTableEntry kStorageTables[] = {
    // Names of dropped tables are empty.
    {"system", "commits",
     "lsn UInt64, time DateTime64(6), tables Array(String), rows_of_tables Array(UInt64), "
     "rows UInt64, bytes UInt64, key String, is_duplicate UInt8",
     fill_commits},
    {"system", "merges",
     "database String, table String, elapsed Float64, progress Float64, num_parts UInt64, "
     "source_part_names Array(String), result_part_name String, source_part_paths Array(String), "
     "result_part_path String, partition_id String, partition String, is_mutation UInt8, "
     "total_size_bytes_compressed UInt64, total_size_bytes_uncompressed UInt64, "
     "total_size_marks UInt64, bytes_read_uncompressed UInt64, rows_read UInt64, "
     "bytes_written_uncompressed UInt64, rows_written UInt64, columns_written UInt64, "
     "memory_usage UInt64, thread_id UInt64, merge_type String, merge_algorithm String",
     fill_merges},
    {"system", "parts_columns",
     "partition String, name String, uuid UUID, part_type String, active UInt8, marks UInt64, "
     "rows UInt64, bytes_on_disk UInt64, data_compressed_bytes UInt64, "
     "data_uncompressed_bytes UInt64, marks_bytes UInt64, modification_time DateTime, "
     "remove_time DateTime, refcount UInt32, min_date Date, max_date Date, min_time DateTime, "
     "max_time DateTime, partition_id String, min_block_number Int64, max_block_number Int64, "
     "level UInt32, data_version UInt64, primary_key_bytes_in_memory UInt64, "
     "primary_key_bytes_in_memory_allocated UInt64, database String, table String, engine String, "
     "disk_name String, path String, column String, type String, column_position UInt64, "
     "default_kind String, default_expression String, column_bytes_on_disk UInt64, "
     "column_data_compressed_bytes UInt64, column_data_uncompressed_bytes UInt64, "
     "column_marks_bytes UInt64, column_modification_time Nullable(DateTime), "
     "serialization_kind String, bytes UInt64, marks_size UInt64, part_name String, "
     "encodings Array(String)",
     fill_parts_columns},
    {"system", "disks",
     "name String, path String, free_space UInt64, total_space UInt64, unreserved_space UInt64, "
     "keep_free_space UInt64, type String, is_encrypted UInt8, is_read_only UInt8, "
     "is_write_once UInt8, is_remote UInt8, is_broken UInt8, cache_path String",
     fill_disks},
    {"system", "backups",
     "id String, name String, base_backup_name String, query_id String, status String, "
     "error String, start_time DateTime64(6), end_time DateTime64(6), num_files UInt64, "
     "total_size UInt64, num_entries UInt64, uncompressed_size UInt64, compressed_size UInt64, "
     "files_read UInt64, bytes_read UInt64",
     fill_backups},
};

}  // namespace

std::span<const SystemTableEntry> storage_system_tables() { return kStorageTables; }

}  // namespace freshet
