#include "query/engine/part_facts.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "storage/table/table_columns.h"

namespace freshet {

namespace {

uint64_t modified_seconds(const std::string& path) {
  std::error_code error;
  const auto time = std::filesystem::last_write_time(path, error);
  if (error) return 0;
  const auto system = std::chrono::file_clock::to_sys(time);
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(system.time_since_epoch()).count());
}

// Widens [min, max] by the zone maps of the column, whose cells are numbers of some unit.
void widen(const SegmentReader& reader, ColumnIndex column, uint64_t& min, uint64_t& max) {
  bool any = false;
  for (size_t block = 0; block < reader.block_count(); ++block) {
    const ZoneMap& zone = reader.zone_map(column, block);
    const auto* low = std::get_if<uint64_t>(&zone.min.cell);
    const auto* high = std::get_if<uint64_t>(&zone.max.cell);
    if (low == nullptr || high == nullptr) continue;
    min = any ? std::min(min, *low) : *low;
    max = any ? std::max(max, *high) : *high;
    any = true;
  }
}

}  // namespace

std::string part_name(const std::string& partition, SegmentId id, int level) {
  return partition + "_" + std::to_string(id.value) + "_" + std::to_string(level);
}

uint64_t column_uncompressed_bytes(const Segment& segment, ColumnIndex column) {
  const SegmentReader& reader = *segment.reader;
  const DataType& type = *reader.schema()[column].type;
  const size_t width = is_number(type) || is_date_or_time(type) ? cell_bytes(type) : 0;
  return width != 0 ? width * reader.row_count() : reader.column_encoded_bytes(column);
}

PartFacts part_facts(const TableVersion& version, const Segment& segment,
                     std::span<const DescribedColumn> columns) {
  PartFacts facts;
  facts.name = part_name(segment.partition, segment.id, segment.level);
  facts.modified_s = modified_seconds(segment.reader->path());
  const Schema& schema = segment.reader->schema();
  for (ColumnIndex column = 0; column < schema.size(); ++column) {
    facts.encoded_bytes += segment.reader->column_encoded_bytes(column);
    facts.uncompressed_bytes += column_uncompressed_bytes(segment, column);
  }
  for (const DescribedColumn& column : columns) {
    const auto known = version.schema.find(column.name);
    if (!column.in_partition_key || !known) continue;
    const auto place = version.columns->find(schema, *known);
    if (!place) continue;
    const TypeId type = schema[place->stored].type->id();
    if (type == TypeId::Date) widen(*segment.reader, place->stored, facts.min_day, facts.max_day);
    if (type == TypeId::DateTime) widen(*segment.reader, place->stored, facts.min_s, facts.max_s);
  }
  return facts;
}

void set_part(const TableVersion& version, const std::shared_ptr<const Segment>& segment,
              const PartFacts& facts, SystemRows& rows) {
  const TableDefinition& definition = *version.definition;
  const SegmentReader& reader = *segment->reader;
  rows.set("partition", definition.partition_by.empty() ? "tuple()" : segment->partition)
      .set("partition_id", segment->partition)
      .set("name", facts.name)
      .set("part_name", facts.name)
      .set("part_type", "Wide")
      .set("active", true)
      .set("rows", segment->row_count())
      .set("marks", uint64_t{reader.block_count()})
      .set("bytes_on_disk", reader.file_bytes())
      .set("bytes", reader.file_bytes())
      .set("data_compressed_bytes", facts.encoded_bytes)
      .set("data_uncompressed_bytes", facts.uncompressed_bytes)
      .set("modification_time", facts.modified_s)
      .set("refcount", static_cast<uint64_t>(segment.use_count()))
      .set("min_date", facts.min_day)
      .set("max_date", facts.max_day)
      .set("min_time", facts.min_s)
      .set("max_time", facts.max_s)
      .set("data_version", segment->id.value)
      .set("level", static_cast<uint64_t>(segment->level))
      .set("min_block_number", segment->id.value)
      .set("max_block_number", segment->newest_id.value)
      .set("database", definition.database)
      .set("table", definition.name)
      .set("engine", definition.engine)
      .set("disk_name", "default")
      .set("path", reader.path());
}

}  // namespace freshet
