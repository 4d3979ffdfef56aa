#include "query/sql/call_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "query/sql/expression_parser.h"
#include "query/sql/keywords.h"
#include "query/sql/literal.h"
#include "query/sql/select_parser.h"
#include "query/sql/type_parser.h"
#include "query/sql/window_parser.h"

namespace freshet {

namespace {

ExpressionPtr make_string(std::string text, SourceRange range) {
  return make_expression(Literal{std::move(text), {}}, range);
}

ExpressionPtr make_interval(std::string_view unit, ExpressionPtr count, SourceRange range) {
  return make_call("toInterval" + std::string(unit), {std::move(count)}, range);
}

// The arguments of an ordinary call up to its `)`; also `f(SELECT ..)` and `count(DISTINCT x)`.
void parse_arguments(TokenCursor& cursor, FunctionCall* call) {
  const uint32_t begin = cursor.begin();
  if (cursor.accept(TokenKind::RightParenthesis)) return;
  if (cursor.at("DISTINCT") && !cursor.at(TokenKind::Comma, 1) &&
      !cursor.at(TokenKind::RightParenthesis, 1) && !cursor.at(TokenKind::Dot, 1)) {
    cursor.take();
    call->distinct = true;
  }
  if (!cursor.at(TokenKind::LeftParenthesis) && at_query(cursor)) {
    QueryPtr query = parse_query(cursor);
    call->arguments.push_back(make_expression(Subquery{std::move(query)}, cursor.since(begin)));
  } else {
    call->arguments = parse_expression_list(cursor, AliasStyle::Explicit);
  }
  cursor.expect(TokenKind::RightParenthesis);
}

// `f(x) FILTER (WHERE c)` is fIf(x, c).
void parse_filter(TokenCursor& cursor, FunctionCall* call) {
  if (!cursor.at("FILTER") || !cursor.at(TokenKind::LeftParenthesis, 1)) return;
  cursor.take();
  cursor.take();
  cursor.expect("WHERE");
  const auto* asterisk = call->arguments.size() == 1 ? as<Asterisk>(call->arguments[0]) : nullptr;
  if (asterisk && asterisk->qualifier.empty() && asterisk->transformers.empty()) {
    call->arguments.clear();
  }
  call->arguments.push_back(parse_expression(cursor));
  call->name += "If";
  cursor.expect(TokenKind::RightParenthesis);
}

void parse_null_treatment(TokenCursor& cursor, FunctionCall* call) {
  if (cursor.at("IGNORE NULLS")) {
    cursor.expect("IGNORE NULLS");
    call->null_treatment = NullTreatment::IgnoreNulls;
  } else if (cursor.at("RESPECT NULLS")) {
    cursor.expect("RESPECT NULLS");
    call->null_treatment = NullTreatment::RespectNulls;
  }
}

void parse_over(TokenCursor& cursor, FunctionCall* call) {
  if (!cursor.at("OVER") || (!cursor.at(TokenKind::LeftParenthesis, 1) && !cursor.at_name(1)))
    return;
  cursor.take();
  if (cursor.at(TokenKind::LeftParenthesis)) {
    call->over = parse_window_spec(cursor);
    return;
  }
  WindowSpec spec;
  spec.window = cursor.take_name();
  spec.reference = true;
  call->over = std::make_shared<const WindowSpec>(std::move(spec));
}

// Requires: name and `(` are taken.
ExpressionPtr parse_ordinary_call(TokenCursor& cursor, std::string name, uint32_t begin) {
  FunctionCall call;
  call.name = std::move(name);
  parse_arguments(cursor, &call);
  if (cursor.at(TokenKind::LeftParenthesis)) {
    if (call.distinct) cursor.fail();
    cursor.take();
    call.parameters = std::move(call.arguments);
    call.arguments.clear();
    parse_arguments(cursor, &call);
  }
  parse_null_treatment(cursor, &call);
  parse_filter(cursor, &call);
  parse_null_treatment(cursor, &call);
  parse_over(cursor, &call);
  return make_expression(std::move(call), cursor.since(begin));
}

// Goes on after a first argument that a special form has read in vain.
ExpressionPtr finish_call(TokenCursor& cursor, std::string name, ExpressionPtr first,
                          uint32_t begin) {
  FunctionCall call;
  call.name = std::move(name);
  call.arguments.push_back(std::move(first));
  while (cursor.accept(TokenKind::Comma)) {
    call.arguments.push_back(parse_aliased_expression(cursor, AliasStyle::Explicit));
  }
  cursor.expect(TokenKind::RightParenthesis);
  return make_expression(std::move(call), cursor.since(begin));
}

// CAST(x AS T), CAST(x, 'T'), CAST(x AS alias, 'T'), CAST(x AS alias AS T).
ExpressionPtr parse_cast(TokenCursor& cursor, std::string name, uint32_t begin) {
  ExpressionPtr value = parse_expression(cursor);
  if (cursor.at("AS") && (cursor.at(TokenKind::Comma, 2) || cursor.at("AS", 2))) {
    cursor.take();
    value = with_alias(value, cursor.take_name("alias"));
  }
  if (!cursor.accept("AS")) return finish_call(cursor, std::move(name), std::move(value), begin);
  const uint32_t type_begin = cursor.begin();
  std::string type = parse_type(cursor);
  const ExpressionPtr type_name = make_string(std::move(type), cursor.since(type_begin));
  cursor.expect(TokenKind::RightParenthesis);
  return make_call(std::move(name), {value, type_name}, cursor.since(begin));
}

struct ExtractUnit {
  std::string_view word;
  std::string_view function;
};

constexpr std::array<ExtractUnit, 6> kExtractUnits = {{{"Week", "toISOWeek"},
                                                       {"Day", "toDayOfMonth"},
                                                       {"DOY", "toDayOfYear"},
                                                       {"ISODOW", "toDayOfWeek"},
                                                       {"ISOYEAR", "toISOYear"},
                                                       {"EPOCH", "toUnixTimestamp"}}};

// EXTRACT(YEAR FROM x); otherwise the ordinary function extract(text, pattern).
ExpressionPtr parse_extract(TokenCursor& cursor, std::string name, uint32_t begin) {
  if (!cursor.at(TokenKind::Word) || !cursor.at("FROM", 1)) {
    return parse_ordinary_call(cursor, std::move(name), begin);
  }
  const std::string_view word = cursor.peek_text();
  const bool sunday_is_zero = same_keyword(word, "DOW");
  const std::string_view unit = interval_unit(word);
  std::string function = sunday_is_zero ? "toDayOfWeek" : "";
  if (!unit.empty()) function = "to" + std::string(unit);
  for (const auto& row : kExtractUnits) {
    if (same_keyword(unit.empty() ? word : unit, row.word)) function = row.function;
  }
  if (function.empty()) cursor.fail("unit of time");
  cursor.take();
  cursor.expect("FROM");
  std::vector<ExpressionPtr> arguments = {parse_expression(cursor)};
  cursor.expect(TokenKind::RightParenthesis);
  const SourceRange range = cursor.since(begin);
  if (sunday_is_zero) arguments.push_back(make_expression(Literal{uint64_t{2}, "2"}, range));
  return make_call(std::move(function), std::move(arguments), range);
}

// SUBSTRING(x FROM a FOR b) or with commas.
ExpressionPtr parse_substring(TokenCursor& cursor, std::string name, uint32_t begin) {
  const ExpressionPtr text = parse_aliased_expression(cursor, AliasStyle::Explicit);
  if (!cursor.accept("FROM")) return finish_call(cursor, std::move(name), text, begin);
  std::vector<ExpressionPtr> arguments = {text, parse_expression(cursor)};
  if (cursor.accept("FOR")) arguments.push_back(parse_expression(cursor));
  cursor.expect(TokenKind::RightParenthesis);
  return make_call("substring", std::move(arguments), cursor.since(begin));
}

// POSITION(needle IN haystack) or position(haystack, needle).
ExpressionPtr parse_position(TokenCursor& cursor, std::string name, uint32_t begin) {
  ExpressionPtr first = parse_aliased_expression(cursor, AliasStyle::Explicit);
  const auto* membership = as<FunctionCall>(first);
  if (cursor.at(TokenKind::RightParenthesis) && first->alias.empty() && membership &&
      membership->operator_syntax && membership->name == "in") {
    cursor.take();
    return make_call(std::move(name), {membership->arguments[1], membership->arguments[0]},
                     cursor.since(begin));
  }
  return finish_call(cursor, std::move(name), std::move(first), begin);
}

// TRIM([BOTH|LEADING|TRAILING] [characters FROM] text) or TRIM(text, characters).
ExpressionPtr parse_trim(TokenCursor& cursor, std::string name, uint32_t begin) {
  const bool sided = cursor.at("BOTH") || cursor.at("LEADING") || cursor.at("TRAILING");
  const bool is_column = cursor.at(TokenKind::RightParenthesis, 1) ||
                         cursor.at(TokenKind::Comma, 1) || cursor.at(TokenKind::Dot, 1);
  if (sided && !is_column) {
    name = cursor.at("BOTH") ? "trimBoth" : cursor.at("LEADING") ? "trimLeft" : "trimRight";
    cursor.take();
    if (cursor.accept("FROM")) {
      return finish_call(cursor, std::move(name), parse_expression(cursor), begin);
    }
  }
  const ExpressionPtr first = parse_aliased_expression(cursor, AliasStyle::Explicit);
  if (!cursor.accept("FROM")) return finish_call(cursor, std::move(name), first, begin);
  const ExpressionPtr text = parse_expression(cursor);
  cursor.expect(TokenKind::RightParenthesis);
  return make_call(std::move(name), {text, first}, cursor.since(begin));
}

// The unit of DATE_ADD(DAY, ..) and DATE_DIFF(DAY, ..), taken; or nothing.
std::string_view accept_unit_argument(TokenCursor& cursor) {
  if (!cursor.at(TokenKind::Word) || !cursor.at(TokenKind::Comma, 1)) return {};
  const std::string_view unit = interval_unit(cursor.peek_text());
  if (!unit.empty()) {
    cursor.take();
    cursor.take();
  }
  return unit;
}

// DATE_ADD(DAY, 1, d) and DATE_ADD(d, INTERVAL 1 DAY); `name` is plus or minus. D is a unit, but
// with two arguments it is a column.
ExpressionPtr parse_date_arithmetic(TokenCursor& cursor, std::string name, uint32_t begin) {
  const std::string word(cursor.peek_text());
  const uint32_t word_begin = cursor.begin();
  const std::string_view unit = accept_unit_argument(cursor);
  const SourceRange word_range = cursor.since(word_begin);
  ExpressionPtr first = parse_expression(cursor);
  ExpressionPtr second;
  if (!unit.empty() && cursor.at(TokenKind::RightParenthesis)) {
    second = std::exchange(first, make_expression(Identifier{{word}}, word_range));
    cursor.take();
    return make_call(std::move(name), {first, second}, cursor.since(begin));
  }
  cursor.expect(TokenKind::Comma);
  second = parse_expression(cursor);
  cursor.expect(TokenKind::RightParenthesis);
  const SourceRange range = cursor.since(begin);
  if (unit.empty()) return make_call(std::move(name), {first, second}, range);
  return make_call(std::move(name), {second, make_interval(unit, first, first->range)}, range);
}

// DATE_DIFF(DAY, a, b) and dateDiff('day', a, b).
ExpressionPtr parse_date_difference(TokenCursor& cursor, std::string name, uint32_t begin) {
  const uint32_t unit_begin = cursor.begin();
  const std::string_view unit = accept_unit_argument(cursor);
  if (unit.empty()) return parse_ordinary_call(cursor, std::move(name), begin);
  const ExpressionPtr unit_name = make_string(to_lower(unit), cursor.since(unit_begin));
  std::vector<ExpressionPtr> arguments = parse_expression_list(cursor, AliasStyle::Explicit);
  arguments.insert(arguments.begin(), unit_name);
  cursor.expect(TokenKind::RightParenthesis);
  return make_call(std::move(name), std::move(arguments), cursor.since(begin));
}

// EXISTS (SELECT ..), EXISTS(SELECT ..).
ExpressionPtr parse_exists(TokenCursor& cursor, std::string name, uint32_t begin) {
  ExpressionPtr expression = parse_ordinary_call(cursor, std::move(name), begin);
  const auto* call = as<FunctionCall>(expression);
  const bool plain = call->arguments.size() == 1 && call->arguments[0]->alias.empty() &&
                     as<Subquery>(call->arguments[0]) && call->parameters.empty() &&
                     !call->distinct && !call->over &&
                     call->null_treatment == NullTreatment::Default;
  if (!plain) return expression;
  FunctionCall exists = *call;
  exists.operator_syntax = true;
  return make_expression(std::move(exists), expression->range);
}

struct SpecialForm {
  std::string_view word;
  std::string_view function;  // its canonical name
  ExpressionPtr (*parse)(TokenCursor&, std::string, uint32_t);
};

constexpr std::array<SpecialForm, 20> kSpecialForms = {{
    {"CAST", "CAST", parse_cast},
    {"EXTRACT", "extract", parse_extract},
    {"EXISTS", "exists", parse_exists},
    {"SUBSTRING", "substring", parse_substring},
    {"POSITION", "position", parse_position},
    {"TRIM", "trimBoth", parse_trim},
    {"LTRIM", "trimLeft", parse_trim},
    {"RTRIM", "trimRight", parse_trim},
    {"DATE_ADD", "plus", parse_date_arithmetic},
    {"DATEADD", "plus", parse_date_arithmetic},
    {"TIMESTAMP_ADD", "plus", parse_date_arithmetic},
    {"TIMESTAMPADD", "plus", parse_date_arithmetic},
    {"DATE_SUB", "minus", parse_date_arithmetic},
    {"DATESUB", "minus", parse_date_arithmetic},
    {"TIMESTAMP_SUB", "minus", parse_date_arithmetic},
    {"TIMESTAMPSUB", "minus", parse_date_arithmetic},
    {"DATE_DIFF", "dateDiff", parse_date_difference},
    {"DATEDIFF", "dateDiff", parse_date_difference},
    {"TIMESTAMP_DIFF", "dateDiff", parse_date_difference},
    {"TIMESTAMPDIFF", "dateDiff", parse_date_difference},
}};

// `INTERVAL '2 day 3 hour'`: the intervals inside the text.
ExpressionPtr parse_interval_text(TokenCursor& cursor, std::string_view text, SourceRange range) {
  std::vector<ExpressionPtr> intervals;
  auto skip = [&] { text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size())); };
  for (skip(); !text.empty(); skip()) {
    const bool negative = text[0] == '-';
    if (negative) text.remove_prefix(1);
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view count = text.substr(0, digits);
    text.remove_prefix(digits);
    skip();
    const std::size_t letters = std::min(text.find_first_of(" \t\n"), text.size());
    const std::string_view unit = interval_unit(text.substr(0, letters));
    if (count.empty() || unit.empty()) cursor.fail_at(range, "Cannot read the interval");
    text.remove_prefix(letters);
    const ExpressionPtr number = make_expression(parse_number_literal(count, negative), range);
    intervals.push_back(make_interval(unit, number, range));
  }
  if (intervals.empty()) cursor.fail_at(range, "Cannot read the interval");
  if (intervals.size() == 1) return intervals[0];
  FunctionCall tuple;
  tuple.name = "tuple";
  tuple.arguments = std::move(intervals);
  tuple.operator_syntax = true;
  return make_expression(std::move(tuple), range);
}

