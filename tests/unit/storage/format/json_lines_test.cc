#include "storage/format/json_lines.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "tests/unit/storage/format/format_text.h"

namespace freshet {
namespace {

TEST(JsonObjectReader, TakesFieldsInAnyOrderAndMissesNone) {
  EXPECT_EQ(read_rows("JSONEachRow", "a:UInt8 s:String", "{\"s\":\"x\",\"a\":1}\n{\"a\":2}\n{}\n"),
            "1\tx\n2\t\n0\t\nrow 2 absent s\nrow 3 absent a s\n");
}

TEST(JsonObjectReader, TakesTextForNumbersAndAnythingForStrings) {
  EXPECT_EQ(read_rows("JSONEachRow", "a:UInt8 b:String c:Nullable(UInt8)",
                      "{\"a\":\"7\",\"b\":12.50,\"c\":null}\n"
                      "{\"a\":true,\"b\":{\"x\": [1, 2]},\"c\":5}\n"
                      "{\"a\":null,\"b\":null,\"c\":1}\n"),
            "7\t12.50\t\\N\n1\t{\"x\": [1, 2]}\t5\n0\t\t1\nrow 3 absent a b\n");
}

TEST(JsonObjectReader, SaysWhatIsWrongWithARow) {
  EXPECT_EQ(read_rows("JSONEachRow", "a:UInt8 s:Array(UInt8)",
                      "{\"a\":256}\n"
                      "{\"a\":1,\"b\":2}\n"
                      "{\"a\":1,\"a\":2}\n"
                      "{\"a\":1,\"s\":[1,\"x\"]}\n"
                      "{\"a\":1 \"s\":[]}\n"
                      "[1]\n"
                      "{\"a\":7,\"s\":[7]}\n"),
            "7\t[7]\n"
            "row 1 column a: cannot parse '256' as UInt8 | {\"a\":256}\n"
            "row 2: unknown field 'b' | {\"a\":1,\"b\":2}\n"
            "row 3: duplicate field 'a' | {\"a\":1,\"a\":2}\n"
            "row 4 column s: cannot parse '[1,\"x\"]' as Array(UInt8) | {\"a\":1,\"s\":[1,\"x\"]}\n"
            "row 5: malformed JSON | {\"a\":1 \"s\":[]}\n"
            "row 6: malformed JSON: the row is no object | 1]\n");
}

TEST(JsonObjectReader, ARowThatDoesNotCloseCostsItsFirstLineOnly) {
  EXPECT_EQ(read_rows("JSONEachRow", "a:UInt8 s:String",
                      "{\"a\":1,\"s\":\n{\"a\":2,\"s\":\"x\"}\n{\"a\":3,\"s\":\"open\n"
                      "{\"a\":4,\"s\":\"y\"}\n{\"a\":5"),
            "2\tx\n4\ty\n"
            "row 1: malformed JSON: the object is not closed | {\"a\":1,\"s\":\n"
            "row 3: malformed JSON: the object is not closed | {\"a\":3,\"s\":\"open\n"
            "row 5: malformed JSON: the object is not closed | {\"a\":5\n");
}

TEST(JsonObjectReader, SkipsUnknownFieldsWhenTold) {
  FormatOptions options = utc_options();
  options.skip_unknown_fields = true;
  EXPECT_EQ(
      read_rows("JSONEachRow", "a:UInt8", "{\"x\":{\"y\":[1,{}]},\"a\":1,\"z\":null}", options),
      "1\n");
}

TEST(JsonObjectReader, ReadsListsTuplesAndMaps) {
  EXPECT_EQ(
      read_rows("JSONEachRow",
                "t:Tuple(a UInt8, b String) m:Map(String, Array(UInt8)) l:Array(Array(String))",
                "{\"t\":[1,\"x\"],\"m\":{\"k\":[1,2]},\"l\":[[\"a\"],[]]}\n"
                "{\"t\":{\"b\":\"y\"},\"m\":{},\"l\":[]}\n"
                "{\"t\":\"(2,'z')\",\"m\":\"{'k':[3]}\",\"l\":\"[['b']]\"}\n"),
      "(1,'x')\t{'k':[1,2]}\t[['a'],[]]\n"
      "(0,'y')\t{}\t[]\n"
      "(2,'z')\t{'k':[3]}\t[['b']]\n");
}

TEST(JsonArrayReader, SaysWhatIsWrongWithARow) {
  EXPECT_EQ(read_rows("JSONCompactEachRow", "a:UInt8 s:String",
                      "[1,\"x\"]\n[2]\n[3,\"y\",4]\n[\"x\",\"y\"]\n[5,\"z\"]\n"),
            "1\tx\n5\tz\n"
            "row 2 column s: the row has 1 of 2 columns | [2]\n"
            "row 3: the row has more than 2 columns | [3,\"y\",4]\n"
            "row 4 column a: cannot parse 'x' as UInt8 | [\"x\",\"y\"]\n");
}

TEST(JsonArrayReader, NamesChooseColumnsInTheirOrder) {
  EXPECT_EQ(
      read_rows("JSONCompactEachRowWithNames", "a:UInt8 s:String", "[\"s\",\"a\"]\n[\"x\",1]\n"),
      "x\t1\n");
  EXPECT_EQ(read_rows("JSONCompactEachRowWithNamesAndTypes", "a:UInt8 s:String",
                      "[\"s\",\"a\"]\n[\"String\",\"UInt8\"]\n[\"x\",1]\n"),
            "x\t1\n");
  EXPECT_THROW(read_rows("JSONCompactEachRowWithNames", "a:UInt8", "[1]\n[1]\n"), Error);
  EXPECT_THROW(
      read_rows("JSONCompactEachRowWithNamesAndTypes", "a:UInt8", "[\"a\"]\n[\"UInt16\"]\n[1]\n"),
      Error);
}

TEST(JsonStrings, ANullIsAString) {
  EXPECT_EQ(read_rows("JSONStringsEachRow", "a:Nullable(UInt8) s:Nullable(String) l:Array(UInt8)",
                      "{\"a\":\"NULL\",\"s\":\"ᴺᵁᴸᴸ\",\"l\":\"[1,2]\"}\n"
                      "{\"a\":\"5\",\"s\":\"null\",\"l\":\"[]\"}\n"),
            "\\N\t\\N\t[1,2]\n5\tnull\t[]\n");
  // Elsewhere it is a text like any other.
  EXPECT_EQ(read_rows("JSONEachRow", "s:Nullable(String)", "{\"s\":\"ᴺᵁᴸᴸ\"}\n{\"s\":\"NULL\"}\n"),
            "ᴺᵁᴸᴸ\nNULL\n");
}

TEST(JsonObjectWriter, SpellsCellsAsJson) {
  EXPECT_EQ(
      format_rows("JSONEachRow",
                  "i:UInt8 s:String n:Nullable(Float64) a:Array(String) t:Tuple(String, UInt8) "
                  "m:Map(String, UInt8) d:Date b:Bool big:UInt64 f:Float64 dec:Decimal(9, 2) "
                  "nt:Tuple(a UInt8, b UInt8)\n"
                  "1\to'n\\e/\"\t\\N\t['a\\'']\t('x',1)\t{'k':1}\t2024-01-01\ttrue\t"
                  "18446744073709551615\tnan\t1.50\t(1,2)"),
      "{\"i\":1,\"s\":\"o'n\\\\e\\/\\\"\",\"n\":null,\"a\":[\"a'\"],\"t\":[\"x\",1],"
      "\"m\":{\"k\":1},\"d\":\"2024-01-01\",\"b\":true,\"big\":18446744073709551615,"
      "\"f\":null,\"dec\":1.5,\"nt\":{\"a\":1,\"b\":2}}\n");
  EXPECT_EQ(format_rows("JSONStringsEachRow",
                        "a:UInt8 n:Nullable(UInt8) l:Array(UInt8) s:String\n"
                        "1\t\\N\t[1,2]\tq\""),
            "{\"a\":\"1\",\"n\":\"ᴺᵁᴸᴸ\",\"l\":\"[1,2]\",\"s\":\"q\\\"\"}\n");
}

}  // namespace
}  // namespace freshet
