#include "storage/base/bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/base/error.h"

namespace freshet {
namespace {

TEST(ByteReader, ReturnsWhatByteWriterPut) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.put_u8(0xAB);
  writer.put_u16(0xABCD);
  writer.put_u32(0xDEADBEEF);
  writer.put_u64(0x0123456789ABCDEF);
  writer.put_string("freshet");
  writer.put_bytes("raw");

  ByteReader reader(bytes);
  EXPECT_EQ(reader.get_u8(), 0xAB);
  EXPECT_EQ(reader.get_u16(), 0xABCD);
  EXPECT_EQ(reader.get_u32(), 0xDEADBEEF);
  EXPECT_EQ(reader.get_u64(), 0x0123456789ABCDEFU);
  EXPECT_EQ(reader.get_string(), "freshet");
  EXPECT_EQ(reader.get_bytes(3), "raw");
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteWriter, PutsLittleEndian) {
  Buffer<char> bytes;
  BufferWriter(bytes).put_u32(0x04030201);
  EXPECT_THAT(bytes, testing::ElementsAre(1, 2, 3, 4));
}

TEST(ByteReader, ReadsVarintsOfEveryLength) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const uint64_t value : {uint64_t{1} << bits, (uint64_t{1} << bits) - 1}) {
      std::string bytes;
      ByteWriter(bytes).put_varint(value);
      ByteReader reader(bytes);
      EXPECT_EQ(reader.get_varint(), value);
      EXPECT_TRUE(reader.at_end());
    }
  }
}

TEST(ByteReader, RefusesVarintBeyond64Bits) {
  const std::string bytes = std::string(9, '\xFF') + '\x02';
  EXPECT_THROW(ByteReader(bytes).get_varint(), Error);
}

TEST(ByteReader, NamesTheOffsetWhereBytesEnd) {
  ByteReader reader("abc");
  reader.get_u8();
  try {
    reader.get_u32();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::CorruptedData);
    EXPECT_THAT(error.message(), testing::EndsWith("offset 1"));
  }
}

TEST(ByteReader, RefusesCountsThatCannotFit) {
  const ByteReader reader("12345678");
  reader.require_elements(4, 2);
  EXPECT_THROW(reader.require_elements(5, 2), Error);
  EXPECT_THROW(reader.require_elements(~uint64_t{0}, 8), Error);
}

}  // namespace
}  // namespace freshet
