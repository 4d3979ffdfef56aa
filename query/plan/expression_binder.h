// ExpressionBinder: expressions of one SELECT to typed trees over the columns of its FROM clause.
//
//   sum(a + 1) / count() > 2     FROM t(a, b)
//   aggregates: sum($0 + 1), count()
//   gives greater(divide($agg0, $agg1), 2), where $agg<i> is column kAggregateColumn + i
//
// Aliases are bound where they are used. Constants are folded on the way up, because functions
// decide by constant arguments. Subqueries run at once.
//
// Path:      query/plan/select_binder -> ExpressionBinder -> query/expression
// Threads:   one thread.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "query/plan/bind_environment.h"
#include "query/plan/name_scope.h"
#include "query/plan/window_binder.h"

namespace freshet {

// Columns from here on stand for the aggregate calls of the SELECT, until the select binder puts
// them behind an Aggregate node.
inline constexpr ColumnIndex kAggregateColumn = ColumnIndex{1} << 40;
// And from here on for its calls of grouping().
inline constexpr ColumnIndex kGroupingColumn = ColumnIndex{1} << 44;
// And from here on for its calls of window functions.
inline constexpr ColumnIndex kWindowColumn = ColumnIndex{1} << 46;

// The name under which f(DISTINCT ..) is bound: before an -If, as in sumDistinctIf.
std::string distinct_aggregate_name(const std::string& name);

class CorrelatedSubqueries;  // query/plan/correlated_subqueries.h

class ExpressionBinder {
 public:
  // Both outlive the binder. The scope may grow between calls.
  ExpressionBinder(const BindEnvironment& environment, const NameScope& scope)
      : environment_(environment), scope_(scope) {}

  // Subqueries that do not bind alone are asked for there; it outlives the binder's use. Null: none
  // may name columns of this query.
  void set_correlated(CorrelatedSubqueries* correlated) { correlated_ = correlated; }
  // Null also where a column means another one for every element.
  CorrelatedSubqueries* correlated() const {
    return lambda_parameters_.empty() ? correlated_ : nullptr;
  }

  const BindEnvironment& environment() const { return environment_; }
  const FunctionContext& functions() const { return *environment_.context.functions; }

  // Makes the aliases in and at `expression` known, not those inside subqueries and lambdas. Throws
  // MultipleExpressionsForAlias when one already means something else.
  void collect_aliases(const ExpressionPtr& expression);

  BoundExpressionPtr bind(const ExpressionPtr& expression);
  // A constant: LIMIT, parameters of aggregates. `what` is named in the error.
  BoundExpressionPtr bind_constant(const ExpressionPtr& expression, std::string_view what);
  // `*`, `t.*` and COLUMNS as the columns they stand for; other expressions as they are.
  std::vector<ExpressionPtr> expand(const ExpressionPtr& expression);
  // The name of a result column.
  std::string header(const ExpressionPtr& expression) const;

  // Calls found so far, equal ones once.
  const std::vector<AggregateCall>& aggregates() const { return aggregates_; }
  // Arguments of the calls of grouping().
  const std::vector<std::vector<BoundExpressionPtr>>& groupings() const { return groupings_; }
  // Throws IllegalAggregation when `bound` holds a call of an aggregate or of a window function;
  // `place` is "WHERE".
  void refuse_aggregates(const BoundExpression& bound, std::string_view place) const;

  // The WINDOW clause. Throws BadArguments for a name that occurs twice.
  void name_windows(const std::vector<NamedWindow>& windows);
  // Calls of window functions found so far, equal ones once.
  BoundWindows& windows() { return windows_; }
  // Throws IllegalAggregation when `bound` holds a call of a window function; `place` is
  // "in HAVING".
  static void refuse_windows(const BoundExpression& bound, std::string_view place);

  // Building blocks for the parts of the binder; constants fold.
  BoundExpressionPtr call(std::string_view function, std::vector<BoundExpressionPtr> arguments,
                          std::string name = {}) const;
  // CAST to `type`; the expression itself when it has the type.
  BoundExpressionPtr cast(const BoundExpressionPtr& expression, const DataTypePtr& type) const;
  // Whether the name is a column, an alias or a parameter of a lambda.
  bool knows(const Identifier& identifier) const;

