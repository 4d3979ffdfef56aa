#include "query/sql/window_parser.h"

#include "query/sql/expression_parser.h"

namespace freshet {

namespace {

OrderItem parse_order_item(TokenCursor& cursor) {
  const uint32_t begin = cursor.begin();
  OrderItem item;
  item.expression = parse_aliased_expression(cursor, AliasStyle::Explicit);
  if (cursor.accept("DESC") || cursor.accept("DESCENDING")) {
    item.descending = true;
  } else if (!cursor.accept("ASC")) {
    cursor.accept("ASCENDING");
  }
  if (cursor.accept("NULLS")) {
    item.nulls_first = cursor.accept("FIRST");
    if (!*item.nulls_first) cursor.expect("LAST");
  }
  if (cursor.accept("COLLATE")) item.collation = cursor.take_string("name of a collation");
  item.range = cursor.since(begin);
  if (cursor.at("WITH FILL")) cursor.refuse("ORDER BY .. WITH FILL");
  return item;
}

FrameBound parse_frame_bound(TokenCursor& cursor) {
  FrameBound bound;
  if (cursor.accept("CURRENT ROW")) return bound;
  if (cursor.accept("UNBOUNDED")) {
    bound.kind = FrameBoundKind::UnboundedPreceding;
    if (cursor.accept("PRECEDING")) return bound;
    cursor.expect("FOLLOWING");
    bound.kind = FrameBoundKind::UnboundedFollowing;
    return bound;
  }
  bound.offset = parse_expression(cursor);
  bound.kind = FrameBoundKind::Preceding;
  if (cursor.accept("PRECEDING")) return bound;
  cursor.expect("FOLLOWING");
  bound.kind = FrameBoundKind::Following;
  return bound;
}

std::optional<WindowFrame> parse_frame(TokenCursor& cursor) {
  WindowFrame frame;
  if (cursor.accept("ROWS")) {
    frame.unit = FrameUnit::Rows;
  } else if (cursor.accept("GROUPS")) {
    frame.unit = FrameUnit::Groups;
  } else if (!cursor.accept("RANGE")) {
    return std::nullopt;
  }
  if (!cursor.accept("BETWEEN")) {
    frame.begin = parse_frame_bound(cursor);
    return frame;
  }
  frame.begin = parse_frame_bound(cursor);
  cursor.expect("AND");
  frame.end = parse_frame_bound(cursor);
  return frame;
}

bool at_window_clause(TokenCursor& cursor) {
  return cursor.at("PARTITION BY") || cursor.at("ORDER BY") ||
         ((cursor.at("ROWS") || cursor.at("RANGE") || cursor.at("GROUPS")) &&
          !cursor.at(TokenKind::RightParenthesis, 1));
}

}  // namespace

std::vector<OrderItem> parse_order_list(TokenCursor& cursor) {
  std::vector<OrderItem> list;
  do {
    list.push_back(parse_order_item(cursor));
  } while (cursor.accept(TokenKind::Comma));
  return list;
}

WindowSpecPtr parse_window_spec(TokenCursor& cursor) {
  WindowSpec spec;
  cursor.expect(TokenKind::LeftParenthesis);
  if (cursor.at_name() && !at_window_clause(cursor)) spec.window = cursor.take_name();
  if (cursor.accept("PARTITION BY")) {
    spec.partition_by = parse_expression_list(cursor, AliasStyle::Explicit);
  }
  if (cursor.accept("ORDER BY")) spec.order_by = parse_order_list(cursor);
  spec.frame = parse_frame(cursor);
  cursor.expect(TokenKind::RightParenthesis);
  return std::make_shared<const WindowSpec>(std::move(spec));
}

}  // namespace freshet
