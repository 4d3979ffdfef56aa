// The parts of ExpressionBinder that know the written form of columns: aliases, `*`, headers.
#include <re2/re2.h>

#include <algorithm>

#include "query/plan/expression_binder.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

bool matches(const RE2& pattern, const std::string& name) {
  return RE2::PartialMatch(name, pattern);
}

std::unique_ptr<RE2> compile_pattern(const std::string& pattern) {
  auto compiled = std::make_unique<RE2>(pattern, RE2::Quiet);
  if (!compiled->ok()) {
    throw Error{ErrorCode::CannotParseRegexp, "Cannot compile pattern: " + pattern};
  }
  return compiled;
}

// A column that a matcher gave, on its way through the transformers.
struct Matched {
  std::string name;
  ExpressionPtr expression;
};

void apply_except(const ColumnExcept& except, std::vector<Matched>& columns) {
  if (!except.pattern.empty()) {
    const auto pattern = compile_pattern(except.pattern);
    std::erase_if(columns, [&](const Matched& column) { return matches(*pattern, column.name); });
    return;
  }
  std::erase_if(columns, [&](const Matched& column) {
    return std::ranges::find(except.names, column.name) != except.names.end();
  });
}

void apply_replace(const ColumnReplace& replace, std::vector<Matched>& columns) {
  for (auto& column : columns) {
    for (const auto& item : replace.replacements) {
      if (item.name == column.name) column.expression = with_alias(item.expression, item.name);
    }
  }
}

// `body` with identifier `parameter` replaced.
ExpressionPtr substitute(const ExpressionPtr& body, const std::string& parameter,
                         const ExpressionPtr& argument) {
  if (const auto* identifier = as<Identifier>(body)) {
    return identifier->parts.size() == 1 && identifier->parts[0] == parameter ? argument : body;
  }
  const auto* call = as<FunctionCall>(body);
  if (call == nullptr) return body;
  FunctionCall copy = *call;
  for (auto& item : copy.arguments) item = substitute(item, parameter, argument);
  return make_expression(std::move(copy), body->range, body->alias);
}

void apply_function(const ColumnApply& apply, std::vector<Matched>& columns) {
  for (auto& column : columns) {
    const ExpressionPtr argument = with_alias(column.expression, "");
    if (apply.lambda) {
      const auto& lambda = *as<Lambda>(apply.lambda);
      column.expression = substitute(lambda.body, lambda.parameters.at(0), argument);
      continue;
    }
    FunctionCall call;
    call.name = apply.function;
    call.parameters = apply.parameters;
    call.arguments.push_back(argument);
    column.expression = make_expression(std::move(call), argument->range);
  }
}

}  // namespace

void ExpressionBinder::collect_aliases(const ExpressionPtr& expression) {
  if (!expression) return;
  if (!expression->alias.empty()) {
    const auto [known, added] = aliases_.emplace(expression->alias, expression);
    if (!added && known->second.get() != expression.get() && *known->second != *expression) {
      throw Error{ErrorCode::MultipleExpressionsForAlias,
                  "Multiple expressions " + to_sql(*known->second) + " and " + to_sql(*expression) +
                      " for alias " + expression->alias};
    }
  }
  if (const auto* call = as<FunctionCall>(expression)) {
    for (const auto& argument : call->arguments) collect_aliases(argument);
    for (const auto& parameter : call->parameters) collect_aliases(parameter);
    if (call->over) {
      for (const auto& key : call->over->partition_by) collect_aliases(key);
      for (const auto& key : call->over->order_by) collect_aliases(key.expression);
    }
  }
}

ExpressionPtr ExpressionBinder::pin(const ScopeColumn& column) {
  auto tree = make_expression(Identifier{scope_.shortest_name(column)}, {});
  pinned_.emplace(tree.get(), column_expression(column.index, column.type, column.name));
  pinned_trees_.push_back(tree);
  return tree;
}

