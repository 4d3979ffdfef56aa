#include "query/sql/select_parser.h"

#include <optional>

#include "query/sql/call_parser.h"
#include "query/sql/expression_parser.h"
#include "query/sql/keywords.h"
#include "query/sql/window_parser.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// `name AS (SELECT ..)`, `name (a, b) AS (SELECT ..)`.
bool at_common_table(TokenCursor& cursor) {
  if (!cursor.at_name()) return false;
  std::size_t ahead = 1;
  if (cursor.at(TokenKind::LeftParenthesis, ahead)) {
    do {
      ++ahead;
      if (!cursor.at_name(ahead)) return false;
      ++ahead;
    } while (cursor.at(TokenKind::Comma, ahead));
    if (!cursor.at(TokenKind::RightParenthesis, ahead)) return false;
    ++ahead;
  }
  return cursor.at("AS", ahead) && cursor.at(TokenKind::LeftParenthesis, ahead + 1);
}

std::vector<std::string> parse_name_list(TokenCursor& cursor) {
  std::vector<std::string> names;
  cursor.expect(TokenKind::LeftParenthesis);
  do {
    names.push_back(cursor.take_name());
  } while (cursor.accept(TokenKind::Comma));
  cursor.expect(TokenKind::RightParenthesis);
  return names;
}

QueryPtr parse_parenthesised_query(TokenCursor& cursor) {
  cursor.expect(TokenKind::LeftParenthesis);
  QueryPtr query = parse_query(cursor);
  cursor.expect(TokenKind::RightParenthesis);
  return query;
}

WithItem parse_with_item(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  WithItem item;
  if (at_common_table(cursor)) {
    item.name = cursor.take_name();
    if (cursor.at(TokenKind::LeftParenthesis)) item.column_aliases = parse_name_list(cursor);
    cursor.expect("AS");
    item.query = parse_parenthesised_query(cursor);
  } else {
    item.expression = parse_aliased_expression(cursor, AliasStyle::Explicit);
    item.name = item.expression->alias;
    if (item.name.empty()) cursor.fail("AS");
  }
  item.range = cursor.since(begin);
  return item;
}

void parse_with(TokenCursor& cursor, Select* select) {
  if (!cursor.accept("WITH")) return;
  if (cursor.at("RECURSIVE") && cursor.at_name(1)) {
    cursor.take();
    select->recursive_with = true;
  }
  do {
    select->with.push_back(parse_with_item(cursor));
  } while (cursor.accept(TokenKind::Comma));
}

// The list ends where FROM follows a comma: `SELECT a, b, FROM t`.
std::vector<ExpressionPtr> parse_select_list(TokenCursor& cursor) {
  std::vector<ExpressionPtr> list;
  do {
    list.push_back(parse_aliased_expression(cursor, AliasStyle::Bare));
  } while (cursor.accept(TokenKind::Comma) && !cursor.at("FROM"));
  return list;
}

void parse_select_words(TokenCursor& cursor, Select* select) {
  cursor.expect("SELECT");
  if (cursor.accept("DISTINCT ON")) {
    cursor.expect(TokenKind::LeftParenthesis);
    select->distinct_on = parse_expression_list(cursor, AliasStyle::Explicit);
    cursor.expect(TokenKind::RightParenthesis);
  } else if (cursor.accept("DISTINCT")) {
    select->distinct = true;
  } else if (cursor.at("ALL") && !cursor.at(TokenKind::LeftParenthesis, 1)) {
    cursor.take();
  }
  select->list = parse_select_list(cursor);
}

TableSource parse_table_source(TokenCursor& cursor) {
  if (cursor.at(TokenKind::LeftParenthesis)) return parse_parenthesised_query(cursor);
  if (cursor.at_name() && !cursor.at(TokenKind::LeftBrace) &&
      cursor.at(TokenKind::LeftParenthesis, 1)) {
    return TableFunction{parse_call(cursor)};
  }
  return parse_table_name(cursor);
}

// SAMPLE 1/10: a number or a ratio of numbers.
ExpressionPtr parse_sample_ratio(TokenCursor& cursor) {
  if (!cursor.at(TokenKind::Number) && !cursor.at(TokenKind::LeftBrace)) cursor.fail("number");
  return parse_expression(cursor);
}

