#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "segment_rows.h"
#include "storage/base/error.h"
#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

// A small segment with every kind of part: plain and coded strings, numbers, lists.
std::string small_segment(FaultFileSystem& files) {
  Schema schema;
  schema.add("id", simple_type(TypeId::UInt32));
  schema.add("tag", parse_data_type("LowCardinality(Nullable(String))"));
  schema.add("name", simple_type(TypeId::String));
  schema.add("list", parse_data_type("Array(UInt16)"));
  Chunk chunk;
  chunk.row_count = 40;
  std::vector<Value> ids;
  std::vector<Value> tags;
  std::vector<Value> names;
  std::vector<Value> lists;
  for (uint64_t i = 0; i < chunk.row_count; ++i) {
    ids.emplace_back(i * i);
    if (i % 5 == 0) {
      tags.emplace_back();
    } else {
      tags.emplace_back("tag " + std::to_string(i % 3));
    }
    names.emplace_back("name " + std::to_string(i));
    lists.emplace_back(ValueList{boxed(i), boxed(i + 1)});
  }
  chunk.columns = {column_of(*schema[0].type, ids), column_of(*schema[1].type, tags),
                   column_of(*schema[2].type, names), column_of(*schema[3].type, lists)};
  write_segment(files, schema, {chunk});
  return files.contents("a.segment");
}

void read_everything(FileSystem& files) {
  const auto reader = SegmentReader::open(files, "a.segment");
  for (ColumnIndex column = 0; column < reader->schema().size(); ++column) {
    for (size_t block = 0; block < reader->block_count(); ++block) {
      reader->read_column(column, block);
      reader->zone_map(column, block);
    }
  }
}

std::string message_of_reading(FileSystem& files) {
  try {
    read_everything(files);
  } catch (const Error& error) {
    EXPECT_TRUE(error.code() == ErrorCode::CorruptedData ||
                error.code() == ErrorCode::ChecksumDoesntMatch)
        << error.display();
    return error.message();
  }
  return {};
}

TEST(SegmentDamage, NoFlippedBitGoesUnnoticed) {
  FaultFileSystem files;
  const std::string bytes = small_segment(files);
  read_everything(files);
  for (size_t offset = 0; offset < bytes.size(); ++offset) {
    for (int bit = 0; bit < 8; bit += 3) {
      std::string damaged = bytes;
      damaged[offset] = static_cast<char>(damaged[offset] ^ (1 << bit));
      files.set_contents("a.segment", damaged);
      EXPECT_THAT(message_of_reading(files), testing::HasSubstr("a.segment"))
          << "byte " << offset << ", bit " << bit;
    }
  }
}

TEST(SegmentDamage, NoCutGoesUnnoticed) {
  FaultFileSystem files;
  const std::string bytes = small_segment(files);
  for (size_t kept = 0; kept < bytes.size(); ++kept) {
    files.set_contents("a.segment", bytes.substr(0, kept));
    EXPECT_THAT(message_of_reading(files), testing::HasSubstr("a.segment")) << kept;
  }
}

TEST(SegmentDamage, NamesColumnAndBlock) {
  FaultFileSystem files;
  const std::string bytes = small_segment(files);
  std::string damaged = bytes;
  damaged[16] = static_cast<char>(damaged[16] ^ 1);  // the first block of the first column
  files.set_contents("a.segment", damaged);
  EXPECT_THAT(message_of_reading(files),
              testing::AllOf(testing::HasSubstr("column id"), testing::HasSubstr("block 0")));
}

TEST(SegmentDamage, RefusesOtherFilesAndVersions) {
  FaultFileSystem files;
  std::string bytes = small_segment(files);
  bytes[8] = 9;
  files.set_contents("a.segment", bytes);
  EXPECT_THAT(message_of_reading(files), testing::HasSubstr("has an unknown version: 9"));
  files.set_contents("a.segment", std::string(1000, 'x'));
  EXPECT_THAT(message_of_reading(files), testing::HasSubstr("does not begin as one"));
}

TEST(SegmentDamage, WriterPassesOnADiskThatIsFull) {
  FaultFileSystem files;
  files.set_capacity(100);
  EXPECT_THROW(small_segment(files), Error);
}

}  // namespace
}  // namespace freshet
