#include "query/sql/lexer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/base/error.h"

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> tokens(std::string_view text) {
  std::vector<std::string> all;
  Lexer lexer(text);
  for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next()) {
    all.emplace_back(text.substr(token.begin, token.end - token.begin));
  }
  return all;
}

TokenKind only_kind(std::string_view text) {
  Lexer lexer(text);
  const Token token = lexer.next();
  EXPECT_EQ(token.end, text.size()) << text;
  EXPECT_EQ(lexer.next().kind, TokenKind::End);
  return token.kind;
}

std::string lexer_error(std::string_view text) {
  try {
    tokens(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::SyntaxError);
    return error.message();
  }
  return "no error";
}

TEST(Lexer, CutsWordsNumbersAndSymbols) {
  EXPECT_THAT(tokens("SELECT a+1.5e3,t.b<=>'x'||y::Int8"),
              ElementsAre("SELECT", "a", "+", "1.5e3", ",", "t", ".", "b", "<=>", "'x'", "||", "y",
                          "::", "Int8"));
}

TEST(Lexer, SkipsBlanksAndComments) {
  EXPECT_THAT(tokens("a -- b\n/* c\n */ d # e\n#!f\n\tg\xC2\xA0h"),
              ElementsAre("a", "d", "g", "h"));
  EXPECT_THAT(tokens("1--1"), ElementsAre("1"));
  EXPECT_THAT(tokens("/* a /* b */ c"), ElementsAre("c")) << "comments do not nest";
}

TEST(Lexer, ReadsEveryFormOfNumber) {
  for (const std::string_view number : {"1", "1_000", "1.", "1.5", ".5", "1e5", "1E-5", "1.5e+10",
                                        "0x1F", "0x1.8p3", "0b101", "00012"}) {
    EXPECT_EQ(only_kind(number), TokenKind::Number) << number;
  }
}

TEST(Lexer, TakesDigitsWithLettersForAName) {
  EXPECT_EQ(only_kind("1a"), TokenKind::Word);
  EXPECT_EQ(only_kind("1e"), TokenKind::Word);
  EXPECT_EQ(only_kind("0x"), TokenKind::Word);
  EXPECT_THAT(lexer_error("1.5a"), HasSubstr("Wrong number"));
  EXPECT_THAT(lexer_error("0b12"), HasSubstr("Wrong number"));
}

TEST(Lexer, TellsTupleElementsFromDecimals) {
  EXPECT_THAT(tokens("t.1.2"), ElementsAre("t", ".", "1", ".", "2"));
  EXPECT_THAT(tokens("(1.5).2"), ElementsAre("(", "1.5", ")", ".", "2"));
  EXPECT_THAT(tokens("+.5"), ElementsAre("+", ".5"));
}

TEST(Lexer, DecodesStringsAsClickHouseDoes) {
  EXPECT_EQ(decode_string_token("'it''s'"), "it's");
  EXPECT_EQ(decode_string_token(R"('a\tb\n\\\'\x41\e')"), "a\tb\n\\'A\x1B");
  EXPECT_EQ(decode_string_token(R"('\0')"), std::string(1, '\0'));
  EXPECT_EQ(decode_string_token(R"('100\% \d \N')"), "100\\% \\d ");
  EXPECT_EQ(decode_string_token("x'4a4B'"), "JK");
  EXPECT_EQ(decode_string_token("b'0100000101000010'"), "AB");
  EXPECT_EQ(decode_string_token("$$it's$$"), "it's");
  EXPECT_EQ(decode_string_token("$tag$a $$ b$tag$"), "a $$ b");
}

TEST(Lexer, DecodesQuotedNames) {
  EXPECT_EQ(decode_quoted_name("`a``b`"), "a`b");
  EXPECT_EQ(decode_quoted_name(R"("a""b\"c")"), "a\"b\"c");
}

TEST(Lexer, NamesWhatIsNotClosed) {
  EXPECT_THAT(lexer_error("a 'bc"),
              HasSubstr("Single quoted string is not closed: Syntax error: failed at position 3"));
  EXPECT_THAT(lexer_error("a 'bc\\'"), HasSubstr("Single quoted string is not closed"));
  EXPECT_THAT(lexer_error("a `bc"), HasSubstr("Back quoted string is not closed"));
  EXPECT_THAT(lexer_error("a \"bc"), HasSubstr("Double quoted string is not closed"));
  EXPECT_THAT(lexer_error("a /* bc"), HasSubstr("Multiline comment is not closed"));
  EXPECT_THAT(lexer_error("a $b$ c"), HasSubstr("Heredoc is not closed"));
  EXPECT_THAT(lexer_error("a x'0g'"), HasSubstr("Wrong digit"));
  EXPECT_THAT(lexer_error("a ``"), HasSubstr("Empty name"));
  EXPECT_THAT(lexer_error("a ~ b"),
              HasSubstr("Unrecognized token: Syntax error: failed at position 3 ('~')"));
}

TEST(Lexer, ReadsNoFurtherThanAsked) {
  Lexer lexer("FORMAT CSV\n'unclosed");
  EXPECT_EQ(lexer.next().kind, TokenKind::Word);
  EXPECT_EQ(lexer.next().end, 10u);
}

}  // namespace
}  // namespace freshet