void parse_table_modifiers(TokenCursor& cursor, TableExpression* table) {
  if (cursor.accept("FINAL")) table->final = true;
  if (cursor.accept("SAMPLE")) {
    table->sample = parse_sample_ratio(cursor);
    if (cursor.accept("OFFSET")) table->sample_offset = parse_sample_ratio(cursor);
  }
}

struct JoinWord {
  std::string_view word;
  JoinKind kind;
};

struct StrictnessWord {
  std::string_view word;
  JoinStrictness strictness;
};

constexpr JoinWord kJoinKinds[] = {{"INNER", JoinKind::Inner}, {"LEFT", JoinKind::Left},
                                   {"RIGHT", JoinKind::Right}, {"FULL", JoinKind::Full},
                                   {"CROSS", JoinKind::Cross}, {"PASTE", JoinKind::Paste}};

constexpr StrictnessWord kStrictnesses[] = {
    {"ALL", JoinStrictness::All},   {"ANY", JoinStrictness::Any},   {"SEMI", JoinStrictness::Semi},
    {"ANTI", JoinStrictness::Anti}, {"ASOF", JoinStrictness::Asof},
};

void parse_strictness(TokenCursor& cursor, Join* join) {
  if (join->strictness != JoinStrictness::Default) return;
  for (const auto& row : kStrictnesses) {
    if (cursor.accept(row.word)) {
      join->strictness = row.strictness;
      return;
    }
  }
}

// `[GLOBAL] [ANY|ALL|ASOF|SEMI|ANTI] [INNER|LEFT|..] [OUTER] [ANY|..] JOIN`, or `,`; false: no
// join.
bool parse_join_words(TokenCursor& cursor, Join* join) {
  if (cursor.accept(TokenKind::Comma)) {
    join->kind = JoinKind::Comma;
    return true;
  }
  const uint32_t begin = cursor.begin();
  join->global = cursor.accept("GLOBAL");
  if (!join->global && cursor.at("LOCAL")) cursor.take();
  parse_strictness(cursor, join);
  bool has_kind = false;
  for (const auto& row : kJoinKinds) {
    if (cursor.accept(row.word)) {
      join->kind = row.kind;
      has_kind = true;
      break;
    }
  }
  if (join->kind == JoinKind::Left || join->kind == JoinKind::Right ||
      join->kind == JoinKind::Full) {
    cursor.accept("OUTER");
  }
  parse_strictness(cursor, join);
  if (cursor.accept("JOIN")) {
    if (join->strictness == JoinStrictness::Semi || join->strictness == JoinStrictness::Anti) {
      if (!has_kind) join->kind = JoinKind::Left;
      if (join->kind != JoinKind::Left && join->kind != JoinKind::Right) {
        throw Error{ErrorCode::SyntaxError, "SEMI|ANTI JOIN should be LEFT or RIGHT."};
      }
    }
    return true;
  }
  if (cursor.begin() != begin) cursor.fail();
  return false;
}

void parse_join_condition(TokenCursor& cursor, Join* join) {
  const bool unconditional = join->kind == JoinKind::Comma || join->kind == JoinKind::Cross ||
                             join->kind == JoinKind::Paste;
  if (unconditional) return;
  if (cursor.accept("ON")) {
    join->on = parse_expression(cursor);
    return;
  }
  cursor.expect("USING");
  const bool parenthesised = cursor.accept(TokenKind::LeftParenthesis);
  join->using_list = parse_expression_list(cursor, AliasStyle::Explicit);
  if (parenthesised) cursor.expect(TokenKind::RightParenthesis);
}

std::optional<JoinStep> parse_join_step(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  if (cursor.at("ARRAY JOIN") || cursor.at("LEFT ARRAY JOIN") || cursor.at("INNER ARRAY JOIN")) {
    ArrayJoin join;
    join.left = cursor.accept("LEFT");
    cursor.accept("INNER");
    cursor.expect("ARRAY JOIN");
    join.list = parse_expression_list(cursor, AliasStyle::Bare);
    join.range = cursor.since(begin);
    return join;
  }
  Join join;
  if (!parse_join_words(cursor, &join)) return std::nullopt;
  join.table = parse_table_expression(cursor);
  parse_join_condition(cursor, &join);
  join.range = cursor.since(begin);
  return join;
}

