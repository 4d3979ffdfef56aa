#include "query/engine/expression_columns.h"

#include <algorithm>
#include <utility>

#include "query/sql/parser.h"

namespace freshet {

namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string name;
  for (const std::string& part : parts) name += (name.empty() ? "" : ".") + part;
  return name;
}

void collect(const ExpressionPtr& expression, const std::set<std::string>& parameters,
             std::set<std::string>& names) {
  if (!expression) return;
  if (const auto* identifier = as<Identifier>(expression)) {
    if (parameters.contains(identifier->parts[0])) return;
    names.insert(identifier->parts[0]);
    names.insert(joined(identifier->parts));
  } else if (const auto* call = as<FunctionCall>(expression)) {
    for (const ExpressionPtr& argument : call->arguments) collect(argument, parameters, names);
  } else if (const auto* lambda = as<Lambda>(expression)) {
    std::set<std::string> inside = parameters;
    inside.insert(lambda->parameters.begin(), lambda->parameters.end());
    collect(lambda->body, inside, names);
  }
}

}  // namespace

std::set<std::string> columns_in(const ExpressionPtr& expression) {
  std::set<std::string> names;
  collect(expression, {}, names);
  return names;
}

bool reads_column(const std::string& expression, const std::string& column) {
  return !expression.empty() && columns_in(parse_expression_text(expression)).contains(column);
}

ExpressionPtr rename_column_in(const ExpressionPtr& expression, const std::string& from,
                               const std::string& to) {
  if (!expression) return expression;
  if (const auto* identifier = as<Identifier>(expression)) {
    Identifier renamed = *identifier;
    if (joined(identifier->parts) == from) {
      renamed.parts = {to};
    } else if (identifier->parts[0] == from) {
      renamed.parts[0] = to;
    }
    return make_expression(std::move(renamed), expression->range, expression->alias);
  }
  if (const auto* call = as<FunctionCall>(expression)) {
    FunctionCall copy = *call;
    for (ExpressionPtr& argument : copy.arguments) argument = rename_column_in(argument, from, to);
    return make_expression(std::move(copy), expression->range, expression->alias);
  }
  if (const auto* lambda = as<Lambda>(expression)) {
    if (std::ranges::find(lambda->parameters, from) != lambda->parameters.end()) return expression;
    Lambda copy = *lambda;
    copy.body = rename_column_in(copy.body, from, to);
    return make_expression(std::move(copy), expression->range, expression->alias);
  }
  return expression;
}

}  // namespace freshet
