#include <algorithm>

#include "query/plan/expression_binder.h"
#include "query/plan/table_binder.h"
#include "query/sql/ast_printer.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// What one array of an ARRAY JOIN becomes.
struct JoinedArray {
  BoundExpressionPtr array;
  std::string name;                     // of a new column; empty: it replaces one
  std::optional<ColumnIndex> replaces;  // ARRAY JOIN list: the name now means the element
};

DataTypePtr element_of(const DataType& type) {
  return type.id() == TypeId::Map ? tuple_type(type.arguments(), {"keys", "values"})
                                  : type.argument(0);
}

// ARRAY JOIN n [AS m] of a Nested structure: columns n.a, n.b.
bool add_nested(const Identifier& identifier, const std::string& alias, const NameScope& scope,
                std::vector<JoinedArray>& arrays) {
  const std::string prefix = identifier.parts.back() + ".";
  const size_t before = arrays.size();
  for (const auto& table : scope.tables) {
    for (const auto& column : table.columns) {
      if (!column.name.starts_with(prefix) || column.type->id() != TypeId::Array) continue;
      JoinedArray joined;
      joined.array = column_expression(column.index, column.type, column.name);
      if (alias.empty()) {
        joined.replaces = column.index;
      } else {
        joined.name = alias + "." + column.name.substr(prefix.size());
      }
      arrays.push_back(std::move(joined));
    }
  }
  return arrays.size() > before;
}

void replace_column(NameScope& scope, ColumnIndex from, ColumnIndex to, const DataTypePtr& type) {
  const auto replace = [&](ScopeColumn& column) {
    if (column.index != from) return;
    column.index = to;
    column.type = type;
  };
  std::ranges::for_each(scope.merged, replace);
  for (auto& table : scope.tables) std::ranges::for_each(table.columns, replace);
}

}  // namespace

BoundTables bind_array_join(BoundTables input, const ArrayJoin& array_join,
                            const BindEnvironment& environment) {
  std::vector<JoinedArray> arrays;
  ExpressionBinder binder(environment, input.scope);
  for (const auto& item : array_join.list) {
    const auto* identifier = as<Identifier>(item);
    if (identifier != nullptr && !binder.knows(*identifier) &&
        add_nested(*identifier, item->alias, input.scope, arrays)) {
      continue;
    }
    JoinedArray joined;
    joined.array = binder.bind(item);
    binder.refuse_aggregates(*joined.array, "ARRAY JOIN");
    const auto id = joined.array->type->id();
    if (id != TypeId::Array && id != TypeId::Map) {
      throw Error{ErrorCode::TypeMismatch, "ARRAY JOIN requires array argument, not " +
                                               joined.array->type->name() + ": " + to_sql(*item)};
    }
    if (item->alias.empty() && joined.array->kind == BoundExpression::Kind::Column) {
      joined.replaces = joined.array->column;
    } else {
      joined.name = column_name(*item);
    }
    arrays.push_back(std::move(joined));
  }

  const size_t before = input.plan->schema.size();
  std::vector<BoundExpressionPtr> added;
  for (const auto& joined : arrays) added.push_back(joined.array);
  PlanNodePtr plan = append_columns(std::move(input.plan), added);

  ArrayJoinNode node;
  node.left = array_join.left;
  ScopeTable named;
  std::vector<NamedType> columns = plan->schema.columns();
  for (size_t i = 0; i < arrays.size(); ++i) {
    const ColumnIndex column = before + i;
    const DataTypePtr type = element_of(*arrays[i].array->type);
    node.columns.push_back(column);
    columns[column].type = type;
    if (arrays[i].replaces) {
      replace_column(input.scope, *arrays[i].replaces, column, type);
    } else {
      columns[column].name = arrays[i].name;
      named.columns.push_back({arrays[i].name, type, column, false});
    }
  }
  // In front, so that an alias hides a column of its name.
  if (!named.columns.empty()) {
    input.scope.tables.insert(input.scope.tables.begin(), std::move(named));
  }
  input.plan = make_plan(std::move(node), Schema(std::move(columns)), std::move(plan));
  return input;
}

}  // namespace freshet
