#include "storage/format/csv.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "tests/unit/storage/format/format_text.h"

namespace freshet {
namespace {

TEST(CsvReader, QuotesKeepCommasLineEndsAndBlanks) {
  EXPECT_EQ(
      read_rows("CSV", "a:UInt8 s:String", "1,\"x,\"\"y\"\"\"\n  2 , z \t\n\"3\",\"  b \"\r\n"),
      "1\tx,\"y\"\n2\tz\n3\t  b \n");
  const TypedChunk expected = typed_chunk_from_text("s:String\nx");
  const auto reader = make_csv_reader(expected.schema, utc_options(), HeaderRows::None);
  const auto parsed = reader->parse("\"a\nb\"\n", 1);
  ASSERT_EQ(parsed.chunk.row_count, 1U);
  EXPECT_EQ(value_at(*parsed.chunk.columns[0], 0), Value(std::string("a\nb")));
}

TEST(CsvReader, AnEmptyCellIsAbsentAndAQuotedOneIsNot) {
  EXPECT_EQ(read_rows("CSV", "a:UInt8 s:String n:Nullable(UInt8)", "1,,\n2,\"\",5\n,x,\\N\n"),
            "1\t\t\\N\n2\t\t5\n0\tx\t\\N\n"
            "row 1 absent s n\nrow 3 absent a\n");
}

TEST(CsvReader, NullIsBareBackslashN) {
  EXPECT_EQ(read_rows("CSV", "n:Nullable(String) s:String", "\\N,\"\\N\"\n\"\\N\",\\N\n"),
            "\\N\t\\N\n\\N\t\nrow 2 absent s\n");
  FormatOptions options = utc_options();
  options.null_as_default = false;
  EXPECT_EQ(read_rows("CSV", "s:UInt8", "\\N\n", options),
            "row 1 column s: cannot parse '\\N' as UInt8 | \\N\n");
}

TEST(CsvReader, ADelimiterMayEndTheRow) {
  EXPECT_EQ(read_rows("CSV", "a:UInt8 s:String", "1,a,\n2,b\n3,c,\"\"\n"),
            "1\ta\n2\tb\nrow 3: the row has more than 2 columns | 3,c,\"\"\n");
}

TEST(CsvReader, SaysWhatIsWrongWithARow) {
  EXPECT_EQ(read_rows("CSV", "a:UInt8 s:String", "x,a\n2\n3,b,c\n4,\"d\"e\n5,f\n256,g\n-1,h\n"),
            "5\tf\n"
            "row 1 column a: cannot parse 'x' as UInt8 | x,a\n"
            "row 2 column s: the row has 1 of 2 columns | 2\n"
            "row 3: the row has more than 2 columns | 3,b,c\n"
            "row 4 column s: text follows the closing quote | 4,\"d\"e\n"
            "row 6 column a: cannot parse '256' as UInt8 | 256,g\n"
            "row 7 column a: cannot parse '-1' as UInt8 | -1,h\n");
}

TEST(CsvReader, AQuoteThatNeverClosesCostsItsLineOnly) {
  EXPECT_EQ(read_rows("CSV", "a:UInt8 s:String", "1,a\n2,\"b\n3,c\n"),
            "1\ta\n3\tc\nrow 2 column s: the quote is not closed | 2,\"b\n");
}

TEST(CsvReader, RowsCountFromTheFirstRow) {
  const auto reader = make_csv_reader(schema_from_text("a:UInt8"), utc_options(), HeaderRows::None);
  EXPECT_EQ(bad_rows_text(reader->parse("1\nx\n", 1000).bad),
            "row 1001 column a: cannot parse 'x' as UInt8 | x\n");
}

TEST(CsvReader, LongValuesAreCutInMessagesAndRawTextIsKept) {
  const std::string value(5000, 'x');
  const auto reader = make_csv_reader(schema_from_text("a:UInt8"), utc_options(), HeaderRows::None);
  const auto parsed = reader->parse(value + "\n", 1);
  ASSERT_EQ(parsed.bad.size(), 1U);
  EXPECT_EQ(parsed.bad[0].reason, "cannot parse '" + std::string(120, 'x') + "...' as UInt8");
  EXPECT_EQ(parsed.bad[0].raw, value);
}

TEST(CsvReader, NamesChooseColumnsInTheirOrder) {
  EXPECT_EQ(read_rows("CSVWithNames", "a:UInt8 s:String c:UInt8", "s,a\nx,1\n"), "x\t1\n");
  EXPECT_EQ(read_rows("CSVWithNames", "a:UInt8 s:String", "\"s\",\"a\"\r\nx,1\r\n"), "x\t1\n");
  EXPECT_EQ(read_rows("CSVWithNamesAndTypes", "a:UInt8 s:String", "s,a\nString,UInt8\nx,1\n"),
            "x\t1\n");
}

TEST(CsvReader, AFirstRowOfNamesIsAHeaderThoughNoneWasAnnounced) {
  EXPECT_EQ(read_rows("CSV", "a:UInt8 s:String", "s,a\nx,1\n"), "x\t1\n");
  EXPECT_EQ(read_rows("CSV", "a:String s:String", "s,b\nx,1\n"), "s\tb\nx\t1\n");
}

TEST(CsvReader, RefusesAHeaderThatDoesNotFit) {
  const auto header_error = [](std::string_view format, std::string_view bytes,
                               FormatOptions options = utc_options()) {
    try {
      return read_rows(format, "a:UInt8 s:String", bytes, options);
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " +
             error.message().substr(0, error.message().find('\n'));
    }
  };
  EXPECT_EQ(header_error("CSVWithNames", "a,b\n1,2\n"),
            "INCORRECT_DATA: Unknown field found in CSV header: 'b' at position 1");
  EXPECT_EQ(header_error("CSVWithNames", "a,a\n1,2\n"),
            "INCORRECT_DATA: Duplicate field found while parsing CSV header: a");
  EXPECT_EQ(header_error("CSVWithNamesAndTypes", "a,s\nUInt8,UInt8\n1,2\n"),
            "INCORRECT_DATA: Type of 's' must be String, not UInt8");
  FormatOptions skip = utc_options();
  skip.skip_unknown_fields = true;
  EXPECT_EQ(header_error("CSVWithNames", "a,b,s\n1,2,x\n", skip), "1\tx\n");
}

TEST(CsvReader, TakesAnotherDelimiter) {
  FormatOptions options = utc_options();
  options.csv_delimiter = '\t';
  EXPECT_EQ(read_rows("CSV", "a:UInt8 s:String", "1\t\n2\ta,b\n", options),
            "1\t\n2\ta,b\nrow 1 absent s\n");
  options.csv_delimiter = ';';
  EXPECT_EQ(format_rows("CSV", "a:UInt8 s:String\n1\tx", options), "1;\"x\"\n");
}

TEST(CsvReader, TuplesTakeAFieldForEachElement) {
  EXPECT_EQ(read_rows("CSV", "t:Tuple(UInt8, String) a:UInt8", "1,x,2\n"), "(1,'x')\t2\n");
}

TEST(CsvWriter, QuotesTextAndNothingElse) {
  EXPECT_EQ(
      format_rows("CSV",
                  "i:UInt8 s:String n:Nullable(Float64) a:Array(String) t:Tuple(String, UInt8) "
                  "m:Map(String, UInt8) d:Date b:Bool\n"
                  "1\to'n\\e\"q\"\t\\N\t['a\"','']\t('x',1)\t{'k':1}\t2024-01-01\ttrue"),
      "1,\"o'n\\e\"\"q\"\"\",\\N,\"['a\"\"','']\",\"x\",1,\"{'k':1}\",\"2024-01-01\",true\n");
}

TEST(CsvWriter, NamesAndTypesComeFirst) {
  EXPECT_EQ(format_rows("CSVWithNamesAndTypes", "a:UInt8 s:Array(String)\n1\t[]"),
            "\"a\",\"s\"\n\"UInt8\",\"Array(String)\"\n1,\"[]\"\n");
}

}  // namespace
}  // namespace freshet
