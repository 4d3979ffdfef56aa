// CommitRecord: what one log record says. All rows of one commit, for all its tables.
//
// Path:      storage/table/append encodes -> log -> storage/table/recovery decodes
// Errors:    decoding damaged bytes throws CorruptedData.
// Layout:    docs/formats/commit_record.md
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/strong_id.h"
#include "storage/column/chunk.h"
#include "storage/table/row_places.h"
#include "storage/table/table_store.h"

namespace freshet {

// A segment file that was written, but not referenced, before the commit.
struct StagedSegment {
  SegmentId id;
  std::string partition;
  uint64_t row_count = 0;
};

struct CommitRecord {
  struct TableRows {
    TableId table;
    uint64_t schema_checksum = 0;
    std::vector<StagedSegment> staged;
    std::vector<std::shared_ptr<const Chunk>> chunks;
    // Rows that go, as of after the rows above came: they may be among them.
    RowPlaces deletes = {};
  };
  uint64_t time_us = 0;         // since 1970; 0 in records of version 1
  std::string idempotency_key;  // empty: none
  TableId key_table;            // whose INSERT the key names
  std::vector<SourcePosition> positions;
  std::vector<TableRows> tables;
};

// Of column names and types: a record is read with the columns that it was written with.
uint64_t compute_schema_checksum(const Schema& schema);

// Requires: every column is flat.
std::string encode_commit_record(const CommitRecord& record);

// The columns that a table's rows in the record have, by their checksum; null when the table is
// gone: its rows are skipped. Throws CorruptedData when the table never had such columns.
using SchemaLookup = std::function<const Schema*(TableId, uint64_t schema_checksum)>;
CommitRecord decode_commit_record(std::string_view bytes, const SchemaLookup& schema_of);
// Only the deletes of each table, read without the rows.
std::map<TableId, RowPlaces> decode_commit_deletes(std::string_view bytes);

}  // namespace freshet
