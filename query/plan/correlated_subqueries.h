// Subqueries that name columns of the query around them become joins of that query's FROM clause.
//
//   SELECT * FROM o WHERE EXISTS (SELECT 1 FROM t WHERE t.k = o.k AND t.v > 5)
//     o LEFT SEMI JOIN (SELECT 1, t.k FROM t WHERE t.v > 5) ON o.k = t.k
//
//   SELECT (SELECT max(v) FROM t WHERE t.k = o.k) FROM o
//     o LEFT ANY JOIN (SELECT max(v), t.k FROM t GROUP BY t.k) ON o.k = t.k
//
// Only equalities of the subquery's WHERE may name outer columns, one side all outer, the other all
// inner. An aggregate without rows is what it is of an empty table: count() 0, others NULL.
//
// Path:      query/plan/select_binder owns one -> ExpressionBinder asks when a subquery alone does
//            not bind
// Errors:    what cannot become a join throws NotImplemented, a name that is nowhere the error that
//            it was found by.
#pragma once

#include <string>
#include <vector>

#include "query/plan/bind_environment.h"
#include "query/plan/expression_binder.h"
#include "query/plan/table_binder.h"
#include "storage/base/error.h"

namespace freshet {

class CorrelatedSubqueries {
 public:
  // Both outlive it. `tables` is the FROM clause, which grows by the joins: columns that are there
  // stay where they are.
  CorrelatedSubqueries(BoundTables& tables, ExpressionBinder& binder)
      : tables_(tables), binder_(binder) {}

  // What stands for the subquery. `unknown` is why it does not bind alone.
  BoundExpressionPtr bind_scalar(const Subquery& subquery, const Error& unknown);
  BoundExpressionPtr bind_exists(const Subquery& subquery, const Error& unknown);
  BoundExpressionPtr bind_in(const BoundExpressionPtr& left, const Subquery& subquery, bool negated,
                             const Error& unknown);

  // Binds WHERE. Rows of which EXISTS or IN is asked there, or their negation, are filtered by the
  // join itself.
  BoundExpressionPtr bind_filter(const ExpressionPtr& where);

 private:
  struct Key {
    BoundExpressionPtr outer;
    ExpressionPtr inner;
    bool null_safe = false;
  };
  struct Parts {
    Select select;  // without the conditions that are keys
    std::vector<Key> keys;
    bool is_aggregate = false;  // one row without GROUP BY
  };

  Parts take_apart(const Subquery& subquery, const Error& unknown);
  bool take_key(const ExpressionPtr& condition, ExpressionBinder& inner, std::vector<Key>& keys);
  // Rows with the keys' cells in the last columns.
  PlanNodePtr bind_with_keys(const Parts& parts, const Subquery& subquery) const;
  // Joins the rows. `outputs` are of their columns; gives where these are in the FROM clause now.
  std::vector<BoundExpressionPtr> join(PlanNodePtr rows, std::vector<JoinKey> keys,
                                       JoinStrictness strictness,
                                       const std::vector<ColumnIndex>& outputs, bool nullable);
  // Of rows whose last columns are the parts' keys.
  std::vector<JoinKey> join_keys(const Parts& parts, const Schema& rows) const;
  JoinKey join_key(const BoundExpressionPtr& outer, const BoundExpressionPtr& inner,
                   bool null_safe) const;
  // 1 where a row was found, else 0.
  BoundExpressionPtr join_mark(PlanNodePtr rows, std::vector<JoinKey> keys);
  // One of the conditions that WHERE joins by AND.
  BoundExpressionPtr bind_condition(const ExpressionPtr& condition);
  bool filters(const Subquery& subquery) const { return filter_ == &subquery; }

  BoundTables& tables_;
  ExpressionBinder& binder_;
  // The subquery of a condition of WHERE that may filter by its join; null: none.
  const Subquery* filter_ = nullptr;
  bool filter_negated_ = false;
};

}  // namespace freshet
