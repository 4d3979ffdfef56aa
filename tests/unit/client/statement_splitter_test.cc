#include "client/statement_splitter.h"

#include <gtest/gtest.h>

namespace freshet {
namespace {

using Statements = std::vector<std::string>;

TEST(FindStatementEnd, SeesNoSemicolonInsideQuotesAndComments) {
  EXPECT_EQ(find_statement_end("SELECT 1; SELECT 2"), 9u);
  EXPECT_EQ(find_statement_end("SELECT ';', \";\", `;`;"), 21u);
  EXPECT_EQ(find_statement_end("SELECT 'it''s;', 'a\\';'; x"), 24u);
  EXPECT_EQ(find_statement_end("SELECT 1 -- ;\n;"), 15u);
  EXPECT_EQ(find_statement_end("SELECT 1 # ;\n;"), 14u);
  EXPECT_EQ(find_statement_end("#!shebang;\n;"), 12u);
  EXPECT_EQ(find_statement_end("SELECT /* ; -- */ 1;"), 20u);
  EXPECT_EQ(find_statement_end("SELECT $$;$$, $tag$ ; $$ $tag$;"), 31u);
  EXPECT_EQ(find_statement_end("SELECT a$b, 1;"), 14u);
}

TEST(FindStatementEnd, WaitsForWhatIsNotClosed) {
  EXPECT_EQ(find_statement_end("SELECT 1"), std::nullopt);
  EXPECT_EQ(find_statement_end("SELECT ';"), std::nullopt);
  EXPECT_EQ(find_statement_end("SELECT 'a\\"), std::nullopt);
  EXPECT_EQ(find_statement_end("SELECT /* ;"), std::nullopt);
  EXPECT_EQ(find_statement_end("SELECT 1 -- ;"), std::nullopt);
  EXPECT_EQ(find_statement_end("SELECT $$ ;"), std::nullopt);
  EXPECT_EQ(find_statement_end(""), std::nullopt);
}

TEST(SplitStatements, LeavesBlankOnesOut) {
  EXPECT_EQ(split_statements_of(" ;; SELECT 1;\n\n;SELECT 2\n"),
            (Statements{" SELECT 1", "SELECT 2\n"}));
  EXPECT_EQ(split_statements_of(" \n"), Statements{});
}

TEST(SplitStatements, DataOfAnInsertIsTheRest) {
  EXPECT_EQ(split_statements_of("SELECT 1; INSERT INTO t FORMAT CSV\n1;2\n'\n"),
            (Statements{"SELECT 1", " INSERT INTO t FORMAT CSV\n1;2\n'\n"}));
  EXPECT_EQ(split_statements_of("-- rows;\ninsert into db.t (a, b) settings x = 1 format TSV\n;\n"),
            (Statements{"-- rows;\ninsert into db.t (a, b) settings x = 1 format TSV\n;\n"}));
}

TEST(SplitStatements, NamesLikeFormatAreNoFormat) {
  for (const std::string insert : {
           "INSERT INTO formats VALUES (1)",
           "INSERT INTO t (a, format) VALUES (1, 'x')",
           "INSERT INTO `format` VALUES (1)",
           "INSERT INTO format VALUES (1)",
           "INSERT INTO t VALUES (' FORMAT CSV')",
           "INSERT INTO t SELECT 1 FORMAT CSV",
           "INSERT INTO t /* FORMAT CSV */ VALUES (1)",
           "INSERT INTO t WITH 1 AS x SELECT x FORMAT Null",
           "SELECT 'INSERT INTO t FORMAT CSV'",
           "INSERT INTO t FORMAT Values (1)",
       }) {
    EXPECT_EQ(split_statements_of(insert + ";SELECT 2"), (Statements{insert, "SELECT 2"}));
  }
}

}  // namespace
}  // namespace freshet