ColumnExcept parse_except(TokenCursor& cursor) {
  cursor.accept("STRICT");
  ColumnExcept except;
  const bool parenthesised = cursor.accept(TokenKind::LeftParenthesis);
  if (parenthesised && cursor.at(TokenKind::String)) {
    except.pattern = cursor.take_string();
  } else {
    do {
      except.names.push_back(cursor.take_name("column name"));
    } while (parenthesised && cursor.accept(TokenKind::Comma));
  }
  if (parenthesised) cursor.expect(TokenKind::RightParenthesis);
  return except;
}

ColumnReplace parse_replace(TokenCursor& cursor) {
  cursor.accept("STRICT");
  ColumnReplace replace;
  const bool parenthesised = cursor.accept(TokenKind::LeftParenthesis);
  do {
    const ExpressionPtr expression = parse_expression(cursor);
    cursor.expect("AS");
    replace.replacements.push_back({expression, cursor.take_name("column name")});
  } while (parenthesised && cursor.accept(TokenKind::Comma));
  if (parenthesised) cursor.expect(TokenKind::RightParenthesis);
  return replace;
}

ColumnApply parse_apply(TokenCursor& cursor) {
  ColumnApply apply;
  const bool parenthesised = cursor.accept(TokenKind::LeftParenthesis);
  if (cursor.at(TokenKind::LeftParenthesis) || cursor.at(TokenKind::Arrow, 1)) {
    apply.lambda = parse_expression(cursor);
    if (!as<Lambda>(apply.lambda)) cursor.fail_at(apply.lambda->range, "APPLY needs a function");
  } else {
    apply.function = cursor.take_name("function");
    if (cursor.accept(TokenKind::LeftParenthesis)) {
      apply.parameters = parse_expression_list(cursor, AliasStyle::Explicit);
      cursor.expect(TokenKind::RightParenthesis);
    }
  }
  if (parenthesised) cursor.expect(TokenKind::RightParenthesis);
  return apply;
}

}  // namespace

