#include "storage/segment/column_reader.h"

#include <gtest/gtest.h>

#include "segment_rows.h"
#include "storage/base/error.h"
#include "storage/codec/number_stream.h"

namespace freshet {
namespace {

std::string stored_codes(const std::vector<uint32_t>& codes) {
  std::string bytes;
  put_number_stream<uint32_t>(codes, CellKind::Unsigned, 0, bytes);
  return bytes;
}

TEST(DecodeBlock, RefusesCodesBeyondTheDictionary) {
  const DataTypePtr type = simple_type(TypeId::String);
  auto dictionary = std::make_shared<Dictionary>();
  dictionary->entries = column_of(*type, {boxed(std::string("a")), boxed(std::string("b"))});
  const StreamDictionaries dictionaries = {dictionary};
  EXPECT_EQ(decode_block(*type, stored_codes({0, 1}), 2, {}, dictionaries)->size(), 2U);
  for (const uint32_t code : {2U, 1U << 31, ~0U}) {
    EXPECT_THROW(decode_block(*type, stored_codes({0, code}), 2, {}, dictionaries), Error);
    EXPECT_THROW(decode_block(*type, stored_codes({code, code}), 2, {}, dictionaries), Error);
  }
}

TEST(DecodeBlock, RefusesBytesLeftOver) {
  const DataTypePtr type = simple_type(TypeId::UInt32);
  EXPECT_THROW(decode_block(*type, stored_codes({1, 2}) + "x", 2, {}, {nullptr}), Error);
}

TEST(ColumnStreams, FollowTheType) {
  EXPECT_EQ(count_streams(*simple_type(TypeId::UInt8)), 1U);
  EXPECT_EQ(count_streams(*parse_data_type("Nullable(String)")), 1U);
  EXPECT_EQ(count_streams(*parse_data_type("Nullable(UInt8)")), 2U);
  EXPECT_EQ(count_streams(*parse_data_type("Array(Tuple(UInt32, String))")), 3U);
  const DataTypePtr map = parse_data_type("Map(String, LowCardinality(Nullable(String)))");
  EXPECT_EQ(count_streams(*map), 3U);
  EXPECT_FALSE(is_nullable_string_stream(*map, 1));
  EXPECT_TRUE(is_nullable_string_stream(*map, 2));
}

}  // namespace
}  // namespace freshet
