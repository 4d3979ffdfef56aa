#include "ingest/source/row_target.h"

#include <gtest/gtest.h>

#include "tests/unit/ingest/ingest_harness.h"

namespace freshet {
namespace {

class RowTargetTest : public testing::Test {
 protected:
  RowTarget parse(std::string_view line) { return parse_row_target(ingest_.engine(), line); }
  std::string error(std::string_view line) {
    try {
      parse(line);
    } catch (const Error& error) {
      return std::string(error_name(error.code()));
    }
    return "none";
  }
  IngestHarness ingest_;
};

TEST_F(RowTargetTest, ReadsTableColumnsFormatAndSettings) {
  const RowTarget target = parse(
      "INSERT INTO shop.events (time, page) FORMAT CSV "
      "SETTINGS acknowledge = 1, input_format_allow_errors_num = 7;\r");
  EXPECT_EQ(target.insert.database, "shop");
  EXPECT_EQ(target.insert.table, "events");
  EXPECT_EQ(target.insert.columns, (std::vector<std::string>{"time", "page"}));
  EXPECT_EQ(target.insert.format, "CSV");
  EXPECT_TRUE(target.acknowledge);
  EXPECT_EQ(target.insert.query.settings.number("input_format_allow_errors_num"), 7u);
  EXPECT_FALSE(parse("INSERT INTO t FORMAT TSV").acknowledge);
  EXPECT_TRUE(parse("INSERT INTO t SETTINGS acknowledge = 1 FORMAT TSV").acknowledge);
}

TEST_F(RowTargetTest, RefusesWhatIsNoTarget) {
  EXPECT_EQ(error("SELECT 1"), "INCORRECT_QUERY");
  EXPECT_EQ(error("INSERT INTO t SELECT 1"), "INCORRECT_QUERY");
  EXPECT_EQ(error("hello"), "SYNTAX_ERROR");
  EXPECT_EQ(error("INSERT INTO t FORMAT CSV SETTINGS no_such_setting = 1"), "UNKNOWN_SETTING");
  EXPECT_EQ(error("INSERT INTO t FORMAT CSV SETTINGS acknowledge = 2"), "CANNOT_PARSE_BOOL");
  EXPECT_EQ(error("INSERT INTO t FORMAT CSV SETTINGS insert_deduplication_token = 'x'"),
            "NOT_IMPLEMENTED");
  EXPECT_EQ(error("INSERT INTO t FORMAT CSV 1,a"), "SYNTAX_ERROR");
}

TEST_F(RowTargetTest, AListenersOptionsAreATarget) {
  SocketListenerOptions options;
  options.table = "db.t (a, b)";
  options.format = "JSONEachRow";
  options.acknowledge = true;
  options.settings = {{"input_format_skip_unknown_fields", "1"}};
  const RowTarget target = make_row_target(ingest_.engine(), options);
  EXPECT_EQ(target.insert.database, "db");
  EXPECT_EQ(target.insert.columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(target.acknowledge);
  EXPECT_TRUE(target.insert.query.settings.flag("input_format_skip_unknown_fields"));
}

}  // namespace
}  // namespace freshet