void parse_from(TokenCursor& cursor, Select* select) {
  if (select->from || !cursor.accept("FROM")) return;
  select->from = parse_table_expression(cursor);
  while (auto step = parse_join_step(cursor)) select->joins.push_back(std::move(*step));
}

// `(a, b), (a), ()`.
void parse_grouping_sets(TokenCursor& cursor, GroupBy* group_by) {
  cursor.expect(TokenKind::LeftParenthesis);
  do {
    std::vector<ExpressionPtr> set;
    if (cursor.accept(TokenKind::LeftParenthesis)) {
      if (!cursor.at(TokenKind::RightParenthesis)) {
        set = parse_expression_list(cursor, AliasStyle::Explicit);
      }
      cursor.expect(TokenKind::RightParenthesis);
    } else {
      set.push_back(parse_expression(cursor));
    }
    group_by->grouping_sets.push_back(std::move(set));
  } while (cursor.accept(TokenKind::Comma));
  cursor.expect(TokenKind::RightParenthesis);
}

// GROUP BY ROLLUP(a, b) is GROUP BY a, b WITH ROLLUP.
bool parse_grouping_function(TokenCursor& cursor, std::string_view word, GroupingMode mode,
                             GroupBy* group_by) {
  if (!cursor.at(word) || !cursor.at(TokenKind::LeftParenthesis, 1)) return false;
  cursor.take();
  cursor.take();
  group_by->mode = mode;
  group_by->keys = parse_expression_list(cursor, AliasStyle::Explicit);
  cursor.expect(TokenKind::RightParenthesis);
  return true;
}

void parse_group_by(TokenCursor& cursor, Select* select) {
  if (!cursor.accept("GROUP BY")) return;
  GroupBy group_by;
  if (cursor.accept("GROUPING SETS")) {
    group_by.mode = GroupingMode::GroupingSets;
    parse_grouping_sets(cursor, &group_by);
  } else if (cursor.accept("ALL")) {
    group_by.mode = GroupingMode::All;
  } else if (!parse_grouping_function(cursor, "ROLLUP", GroupingMode::Rollup, &group_by) &&
             !parse_grouping_function(cursor, "CUBE", GroupingMode::Cube, &group_by)) {
    group_by.keys = parse_expression_list(cursor, AliasStyle::Explicit);
    if (cursor.accept("WITH ROLLUP")) group_by.mode = GroupingMode::Rollup;
    if (cursor.accept("WITH CUBE")) group_by.mode = GroupingMode::Cube;
  }
  select->group_by = std::move(group_by);
}

// WITH TOTALS may stand without GROUP BY.
void parse_totals(TokenCursor& cursor, Select* select) {
  if (!cursor.accept("WITH TOTALS")) return;
  if (!select->group_by) select->group_by.emplace();
  select->group_by->with_totals = true;
}

void parse_windows(TokenCursor& cursor, Select* select) {
  if (!cursor.accept("WINDOW")) return;
  do {
    std::string name = cursor.take_name("name of a window");
    cursor.expect("AS");
    select->windows.push_back({std::move(name), parse_window_spec(cursor)});
  } while (cursor.accept(TokenKind::Comma));
}

void parse_order_by(TokenCursor& cursor, Select* select) {
  if (!cursor.accept("ORDER BY")) return;
  if (cursor.at("ALL") && !cursor.at(TokenKind::Dot, 1) &&
      !cursor.at(TokenKind::LeftParenthesis, 1)) {
    cursor.take();
    OrderItem direction;
    direction.descending = cursor.accept("DESC");
    if (!direction.descending) cursor.accept("ASC");
    if (cursor.accept("NULLS")) {
      direction.nulls_first = cursor.accept("FIRST");
      if (!*direction.nulls_first) cursor.expect("LAST");
    }
    select->order_by_all = std::move(direction);
    return;
  }
  select->order_by = parse_order_list(cursor);
  if (cursor.at("INTERPOLATE")) cursor.refuse("INTERPOLATE");
}

