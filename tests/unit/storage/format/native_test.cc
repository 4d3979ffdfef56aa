#include "storage/format/native.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "tests/unit/storage/format/format_text.h"

namespace freshet {
namespace {

using std::string_literals::operator""s;

std::string read_error(std::string_view header, std::string_view bytes) {
  try {
    return read_rows("Native", header, bytes);
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.message();
  }
}

TEST(Native, LaysBlocksOutAsClickHouseDoes) {
  EXPECT_EQ(format_rows("Native", "a:UInt16 s:String\n300\tabc"),
            "\x02\x01\x01"
            "a\x06UInt16\x2C\x01\x01s\x06String\x03"
            "abc"s);
}

TEST(Native, SeveralBlocksAreOneInput) {
  const std::string first = format_rows("Native", "a:UInt8 s:String\n1\tx\n2\ty");
  const std::string second = format_rows("Native", "a:UInt8 s:String\n3\tz");
  EXPECT_EQ(read_rows("Native", "a:UInt8 s:String", first + second), "1\tx\n2\ty\n3\tz\n");
  // Columns by name, as the first block has them.
  EXPECT_EQ(read_rows("Native", "s:String a:UInt8 more:UInt8", first), "1\tx\n2\ty\n");
  EXPECT_EQ(read_error("a:UInt8 s:String", first + format_rows("Native", "s:String a:UInt8\nz\t3")),
            "INCORRECT_DATA: Blocks of Native data differ in column a, which is now s");
}

TEST(Native, RefusesBlocksThatAreCutOffAtAnyByte) {
  const std::string bytes =
      format_rows("Native",
                  "a:UInt8 s:String l:Array(LowCardinality(Nullable(String))) n:Nullable(Int8)\n"
                  "1\tx\t['a',NULL]\t\\N\n2\ty\t[]\t5");
  const std::string header =
      "a:UInt8 s:String l:Array(LowCardinality(Nullable(String))) n:Nullable(Int8)";
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_THROW(read_rows("Native", header, bytes.substr(0, size)), Error) << size;
  }
}

TEST(Native, RefusesTypesThatAreNotTheColumns) {
  EXPECT_EQ(read_error("a:UInt16", format_rows("Native", "a:UInt8\n1")),
            "INCORRECT_DATA: Type of 'a' must be UInt16, not UInt8");
  EXPECT_EQ(read_error("a:UInt8", format_rows("Native", "b:UInt8\n1")).substr(0, 14),
            "INCORRECT_DATA");
}

TEST(Native, AnyBytesMayStandBehindANull) {
  // Two cells: NULL over 9, which is no value of the enum, and 'x'.
  const std::string bytes =
      "\x01\x02\x01"
      "e\x18Nullable(Enum8('x' = 1))\x01\x00\x09\x01"s;
  EXPECT_EQ(read_error("e:Nullable(Enum8('x' = 1))", bytes).substr(0, 6), "\\N\nx\n");
  const std::string bad =
      "\x01\x02\x01"
      "e\x18Nullable(Enum8('x' = 1))\x01\x00\x01\x09"s;
  EXPECT_EQ(read_error("e:Nullable(Enum8('x' = 1))", bad),
            "INCORRECT_DATA: Native data has bytes that are no value of Enum8('x' = 1)");
}

}  // namespace
}  // namespace freshet
