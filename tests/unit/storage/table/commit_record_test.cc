#include "storage/table/commit_record.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

constexpr const char* kRows =
    "id:UInt64 small:Int8 price:Decimal(30, 2) ratio:Float64 name:String code:FixedString(3) "
    "note:Nullable(String) tags:Array(LowCardinality(String)) day:Date\n"
    "1\t-1\t12345678901234567890.25\t0.5\tfirst\tabc\t\\N\t['a','bb']\t2024-02-29\n"
    "2\t7\t-1\t-2\t\tx\tsome\t[]\t1970-01-01\n";

CommitRecord record_of(const TypedChunk& rows) {
  CommitRecord record;
  record.time_us = 1'700'000'000'000'000;
  record.idempotency_key = "retry-7";
  record.key_table = TableId(5);
  record.positions = {{"file:/a", "120"}, {"topic-3", "7"}};
  record.tables.push_back({.table = TableId(5),
                           .schema_checksum = compute_schema_checksum(rows.schema),
                           .staged = {{SegmentId(9), "202402", 1000}},
                           .chunks = {std::make_shared<const Chunk>(rows.chunk)}});
  return record;
}

TEST(CommitRecord, GivesBackWhatWasWritten) {
  const TypedChunk rows = typed_chunk_from_text(kRows);
  const std::string bytes = encode_commit_record(record_of(rows));
  const CommitRecord read =
      decode_commit_record(bytes, [&](TableId, uint64_t) { return &rows.schema; });
  EXPECT_EQ(read.time_us, 1'700'000'000'000'000u);
  EXPECT_EQ(read.idempotency_key, "retry-7");
  EXPECT_EQ(read.key_table, TableId(5));
  ASSERT_EQ(read.positions.size(), 2u);
  EXPECT_EQ(read.positions[1].source, "topic-3");
  EXPECT_EQ(read.positions[1].position, "7");
  ASSERT_EQ(read.tables.size(), 1u);
  ASSERT_EQ(read.tables[0].staged.size(), 1u);
  EXPECT_EQ(read.tables[0].staged[0].partition, "202402");
  EXPECT_EQ(read.tables[0].staged[0].row_count, 1000u);
  EXPECT_EQ(chunk_to_text(rows.schema, *read.tables[0].chunks[0]),
            chunk_to_text(rows.schema, rows.chunk));
}

TEST(CommitRecord, ReadsTheFirstVersion) {
  const Schema schema = schema_from_text("id:UInt16");
  const std::string bytes("\x01\x01k\x00\x00", 5);
  const CommitRecord read = decode_commit_record(bytes, [&](TableId, uint64_t) { return &schema; });
  EXPECT_EQ(read.idempotency_key, "k");
  EXPECT_EQ(read.time_us, 0u);
  EXPECT_EQ(read.key_table, TableId());
}

TEST(CommitRecord, KeepsDeletesWhichMakeItsVersionThree) {
  const TypedChunk rows = typed_chunk_from_text(kRows);
  CommitRecord record = record_of(rows);
  EXPECT_EQ(encode_commit_record(record)[0], 2);
  RowSetBuilder deleted;
  deleted.add(3);
  deleted.add(70'000);
  record.tables[0].deletes = {.segments = {{SegmentId(9), deleted.take()}},
                              .memtable = {5, 6, 100}};
  const std::string bytes = encode_commit_record(record);
  EXPECT_EQ(bytes[0], 3);

  const auto expect_deletes = [](const RowPlaces& deletes) {
    ASSERT_EQ(deletes.segments.size(), 1u);
    const RowSet& in_segment = deletes.segments.at(SegmentId(9));
    EXPECT_EQ(in_segment.count(), 2u);
    EXPECT_TRUE(in_segment.contains(3) && in_segment.contains(70'000));
    EXPECT_EQ(deletes.memtable, (std::vector<uint64_t>{5, 6, 100}));
  };
  const CommitRecord read =
      decode_commit_record(bytes, [&](TableId, uint64_t) { return &rows.schema; });
  EXPECT_EQ(read.time_us, record.time_us);
  expect_deletes(read.tables.at(0).deletes);
  EXPECT_EQ(chunk_to_text(rows.schema, *read.tables[0].chunks[0]),
            chunk_to_text(rows.schema, rows.chunk));
  expect_deletes(decode_commit_deletes(bytes).at(TableId(5)));
  EXPECT_TRUE(decode_commit_deletes(encode_commit_record(record_of(rows))).empty());
}

TEST(CommitRecord, SkipsRowsOfTablesThatAreGone) {
  const TypedChunk rows = typed_chunk_from_text(kRows);
  CommitRecord record = record_of(rows);
  record.tables.push_back(record.tables[0]);
  record.tables[1].table = TableId(6);
  const CommitRecord read = decode_commit_record(
      encode_commit_record(record), [&](TableId table, uint64_t) -> const Schema* {
        return table == TableId(6) ? &rows.schema : nullptr;
      });
  ASSERT_EQ(read.tables.size(), 1u);
  EXPECT_EQ(read.tables[0].table, TableId(6));
}

TEST(CommitRecord, RefusesRowsOfOtherColumns) {
  const TypedChunk rows = typed_chunk_from_text(kRows);
  const Schema other = schema_from_text("id:UInt32");
  EXPECT_THROW(decode_commit_record(encode_commit_record(record_of(rows)),
                                    [&](TableId, uint64_t) { return &other; }),
               Error);
}

TEST(CommitRecord, RefusesEveryCutRecord) {
  const TypedChunk rows = typed_chunk_from_text(kRows);
  const std::string bytes = encode_commit_record(record_of(rows));
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(decode_commit_record(std::string_view(bytes).substr(0, length),
                                      [&](TableId, uint64_t) { return &rows.schema; }),
                 Error)
        << length;
  }
}

TEST(CommitRecord, CompressesRowsThatRepeat) {
  std::string text = "id:UInt64 name:String\n";
  for (int row = 0; row < 1000; ++row) text += "7\tthe same text again and again\n";
  const TypedChunk rows = typed_chunk_from_text(text);
  CommitRecord record = record_of(rows);
  const std::string bytes = encode_commit_record(record);
  EXPECT_LT(bytes.size(), 2000u);
  const CommitRecord read =
      decode_commit_record(bytes, [&](TableId, uint64_t) { return &rows.schema; });
  EXPECT_EQ(chunk_to_text(rows.schema, *read.tables[0].chunks[0]), text);
}

}  // namespace
}  // namespace freshet
