#include "storage/wal/wal_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

std::string encoded(const WalRecord& record) {
  return encode_wal_header(record) + std::string(record.payload);
}

TEST(WalFormat, StandsAsDocumented) {
  const std::string bytes = encoded({.offset = 258, .durable_offset = 3, .payload = "hi"});
  ASSERT_EQ(bytes.size(), 34U);
  EXPECT_EQ(bytes.substr(0, 24),
            std::string("FWC1\x02\0\0\0\x02\x01\0\0\0\0\0\0\x03\0\0\0\0\0\0\0", 24));
  EXPECT_EQ(bytes.substr(32), "hi");
}

TEST(WalFormat, ParsesWhatItEncodes) {
  const std::string bytes =
      encoded({.offset = 100, .durable_offset = 60, .payload = "payload"}) + "what follows";
  const auto record = parse_wal_record(bytes, 100);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->kind, WalRecordKind::Commit);
  EXPECT_EQ(record->durable_offset, 60U);
  EXPECT_EQ(record->payload, "payload");
  EXPECT_EQ(record->end(), 139U);
}

TEST(WalFormat, RefusesEveryFlippedBitAndEveryCut) {
  const std::string bytes = encoded({.offset = 100, .durable_offset = 60, .payload = "payload"});
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(parse_wal_record(damaged, 100)) << "bit " << bit;
  }
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(parse_wal_record(bytes.substr(0, length), 100)) << "length " << length;
  }
  EXPECT_FALSE(parse_wal_record(bytes, 101)) << "a record in the wrong place";
}

TEST(WalFormat, ListsOnlyLogFiles) {
  FaultFileSystem files;
  EXPECT_THAT(list_wal_files(files, "wal"), testing::IsEmpty());
  files.create_directories("wal");
  files.set_contents(wal_file_path("wal", 1000), "");
  files.set_contents(wal_file_path("wal", 0), "");
  files.set_contents("wal/00000000000000000001.wal.tmp", "");
  files.set_contents("wal/notes", "");
  EXPECT_EQ(wal_file_path("wal", 1000), "wal/00000000000000001000.wal");
  EXPECT_THAT(list_wal_files(files, "wal"), testing::ElementsAre(0, 1000));
}

}  // namespace
}  // namespace freshet