 private:
  struct LambdaParameter {
    std::string name;
    BoundExpressionPtr column;
  };

  BoundExpressionPtr bind_node(const ExpressionPtr& expression);
  BoundExpressionPtr bind_identifier(const Identifier& identifier);
  BoundExpressionPtr bind_alias(const std::string& alias);
  // The WITH expression `name` of `environment`. Throws CyclicAliases.
  BoundExpressionPtr bind_inherited(const BindEnvironment& environment, const std::string& name);
  BoundExpressionPtr bind_call(const FunctionCall& call, const ExpressionPtr& expression);
  BoundExpressionPtr bind_case(const FunctionCall& call);
  BoundExpressionPtr bind_array_join(const FunctionCall& call);
  BoundExpressionPtr bind_grouping(const FunctionCall& call);
  BoundExpressionPtr bind_aggregate_call(const FunctionCall& call, const ExpressionPtr& expression);
  // query/plan/window_binder.cc
  BoundExpressionPtr bind_window_call(const FunctionCall& call, const ExpressionPtr& expression);
  BoundExpressionPtr bind_comparison(const std::string& name,
                                     std::vector<BoundExpressionPtr> arguments) const;
  BoundExpressionPtr bind_lambda(const Lambda& lambda,
                                 const std::vector<BoundExpressionPtr>& arguments, size_t position,
                                 const std::string& function);
  std::vector<BoundExpressionPtr> bind_arguments(const FunctionCall& call);
  BoundExpressionPtr tuple_elements(BoundExpressionPtr tuple, const std::vector<std::string>& parts,
                                    size_t begin) const;

  std::vector<ExpressionPtr> expand_matched(std::vector<const ScopeColumn*> columns,
                                            const std::vector<ColumnTransformer>& transformers);
  ExpressionPtr pin(const ScopeColumn& column);

  const BindEnvironment& environment_;
  const NameScope& scope_;
  std::map<std::string, ExpressionPtr, std::less<>> aliases_;
  std::map<std::string, BoundExpressionPtr, std::less<>> bound_aliases_;
  // Aliases being bound: inside its own expression an alias is not known, so that
  // `a + 1 AS a` reads column a.
  std::vector<std::string> open_aliases_;
  // How often an open alias was met: what was bound meanwhile is not good for other places.
  size_t open_alias_hits_ = 0;
  std::vector<LambdaParameter> lambda_parameters_;
  std::vector<AggregateCall> aggregates_;
  std::vector<std::vector<BoundExpressionPtr>> groupings_;
  bool inside_aggregate_ = false;
  std::vector<NamedWindow> named_windows_;
  BoundWindows windows_;
  bool inside_window_ = false;
  CorrelatedSubqueries* correlated_ = nullptr;
  // Columns that asterisks gave: bound already, whatever aliases say about their names.
  std::unordered_map<const Expression*, BoundExpressionPtr> pinned_;
  std::vector<ExpressionPtr> pinned_trees_;
};

// query/plan/literal.cc. A cell of the smallest type that holds the literal: 1 UInt8, -1 Int8.
BoundExpressionPtr bind_literal(const Literal& literal);
// query/plan/query_parameter.cc. Throws UnknownQueryParameter, BadQueryParameter.
BoundExpressionPtr bind_query_parameter(const QueryParameter& parameter,
                                        const BindContext& context);
// query/plan/subquery_binder.cc
Chunk run_subquery(LogicalPlan plan, std::optional<uint64_t> row_limit,
                   const BindEnvironment& environment);
BoundExpressionPtr bind_scalar_subquery(const Subquery& subquery,
                                        const BindEnvironment& environment);
BoundExpressionPtr bind_exists(const Subquery& subquery, const BindEnvironment& environment);
// And when they name columns of the binder's query.
BoundExpressionPtr bind_scalar_subquery(const Subquery& subquery, const ExpressionBinder& binder);
BoundExpressionPtr bind_exists(const Subquery& subquery, const ExpressionBinder& binder);
// query/plan/in_binder.cc. `name` is in, notIn, globalIn, ...
bool is_in_function(std::string_view name);
BoundExpressionPtr bind_in(const FunctionCall& call, ExpressionBinder& binder);

}  // namespace freshet
