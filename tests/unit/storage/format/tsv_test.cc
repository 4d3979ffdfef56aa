#include "storage/format/tsv.h"

#include <gtest/gtest.h>

#include <vector>

#include "storage/base/error.h"
#include "tests/unit/storage/format/format_text.h"

namespace freshet {
namespace {

std::string first_string(std::string_view format, std::string_view bytes) {
  const auto reader = find_format(format).make_reader(schema_from_text("s:String"), utc_options());
  const auto parsed = reader->parse(bytes, 1);
  return parsed.chunk.row_count == 0 ? bad_rows_text(parsed.bad)
                                     : value_at(*parsed.chunk.columns[0], 0).as<std::string>();
}

TEST(TsvReader, ReadsEscapes) {
  EXPECT_EQ(first_string("TabSeparated", "a\\tb\\nc\\\\d\\'e\\x41\\q\n"), "a\tb\nc\\d'eA\\q");
  EXPECT_EQ(first_string("TabSeparated", "a\\\tb\n"), "a\tb");
  EXPECT_EQ(first_string("TabSeparated", "a\\\nb\n"), "a\nb");
  EXPECT_EQ(first_string("TabSeparatedRaw", "a\\tb\\\n"), "a\\tb\\");
}

TEST(TsvReader, EmptyNumbersAreZeroAndNullsOfOtherTypesAreAbsent) {
  EXPECT_EQ(read_rows("TabSeparated", "a:UInt8 s:String c:UInt16", "\t\t\n\\N\t\\N\t\\N\n"),
            "0\t\t0\n0\t\t0\nrow 2 absent a s c\n");
  EXPECT_EQ(read_rows("TabSeparated", "a:Nullable(UInt8) d:Date", "\\N\t2024-01-01\n\t\n"),
            "\\N\t2024-01-01\nrow 2 column d: cannot parse '' as Date | \t\n");
}

TEST(TsvReader, SaysWhatIsWrongWithARow) {
  EXPECT_EQ(read_rows("TabSeparated", "a:UInt8 s:String d:Date",
                      "1\tx\t2024-01-01\n"
                      "y\tx\t2024-01-01\n"
                      "3\n"
                      "4\tx\t2024-01-01\tmore\n"
                      "5\tx\t2024-13-01\r\n"
                      "6\tx\t2024-01-06"),
            "1\tx\t2024-01-01\n6\tx\t2024-01-06\n"
            "row 2 column a: cannot parse 'y' as UInt8 | y\tx\t2024-01-01\n"
            "row 3 column s: the row has 1 of 3 columns | 3\n"
            "row 4: the row has more than 3 columns | 4\tx\t2024-01-01\tmore\n"
            "row 5 column d: cannot parse '2024-13-01' as Date | 5\tx\t2024-13-01\n");
}

TEST(TsvReader, FindsTheBadRowAmongThousands) {
  // Rows are read in grids of some hundred; the bad ones lie in and around their edges.
  for (const size_t bad : std::vector<size_t>{0, 1, 254, 255, 256, 257, 511, 512, 999}) {
    std::string bytes;
    for (size_t row = 0; row < 1000; ++row) {
      bytes += std::to_string(row) + "\t" + (row == bad ? "bad" : "7") + "\tx\n";
    }
    const auto reader = make_tsv_reader(schema_from_text("a:UInt16 b:Int32 s:String"),
                                        utc_options(), HeaderRows::None, TsvEscapes::Backslash);
    const auto parsed = reader->parse(bytes, 1);
    EXPECT_EQ(parsed.chunk.row_count, 999U);
    EXPECT_EQ(bad_rows_text(parsed.bad), "row " + std::to_string(bad + 1) +
                                             " column b: cannot parse 'bad' as Int32 | " +
                                             std::to_string(bad) + "\tbad\tx\n");
    for (size_t row = 0; row < 999; ++row) {
      ASSERT_EQ(value_at(*parsed.chunk.columns[0], row),
                Value(uint64_t{row < bad ? row : row + 1}));
    }
  }
}

TEST(TsvReader, IntegersThatDoNotFitAreBad) {
  const auto result = [](std::string_view type, std::string_view cell) {
    return read_rows("TabSeparated", "a:" + std::string(type), std::string(cell) + "\n")
        .starts_with("row 1 column a");
  };
  EXPECT_TRUE(result("UInt8", "256"));
  EXPECT_FALSE(result("UInt8", "255"));
  EXPECT_TRUE(result("UInt16", "65536"));
  EXPECT_TRUE(result("UInt32", "4294967296"));
  EXPECT_TRUE(result("UInt64", "18446744073709551616"));
  EXPECT_TRUE(result("Int16", "32768"));
  EXPECT_FALSE(result("Int16", "-32768"));
  EXPECT_TRUE(result("Int32", "-2147483649"));
  EXPECT_TRUE(result("Int64", "9223372036854775808"));
  EXPECT_TRUE(result("UInt8", "1 "));
  EXPECT_TRUE(result("UInt8", "-1"));
  EXPECT_TRUE(result("Int32", "-"));
}

TEST(TsvReader, NamesChooseColumnsInTheirOrder) {
  EXPECT_EQ(read_rows("TabSeparatedWithNames", "a:UInt8 s:String", "s\ta\r\nx\t1\r\n"), "x\t1\n");
  EXPECT_EQ(read_rows("TabSeparated", "a:UInt8 s:String", "s\ta\nx\t1\n"), "x\t1\n");
  EXPECT_THROW(read_rows("TabSeparatedWithNames", "a:UInt8 s:String", "s\tz\nx\t1\n"), Error);
  EXPECT_EQ(
      read_rows("TabSeparatedWithNamesAndTypes", "a:UInt8 s:String", "s\ta\nString\tUInt8\nx\t1\n"),
      "x\t1\n");
  EXPECT_THROW(read_rows("TabSeparatedWithNamesAndTypes", "a:UInt8 s:String",
                         "s\ta\nString\tUInt16\nx\t1\n"),
               Error);
}

TEST(TsvWriter, EscapesWhatWouldEndACell) {
  const Schema schema = schema_from_text("s:String a:Array(String)");
  auto text = make_column(*schema[0].type);
  append_value(*text, Value(std::string("o'n\\e\t\n\0\b\f\r", 11)));
  Chunk chunk{.columns = {std::move(text), column_from_text("Array(String)", "['a\\'','\\t']")},
              .row_count = 1};
  EXPECT_EQ(format_rows("TabSeparated", schema, chunk),
            "o\\'n\\\\e\\t\\n\\0\\b\\f\\r\t['a\\'','\\t']\n");
}

}  // namespace
}  // namespace freshet
