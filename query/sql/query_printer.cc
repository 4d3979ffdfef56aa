#include "query/sql/keywords.h"
#include "query/sql/literal.h"
#include "query/sql/sql_writer.h"

namespace freshet {

namespace {

void write_names(SqlWriter& writer, const std::vector<std::string>& names) {
  writer.add('(');
  writer.inline_list(names, [&](const std::string& name) { writer.add(quote_name(name)); });
  writer.add(')');
}

void write_with_item(SqlWriter& writer, const WithItem& item) {
  if (item.expression) {
    write_aliased(writer, item.expression);
    return;
  }
  writer.add(quote_name(item.name));
  if (!item.column_aliases.empty()) {
    writer.add(' ');
    write_names(writer, item.column_aliases);
  }
  writer.add(" AS ");
  write_subquery(writer, *item.query);
}

std::string_view strictness_words(JoinStrictness strictness) {
  switch (strictness) {
    case JoinStrictness::Default:
      return "";
    case JoinStrictness::All:
      return "ALL ";
    case JoinStrictness::Any:
      return "ANY ";
    case JoinStrictness::Semi:
      return "SEMI ";
    case JoinStrictness::Anti:
      return "ANTI ";
    case JoinStrictness::Asof:
      return "ASOF ";
  }
  return "";
}

std::string_view join_words(JoinKind kind) {
  switch (kind) {
    case JoinKind::Inner:
      return "INNER JOIN";
    case JoinKind::Left:
      return "LEFT JOIN";
    case JoinKind::Right:
      return "RIGHT JOIN";
    case JoinKind::Full:
      return "FULL JOIN";
    case JoinKind::Cross:
      return "CROSS JOIN";
    case JoinKind::Paste:
      return "PASTE JOIN";
    case JoinKind::Comma:
      return ",";
  }
  return "";
}

// A subquery after FROM or JOIN begins on its own line.
void write_joined_table(SqlWriter& writer, const TableExpression& table) {
  if (std::holds_alternative<QueryPtr>(table.source)) {
    writer.new_line();
  } else {
    writer.add(' ');
  }
  write_table_expression(writer, table);
}

void write_join(SqlWriter& writer, const Join& join) {
  if (join.kind == JoinKind::Comma) {
    writer.add(',');
    write_joined_table(writer, join.table);
    return;
  }
  writer.new_line();
  if (join.global) writer.add("GLOBAL ");
  writer.add(strictness_words(join.strictness));
  writer.add(join_words(join.kind));
  write_joined_table(writer, join.table);
  if (join.on) {
    writer.add(" ON ");
    write_expression(writer, join.on);
  }
  if (!join.using_list.empty()) {
    writer.add(" USING (");
    writer.inline_list(join.using_list,
                       [&](const ExpressionPtr& key) { write_aliased(writer, key); });
    writer.add(')');
  }
}

void write_join_step(SqlWriter& writer, const JoinStep& step) {
  if (const auto* join = std::get_if<Join>(&step)) {
    write_join(writer, *join);
    return;
  }
  const auto& array_join = std::get<ArrayJoin>(step);
  writer.new_line();
  writer.add(array_join.left ? "LEFT ARRAY JOIN" : "ARRAY JOIN");
  writer.list(array_join.list, [&](const ExpressionPtr& item) { write_aliased(writer, item); });
}

void write_aliased_items(SqlWriter& writer, const std::vector<ExpressionPtr>& items) {
  writer.list(items, [&](const ExpressionPtr& item) { write_aliased(writer, item); });
}

void write_condition(SqlWriter& writer, std::string_view word, const ExpressionPtr& condition) {
  if (!condition) return;
  writer.new_line();
  writer.add(word);
  writer.add(' ');
  write_expression(writer, condition);
}

void write_grouping_sets(SqlWriter& writer, const GroupBy& group_by) {
  writer.add("GROUP BY GROUPING SETS (");
  writer.inline_list(group_by.grouping_sets, [&](const std::vector<ExpressionPtr>& set) {
    writer.add('(');
    writer.inline_list(set, [&](const ExpressionPtr& key) { write_aliased(writer, key); });
    writer.add(')');
  });
  writer.add(')');
}

void write_group_by(SqlWriter& writer, const GroupBy& group_by) {
  if (group_by.mode == GroupingMode::GroupingSets) {
    writer.new_line();
    write_grouping_sets(writer, group_by);
  } else if (group_by.mode == GroupingMode::All) {
    writer.new_line();
    writer.add("GROUP BY ALL");
  } else if (!group_by.keys.empty()) {
    writer.new_line();
    writer.add("GROUP BY");
    write_aliased_items(writer, group_by.keys);
  }
  if (group_by.mode == GroupingMode::Rollup) writer.add(" WITH ROLLUP");
  if (group_by.mode == GroupingMode::Cube) writer.add(" WITH CUBE");
  if (!group_by.with_totals) return;
  writer.new_line();
  writer.add("WITH TOTALS");
}

void write_windows(SqlWriter& writer, const std::vector<NamedWindow>& windows) {
  if (windows.empty()) return;
  writer.new_line();
  writer.add("WINDOW");
  writer.list(windows, [&](const NamedWindow& window) {
    writer.add(quote_name(window.name));
    writer.add(" AS ");
    write_window_spec(writer, *window.spec);
  });
}

void write_order_by(SqlWriter& writer, const Select& select) {
  if (select.order_by.empty() && !select.order_by_all) return;
  writer.new_line();
  writer.add("ORDER BY");
  if (select.order_by_all) {
    writer.add(' ');
    write_order_item(writer, *select.order_by_all);
  } else {
    writer.list(select.order_by, [&](const OrderItem& item) { write_order_item(writer, item); });
  }
}

// `LIMIT m, n`.
void write_limit_numbers(SqlWriter& writer, const ExpressionPtr& limit,
                         const ExpressionPtr& offset) {
  writer.new_line();
  writer.add("LIMIT ");
  if (offset) {
    write_expression(writer, offset);
    writer.add(", ");
  }
  write_expression(writer, limit);
}

void write_limits(SqlWriter& writer, const Select& select) {
  if (const auto& by = select.limit_by) {
    write_limit_numbers(writer, by->limit, by->offset);
    writer.add(" BY");
    write_aliased_items(writer, by->keys);
  }
  if (!select.limit) return;
  const Limit& limit = *select.limit;
  if (limit.limit) {
    write_limit_numbers(writer, limit.limit, limit.offset);
  } else {
    write_condition(writer, "OFFSET", limit.offset);
  }
  if (limit.with_ties) writer.add(" WITH TIES");
}

void write_select_words(SqlWriter& writer, const Select& select) {
  if (!select.with.empty()) {
    writer.add(select.recursive_with ? "WITH RECURSIVE" : "WITH");
    writer.list(select.with, [&](const WithItem& item) { write_with_item(writer, item); });
    writer.new_line();
  }
  writer.add("SELECT");
  if (select.distinct) writer.add(" DISTINCT");
  if (!select.distinct_on.empty()) {
    writer.add(" DISTINCT ON (");
    writer.inline_list(select.distinct_on,
                       [&](const ExpressionPtr& key) { write_aliased(writer, key); });
    writer.add(')');
  }
  write_aliased_items(writer, select.list);
}

void write_select(SqlWriter& writer, const Select& select) {
  write_select_words(writer, select);
  if (select.from) {
    writer.new_line();
    writer.add("FROM");
    write_joined_table(writer, *select.from);
    for (const JoinStep& step : select.joins) write_join_step(writer, step);
  }
  write_condition(writer, "PREWHERE", select.prewhere);
  write_condition(writer, "WHERE", select.where);
  if (select.group_by) write_group_by(writer, *select.group_by);
  write_condition(writer, "HAVING", select.having);
  write_windows(writer, select.windows);
  write_condition(writer, "QUALIFY", select.qualify);
  write_order_by(writer, select);
  write_limits(writer, select);
  if (!select.settings.empty()) {
    writer.new_line();
    writer.add("SETTINGS ");
    writer.inline_list(select.settings,
                       [&](const SettingChange& each) { write_setting(writer, each); });
  }
}

std::string_view set_operator_words(SetOperator op) {
  switch (op) {
    case SetOperator::UnionAll:
      return "UNION ALL";
    case SetOperator::UnionDistinct:
      return "UNION DISTINCT";
    case SetOperator::UnionDefault:
      return "UNION";
    case SetOperator::IntersectAll:
      return "INTERSECT ALL";
    case SetOperator::IntersectDistinct:
      return "INTERSECT DISTINCT";
    case SetOperator::ExceptAll:
      return "EXCEPT ALL";
    case SetOperator::ExceptDistinct:
      return "EXCEPT DISTINCT";
  }
  return "";
}

void write_set_operation(SqlWriter& writer, const SetOperation& operation) {
  for (std::size_t i = 0; i < operation.operands.size(); ++i) {
    if (i > 0) {
      writer.new_line();
      writer.add(set_operator_words(operation.op));
      writer.new_line();
    }
    const Query& operand = *operation.operands[i];
    if (std::holds_alternative<SetOperation>(operand.body)) {
      write_subquery(writer, operand);
    } else {
      write_query(writer, operand);
    }
  }
}

}  // namespace

void write_setting(SqlWriter& writer, const SettingChange& setting) {
  std::string_view rest = setting.name;
  for (std::size_t dot = rest.find('.'); dot != std::string_view::npos && dot > 0;
       dot = rest.find('.')) {
    writer.add(quote_name(rest.substr(0, dot)) + ".");
    rest.remove_prefix(dot + 1);
  }
  writer.add(quote_name(rest));
  writer.add(" = ");
  writer.add(literal_sql(setting.value));
}

void write_table_name(SqlWriter& writer, const TableName& name) {
  if (!name.database.empty()) writer.add(quote_name(name.database) + ".");
  writer.add(quote_name(name.table));
}

void write_table_expression(SqlWriter& writer, const TableExpression& table) {
  if (const auto* name = std::get_if<TableName>(&table.source)) {
    write_table_name(writer, *name);
  } else if (const auto* query = std::get_if<QueryPtr>(&table.source)) {
    write_subquery(writer, **query);
  } else {
    write_expression(writer, std::get<TableFunction>(table.source).call);
  }
  if (!table.alias.empty()) writer.add(" AS " + quote_name(table.alias));
  if (!table.column_aliases.empty()) {
    writer.add(' ');
    write_names(writer, table.column_aliases);
  }
  if (table.final) writer.add(" FINAL");
  if (!table.sample) return;
  writer.add(" SAMPLE ");
  write_expression(writer, table.sample);
  if (!table.sample_offset) return;
  writer.add(" OFFSET ");
  write_expression(writer, table.sample_offset);
}

void write_query(SqlWriter& writer, const Query& query) {
  if (const auto* select = std::get_if<Select>(&query.body)) {
    write_select(writer, *select);
  } else {
    write_set_operation(writer, std::get<SetOperation>(query.body));
  }
}

void write_subquery(SqlWriter& writer, const Query& query) {
  writer.open('(');
  write_query(writer, query);
  writer.close(')');
}

void write_last_query(SqlWriter& writer, const Query& query) {
  if (writer.settings_follow()) {
    write_subquery(writer, query);
  } else {
    write_query(writer, query);
  }
}

std::string to_sql(const Query& query, PrintStyle style) {
  SqlWriter writer(style);
  write_query(writer, query);
  return writer.take();
}

}  // namespace freshet
