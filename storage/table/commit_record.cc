#include "storage/table/commit_record.h"

#include <algorithm>
#include <optional>

#include "storage/base/bytes.h"
#include "storage/base/checksum.h"
#include "storage/base/error.h"
#include "storage/table/chunk_bytes.h"

namespace freshet {

namespace {

// Version 1 had neither the time nor the key's table. Only a record with deletes is of version 3.
constexpr uint8_t kVersion = 2;
constexpr uint8_t kVersionWithDeletes = 3;
constexpr uint8_t kOldestVersion = 1;

bool has_deletes(const CommitRecord& record) {
  return std::any_of(record.tables.begin(), record.tables.end(),
                     [](const auto& rows) { return !rows.deletes.empty(); });
}

std::string encode_table(const CommitRecord::TableRows& rows, uint8_t version) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.put_u64(rows.schema_checksum);
  if (version >= kVersionWithDeletes) put_row_places(rows.deletes, writer);
  writer.put_varint(rows.staged.size());
  for (const StagedSegment& segment : rows.staged) {
    writer.put_varint(segment.id.value);
    writer.put_string(segment.partition);
    writer.put_varint(segment.row_count);
  }
  writer.put_varint(rows.chunks.size());
  for (const auto& chunk : rows.chunks) append_chunk_bytes(*chunk, bytes);
  return bytes;
}

// Nothing when `schema_of` says that the table is gone.
std::optional<CommitRecord::TableRows> decode_table(TableId table, std::string_view bytes,
                                                    const SchemaLookup& schema_of,
                                                    uint8_t version) {
  ByteReader reader(bytes);
  CommitRecord::TableRows rows;
  rows.table = table;
  rows.schema_checksum = reader.get_u64();
  const Schema* const found = schema_of(table, rows.schema_checksum);
  if (found == nullptr) return std::nullopt;
  const Schema& schema = *found;
  if (rows.schema_checksum != compute_schema_checksum(schema)) {
    throw Error(ErrorCode::CorruptedData,
                "Logged rows have other columns than table " + std::to_string(table.value));
  }
  if (version >= kVersionWithDeletes) rows.deletes = get_row_places(reader);
  const uint64_t staged_count = reader.get_varint();
  reader.require_elements(staged_count, 3);
  for (uint64_t index = 0; index < staged_count; ++index) {
    StagedSegment segment;
    segment.id = SegmentId(reader.get_varint());
    segment.partition = reader.get_string();
    segment.row_count = reader.get_varint();
    rows.staged.push_back(std::move(segment));
  }
  const uint64_t chunk_count = reader.get_varint();
  reader.require_elements(chunk_count, 4);
  for (uint64_t index = 0; index < chunk_count; ++index) {
    rows.chunks.push_back(std::make_shared<const Chunk>(read_chunk_bytes(schema, reader)));
  }
  return rows;
}

// All before the tables; gives the version.
uint8_t get_head(ByteReader& reader, CommitRecord& record) {
  const uint8_t version = reader.get_u8();
  if (version < kOldestVersion || version > kVersionWithDeletes) {
    throw Error(ErrorCode::CorruptedData,
                "Commit record has an unknown version: " + std::to_string(version));
  }
  if (version >= 2) record.time_us = reader.get_varint();
  record.idempotency_key = reader.get_string();
  if (version >= 2) record.key_table = TableId(reader.get_varint());
  const uint64_t position_count = reader.get_varint();
  reader.require_elements(position_count, 2);
  for (uint64_t index = 0; index < position_count; ++index) {
    SourcePosition position;
    position.source = reader.get_string();
    position.position = reader.get_string();
    record.positions.push_back(std::move(position));
  }
  return version;
}

}  // namespace

uint64_t compute_schema_checksum(const Schema& schema) {
  std::string bytes;
  ByteWriter writer(bytes);
  for (const NamedType& column : schema.columns()) {
    writer.put_string(column.name);
    writer.put_string(column.type->name());
  }
  return checksum(bytes);
}

std::string encode_commit_record(const CommitRecord& record) {
  std::string bytes;
  ByteWriter writer(bytes);
  const uint8_t version = has_deletes(record) ? kVersionWithDeletes : kVersion;
  writer.put_u8(version);
  writer.put_varint(record.time_us);
  writer.put_string(record.idempotency_key);
  writer.put_varint(record.key_table.value);
  writer.put_varint(record.positions.size());
  for (const SourcePosition& position : record.positions) {
    writer.put_string(position.source);
    writer.put_string(position.position);
  }
  writer.put_varint(record.tables.size());
  for (const CommitRecord::TableRows& rows : record.tables) {
    writer.put_varint(rows.table.value);
    writer.put_string(encode_table(rows, version));
  }
  return bytes;
}

CommitRecord decode_commit_record(std::string_view bytes, const SchemaLookup& schema_of) {
  ByteReader reader(bytes);
  CommitRecord record;
  const uint8_t version = get_head(reader, record);
  const uint64_t table_count = reader.get_varint();
  reader.require_elements(table_count, 2);
  for (uint64_t index = 0; index < table_count; ++index) {
    const TableId table(reader.get_varint());
    const std::string_view section = reader.get_string();
    if (auto rows = decode_table(table, section, schema_of, version)) {
      record.tables.push_back(std::move(*rows));
    }
  }
  if (!reader.at_end()) {
    throw Error(ErrorCode::CorruptedData,
                "Bytes left over in a commit record: " + std::to_string(reader.remaining()));
  }
  return record;
}

std::map<TableId, RowPlaces> decode_commit_deletes(std::string_view bytes) {
  ByteReader reader(bytes);
  std::map<TableId, RowPlaces> deletes;
  CommitRecord record;
  if (get_head(reader, record) < kVersionWithDeletes) return deletes;
  const uint64_t table_count = reader.get_varint();
  reader.require_elements(table_count, 2);
  for (uint64_t index = 0; index < table_count; ++index) {
    const TableId table(reader.get_varint());
    ByteReader section(reader.get_string());
    section.get_u64();  // the schema's checksum
    deletes[table] = get_row_places(section);
  }
  return deletes;
}

}  // namespace freshet
