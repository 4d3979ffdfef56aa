// TableBinder: the FROM clause to a plan, and the names that its columns have.
//
//   FROM t AS a LEFT JOIN (SELECT ..) AS b ON a.id = b.id ARRAY JOIN b.list
//   gives ArrayJoin over Project over Join(Scan t, the subquery's plan)
//
// Path:      query/plan/select_binder -> TableBinder -> logical plan, name scope
// Threads:   one thread.
#pragma once

#include <string>
#include <vector>

#include "query/plan/bind_environment.h"
#include "query/plan/name_scope.h"

namespace freshet {

struct BoundTables {
  PlanNodePtr plan;
  NameScope scope;  // over the plan's output columns
};

// Values of one row without columns when there is no FROM.
BoundTables bind_from(const Select& select, const BindEnvironment& environment);
BoundTables bind_table(const TableExpression& table, const BindEnvironment& environment);

// query/plan/table_function_binder.cc
BoundTables bind_table_function(const FunctionCall& call, const BindEnvironment& environment);
// system.one, system.numbers, system.zeros and so on; nothing for other names.
std::optional<BoundTables> bind_builtin_system_table(const std::string& table);
// query/plan/join_binder.cc
BoundTables bind_join(BoundTables left, BoundTables right, const Join& join,
                      const BindEnvironment& environment);
// query/plan/array_join_binder.cc
BoundTables bind_array_join(BoundTables input, const ArrayJoin& array_join,
                            const BindEnvironment& environment);

// A scope with one table for all columns of `schema`.
NameScope scope_of(const Schema& schema, std::string alias = {});
// The plan's columns followed by `added`, as a Project over it.
PlanNodePtr append_columns(PlanNodePtr plan, const std::vector<BoundExpressionPtr>& added);
// Column i of `schema` as an expression.
BoundExpressionPtr column_of(const Schema& schema, ColumnIndex column);

}  // namespace freshet
