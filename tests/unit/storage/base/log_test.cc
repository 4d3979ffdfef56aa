#include "storage/base/log.h"

#include <gtest/gtest.h>

namespace freshet {
namespace {

TEST(LogLine, WritesKeysAndValues) {
  EXPECT_EQ(log_line("segment_flushed",
                     {{"table", "hits"}, {"rows", 16384}, {"ms", 12.5}, {"last", true}}),
            "segment_flushed table=hits rows=16384 ms=12.5 last=true");
}

TEST(LogLine, StaysOneLineWhateverTheValue) {
  EXPECT_EQ(log_line("bad", {{"sql", "SELECT 1\n\"x\"\x01"}, {"empty", ""}}),
            "bad sql=\"SELECT 1\\n\\\"x\\\"\\x01\" empty=\"\"");
}

TEST(ParseLogLevel, KnowsItsNames) {
  EXPECT_EQ(parse_log_level("warning"), LogLevel::Warning);
  EXPECT_EQ(parse_log_level("loud"), std::nullopt);
}

}  // namespace
}  // namespace freshet