// LIMIT n, LIMIT m, n, LIMIT n OFFSET m; each may go on with BY. LIMIT may come twice.
void parse_limits(TokenCursor& cursor, Select* select) {
  while (!select->limit && cursor.accept("LIMIT")) {
    Limit limit;
    limit.limit = parse_expression(cursor);
    if (cursor.accept(TokenKind::Comma)) {
      limit.offset = std::exchange(limit.limit, parse_expression(cursor));
    } else if (cursor.accept("OFFSET")) {
      limit.offset = parse_expression(cursor);
    }
    if (!select->limit_by && cursor.accept("BY")) {
      select->limit_by =
          LimitBy{limit.limit, limit.offset, parse_expression_list(cursor, AliasStyle::Explicit)};
      continue;
    }
    limit.with_ties = cursor.accept("WITH TIES");
    select->limit = std::move(limit);
  }
}

// OFFSET m [ROWS] [FETCH FIRST n ROWS ONLY | WITH TIES], the standard's LIMIT.
void parse_offset_fetch(TokenCursor& cursor, Select* select) {
  if (select->limit) return;
  Limit limit;
  if (cursor.accept("OFFSET")) {
    limit.offset = parse_expression(cursor);
    if (!cursor.accept("ROWS")) cursor.accept("ROW");
  }
  if (cursor.accept("FETCH")) {
    if (!cursor.accept("FIRST")) cursor.expect("NEXT");
    limit.limit = parse_expression(cursor);
    if (!cursor.accept("ROWS")) cursor.expect("ROW");
    limit.with_ties = cursor.accept("WITH TIES");
    if (!limit.with_ties) cursor.expect("ONLY");
  }
  if (limit.limit || limit.offset) select->limit = std::move(limit);
}

QueryPtr parse_select(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  Select select;
  parse_with(cursor, &select);
  parse_from(cursor, &select);
  parse_select_words(cursor, &select);
  parse_from(cursor, &select);
  if (cursor.accept("PREWHERE")) select.prewhere = parse_expression(cursor);
  if (cursor.accept("WHERE")) select.where = parse_expression(cursor);
  parse_group_by(cursor, &select);
  parse_totals(cursor, &select);
  if (cursor.accept("HAVING")) select.having = parse_expression(cursor);
  parse_windows(cursor, &select);
  if (cursor.accept("QUALIFY")) select.qualify = parse_expression(cursor);
  parse_order_by(cursor, &select);
  parse_limits(cursor, &select);
  parse_offset_fetch(cursor, &select);
  if (cursor.accept("SETTINGS")) select.settings = parse_settings(cursor);
  select.range = cursor.since(begin);
  return make_query(std::move(select), cursor.since(begin));
}

QueryPtr parse_query_operand(TokenCursor& cursor) {
  if (cursor.at(TokenKind::LeftParenthesis)) return parse_parenthesised_query(cursor);
  return parse_select(cursor);
}

// UNION and EXCEPT with their words taken; the second word decides what equal rows do.
SetOperator parse_union_or_except(TokenCursor& cursor) {
  if (cursor.accept("UNION")) {
    if (cursor.accept("ALL")) return SetOperator::UnionAll;
    return cursor.accept("DISTINCT") ? SetOperator::UnionDistinct : SetOperator::UnionDefault;
  }
  cursor.expect("EXCEPT");
  if (cursor.accept("DISTINCT")) return SetOperator::ExceptDistinct;
  cursor.accept("ALL");
  return SetOperator::ExceptAll;
}

SetOperator parse_intersect(TokenCursor& cursor) {
  cursor.expect("INTERSECT");
  if (cursor.accept("DISTINCT")) return SetOperator::IntersectDistinct;
  cursor.accept("ALL");
  return SetOperator::IntersectAll;
}

// Adds `right` to the operation of `left`; operands of one operator in a row make one node.
class SetOperationBuilder {
 public:
  SetOperationBuilder(TokenCursor& cursor, QueryPtr first, uint32_t begin)
      : cursor_(cursor), begin_(begin), operands_{std::move(first)} {}

  void add(SetOperator op, QueryPtr right) {
    if (operands_.size() > 1 && op != op_) fold();
    op_ = op;
    operands_.push_back(std::move(right));
  }