std::vector<ExpressionPtr> ExpressionBinder::expand_matched(
    std::vector<const ScopeColumn*> columns, const std::vector<ColumnTransformer>& transformers) {
  std::vector<Matched> matched;
  matched.reserve(columns.size());
  for (const auto* column : columns) matched.push_back({column->name, pin(*column)});
  for (const auto& transformer : transformers) {
    if (const auto* except = std::get_if<ColumnExcept>(&transformer)) {
      apply_except(*except, matched);
    } else if (const auto* replace = std::get_if<ColumnReplace>(&transformer)) {
      apply_replace(*replace, matched);
    } else {
      apply_function(std::get<ColumnApply>(transformer), matched);
    }
  }
  std::vector<ExpressionPtr> expressions;
  expressions.reserve(matched.size());
  for (auto& column : matched) expressions.push_back(std::move(column.expression));
  return expressions;
}

std::vector<ExpressionPtr> ExpressionBinder::expand(const ExpressionPtr& expression) {
  const auto unknown_qualifier = [](const std::vector<std::string>& qualifier) {
    std::string name = qualifier[0];
    for (size_t i = 1; i < qualifier.size(); ++i) name += "." + qualifier[i];
    throw Error{ErrorCode::UnknownIdentifier, "Qualified matcher finds no table: " + name};
  };
  if (const auto* asterisk = as<Asterisk>(expression)) {
    const auto& qualifier = asterisk->qualifier;
    if (!qualifier.empty() && !scope_.has_table(qualifier)) {
      const auto tuple = scope_.find(qualifier);
      if (tuple.column == nullptr || tuple.column->type->tuple_names().empty()) {
        unknown_qualifier(qualifier);
      }
      std::vector<ExpressionPtr> elements;
      for (const auto& name : tuple.column->type->tuple_names()) {
        auto parts = qualifier;
        parts.push_back(name);
        elements.push_back(make_expression(Identifier{std::move(parts)}, expression->range));
      }
      return elements;
    }
    return expand_matched(scope_.asterisk(qualifier), asterisk->transformers);
  }
  const auto* matcher = as<ColumnsMatcher>(expression);
  if (matcher == nullptr) return {expression};
  std::vector<const ScopeColumn*> columns;
  if (matcher->columns.empty()) {
    if (!matcher->qualifier.empty() && !scope_.has_table(matcher->qualifier)) {
      unknown_qualifier(matcher->qualifier);
    }
    const auto pattern = compile_pattern(matcher->pattern);
    columns = scope_.asterisk(matcher->qualifier);
    std::erase_if(columns, [&](const auto* column) { return !matches(*pattern, column->name); });
  } else {
    for (const auto& identifier : matcher->columns) {
      auto parts = matcher->qualifier;
      parts.insert(parts.end(), identifier.parts.begin(), identifier.parts.end());
      const auto match = scope_.find(parts);
      if (match.column == nullptr) {
        throw Error{ErrorCode::UnknownIdentifier,
                    "Unknown expression identifier `" + identifier.parts.back() + "`"};
      }
      columns.push_back(match.column);
    }
  }
  return expand_matched(std::move(columns), matcher->transformers);
}

namespace {

// Qualified names written as short as they can be: `t.a` becomes `a` where that is the same column.
ExpressionPtr shorten_names(const ExpressionPtr& expression, const NameScope& scope) {
  if (const auto* identifier = as<Identifier>(expression)) {
    if (identifier->parts.size() < 2) return expression;
    const auto match = scope.find(identifier->parts);
    if (match.column == nullptr) return expression;
    auto parts = scope.shortest_name(*match.column);
    parts.insert(parts.end(), identifier->parts.begin() + static_cast<std::ptrdiff_t>(match.parts),
                 identifier->parts.end());
    return make_expression(Identifier{std::move(parts)}, expression->range, expression->alias);
  }
  const auto* call = as<FunctionCall>(expression);
  if (call == nullptr) return expression;
  FunctionCall copy = *call;
  bool changed = false;
  for (auto& argument : copy.arguments) {
    auto shorter = shorten_names(argument, scope);
    changed |= shorter.get() != argument.get();
    argument = std::move(shorter);
  }
  if (!changed) return expression;
  return make_expression(std::move(copy), expression->range, expression->alias);
}

}  // namespace

std::string ExpressionBinder::header(const ExpressionPtr& expression) const {
  if (!expression->alias.empty()) return expression->alias;
  return column_name(*shorten_names(expression, scope_));
}

}  // namespace freshet