ExpressionPtr parse_call(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  std::string name = cursor.take_name("function");
  cursor.expect(TokenKind::LeftParenthesis);
  for (const auto& form : kSpecialForms) {
    if (same_keyword(form.word, name) && !cursor.at(TokenKind::RightParenthesis)) {
      return form.parse(cursor, std::string(form.function), begin);
    }
  }
  return parse_ordinary_call(cursor, std::move(name), begin);
}

ExpressionPtr parse_case(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.expect("CASE");
  std::vector<ExpressionPtr> arguments;
  const bool compares = !cursor.at("WHEN");
  if (compares) arguments.push_back(parse_expression(cursor));
  cursor.expect("WHEN");
  do {
    arguments.push_back(parse_expression(cursor));
    cursor.expect("THEN");
    arguments.push_back(parse_expression(cursor));
  } while (cursor.accept("WHEN"));
  if (cursor.accept("ELSE")) {
    arguments.push_back(parse_expression(cursor));
  } else {
    const SourceRange nowhere{cursor.begin(), cursor.begin()};
    arguments.push_back(make_expression(Literal{NullLiteral{}, {}}, nowhere));
  }
  cursor.expect("END");
  return make_call(compares ? "caseWithExpression" : "multiIf", std::move(arguments),
                   cursor.since(begin));
}

