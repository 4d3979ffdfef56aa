#include "query/sql/type_parser.h"

#include <array>

#include "query/sql/keywords.h"
#include "query/sql/literal.h"

namespace freshet {

namespace {

// Standard SQL types of several words; the longer ones first.
constexpr std::array<std::string_view, 13> kLongNames = {"DOUBLE PRECISION",
                                                         "CHARACTER LARGE OBJECT",
                                                         "CHARACTER VARYING",
                                                         "CHAR LARGE OBJECT",
                                                         "CHAR VARYING",
                                                         "BINARY LARGE OBJECT",
                                                         "BINARY VARYING",
                                                         "NATIONAL CHARACTER LARGE OBJECT",
                                                         "NATIONAL CHARACTER VARYING",
                                                         "NATIONAL CHARACTER",
                                                         "NATIONAL CHAR VARYING",
                                                         "NATIONAL CHAR",
                                                         "NCHAR VARYING"};

constexpr std::array<std::string_view, 7> kSignable = {"TINYINT", "SMALLINT", "MEDIUMINT", "INT",
                                                       "INT1",    "INTEGER",  "BIGINT"};

std::string parse_type_name(TokenCursor& cursor) {
  for (const std::string_view name : kLongNames) {
    if (cursor.accept(name)) return std::string(name);
  }
  for (const std::string_view name : kSignable) {
    if (!cursor.at(name)) continue;
    const std::string word = cursor.take_word("data type");
    if (cursor.accept("UNSIGNED")) return to_upper(word) + " UNSIGNED";
    if (cursor.accept("SIGNED")) return to_upper(word) + " SIGNED";
    return word;
  }
  return cursor.take_word("data type");
}

std::string parse_number(TokenCursor& cursor) {
  const bool negative = cursor.accept(TokenKind::Minus);
  if (!cursor.at(TokenKind::Number)) cursor.fail("number");
  const std::string_view digits = cursor.peek_text();
  cursor.take();
  return literal_sql(parse_number_literal(digits, negative));
}

// `18`, `'UTC'`, `'a' = 1`, `name UInt8`, `max_dynamic_paths = 8` or a type.
std::string parse_argument(TokenCursor& cursor) {
  if (cursor.at(TokenKind::Number) || cursor.at(TokenKind::Minus)) return parse_number(cursor);
  if (cursor.at(TokenKind::String)) {
    const std::string text = quote_string(cursor.take_string());
    return cursor.accept(TokenKind::Equals) ? text + " = " + parse_number(cursor) : text;
  }
  const bool named = cursor.at_name() && cursor.at_name(1);
  if (named || cursor.at(TokenKind::QuotedName)) {
    const std::string name = quote_name(cursor.take_name());
    return name + " " + parse_type(cursor);
  }
  if (cursor.at(TokenKind::Word) && cursor.at(TokenKind::Equals, 1)) {
    const std::string name = cursor.take_word("data type");
    cursor.take();
    return name + " = " + parse_number(cursor);
  }
  return parse_type(cursor);
}

}  // namespace

std::string parse_type(TokenCursor& cursor) {
  const TokenCursor::Nesting nesting(cursor);
  std::string type = parse_type_name(cursor);
  if (!cursor.accept(TokenKind::LeftParenthesis)) return type;
  type += '(';
  if (!cursor.accept(TokenKind::RightParenthesis)) {
    type += parse_argument(cursor);
    while (cursor.accept(TokenKind::Comma)) type += ", " + parse_argument(cursor);
    cursor.expect(TokenKind::RightParenthesis);
  }
  return type + ')';
}

}  // namespace freshet
