#include "storage/format/regexp.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/column/time_zone.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

FormatOptions with_pattern(const std::string& pattern) {
  FormatOptions options;
  options.text.time_zone = TimeZone::utc();
  options.text.best_effort_dates = true;
  options.regexp = pattern;
  return options;
}

TEST(RegexpReader, GroupsAreColumns) {
  const Schema schema = schema_from_text("ip:String status:UInt16");
  const auto reader = make_regexp_reader(schema, with_pattern(R"(^(\S+) - (\d+)$)"));
  const RowReader::Parsed parsed = reader->parse("10.0.0.1 - 200\n10.0.0.2 - 404\r\n", 1);
  EXPECT_EQ(parsed.chunk.row_count, 2U);
  EXPECT_TRUE(parsed.bad.empty());
  EXPECT_EQ(value_at(*parsed.chunk.columns[1], 1), Value(uint64_t{404}));
}

TEST(RegexpReader, BadLinesAreNamedAndGoodOnesStay) {
  const Schema schema = schema_from_text("ip:String bytes:UInt64");
  const auto reader = make_regexp_reader(schema, with_pattern(R"(^(\S+) (\S+)$)"));
  const RowReader::Parsed parsed = reader->parse("a 1\nb -\nno match at all\nc 3\n", 1);
  EXPECT_EQ(parsed.chunk.row_count, 2U);
  ASSERT_EQ(parsed.bad.size(), 2U);
  EXPECT_EQ(parsed.bad[0].row, 2U);
  EXPECT_EQ(parsed.bad[0].column, "bytes");
  EXPECT_EQ(parsed.bad[0].reason, "cannot parse '-' as UInt64");
  EXPECT_EQ(parsed.bad[1].row, 3U);
  EXPECT_EQ(parsed.bad[1].raw, "no match at all");
}

TEST(RegexpReader, AccessLogTimesAreUnderstood) {
  const Schema schema = schema_from_text("time:DateTime");
  const auto reader = make_regexp_reader(schema, with_pattern(R"(^\[(.*)\]$)"));
  const RowReader::Parsed parsed = reader->parse("[17/May/2015:10:05:03 +0000]\n", 1);
  ASSERT_EQ(parsed.chunk.row_count, 1U);
  EXPECT_EQ(value_at(*parsed.chunk.columns[0], 0), Value(uint64_t{1431857103}));
}

TEST(RegexpReader, APatternThatCannotWorkIsRefusedAtOnce) {
  const Schema schema = schema_from_text("a:String");
  EXPECT_THROW(make_regexp_reader(schema, with_pattern("")), Error);
  EXPECT_THROW(make_regexp_reader(schema, with_pattern("(")), Error);
  EXPECT_THROW(make_regexp_reader(schema, with_pattern("(a)(b)")), Error);
}

}  // namespace
}  // namespace freshet
