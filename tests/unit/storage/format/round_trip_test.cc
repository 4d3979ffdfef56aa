// Every type, written and read back by every format that does both.
#include <gtest/gtest.h>

#include "storage/base/random.h"
#include "storage/column/nested_column.h"
#include "tests/unit/storage/format/format_text.h"

namespace freshet {
namespace {

struct TypeCells {
  std::string_view type;
  std::vector<std::string_view> cells;  // of chunk_from_text
};

const std::vector<TypeCells>& all_types() {
  static const std::vector<TypeCells> types = {
      {"Bool", {"true", "false"}},
      {"UInt8", {"0", "255"}},
      {"UInt16", {"0", "65535"}},
      {"UInt32", {"0", "4294967295"}},
      {"UInt64", {"0", "18446744073709551615"}},
      {"Int8", {"-128", "127", "0"}},
      {"Int16", {"-32768", "32767"}},
      {"Int32", {"-2147483648", "2147483647"}},
      {"Int64", {"-9223372036854775808", "9223372036854775807"}},
      {"Float32", {"0", "-1.5", "3.4028235e38", "1e-45", "inf", "-inf", "nan"}},
      {"Float64", {"0.1", "-0", "1.7976931348623157e308", "5e-324", "inf", "-inf", "nan"}},
      {"Decimal(9, 2)", {"0", "-1234567.89", "9999999.99"}},
      {"Decimal(18, 4)", {"12345678901234.5678", "-0.0001"}},
      {"Decimal(38, 10)", {"1234567890123456789012345678.0123456789", "-1"}},
      {"String", {"", "plain", "it's \"quoted\", \\ and so on", "ünïcödé ☃", "NULL", "null"}},
      {"FixedString(4)", {"abcd", "\xC3\xA9xy"}},
      {"Date", {"1970-01-01", "2149-06-06"}},
      {"Date32", {"1900-01-01", "2299-12-31", "1969-12-31"}},
      {"DateTime", {"1970-01-01 00:00:00", "2106-02-07 06:28:15"}},
      {"DateTime('Europe/Berlin')", {"2024-07-01 12:00:00", "2024-01-01 12:00:00"}},
      {"DateTime64(3)", {"2024-02-29 23:59:59.999", "1900-01-01 00:00:00.001"}},
      {"DateTime64(9, 'UTC')", {"2024-02-29 23:59:59.123456789"}},
      {"UUID", {"00000000-0000-0000-0000-000000000000", "61f0c404-5cb3-11e7-907b-a6006ad3dba0"}},
      {"IPv4", {"0.0.0.0", "255.1.2.3"}},
      {"IPv6", {"::", "2001:db8::1", "::ffff:1.2.3.4"}},
      {"Enum8('a' = -128, 'b c' = 0, '' = 5)", {"a", "b c", ""}},
      {"Enum16('x' = -32768, 'it''s' = 32767)", {"x", "it's"}},
      {"Array(Int32)", {"[]", "[1]", "[1,-2,3]"}},
      {"Array(Array(String))", {"[]", "[[]]", "[['a','b'],[],['\\'']]"}},
      {"Array(Nullable(UInt8))", {"[NULL]", "[1,NULL,3]"}},
      {"Tuple(UInt8, String)", {"(1,'one')", "(255,'')"}},
      {"Tuple(a UInt8, b Array(String))", {"(1,['x'])", "(2,[])"}},
      {"Array(Tuple(k String, v Float64))", {"[('a',1.5),('b',-2)]", "[]"}},
      {"Map(String, UInt64)", {"{}", "{'a':1,'b':2}"}},
      {"Map(UInt8, Array(String))", {"{1:['x','y'],2:[]}"}},
      {"Nullable(Int64)", {"\\N", "-5", "0"}},
      {"Nullable(String)", {"\\N", "", "text"}},
      {"Nullable(FixedString(2))", {"\\N", "ab"}},
      {"Nullable(DateTime64(3))", {"\\N", "2024-01-01 00:00:00.500"}},
      {"Nullable(Enum8('a' = 1))", {"\\N", "a"}},
      {"LowCardinality(String)", {"a", "b", "a", ""}},
      {"LowCardinality(Nullable(String))", {"\\N", "a", "", "a"}},
      {"LowCardinality(UInt32)", {"7", "7", "8"}},
      {"Array(LowCardinality(String))", {"['a','b','a']", "[]"}},
  };
  return types;
}

// Two more columns around the one in question: what stands beside a cell must not mix with it.
TypedChunk chunk_of(const TypeCells& type, std::string_view name = "c") {
  std::string text =
      "before:UInt8 " + std::string(name) + ":" + std::string(type.type) + " after:String\n";
  size_t row = 0;
  for (const std::string_view cell : type.cells) {
    text += std::to_string(row++) + "\t" + std::string(cell) + "\tz\n";
  }
  return typed_chunk_from_text(text);
}

FormatOptions lossless_options() {
  FormatOptions options = utc_options();
  options.json_quote_denormals = true;  // else inf and nan are null
  return options;
}

class RoundTrip : public testing::TestWithParam<std::string_view> {};

TEST_P(RoundTrip, GivesBackEveryType) {
  for (const TypeCells& type : all_types()) {
    SCOPED_TRACE(std::string(type.type));
    const TypedChunk typed = chunk_of(type);
    const std::string bytes =
        format_rows(GetParam(), typed.schema, typed.chunk, lossless_options());
    const auto reader = find_format(GetParam()).make_reader(typed.schema, utc_options());
    const auto begin = reader->read_header(bytes, true);
    ASSERT_TRUE(begin.has_value());
    const auto parsed = reader->parse(std::string_view(bytes).substr(*begin), 1);
    EXPECT_EQ(bad_rows_text(parsed.bad), "") << bytes;
    EXPECT_EQ(parsed.rows_seen, typed.chunk.row_count);
    EXPECT_EQ(chunk_rows_text(reader->schema(), parsed.chunk),
              chunk_rows_text(typed.schema, typed.chunk))
        << bytes;
  }
}

TEST_P(RoundTrip, GivesBackAllColumnsAtOnce) {
  // As many columns as there are types, each with its first cell.
  Schema schema;
  Chunk chunk;
  chunk.row_count = 1;
  for (const TypeCells& type : all_types()) {
    const TypedChunk one = chunk_of(type, "c" + std::to_string(schema.size()));
    schema.add(one.schema[1].name, one.schema[1].type);
    chunk.columns.push_back(one.chunk.columns[1]->slice(0, 1));
  }
  const std::string bytes = format_rows(GetParam(), schema, chunk);
  const auto reader = find_format(GetParam()).make_reader(schema, utc_options());
  const auto begin = reader->read_header(bytes, true);
  const auto parsed = reader->parse(std::string_view(bytes).substr(begin.value()), 1);
  EXPECT_EQ(parsed_text(reader->schema(), parsed), chunk_rows_text(schema, chunk)) << bytes;
}

TEST_P(RoundTrip, GivesBackNoRows) {
  const Schema schema = schema_from_text("a:UInt8 b:Array(String)");
  const TypedChunk typed = typed_chunk_from_text("a:UInt8 b:Array(String)\n");
  const std::string bytes = format_rows(GetParam(), schema, typed.chunk);
  const auto reader = find_format(GetParam()).make_reader(schema, utc_options());
  const auto begin = reader->read_header(bytes, true);
  ASSERT_TRUE(begin.has_value());
  const auto parsed = reader->parse(std::string_view(bytes).substr(*begin), 1);
  EXPECT_EQ(parsed.rows_seen, 0U);
  EXPECT_TRUE(parsed.bad.empty());
}

bool keeps_any_byte(std::string_view format) {
  // Raw text has no escapes, and JSON is UTF-8.
  return format.find("Raw") == std::string_view::npos && !format.starts_with("JSON");
}

TEST_P(RoundTrip, GivesBackStringsOfAnyBytes) {
  if (GetParam().find("Raw") != std::string_view::npos) return;
  const Schema schema = schema_from_text("s:String a:Array(String) n:Nullable(String)");
  Random random(7);
  std::string_view alphabet = "ab\t\n\r\\'\",;:{}[]()/ \bN";
  Chunk chunk;
  auto strings = make_column(*schema[0].type);
  auto arrays = make_column(*schema[1].type);
  auto nullables = make_column(*schema[2].type);
  constexpr size_t kRows = 300;
  for (size_t row = 0; row < kRows; ++row) {
    const auto text = [&] {
      std::string bytes;
      for (size_t i = random.below(6); i > 0; --i) {
        if (keeps_any_byte(GetParam()) && random.chance(0.2)) {
          bytes += static_cast<char>(random.below(256));
        } else {
          bytes += alphabet[random.below(alphabet.size())];
        }
      }
      return bytes;
    };
    append_value(*strings, Value(text()));
    append_value(*nullables, Value(text()));
    auto& lists = static_cast<ArrayColumn&>(*arrays);
    for (size_t i = random.below(3); i > 0; --i)
      append_value(lists.mutable_elements(), Value(text()));
    lists.close_list();
  }
  // CSV's bare \N and empty cells are not strings, but quoted ones are.
  chunk.row_count = kRows;
  chunk.columns = {std::move(strings), std::move(arrays), std::move(nullables)};
  const std::string bytes = format_rows(GetParam(), schema, chunk);
  const auto reader = find_format(GetParam()).make_reader(schema, utc_options());
  const auto begin = reader->read_header(bytes, true);
  const auto parsed = reader->parse(std::string_view(bytes).substr(begin.value()), 1);
  ASSERT_EQ(bad_rows_text(parsed.bad), "");
  ASSERT_EQ(parsed.chunk.row_count, kRows);
  for (size_t row = 0; row < kRows; ++row) {
    for (size_t c = 0; c < schema.size(); ++c) {
      ASSERT_EQ(value_at(*parsed.chunk.columns[c], row), value_at(*chunk.columns[c], row))
          << "row " << row << " column " << c;
    }
  }
}

std::vector<std::string_view> two_way_formats() {
  std::vector<std::string_view> names;
  for (const FormatEntry& format : all_formats()) {
    if (format.make_reader != nullptr && format.make_writer != nullptr && format.alias_of.empty()) {
      names.push_back(format.name);
    }
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Formats, RoundTrip, testing::ValuesIn(two_way_formats()),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace freshet
