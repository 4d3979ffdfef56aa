#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> split(std::string_view script) {
  std::vector<std::string> statements;
  for (const SourceRange& range : split_statements(script)) {
    statements.emplace_back(script.substr(range.begin, range.end - range.begin));
  }
  return statements;
}

TEST(ScriptSplitter, SplitsAtSemicolons) {
  EXPECT_THAT(split("SELECT 1;\n SELECT 2 ;SELECT 3"),
              ElementsAre("SELECT 1", "SELECT 2", "SELECT 3"));
}

TEST(ScriptSplitter, IgnoresEmptyStatementsAndComments) {
  EXPECT_THAT(split("-- nothing; here\n;; /* ; */ ;"), IsEmpty());
  EXPECT_THAT(split("/* a */ SELECT 1 -- b\n; -- c"), ElementsAre("SELECT 1"));
}

TEST(ScriptSplitter, SemicolonsInQuotesDoNotCount) {
  EXPECT_THAT(split("SELECT ';', `;`, \";\", $$;$$; SELECT 2"),
              ElementsAre("SELECT ';', `;`, \";\", $$;$$", "SELECT 2"));
}

TEST(ScriptSplitter, ValuesEndAtTheSemicolon) {
  EXPECT_THAT(split("INSERT INTO t VALUES (1, ';'), (2); SELECT 1"),
              ElementsAre("INSERT INTO t VALUES (1, ';'), (2)", "SELECT 1"));
  EXPECT_THAT(split("INSERT INTO t FORMAT Values (1); SELECT 1"),
              ElementsAre("INSERT INTO t FORMAT Values (1)", "SELECT 1"));
}

TEST(ScriptSplitter, OtherInsertDataTakesTheRest) {
  EXPECT_THAT(split("SELECT 1; INSERT INTO t FORMAT CSV\n1;'2\n"),
              ElementsAre("SELECT 1", "INSERT INTO t FORMAT CSV\n1;'2\n"));
}

TEST(ScriptSplitter, KnowsATableNamedFormat) {
  EXPECT_THAT(split("INSERT INTO format SELECT 1; SELECT 2 FORMAT JSON; SELECT 3"),
              ElementsAre("INSERT INTO format SELECT 1", "SELECT 2 FORMAT JSON", "SELECT 3"));
  EXPECT_THAT(split("INSERT INTO t SELECT 1 FORMAT Null; SELECT 2"),
              ElementsAre("INSERT INTO t SELECT 1 FORMAT Null", "SELECT 2"));
}

TEST(ScriptSplitter, ReportsBrokenQuotes) { EXPECT_THROW(split("SELECT 1; SELECT 'a"), Error); }

}  // namespace
}  // namespace freshet
