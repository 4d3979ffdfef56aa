#include "query/sql/expression_parser.h"

#include <algorithm>

#include "query/sql/call_parser.h"
#include "query/sql/keywords.h"
#include "query/sql/literal.h"
#include "query/sql/operator_table.h"
#include "query/sql/select_parser.h"
#include "query/sql/type_parser.h"

namespace freshet {

namespace {

ExpressionPtr make_operator(std::string_view function, std::vector<ExpressionPtr> arguments,
                            SourceRange range) {
  FunctionCall call;
  call.name = function;
  call.arguments = std::move(arguments);
  call.operator_syntax = true;
  return make_expression(std::move(call), range);
}

ExpressionPtr make_string(std::string text, SourceRange range) {
  return make_expression(Literal{std::move(text), {}}, range);
}

const BinaryOperator* at_binary_operator(TokenCursor& cursor) {
  switch (cursor.peek().kind) {
    case TokenKind::Word:
    case TokenKind::Asterisk:
    case TokenKind::Equals:
    case TokenKind::Plus:
    case TokenKind::Minus:
    case TokenKind::Operator:
      break;
    default:
      return nullptr;
  }
  if (cursor.at("IN PARTITION")) return nullptr;  // of ALTER, DELETE and UPDATE
  for (const auto& row : binary_operators()) {
    if (cursor.at(row.spelling)) return &row;
  }
  return nullptr;
}

// `x BETWEEN a AND b` and `x NOT BETWEEN a AND b`.
ExpressionPtr parse_between(TokenCursor& cursor, const ExpressionPtr& value, uint32_t begin) {
  const bool negated = cursor.accept("NOT");
  cursor.expect("BETWEEN");
  const ExpressionPtr low = parse_operators(cursor, precedence::kBetween + 1);
  cursor.expect("AND");
  const ExpressionPtr high = parse_operators(cursor, precedence::kBetween + 1);
  const SourceRange range = cursor.since(begin);
  return make_operator(negated ? "or" : "and",
                       {make_operator(negated ? "less" : "greaterOrEquals", {value, low}, range),
                        make_operator(negated ? "greater" : "lessOrEquals", {value, high}, range)},
                       range);
}

// `x IS [NOT] NULL`, `x IS [NOT] TRUE`; IS DISTINCT FROM is in the operator table.
ExpressionPtr parse_is(TokenCursor& cursor, const ExpressionPtr& value, uint32_t begin) {
  cursor.expect("IS");
  const bool negated = cursor.accept("NOT");
  if (cursor.accept("NULL")) {
    return make_operator(negated ? "isNotNull" : "isNull", {value}, cursor.since(begin));
  }
  if (!cursor.at("TRUE") && !cursor.at("FALSE")) cursor.fail("NULL, TRUE, FALSE, DISTINCT FROM");
  const ExpressionPtr truth = parse_primary(cursor);
  return make_operator(negated ? "isDistinctFrom" : "isNotDistinctFrom", {value, truth},
                       cursor.since(begin));
}

ExpressionPtr parse_binary(TokenCursor& cursor, const BinaryOperator& row, ExpressionPtr left,
                           uint32_t begin) {
  std::vector<ExpressionPtr> arguments = {std::move(left)};
  do {
    cursor.expect(row.spelling);
    arguments.push_back(parse_operators(cursor, row.precedence + 1));
  } while (row.merges && cursor.at(row.spelling));
  return make_operator(row.function, std::move(arguments), cursor.since(begin));
}

bool is_number_word(std::string_view word) {
  return same_keyword(word, "INF") || same_keyword(word, "INFINITY") || same_keyword(word, "NAN");
}

// [1, 'a', (2, NULL)]: only literals inside.
bool is_literal_collection(const Expression& expression) {
  if (!expression.alias.empty()) return false;
  if (as<Literal>(expression)) return true;
  const auto* call = as<FunctionCall>(expression);
  if (!call || !call->operator_syntax || (call->name != "array" && call->name != "tuple"))
    return false;
  return std::all_of(
      call->arguments.begin(), call->arguments.end(),
      [](const ExpressionPtr& argument) { return is_literal_collection(*argument); });
}

// What `value::T` converts: literals are read by T from their own text, so that `1.1::Decimal(9,
// 1)` is exact. `begin` is where the value was written, parentheses included.
ExpressionPtr cast_source(TokenCursor& cursor, const ExpressionPtr& value, uint32_t begin) {
  const SourceRange range = cursor.since(begin);
  const bool parenthesised = begin != value->range.begin;
  if (parenthesised || !is_literal_collection(*value)) return value;
  if (const auto* literal = as<Literal>(value)) {
    return literal->text.empty() ? value : make_string(literal->text, range);
  }
  return make_string(std::string(cursor.text().substr(range.begin, range.end - range.begin)),
                     range);
}

ExpressionPtr parse_cast_suffix(TokenCursor& cursor, const ExpressionPtr& value, uint32_t begin) {
  const ExpressionPtr source = cast_source(cursor, value, begin);
  cursor.expect(TokenKind::DoubleColon);
  const uint32_t type_begin = cursor.begin();
  std::string type = parse_type(cursor);
  const ExpressionPtr type_name = make_string(std::move(type), cursor.since(type_begin));
  return make_call("CAST", {source, type_name}, cursor.since(begin));
}

// `.1` and `.name` after something that is not a plain identifier.
ExpressionPtr parse_element(TokenCursor& cursor, const ExpressionPtr& value, uint32_t begin) {
  cursor.expect(TokenKind::Dot);
  const uint32_t element_begin = cursor.begin();
  ExpressionPtr element;
  if (cursor.at(TokenKind::Number) ||
      (cursor.at(TokenKind::Minus) && cursor.at(TokenKind::Number, 1))) {
    element = make_expression(parse_literal(cursor), cursor.since(element_begin));
  } else {
    std::string name = cursor.take_name("tuple element");
    element = make_string(std::move(name), cursor.since(element_begin));
  }
  return make_operator("tupleElement", {value, element}, cursor.since(begin));
}

// [index], .element, ::Type, AT TIME ZONE 'zone', as often as they come.
ExpressionPtr parse_suffixes(TokenCursor& cursor, ExpressionPtr value, uint32_t begin) {
  while (true) {
    if (cursor.at(TokenKind::DoubleColon)) {
      value = parse_cast_suffix(cursor, value, begin);
    } else if (cursor.at(TokenKind::Dot)) {
      value = parse_element(cursor, value, begin);
    } else if (cursor.at(TokenKind::LeftBracket)) {
      cursor.take();
      const ExpressionPtr index = parse_expression(cursor);
      cursor.expect(TokenKind::RightBracket);
      value = make_operator("arrayElement", {value, index}, cursor.since(begin));
    } else if (cursor.at("AT TIME ZONE")) {
      cursor.expect("AT TIME ZONE");
      const ExpressionPtr zone = parse_primary(cursor);
      value = make_call("toTimeZone", {value, zone}, cursor.since(begin));
    } else {
      return value;
    }
  }
}

// An operand with its signs and suffixes.
ExpressionPtr parse_operand(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  if (cursor.at("NOT")) {
    cursor.take();
    const ExpressionPtr operand = parse_operators(cursor, precedence::kNot);
    return make_operator("not", {operand}, cursor.since(begin));
  }
  if (cursor.at(TokenKind::Plus)) {
    cursor.take();
    return parse_operators(cursor, precedence::kNegate);
  }
  if (cursor.at(TokenKind::Minus)) {
    const bool word = is_number_word(cursor.peek_text(1)) && !cursor.at(TokenKind::Dot, 2) &&
                      !cursor.at(TokenKind::LeftParenthesis, 2);
    if (cursor.at(TokenKind::Number, 1) || word) {
      const ExpressionPtr number = make_expression(parse_literal(cursor), cursor.since(begin));
      if (cursor.at(TokenKind::DoubleColon)) return parse_suffixes(cursor, number, begin);
      if (!cursor.at(TokenKind::LeftBracket) && !cursor.at(TokenKind::Dot)) return number;
      cursor.fail();
    }
    cursor.take();
    const ExpressionPtr operand = parse_operators(cursor, precedence::kNegate);
    return make_operator("negate", {operand}, cursor.since(begin));
  }
  ExpressionPtr value = parse_primary(cursor);
  return parse_suffixes(cursor, std::move(value), begin);
}

ExpressionPtr make_lambda(TokenCursor& cursor, std::vector<std::string> parameters,
                          uint32_t begin) {
  cursor.expect(TokenKind::Arrow);
  ExpressionPtr body = parse_expression(cursor);
  return make_expression(Lambda{std::move(parameters), std::move(body)}, cursor.since(begin));
}

// At `(x, y) ->`.
bool at_lambda_parameters(TokenCursor& cursor) {
  std::size_t ahead = 1;
  while (cursor.at_name(ahead)) {
    ++ahead;
    if (cursor.at(TokenKind::RightParenthesis, ahead))
      return cursor.at(TokenKind::Arrow, ahead + 1);
    if (!cursor.at(TokenKind::Comma, ahead)) return false;
    ++ahead;
  }
  return false;
}

ExpressionPtr parse_parenthesised_lambda(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  std::vector<std::string> parameters;
  cursor.expect(TokenKind::LeftParenthesis);
  do {
    parameters.push_back(cursor.take_name());
  } while (cursor.accept(TokenKind::Comma));
  cursor.expect(TokenKind::RightParenthesis);
  return make_lambda(cursor, std::move(parameters), begin);
}

// The rest of `((SELECT 1) UNION ALL SELECT 2)`, where the first part looked like an expression.
ExpressionPtr continue_as_query(TokenCursor& cursor, const ExpressionPtr& first, uint32_t begin) {
  const auto* subquery = as<Subquery>(first);
  if (!subquery || !first->alias.empty() || !at_set_operator(cursor)) return first;
  QueryPtr query = parse_query_after(cursor, subquery->query, begin);
  return make_expression(Subquery{std::move(query)}, cursor.since(begin));
}

// A subquery, a tuple, or one expression in parentheses.
ExpressionPtr parse_parenthesised(TokenCursor& cursor) {
  if (at_lambda_parameters(cursor)) return parse_parenthesised_lambda(cursor);
  const uint32_t begin = cursor.begin();
  cursor.expect(TokenKind::LeftParenthesis);
  if (!cursor.at(TokenKind::LeftParenthesis) && at_query(cursor)) {
    QueryPtr query = parse_query(cursor);
    cursor.expect(TokenKind::RightParenthesis);
    return make_expression(Subquery{std::move(query)}, cursor.since(begin));
  }
  std::vector<ExpressionPtr> items;
  bool is_tuple = cursor.at(TokenKind::RightParenthesis);
  while (!cursor.at(TokenKind::RightParenthesis)) {
    items.push_back(parse_aliased_expression(cursor, AliasStyle::Explicit));
    if (items.size() == 1) items[0] = continue_as_query(cursor, items[0], begin + 1);
    if (!cursor.accept(TokenKind::Comma)) break;
    is_tuple = true;
  }
  cursor.expect(TokenKind::RightParenthesis);
  if (!is_tuple) return items[0];
  return make_operator("tuple", std::move(items), cursor.since(begin));
}

ExpressionPtr parse_array(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.expect(TokenKind::LeftBracket);
  std::vector<ExpressionPtr> items;
  if (!cursor.at(TokenKind::RightBracket))
    items = parse_expression_list(cursor, AliasStyle::Explicit);
  cursor.expect(TokenKind::RightBracket);
  return make_operator("array", std::move(items), cursor.since(begin));
}

ExpressionPtr parse_query_parameter(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.expect(TokenKind::LeftBrace);
  QueryParameter parameter;
  parameter.name = cursor.take_word("name of a query parameter");
  cursor.expect(TokenKind::Colon);
  parameter.type = parse_type(cursor);
  cursor.expect(TokenKind::RightBrace);
  return make_expression(std::move(parameter), cursor.since(begin));
}

ExpressionPtr parse_asterisk(TokenCursor& cursor, std::vector<std::string> qualifier,
                             uint32_t begin) {
  cursor.expect(TokenKind::Asterisk);
  auto transformers = parse_column_transformers(cursor);
  return make_expression(Asterisk{std::move(qualifier), std::move(transformers)},
                         cursor.since(begin));
}

// `a`, `a.b.c`, `a.*`, `a.COLUMNS('re')`.
ExpressionPtr parse_name_chain(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  Identifier identifier;
  identifier.parts.push_back(cursor.take_name());
  while (cursor.at(TokenKind::Dot)) {
    if (cursor.at(TokenKind::Asterisk, 1)) {
      cursor.take();
      return parse_asterisk(cursor, std::move(identifier.parts), begin);
    }
    if (cursor.at("COLUMNS", 1) && cursor.at(TokenKind::LeftParenthesis, 2)) {
      cursor.take();
      return parse_columns_matcher(cursor, std::move(identifier.parts), begin);
    }
    if (!cursor.at_name(1)) break;
    cursor.take();
    identifier.parts.push_back(cursor.take_name());
  }
  return make_expression(std::move(identifier), cursor.since(begin));
}

bool begins_operand(TokenCursor& cursor, std::size_t ahead) {
  switch (cursor.peek(ahead).kind) {
    case TokenKind::Number:
    case TokenKind::String:
    case TokenKind::QuotedName:
    case TokenKind::LeftParenthesis:
    case TokenKind::LeftBrace:
      return true;
    case TokenKind::Minus:
      return cursor.at(TokenKind::Number, ahead + 1) &&
             !interval_unit(cursor.peek_text(ahead + 2)).empty();
    case TokenKind::Word:
      return !is_reserved_alias(cursor.peek_text(ahead)) &&
             !is_reserved_operand(cursor.peek_text(ahead));
    default:
      return false;
  }
}

// INTERVAL and CASE may also be columns.
bool at_interval(TokenCursor& cursor) {
  if (!cursor.at("INTERVAL") || !begins_operand(cursor, 1)) return false;
  if (!cursor.at(TokenKind::Word, 1)) return true;
  const TokenKind after = cursor.peek(2).kind;
  return after != TokenKind::Comma && after != TokenKind::RightParenthesis &&
         after != TokenKind::End && !cursor.at("FROM", 2);
}

bool at_case(TokenCursor& cursor) {
  const bool at_negative = cursor.at(TokenKind::Minus, 1) && cursor.at("WHEN", 3);
  return cursor.at("CASE") && (cursor.at("WHEN", 1) || at_negative || begins_operand(cursor, 1));
}

// DATE '2020-01-01' and TIMESTAMP '2020-01-01 00:00:00'.
ExpressionPtr parse_date_literal(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  const bool is_date = cursor.at("DATE");
  cursor.take();
  const uint32_t text_begin = cursor.begin();
  std::string text = cursor.take_string();
  const ExpressionPtr argument = make_string(std::move(text), cursor.since(text_begin));
  return make_call(is_date ? "toDate" : "toDateTime", {argument}, cursor.since(begin));
}

ExpressionPtr parse_word(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  const bool is_name = cursor.at(TokenKind::Dot, 1) || cursor.at(TokenKind::LeftParenthesis, 1);
  if (!is_name && (cursor.at("NULL") || cursor.at("TRUE") || cursor.at("FALSE") ||
                   is_number_word(cursor.peek_text()))) {
    return make_expression(parse_literal(cursor), cursor.since(begin));
  }
  if (at_case(cursor)) return parse_case(cursor);
  if (at_interval(cursor)) return parse_interval(cursor);
  if ((cursor.at("DATE") || cursor.at("TIMESTAMP")) && cursor.at(TokenKind::String, 1)) {
    return parse_date_literal(cursor);
  }
  if (cursor.at("COLUMNS") && cursor.at(TokenKind::LeftParenthesis, 1)) {
    return parse_columns_matcher(cursor, {}, begin);
  }
  if (cursor.at(TokenKind::LeftParenthesis, 1) && !cursor.at("SELECT") && !cursor.at("AS")) {
    return parse_call(cursor);
  }
  if (is_reserved_operand(cursor.peek_text())) cursor.fail("expression");
  return parse_name_chain(cursor);
}

}  // namespace

ExpressionPtr parse_operators(TokenCursor& cursor, int minimum) {
  const TokenCursor::Nesting nesting(cursor);
  const uint32_t begin = cursor.begin();
  ExpressionPtr left = parse_operand(cursor);
  while (true) {
    if (const auto* row = at_binary_operator(cursor)) {
      if (row->precedence < minimum) return left;
      left = parse_binary(cursor, *row, std::move(left), begin);
    } else if (cursor.at("BETWEEN") || cursor.at("NOT BETWEEN")) {
      if (precedence::kBetween < minimum) return left;
      left = parse_between(cursor, left, begin);
    } else if (cursor.at("IS")) {
      if (precedence::kIs < minimum) return left;
      left = parse_is(cursor, left, begin);
    } else {
      return left;
    }
  }
}

ExpressionPtr parse_primary(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  switch (cursor.peek().kind) {
    case TokenKind::Number:
    case TokenKind::String:
      return make_expression(parse_literal(cursor), cursor.since(begin));
    case TokenKind::LeftParenthesis:
      return parse_parenthesised(cursor);
    case TokenKind::LeftBracket:
      return parse_array(cursor);
    case TokenKind::LeftBrace:
      return cursor.at_name() ? parse_name_chain(cursor) : parse_query_parameter(cursor);
    case TokenKind::Asterisk:
      return parse_asterisk(cursor, {}, begin);
    case TokenKind::Word:
    case TokenKind::QuotedName:
      break;
    default:
      cursor.fail("expression");
  }
  if (cursor.at(TokenKind::Arrow, 1)) {
    std::vector<std::string> parameters = {cursor.take_name()};
    return make_lambda(cursor, std::move(parameters), begin);
  }
  if (cursor.at(TokenKind::Word)) return parse_word(cursor);
  if (cursor.at(TokenKind::LeftParenthesis, 1)) return parse_call(cursor);
  return parse_name_chain(cursor);
}

ExpressionPtr parse_expression(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  ExpressionPtr condition = parse_operators(cursor, precedence::kTernary);
  if (!cursor.at(TokenKind::QuestionMark)) return condition;
  cursor.take();
  const TokenCursor::Nesting nesting(cursor);
  const ExpressionPtr then = parse_expression(cursor);
  cursor.expect(TokenKind::Colon);
  const ExpressionPtr otherwise = parse_expression(cursor);
  return make_call("if", {condition, then, otherwise}, cursor.since(begin));
}

ExpressionPtr parse_aliased_expression(TokenCursor& cursor, AliasStyle style) {
  const uint32_t begin = cursor.begin();
  ExpressionPtr expression = parse_expression(cursor);
  std::string alias;
  if (cursor.accept("AS")) {
    alias = cursor.take_name("alias");
  } else if (style == AliasStyle::Bare && cursor.at_name() &&
             !(cursor.at(TokenKind::Word) && is_reserved_alias(cursor.peek_text()))) {
    alias = cursor.take_name("alias");
  }
  if (alias.empty()) return expression;
  if (!expression->alias.empty())
    cursor.fail_at(cursor.since(begin), "Two aliases of one expression");
  return with_alias(expression, std::move(alias));
}

std::vector<ExpressionPtr> parse_expression_list(TokenCursor& cursor, AliasStyle style) {
  std::vector<ExpressionPtr> list;
  do {
    list.push_back(parse_aliased_expression(cursor, style));
  } while (cursor.accept(TokenKind::Comma));
  return list;
}

Identifier parse_identifier(TokenCursor& cursor) {
  Identifier identifier;
  do {
    identifier.parts.push_back(cursor.take_name());
  } while (cursor.accept(TokenKind::Dot));
  return identifier;
}

Literal parse_literal(TokenCursor& cursor) {
  if (cursor.at(TokenKind::String)) return Literal{cursor.take_string(), {}};
  const bool signed_number = cursor.at(TokenKind::Minus) ||
                             (cursor.at(TokenKind::Plus) && cursor.at(TokenKind::Number, 1));
  const bool negative = cursor.at(TokenKind::Minus);
  if (signed_number) cursor.take();
  const std::string_view text = cursor.peek_text();
  if (cursor.at(TokenKind::Number) || (cursor.at(TokenKind::Word) && is_number_word(text))) {
    cursor.take();
    return parse_number_literal(text, negative);
  }
  if (signed_number) cursor.fail("number");
  if (cursor.accept("NULL")) return Literal{NullLiteral{}, {}};
  if (cursor.accept("TRUE")) return Literal{true, {}};
  if (cursor.accept("FALSE")) return Literal{false, {}};
  cursor.fail("literal");
}

}  // namespace freshet
