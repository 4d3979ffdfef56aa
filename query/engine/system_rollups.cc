// system.rollups, and the same as ClickHouse's clients know it: projections, projection_parts.

#include <algorithm>

#include "query/engine/part_facts.h"
#include "query/engine/system_table_entry.h"

namespace freshet {

namespace {

std::vector<std::string> column_names(const RollupDefinition& rollup, size_t begin, size_t end) {
  std::vector<std::string> names;
  for (size_t i = begin; i < end; ++i) names.push_back(rollup.columns[i].name);
  return names;
}

void fill_rollups(const SystemTableScope& scope, SystemRows& rows) {
  for (const TableVersion* version : scope.snapshot->tables()) {
    const TableDefinition& definition = *version->definition;
    for (const RollupDefinition& rollup : definition.rollups) {
      uint64_t segments = 0;
      uint64_t built = 0;
      uint64_t segment_rows = 0;
      uint64_t rows_covered = 0;
      uint64_t rollup_rows = 0;
      uint64_t bytes = 0;
      for (const auto& segment : version->segments) {
        if (segment->row_count() == 0) continue;
        ++segments;
        segment_rows += segment->row_count();
        const auto part = segment->rollup_rows(rollup.id);
        if (part == nullptr) continue;
        ++built;
        rows_covered += segment->row_count();
        rollup_rows += part->row_count();
        bytes += part->reader->file_bytes();
      }
      const bool is_ready = built == segments;
      rows.add()
          .set("database", definition.database)
          .set("table", definition.name)
          .set("name", rollup.name)
          .set("query", rollup.select)
          .set("keys", column_names(rollup, 0, rollup.key_count))
          .set("aggregates", column_names(rollup, rollup.key_count, rollup.columns.size()))
          .set("state", is_ready ? "ready" : "building")
          .set("progress", is_ready ? 1.0
                                    : static_cast<double>(rows_covered) /
                                          static_cast<double>(std::max<uint64_t>(1, segment_rows)))
          .set("segments", segments)
          .set("segments_built", built)
          .set("rows", version->row_count())
          .set("rows_covered", rows_covered)
          .set("rollup_rows", rollup_rows)
          .set("bytes_on_disk", bytes);
    }
  }
}

void fill_projections(const SystemTableScope& scope, SystemRows& rows) {
  for (const TableVersion* version : scope.snapshot->tables()) {
    for (const RollupDefinition& rollup : version->definition->rollups) {
      rows.add()
          .set("database", version->definition->database)
          .set("table", version->definition->name)
          .set("name", rollup.name)
          .set("type", "Aggregate")
          .set("sorting_key", column_names(rollup, 0, rollup.key_count))
          .set("query", rollup.select);
    }
  }
}

void fill_projection_parts(const SystemTableScope& scope, SystemRows& rows) {
  for (const TableVersion* version : scope.snapshot->tables()) {
    const TableDefinition& definition = *version->definition;
    for (const auto& segment : version->segments) {
      for (const RollupDefinition& rollup : definition.rollups) {
        const auto part = segment->rollup_rows(rollup.id);
        if (part == nullptr) continue;
        rows.add()
            .set("partition", segment->partition)
            .set("name", rollup.name)
            .set("part_type", "Compact")
            .set("parent_name", part_name(segment->partition, segment->id, segment->level))
            .set("parent_part_type", "Compact")
            .set("active", true)
            .set("marks", uint64_t{part->reader->block_count()})
            .set("rows", part->row_count())
            .set("bytes_on_disk", part->reader->file_bytes())
            .set("data_compressed_bytes", part->reader->file_bytes())
            .set("parent_marks", uint64_t{segment->reader->block_count()})
            .set("parent_rows", segment->row_count())
            .set("parent_bytes_on_disk", segment->reader->file_bytes())
            .set("partition_id", segment->partition)
            .set("level", static_cast<uint64_t>(segment->level))
            .set("database", definition.database)
            .set("table", definition.name)
            .set("engine", definition.engine)
            .set("disk_name", "default")
            .set("path", part->reader->path())
            .set("bytes", part->reader->file_bytes())
            .set("part_name", rollup.name);
      }
    }
  }
}

constexpr SystemTableEntry kRollupTables[] = {
    // `rows` are the table's; those of segments that have the rollup are `rows_covered`, and
    // `rollup_rows` stand for them.
    {"system", "rollups",
     "database String, table String, name String, query String, keys Array(String), "
     "aggregates Array(String), state String, progress Float64, segments UInt64, "
     "segments_built UInt64, rows UInt64, rows_covered UInt64, rollup_rows UInt64, "
     "bytes_on_disk UInt64",
     fill_rollups},
    {"system", "projections",
     "database String, table String, name String, type String, sorting_key Array(String), "
     "query String, settings Map(String, String)",
     fill_projections},
    {"system", "projection_parts",
     "partition String, name String, part_type String, parent_name String, parent_uuid UUID, "
     "parent_part_type String, active UInt8, marks UInt64, rows UInt64, bytes_on_disk UInt64, "
     "data_compressed_bytes UInt64, data_uncompressed_bytes UInt64, marks_bytes UInt64, "
     "parent_marks UInt64, parent_rows UInt64, parent_bytes_on_disk UInt64, "
     "modification_time DateTime, partition_id String, level UInt32, is_frozen UInt8, "
     "database String, table String, engine String, disk_name String, path String, "
     "is_broken UInt8, exception_code Int32, exception String, bytes UInt64, part_name String",
     fill_projection_parts},
};

}  // namespace

std::span<const SystemTableEntry> rollup_system_tables() { return kRollupTables; }

}  // namespace freshet
