#include "storage/format/row_binary.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "tests/unit/storage/format/format_text.h"

namespace freshet {
namespace {

using std::string_literals::operator""s;

TEST(RowBinary, LaysCellsOutAsClickHouseDoes) {
  EXPECT_EQ(format_rows("RowBinary",
                        "a:UInt16 s:String n:Nullable(UInt8) m:Nullable(UInt8) l:Array(UInt8)\n"
                        "300\tabc\t\\N\t5\t[1,2]"),
            "\x2C\x01\x03"
            "abc\x01\x00\x05\x02\x01\x02"s);
  EXPECT_EQ(format_rows("RowBinary",
                        "u:UUID i:IPv4\n"
                        "00112233-4455-6677-8899-aabbccddeeff\t1.2.3.4"),
            "\x77\x66\x55\x44\x33\x22\x11\x00\xFF\xEE\xDD\xCC\xBB\xAA\x99\x88"
            "\x04\x03\x02\x01"s);
  EXPECT_EQ(format_rows("RowBinaryWithNamesAndTypes", "a:UInt8\n7"),
            "\x01\x01"
            "a\x05UInt8\x07"s);
}

TEST(RowBinary, ABadCellCostsItsRow) {
  const std::string header = "a:UInt8 e:Enum8('x' = 1) s:String";
  EXPECT_EQ(read_rows("RowBinary", header, "\x01\x01\x01p\x02\x02\x01q\x03\x01\x01r"s),
            "1\tx\tp\n3\tx\tr\n"
            "row 2 column e: the bytes are no value of Enum8('x' = 1) | \x02\x02\x01q\n");
}

TEST(RowBinary, ARowThatIsCutOffIsBad) {
  EXPECT_EQ(read_rows("RowBinary", "a:UInt16 s:String", "\x01\x00\x01p\x02\x00\x05q"s),
            "1\tp\nrow 2 column s: the row is cut off | \x02\x00\x05q\n"s);
}

TEST(RowBinary, HugeCountsAreDamageAndNoWork) {
  // An array of 2^62 elements in 12 bytes.
  EXPECT_EQ(
      read_rows("RowBinary", "a:Array(UInt8)", "\x80\x80\x80\x80\x80\x80\x80\x80\x40\x01\x02\x03"s)
          .substr(0, 39),
      "row 1 column a: the row is cut off | \x80\x80"s);
  EXPECT_THROW(read_rows("RowBinaryWithNames", "a:UInt8", "\xFF\xFF\xFF\x7F"s), Error);
}

TEST(RowBinary, NamesChooseColumnsAndTypesMustFit) {
  EXPECT_EQ(read_rows("RowBinaryWithNamesAndTypes", "a:UInt8 s:String",
                      "\x02\x01s\x01"
                      "a\x06String\x05UInt8\x01x\x07"s),
            "x\t7\n");
  EXPECT_THROW(read_rows("RowBinaryWithNamesAndTypes", "a:UInt8",
                         "\x01\x01"
                         "a\x06UInt16\x07\x00"s),
               Error);
  FormatOptions options = utc_options();
  options.skip_unknown_fields = true;
  EXPECT_EQ(read_rows("RowBinaryWithNamesAndTypes", "a:UInt8",
                      "\x02\x01z\x01"
                      "a\x06String\x05UInt8\x03xyz\x07"s,
                      options),
            "7\n");
  EXPECT_THROW(read_rows("RowBinaryWithNames", "a:UInt8", "\x01\x01z\x07"s, options), Error);
}

}  // namespace
}  // namespace freshet
