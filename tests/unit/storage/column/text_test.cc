#include "storage/column/text.h"

#include <gtest/gtest.h>

#include "storage/column/time_zone.h"

namespace freshet {
namespace {

TextOptions utc_options() {
  TextOptions options;
  options.time_zone = TimeZone::utc();
  return options;
}

// The cell that `text` is, printed again; "no" when it is none.
std::string reparsed(std::string_view type_name, std::string_view text,
                     const TextOptions& options = utc_options()) {
  const DataTypePtr type = parse_data_type(type_name);
  const auto cells = make_cell_text(type, options);
  const MutableColumnPtr column = make_column(*type);
  column->append_default(1);
  if (!cells->parse(text, *column)) {
    EXPECT_EQ(column->size(), 1U) << "something was appended";
    return "no";
  }
  EXPECT_EQ(column->size(), 2U);
  std::string out;
  cells->write(*column, 1, out);
  return out;
}

TEST(CellText, IntegersMustFitTheirType) {
  EXPECT_EQ(reparsed("UInt8", "255"), "255");
  EXPECT_EQ(reparsed("UInt8", "256"), "no");
  EXPECT_EQ(reparsed("UInt8", "-1"), "no");
  EXPECT_EQ(reparsed("Int8", "-128"), "-128");
  EXPECT_EQ(reparsed("Int8", "-129"), "no");
  EXPECT_EQ(reparsed("Int8", "+5"), "5");
  EXPECT_EQ(reparsed("UInt64", "18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(reparsed("UInt64", "18446744073709551616"), "no");
  EXPECT_EQ(reparsed("UInt64", "99999999999999999999"), "no");
  EXPECT_EQ(reparsed("UInt64", "000000000000000000000000000012"), "12");
  EXPECT_EQ(reparsed("Int64", "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(reparsed("Int64", "9223372036854775808"), "no");
  for (const char* text : {"", "-", "1.5", "1 ", " 1", "12345678x", "x2345678", "--5"}) {
    EXPECT_EQ(reparsed("Int32", text), "no") << text;
  }
}

TEST(CellText, FloatsPrintTheirShortestDigits) {
  EXPECT_EQ(reparsed("Float64", "0.1"), "0.1");
  EXPECT_EQ(reparsed("Float32", "0.1"), "0.1");
  EXPECT_EQ(reparsed("Float64", "1e5"), "100000");
  EXPECT_EQ(reparsed("Float64", "1e20"), "100000000000000000000");
  EXPECT_EQ(reparsed("Float64", "1e21"), "1e21");
  EXPECT_EQ(reparsed("Float64", "0.000001"), "0.000001");
  EXPECT_EQ(reparsed("Float64", "0.0000001"), "1e-7");
  EXPECT_EQ(reparsed("Float64", "1.2345e-7"), "1.2345e-7");
  EXPECT_EQ(reparsed("Float64", "12345678901234567890"), "12345678901234567000");
  EXPECT_EQ(reparsed("Float64", "-0"), "-0");
  EXPECT_EQ(reparsed("Float64", "5e-324"), "5e-324");
  EXPECT_EQ(reparsed("Float32", "16777217"), "16777216");
}

TEST(CellText, FloatsReadEverySpelling) {
  EXPECT_EQ(reparsed("Float64", ".5"), "0.5");
  EXPECT_EQ(reparsed("Float64", "5."), "5");
  EXPECT_EQ(reparsed("Float64", "+1.5"), "1.5");
  EXPECT_EQ(reparsed("Float64", "-Inf"), "-inf");
  EXPECT_EQ(reparsed("Float64", "INFINITY"), "inf");
  EXPECT_EQ(reparsed("Float64", "NaN"), "nan");
  EXPECT_EQ(reparsed("Float64", "1e400"), "inf");
  EXPECT_EQ(reparsed("Float64", "1e-400"), "0");
  for (const char* text : {"", "1,5", "1 ", "0x10", "nan(1)", "+-1", "e5"}) {
    EXPECT_EQ(reparsed("Float64", text), "no") << text;
  }
}

TEST(CellText, BoolsHaveManyNames) {
  for (const char* text : {"true", "1", "True", "T", "yes", "Y", "on", "enabled"}) {
    EXPECT_EQ(reparsed("Bool", text), "true") << text;
  }
  for (const char* text : {"false", "0", "FALSE", "f", "no", "n", "off", "disabled"}) {
    EXPECT_EQ(reparsed("Bool", text), "false") << text;
  }
  EXPECT_EQ(reparsed("Bool", "2"), "no");
  EXPECT_EQ(reparsed("Bool", ""), "no");
}

TEST(CellText, DatesMustExistAndFit) {
  EXPECT_EQ(reparsed("Date", "2020-01-02"), "2020-01-02");
  EXPECT_EQ(reparsed("Date", "2020-1-2"), "2020-01-02");
  EXPECT_EQ(reparsed("Date", "2020/01/02"), "2020-01-02");
  EXPECT_EQ(reparsed("Date", "20200102"), "2020-01-02");
  EXPECT_EQ(reparsed("Date", "0000-00-00"), "1970-01-01");
  EXPECT_EQ(reparsed("Date", "2149-06-06"), "2149-06-06");
  EXPECT_EQ(reparsed("Date32", "1900-01-01"), "1900-01-01");
  EXPECT_EQ(reparsed("Date32", "2299-12-31"), "2299-12-31");
  for (const char* text : {"", "2020-02-30", "2020-13-01", "1960-01-01", "2149-06-07", "18000",
                           "2020-01-02x", "2020-01/02", "2020-01-02 03:04:05"}) {
    EXPECT_EQ(reparsed("Date", text), "no") << text;
  }
  EXPECT_EQ(reparsed("Date32", "2300-01-01"), "no");
}

TEST(CellText, TimesAreLocalToTheirZone) {
  EXPECT_EQ(reparsed("DateTime", "2020-01-02 03:04:05"), "2020-01-02 03:04:05");
  EXPECT_EQ(reparsed("DateTime('Europe/Berlin')", "2020-01-02T03:04:05"), "2020-01-02 03:04:05");
  EXPECT_EQ(reparsed("DateTime('Asia/Tokyo')", "1577934245"), "2020-01-02 12:04:05");
  EXPECT_EQ(reparsed("DateTime", "2020-01-02"), "2020-01-02 00:00:00");
  EXPECT_EQ(reparsed("DateTime", "2020-01-02 03:04:05.678"), "2020-01-02 03:04:05");
  EXPECT_EQ(reparsed("DateTime", "0000-00-00 00:00:00"), "1970-01-01 00:00:00");
  for (const char* text :
       {"", "2020-01-02 25:04:05", "1960-01-02 03:04:05", "2110-01-01 00:00:00", "2020-01-02 03:04",
        "2020-01-02 03:04:05Z", "2020-01-02 03:04:05.", "-1", "4294967296"}) {
    EXPECT_EQ(reparsed("DateTime", text), "no") << text;
  }
}

TEST(CellText, TimesKeepTheirFraction) {
  EXPECT_EQ(reparsed("DateTime64(3)", "2020-01-02 03:04:05.6789"), "2020-01-02 03:04:05.678");
  EXPECT_EQ(reparsed("DateTime64(3)", "2020-01-02 03:04:05"), "2020-01-02 03:04:05.000");
  EXPECT_EQ(reparsed("DateTime64(3)", "1577934245.5"), "2020-01-02 03:04:05.500");
  EXPECT_EQ(reparsed("DateTime64(3)", "-1577934245.5"), "1919-12-31 20:55:54.500");
  EXPECT_EQ(reparsed("DateTime64(0)", "1950-01-02 03:04:05.5"), "1950-01-02 03:04:05");
  EXPECT_EQ(reparsed("DateTime64(9)", "2262-04-11 23:47:16.854775807"),
            "2262-04-11 23:47:16.854775807");
  EXPECT_EQ(reparsed("DateTime64(9)", "2263-01-01 00:00:00"), "no");
  EXPECT_EQ(reparsed("DateTime64(3)", "1800-01-01 00:00:00"), "no");
}

TEST(CellText, BestEffortReadsWhatPeopleAndLogsWrite) {
  TextOptions options = utc_options();
  options.best_effort_dates = true;
  const auto read = [&](std::string_view text) { return reparsed("DateTime64(3)", text, options); };
  EXPECT_EQ(read("17/May/2015:10:05:03 +0000"), "2015-05-17 10:05:03.000");
  EXPECT_EQ(read("17/May/2015:10:05:03 +0530"), "2015-05-17 04:35:03.000");
  EXPECT_EQ(read("2015-05-17T10:05:03Z"), "2015-05-17 10:05:03.000");
  EXPECT_EQ(read("2015-05-17T10:05:03.123456+02:00"), "2015-05-17 08:05:03.123");
  EXPECT_EQ(read("2015-05-17 10:05:03 -02:00"), "2015-05-17 12:05:03.000");
  EXPECT_EQ(read("1431857103"), "2015-05-17 10:05:03.000");
  EXPECT_EQ(read("1431857103.5"), "2015-05-17 10:05:03.500");
  EXPECT_EQ(read("1431857103123"), "2015-05-17 10:05:03.123");
  EXPECT_EQ(read("20150517"), "2015-05-17 00:00:00.000");
  EXPECT_EQ(read("20150517100503"), "2015-05-17 10:05:03.000");
  EXPECT_EQ(read("20150517T100503"), "2015-05-17 10:05:03.000");
  EXPECT_EQ(read("17 May 2015 10:05"), "2015-05-17 10:05:00.000");
  EXPECT_EQ(read("May 17 2015 10:05"), "2015-05-17 10:05:00.000");
  EXPECT_EQ(read("Dec 1, 2010"), "2010-12-01 00:00:00.000");
  EXPECT_EQ(read("Sat, 18 Aug 2018 07:22:16 +0300"), "2018-08-18 04:22:16.000");
  EXPECT_EQ(read("12/1/2010 8:26"), "2010-01-12 08:26:00.000");
  EXPECT_EQ(read("12/31/2010 8:26"), "2010-12-31 08:26:00.000");
  EXPECT_EQ(read("01-02-2010 8:26:05 PM"), "2010-02-01 20:26:05.000");
  EXPECT_EQ(read("2015/05/17 10:05:03"), "2015-05-17 10:05:03.000");
  EXPECT_EQ(read("17.05.2015"), "2015-05-17 00:00:00.000");
  EXPECT_EQ(read("1/2/15"), "2015-02-01 00:00:00.000");
  EXPECT_EQ(read("2015-05"), "2015-05-01 00:00:00.000");
  EXPECT_EQ(read("2015-05-17 10"), "2015-05-17 10:00:00.000");
  for (const char* text : {"", "abc", "2015-02-30 10:05:03", "2015-13-01", "10:05", "1431857103x",
                           "2015-05-17 25:00", "12345", "2015-05-17 10:05:03 +9999"}) {
    EXPECT_EQ(read(text), "no") << text;
  }
  EXPECT_EQ(reparsed("Date", "2015-05-17T23:05:03-05:00", options), "2015-05-17");
  EXPECT_EQ(reparsed("Date", "17/May/2015", options), "2015-05-17");
  options.month_first_dates = true;
  EXPECT_EQ(read("12/1/2010 8:26"), "2010-12-01 08:26:00.000");
}

TEST(CellText, IsoDatesAreWrittenInUtc) {
  TextOptions options = utc_options();
  options.iso_dates = true;
  EXPECT_EQ(reparsed("DateTime('Europe/Berlin')", "2020-01-01 00:00:00", options),
            "2019-12-31T23:00:00Z");
  EXPECT_EQ(reparsed("DateTime64(3)", "2020-01-01 00:00:00.5", options),
            "2020-01-01T00:00:00.500Z");
}

TEST(CellText, AddressesAndUuids) {
  EXPECT_EQ(reparsed("UUID", "61F0C404-5cb3-11e7-907b-a6006ad3dba0"),
            "61f0c404-5cb3-11e7-907b-a6006ad3dba0");
  EXPECT_EQ(reparsed("UUID", "61F0C4045CB311E7907BA6006AD3DBA0"),
            "61f0c404-5cb3-11e7-907b-a6006ad3dba0");
  EXPECT_EQ(reparsed("UUID", "61f0c404-5cb3-11e7-907b-a6006ad3dba"), "no");
  EXPECT_EQ(reparsed("UUID", "61f0c404x5cb3-11e7-907b-a6006ad3dba0"), "no");
  EXPECT_EQ(reparsed("IPv4", "255.0.1.20"), "255.0.1.20");
  for (const char* text : {"1.2.3", "1.2.3.256", "1.2.3.4.5", "1..2.3", "1.2.3.1234", ""}) {
    EXPECT_EQ(reparsed("IPv4", text), "no") << text;
  }
  EXPECT_EQ(reparsed("IPv6", "2001:0db8:0000:0000:0000:0000:0000:0001"), "2001:db8::1");
  EXPECT_EQ(reparsed("IPv6", "1.2.3.4"), "::ffff:1.2.3.4");
  EXPECT_EQ(reparsed("IPv6", "::"), "::");
  EXPECT_EQ(reparsed("IPv6", "zz"), "no");
}

TEST(CellText, EnumsByNameOrNumber) {
  const char* type = "Enum8('b' = 2, 'a' = 1, '7' = 9)";
  EXPECT_EQ(reparsed(type, "a"), "a");
  EXPECT_EQ(reparsed(type, "2"), "b");
  EXPECT_EQ(reparsed(type, "7"), "7");
  EXPECT_EQ(reparsed(type, "c"), "no");
  EXPECT_EQ(reparsed(type, "3"), "no");
}

TEST(CellText, StringsPassThrough) {
  EXPECT_EQ(reparsed("String", "a\tb'c"), "a\tb'c");
  EXPECT_EQ(reparsed("FixedString(3)", "ab"), std::string("ab\0", 3));
  EXPECT_EQ(reparsed("FixedString(3)", "abcd"), "no");
  EXPECT_EQ(reparsed("AggregateFunction(count)", std::string("\0\1", 2)), std::string("\0\1", 2));
}

TEST(CellText, NestedTextIsALiteral) {
  EXPECT_EQ(reparsed("Array(String)", "[ 'a' , 'b\\'c','it''s' ]"), "['a','b\\'c','it\\'s']");
  EXPECT_EQ(reparsed("Array(String)", "['tab\\t']"), "['tab\\t']");
  EXPECT_EQ(reparsed("Array(Nullable(String))", "[NULL,'NULL',null]"), "[NULL,'NULL',NULL]");
  EXPECT_EQ(reparsed("Array(Array(Int8))", "[[1,2],[]]"), "[[1,2],[]]");
  EXPECT_EQ(reparsed("Array(Date)", "['2020-01-01']"), "['2020-01-01']");
  EXPECT_EQ(reparsed("Array(DateTime)", "['2020-01-01 00:00:00',1577934245]"),
            "['2020-01-01 00:00:00','2020-01-02 03:04:05']");
  EXPECT_EQ(reparsed("Array(Float64)", "[1.5,inf,nan]"), "[1.5,inf,nan]");
  EXPECT_EQ(reparsed("Array(Bool)", "[true,0]"), "[true,false]");
  EXPECT_EQ(reparsed("Tuple(Int8, String)", "( 1 , 'a' )"), "(1,'a')");
  EXPECT_EQ(reparsed("Tuple(Int8)", "(1,)"), "(1)");
  EXPECT_EQ(reparsed("Map(String, Array(UInt8))", "{'a':[1], 'b' : []}"), "{'a':[1],'b':[]}");
  EXPECT_EQ(reparsed("Array(Tuple(Int8, Nullable(String)))", "[(1,NULL),(2,'a')]"),
            "[(1,NULL),(2,'a')]");
}

TEST(CellText, BrokenNestedTextLeavesNothingBehind) {
  for (const char* text : {"", "[", "[1", "[1,", "[1,2", "[1,300]", "[1]x", "1,2", "[NULL]"}) {
    EXPECT_EQ(reparsed("Array(UInt8)", text), "no") << text;
  }
  for (const char* text : {"[a]", "[\"a\"]", "['a]", "['a'", "[['a']]"}) {
    EXPECT_EQ(reparsed("Array(String)", text), "no") << text;
  }
  EXPECT_EQ(reparsed("Map(String, Tuple(UInt8, Nullable(UInt8)))", "{'a':(1,2),'b':(3,x)}"), "no");
  EXPECT_EQ(reparsed("Tuple(UInt8, String)", "(1)"), "no");
}

TEST(CellText, ValueTextShowsOneCell) {
  EXPECT_EQ(value_text(*parse_data_type("DateTime"), Value(uint64_t{0})), "1970-01-01 00:00:00");
  EXPECT_EQ(value_text(*parse_data_type("Nullable(UInt8)"), Value()), "NULL");
  EXPECT_EQ(value_text(*parse_data_type("Decimal(9, 2)"), Value(Int128{-150})), "-1.5");
  EXPECT_EQ(value_text(*parse_data_type("Enum8('a' = 1)"), Value(int64_t{1})), "a");
}

}  // namespace
}  // namespace freshet