  QueryPtr finish() {
    if (operands_.size() > 1) fold();
    return operands_[0];
  }

 private:
  void fold() {
    QueryPtr query = make_query(SetOperation{op_, std::move(operands_)}, cursor_.since(begin_));
    operands_ = {std::move(query)};
  }

  TokenCursor& cursor_;
  uint32_t begin_;
  SetOperator op_ = SetOperator::UnionAll;
  std::vector<QueryPtr> operands_;
};

// INTERSECT binds tighter than UNION and EXCEPT.
QueryPtr parse_intersections(TokenCursor& cursor, QueryPtr first, uint32_t begin) {
  SetOperationBuilder builder(cursor, std::move(first), begin);
  while (cursor.at("INTERSECT")) {
    const SetOperator op = parse_intersect(cursor);
    builder.add(op, parse_query_operand(cursor));
  }
  return builder.finish();
}

}  // namespace

bool at_query(TokenCursor& cursor) {
  std::size_t ahead = 0;
  while (cursor.at(TokenKind::LeftParenthesis, ahead)) ++ahead;
  if (cursor.at("SELECT", ahead) || cursor.at("FROM", ahead)) return true;
  return cursor.at("WITH", ahead) && !cursor.at(TokenKind::Comma, ahead + 1) &&
         !cursor.at(TokenKind::RightParenthesis, ahead + 1);
}

bool at_set_operator(TokenCursor& cursor) {
  return cursor.at("UNION") || cursor.at("EXCEPT") || cursor.at("INTERSECT");
}

QueryPtr parse_query_after(TokenCursor& cursor, QueryPtr first, uint32_t begin) {
  const TokenCursor::Nesting nesting(cursor);
  SetOperationBuilder builder(cursor, parse_intersections(cursor, std::move(first), begin), begin);
  while (cursor.at("UNION") || cursor.at("EXCEPT")) {
    const SetOperator op = parse_union_or_except(cursor);
    const uint32_t operand_begin = cursor.begin();
    QueryPtr operand = parse_query_operand(cursor);
    builder.add(op, parse_intersections(cursor, std::move(operand), operand_begin));
  }
  return builder.finish();
}

QueryPtr parse_query(TokenCursor& cursor) {
  const TokenCursor::Nesting nesting(cursor);
  const uint32_t begin = cursor.begin();
  QueryPtr first = parse_query_operand(cursor);
  return parse_query_after(cursor, std::move(first), begin);
}

TableExpression parse_table_expression(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  TableExpression table;
  table.source = parse_table_source(cursor);
  parse_table_modifiers(cursor, &table);
  if (cursor.accept("AS") || (cursor.at_name() && !(cursor.at(TokenKind::Word) &&
                                                    is_reserved_alias(cursor.peek_text())))) {
    table.alias = cursor.take_name("alias");
    if (cursor.at(TokenKind::LeftParenthesis)) table.column_aliases = parse_name_list(cursor);
  }
  parse_table_modifiers(cursor, &table);
  table.range = cursor.since(begin);
  return table;
}

TableName parse_table_name(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  if (cursor.at(TokenKind::Word) && is_reserved_operand(cursor.peek_text()) &&
      !cursor.at(TokenKind::Dot, 1)) {
    cursor.fail("table");
  }
  TableName name;
  name.table = cursor.take_name("table");
  if (cursor.accept(TokenKind::Dot)) {
    name.database = std::exchange(name.table, cursor.take_name("table"));
  }
  name.range = cursor.since(begin);
  return name;
}

SettingChange parse_setting(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  SettingChange setting;
  setting.name = cursor.take_name("name of a setting");
  while (cursor.accept(TokenKind::Dot)) setting.name += "." + cursor.take_name("name of a setting");
  if (cursor.accept(TokenKind::Equals)) {
    setting.value = parse_literal(cursor);
  } else {
    setting.value = Literal{uint64_t{1}, "1"};
  }
  setting.range = cursor.since(begin);
  return setting;
}

std::vector<SettingChange> parse_settings(TokenCursor& cursor) {
  std::vector<SettingChange> settings;
  do {
    settings.push_back(parse_setting(cursor));
  } while (cursor.accept(TokenKind::Comma));
  return settings;
}

}  // namespace freshet
