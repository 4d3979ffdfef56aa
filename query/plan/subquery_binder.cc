// Subqueries in expressions: run while binding, so that all else sees constants.
#include "query/plan/correlated_subqueries.h"
#include "query/plan/expression_binder.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

BoundExpressionPtr scalar_of(const Schema& schema, const Chunk& rows) {
  if (rows.row_count > 1) {
    throw Error{ErrorCode::IncorrectResultOfScalarSubquery,
                "Scalar subquery returned more than one row"};
  }
  if (schema.size() == 1) {
    DataTypePtr type = schema[0].type;
    const bool nestable = type->kind() != PhysicalKind::Array &&
                          type->kind() != PhysicalKind::Tuple &&
                          type->id() != TypeId::AggregateFunction;
    if (nestable) type = nullable_type(type);
    if (rows.row_count == 0) {
      return constant_expression(nestable ? Value() : default_value(*type), type);
    }
    return constant_expression(value_at(*rows.columns[0], 0), type);
  }
  ValueList cells;
  std::vector<DataTypePtr> types;
  std::vector<std::string> names;
  for (size_t i = 0; i < schema.size(); ++i) {
    types.push_back(schema[i].type);
    names.push_back(schema[i].name);
    cells.push_back(rows.row_count == 0 ? default_value(*schema[i].type)
                                        : value_at(*rows.columns[i], 0));
  }
  return constant_expression(Value(std::move(cells)),
                             tuple_type(std::move(types), std::move(names)));
}

}  // namespace

Chunk run_subquery(LogicalPlan plan, std::optional<uint64_t> row_limit,
                   const BindEnvironment& environment) {
  const auto& run = environment.context.run_subquery;
  if (!run) throw Error{ErrorCode::UnsupportedMethod, "Subqueries are not allowed here"};
  return run(std::move(plan), row_limit);
}

BoundExpressionPtr bind_scalar_subquery(const Subquery& subquery,
                                        const BindEnvironment& environment) {
  LogicalPlan plan = bind_query(*subquery.query, environment);
  const Schema schema = plan.schema();
  return scalar_of(schema, run_subquery(std::move(plan), 2, environment));
}

BoundExpressionPtr bind_exists(const Subquery& subquery, const BindEnvironment& environment) {
  const Chunk rows = run_subquery(bind_query(*subquery.query, environment), 1, environment);
  return constant_expression(Value(uint64_t{rows.row_count > 0 ? 1U : 0U}),
                             simple_type(TypeId::UInt8));
}

BoundExpressionPtr bind_scalar_subquery(const Subquery& subquery, const ExpressionBinder& binder) {
  try {
    return bind_scalar_subquery(subquery, binder.environment());
  } catch (const Error& error) {
    CorrelatedSubqueries* correlated = binder.correlated();
    if (error.code() != ErrorCode::UnknownIdentifier || correlated == nullptr) throw;
    return correlated->bind_scalar(subquery, error);
  }
}

BoundExpressionPtr bind_exists(const Subquery& subquery, const ExpressionBinder& binder) {
  try {
    return bind_exists(subquery, binder.environment());
  } catch (const Error& error) {
    CorrelatedSubqueries* correlated = binder.correlated();
    if (error.code() != ErrorCode::UnknownIdentifier || correlated == nullptr) throw;
    return correlated->bind_exists(subquery, error);
  }
}

}  // namespace freshet
