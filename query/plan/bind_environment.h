// BindEnvironment: what a SELECT inherits from the statements around it: WITH names, settings.
//
// Path:      bind_select makes the outermost; each query with a WITH clause hangs a new one below
// Threads:   one thread.
#pragma once

#include <map>
#include <set>
#include <string>

#include "query/plan/binder.h"

namespace freshet {

// WITH name (columns) AS (query), as it was written, and where: its own names come from there.
struct CommonTable {
  QueryPtr query;
  std::vector<std::string> column_aliases;
  const struct BindEnvironment* environment = nullptr;
};

struct BindEnvironment {
  const BindContext& context;
  const BindEnvironment* parent = nullptr;
  std::map<std::string, CommonTable> tables;
  // WITH expression AS name.
  std::map<std::string, ExpressionPtr> expressions;
  // Views inside views: stops a view that reads itself.
  size_t view_depth = 0;
  // Expressions being bound now, here or in a query inside: stops those that read themselves.
  mutable std::set<std::string> open_expressions = {};

  const CommonTable* find_table(const std::string& name) const {
    for (const auto* at = this; at != nullptr; at = at->parent) {
      if (const auto found = at->tables.find(name); found != at->tables.end())
        return &found->second;
    }
    return nullptr;
  }
  // The environment whose WITH clause has the expression `name`; null: none.
  const BindEnvironment* find_expression(const std::string& name) const {
    const auto* at = this;
    while (at != nullptr && !at->expressions.contains(name)) at = at->parent;
    return at;
  }
};

// A whole query: a SELECT or a set operation.
LogicalPlan bind_query(const Query& query, const BindEnvironment& environment);
LogicalPlan bind_set_operation(const SetOperation& operation, const BindEnvironment& environment);
LogicalPlan bind_single_select(const Select& select, const BindEnvironment& environment);

}  // namespace freshet
