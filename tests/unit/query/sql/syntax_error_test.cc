#include "query/sql/syntax_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/query/sql/round_trip.h"

namespace freshet {
namespace {

using testing::HasSubstr;

// Where the message says the error is: "position ('token')".
std::string place(std::string_view sql) {
  const std::string message = parse_error(sql);
  const std::string_view words = "failed at position ";
  const std::size_t begin = message.find(words);
  if (begin == std::string::npos) return message;
  const std::size_t end = message.find(" (line", begin);
  return message.substr(begin + words.size(), end - begin - words.size());
}

TEST(SyntaxError, PointsAtTheToken) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"SELECT a b c FROM t", "12 ('c')"},
      {"SELECT 1 +", "11 (end of query)"},
      {"SELECT 1 FROM t WHERE", "22 (end of query)"},
      {"SELECT 1 FROM t WHERE   ", "25 (end of query)"},
      {"SELECT FROM t", "8 ('FROM')"},
      {"SELECT f(1,,2)", "12 (',')"},
      {"SELECT CAST(1 AS)", "17 (')')"},
      {"SELECT 1 LIMIT 1 BY", "20 (end of query)"},
      {"SELECT * FROM t JOIN", "21 (end of query)"},
      {"SELECT * FROM a JOIN b", "23 (end of query)"},
      {"SELECT * FROM a LEFT b", "22 ('b')"},
      {"SELECT 1 WHERE a NOT 1", "18 ('NOT')"},
      {"SELECT interval 1 foo", "19 ('foo')"},
      {"SELECT CASE WHEN a THEN b", "26 (end of query)"},
      {"SELECT x BETWEEN 1 OR 2", "20 ('OR')"},
      {"SELECT 1 2", "10 ('2')"},
      {"SELECT {x}", "10 ('}')"},
      {"SELEC 1", "1 ('SELEC')"},
      {"", "1 (end of query)"},
      {"CREATE TABL x", "8 ('TABL')"},
      {"CREATE TABLE t", "15 (end of query)"},
      {"CREATE TABLE t (a UInt8 b)", "25 ('b')"},
      {"CREATE TABLE t (a, b UInt8)", "18 (',')"},
      {"CREATE VIEW v (x.a, b) AS SELECT 1", "19 (',')"},
      {"SELECT t..1", "10 ('.')"},
      {"CREATE TABLE t EMPTY AS s", "25 ('s')"},
      {"INSERT INTO", "12 (end of query)"},
      {"INSERT INTO t", "14 (end of query)"},
      {"INSERT INTO t (a,) VALUES", "18 (')')"},
      {"ALTER TABLE t FOO", "15 ('FOO')"},
      {"DROP t", "6 ('t')"},
      {"SET a", "no error"},
      {"SET = 1", "5 ('=')"},
      {"SELECT 1 FORMAT", "16 (end of query)"},
      {"SELECT 1; SELECT 2", "11 ('SELECT')"},
  };
  for (const auto& [sql, expected] : cases) EXPECT_EQ(place(sql), expected) << sql;
}

TEST(SyntaxError, PointsAtTheBracketThatHasNoPartner) {
  EXPECT_EQ(place("SELECT (1, 2"), "8 ('(')");
  EXPECT_EQ(place("SELECT [1, 2"), "8 ('[')");
  EXPECT_EQ(place("SELECT 1)"), "9 (')')");
  EXPECT_EQ(place("SELECT (1, 2))"), "14 (')')");
  EXPECT_EQ(place("SELECT (1]"), "10 (']')");
  EXPECT_THAT(parse_error("SELECT f(1"), HasSubstr("Unmatched parentheses: ("));
}

TEST(SyntaxError, ShowsTheWholePicture) {
  EXPECT_EQ(
      parse_error("SELECT 1,\n  f(2 + 3 4),\n  5\nFROM t"),
      "SYNTAX_ERROR: Syntax error: failed at position 21 ('4') (line 2, col 11): 4),\n  5\nFROM t. "
      "Expected one of: AS, ',', ')'\n"
      "  f(2 + 3 4),\n"
      "          ^");
  EXPECT_EQ(parse_error("SELECT 'a"),
            "SYNTAX_ERROR: Single quoted string is not closed: Syntax error: failed at position 8 "
            "(''a') (line 1, col 8): 'a.\n"
            "SELECT 'a\n"
            "       ^");
}

TEST(SyntaxError, SaysWhatWasExpected) {
  EXPECT_THAT(parse_error("SELECT 1 FROM t WHERE"), HasSubstr(": . Expected expression\n"));
  EXPECT_THAT(parse_error("SELECT a FROM t LIMIT 1 WITH"), HasSubstr("Expected one of: "));
  EXPECT_THAT(parse_error("DROP t"),
              HasSubstr("Expected one of: TEMPORARY, DATABASE, VIEW, DICTIONARY, TABLE, ROLLUP\n"));
  EXPECT_THAT(parse_error("SELECT 1; SELECT 2"),
              HasSubstr("Multi-statements are not allowed: Syntax error"));
}

TEST(SyntaxError, CutsLongQueriesButNotCharacters) {
  const std::string long_text(500, 'x');
  EXPECT_THAT(parse_error("SELECT 1 2 " + long_text), HasSubstr("xxx... "));
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ä";
  const std::string message = parse_error("SELECT '" + umlauts + "' 1 '" + umlauts + "'");
  EXPECT_THAT(message, HasSubstr("ä... "));
  EXPECT_THAT(message, HasSubstr("('1')"));
}

TEST(CaretPicture, StandsUnderThePlace) {
  EXPECT_EQ(caret_picture("abc", 1), "abc\n ^");
  EXPECT_EQ(caret_picture("abc", 3), "abc\n   ^");
  EXPECT_EQ(caret_picture("a\nbcd\r\ne", 3), "bcd\n ^");
  EXPECT_EQ(caret_picture("a\n\nb", 2), "\n^");
  EXPECT_EQ(caret_picture("\tx y", 3), "\tx y\n\t  ^") << "tabs stay tabs";
  EXPECT_EQ(caret_picture("'é' x", 5), "'é' x\n    ^") << "one column for each character";
}

}  // namespace
}  // namespace freshet
