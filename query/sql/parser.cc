#include "query/sql/parser.h"

#include "query/sql/expression_parser.h"
#include "query/sql/select_parser.h"
#include "query/sql/statement_parser.h"
#include "query/sql/token_cursor.h"
#include "query/sql/type_parser.h"

namespace freshet {

namespace {

void expect_end(TokenCursor& cursor) {
  if (!cursor.accept(TokenKind::End)) cursor.fail();
}

}  // namespace

Statement parse_statement(std::string_view text, const ParseOptions& options) {
  TokenCursor cursor(text, options);
  Statement statement = parse_whole_statement(cursor);
  if (has_inline_data(statement.body)) return statement;
  if (!cursor.accept(TokenKind::Semicolon)) {
    expect_end(cursor);
    return statement;
  }
  while (cursor.at(TokenKind::Semicolon)) cursor.take();
  if (!cursor.at(TokenKind::End)) {
    const Token token = cursor.peek();
    cursor.fail_at({token.begin, token.end}, "Multi-statements are not allowed");
  }
  return statement;
}

ExpressionPtr parse_expression_text(std::string_view text) {
  const ParseOptions options;
  TokenCursor cursor(text, options);
  ExpressionPtr expression = parse_aliased_expression(cursor, AliasStyle::Explicit);
  expect_end(cursor);
  return expression;
}

QueryPtr parse_query_text(std::string_view text) {
  const ParseOptions options;
  TokenCursor cursor(text, options);
  QueryPtr query = parse_query(cursor);
  expect_end(cursor);
  return query;
}

std::string parse_type_text(std::string_view text) {
  const ParseOptions options;
  TokenCursor cursor(text, options);
  std::string type = parse_type(cursor);
  expect_end(cursor);
  return type;
}

}  // namespace freshet