ExpressionPtr parse_interval(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  cursor.expect("INTERVAL");
  if (cursor.at(TokenKind::String) && interval_unit(cursor.peek_text(1)).empty()) {
    const std::string text = cursor.take_string();
    return parse_interval_text(cursor, text, cursor.since(begin));
  }
  ExpressionPtr count = parse_expression(cursor);
  const std::string_view unit =
      cursor.at(TokenKind::Word) ? interval_unit(cursor.peek_text()) : std::string_view();
  if (unit.empty()) cursor.fail("unit of time");
  cursor.take();
  return make_interval(unit, std::move(count), cursor.since(begin));
}

std::vector<ColumnTransformer> parse_column_transformers(TokenCursor& cursor) {
  std::vector<ColumnTransformer> transformers;
  while (true) {
    const bool set_operation = cursor.at("SELECT", 1) || cursor.at("ALL", 1) ||
                               cursor.at("DISTINCT", 1) || cursor.at("WITH", 1) ||
                               (cursor.at(TokenKind::LeftParenthesis, 1) &&
                                (cursor.at("SELECT", 2) || cursor.at("WITH", 2)));
    if (cursor.at("EXCEPT") && !set_operation) {
      cursor.take();
      transformers.emplace_back(parse_except(cursor));
    } else if (cursor.at("REPLACE")) {
      cursor.take();
      transformers.emplace_back(parse_replace(cursor));
    } else if (cursor.at("APPLY")) {
      cursor.take();
      transformers.emplace_back(parse_apply(cursor));
    } else {
      return transformers;
    }
  }
}

ExpressionPtr parse_columns_matcher(TokenCursor& cursor, std::vector<std::string> qualifier,
                                    uint32_t begin) {
  cursor.expect("COLUMNS");
  cursor.expect(TokenKind::LeftParenthesis);
  ColumnsMatcher matcher;
  matcher.qualifier = std::move(qualifier);
  if (cursor.at(TokenKind::String)) {
    matcher.pattern = cursor.take_string();
  } else {
    do {
      matcher.columns.push_back(parse_identifier(cursor));
    } while (cursor.accept(TokenKind::Comma));
  }
  cursor.expect(TokenKind::RightParenthesis);
  matcher.transformers = parse_column_transformers(cursor);
  return make_expression(std::move(matcher), cursor.since(begin));
}

}  // namespace freshet
