// TTL clauses of CREATE and ALTER TABLE: as rules of the definition, and whether they work.

#include <algorithm>
#include <utility>

#include "query/engine/expression_columns.h"
#include "query/engine/row_rollup.h"
#include "query/engine/table_elements.h"
#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

TtlRule rule_of(const TtlItem& item) {
  if (item.action != TtlAction::Delete && item.action != TtlAction::GroupBy) {
    throw Error(
        ErrorCode::NotImplemented,
        "Only TTL .. DELETE and TTL .. GROUP BY are supported: " + to_sql(*item.expression));
  }
  TtlRule rule;
  rule.expression = to_sql(*item.expression);
  if (item.where) rule.where = to_sql(*item.where);
  for (const ExpressionPtr& key : item.keys) {
    for (const ExpressionPtr& part : key_expressions(key)) rule.group_by.push_back(to_sql(*part));
  }
  for (const Assignment& each : item.assignments) {
    rule.set.push_back({each.column, to_sql(*each.value)});
  }
  return rule;
}

std::string rule_text(const TtlRule& rule) {
  std::string text = rule.expression;
  if (!rule.group_by.empty()) text += " GROUP BY " + key_text(rule.group_by);
  for (size_t i = 0; i < rule.set.size(); ++i) {
    text += (i == 0 ? " SET " : ", ") + rule.set[i].column + " = " + rule.set[i].value;
  }
  if (!rule.where.empty()) text += " WHERE " + rule.where;
  return text;
}

void check_moment(const Schema& schema, const std::string& expression, const BindContext& context) {
  const auto bound = bind_expression(schema, *parse_expression_text(expression), context);
  if (!is_date_or_time(*bound->type)) {
    throw Error(ErrorCode::BadTtlExpression,
                "TTL expression result column should have Date, Date32, DateTime or DateTime64 "
                "type, but has " +
                    bound->type->name());
  }
  if (columns_of(*bound).empty()) {
    throw Error(ErrorCode::BadArguments, "TTL expression " + expression +
                                             " does not depend on any of the columns of the table");
  }
}

void check_groups(const TableDefinition& definition, const TtlRule& rule,
                  const BindContext& context) {
  const auto& primary =
      definition.primary_key.empty() ? definition.order_by : definition.primary_key;
  const bool is_prefix = rule.group_by.size() <= primary.size() &&
                         std::equal(rule.group_by.begin(), rule.group_by.end(), primary.begin());
  if (!is_prefix) {
    throw Error(
        ErrorCode::BadTtlExpression,
        "TTL Expression GROUP BY key should be a prefix of primary key " + key_text(primary));
  }
  for (const TtlRule::Assignment& each : rule.set) {
    for (const std::string& key : definition.order_by) {
      if (!reads_column(key, each.column)) continue;
      throw Error(ErrorCode::BadTtlExpression,
                  "TTL Expression cannot set a column of the sorting key: " + each.column);
    }
  }
  const SqlChunkFunctionCompiler compiler(*context.functions);
  check_rollup(definition, rule, compiler);
}

}  // namespace

void set_ttl(const std::vector<TtlItem>& items, TableDefinition& definition) {
  definition.ttl.clear();
  definition.ttl_rules.clear();
  for (const TtlItem& item : items) {
    TtlRule rule = rule_of(item);
    definition.ttl += (definition.ttl.empty() ? "" : ", ") + rule_text(rule);
    definition.ttl_rules.push_back(std::move(rule));
  }
}

void check_ttl(const TableDefinition& definition, const BindContext& context) {
  const Schema schema = definition.stored_schema();
  for (const TtlRule& rule : definition.ttl_rules) {
    check_moment(schema, rule.expression, context);
    if (!rule.where.empty()) {
      bind_expression(schema, *parse_expression_text(rule.where), context);
    }
    if (rule.group_by.empty()) continue;
    check_groups(definition, rule, context);
    if (!definition.unique_key.empty()) {
      throw Error(ErrorCode::BadTtlExpression,
                  "TTL .. GROUP BY is not for tables with a UNIQUE KEY: " + definition.name);
    }
  }
  for (const ColumnDefinition& column : definition.columns) {
    if (column.ttl.empty()) continue;
    check_moment(schema, column.ttl, context);
    for (const std::string& key : definition.order_by) {
      if (!reads_column(key, column.name)) continue;
      throw Error(ErrorCode::IllegalColumn, "Trying to set TTL for key column " + column.name);
    }
    if (std::ranges::find(definition.unique_key, column.name) != definition.unique_key.end()) {
      throw Error(ErrorCode::IllegalColumn, "Trying to set TTL for key column " + column.name);
    }
  }
}

}  // namespace freshet
