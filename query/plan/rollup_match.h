// RollupMatch: what a query asks of a table's rows, said over the columns of one of its rollups.
//
//   rollup   toStartOfHour(time), site, sum(n), uniqState(user)     $0 $1 $2 $3
//   query    toDate(time)         toDate(CAST($0, 'DateTime'))
//            site IN ('a', 'b')   $1 IN ('a', 'b')
//            sum(n)               sum($2)
//            sumIf(n, site = 'a') sumIf($2, $1 = 'a')
//            uniq(user)           uniqMerge($3)
//            uniq(site)           uniq($1)
//            n > 5                cannot be said
//
// All expressions are over the table's stored columns, or over the rollup's.
//
// Path:      query/plan/rule_rollups -> here -> query/plan/time_grain
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "query/plan/rollup_shape.h"
#include "query/plan/time_grain.h"

namespace freshet {

// A cell that is made of a group's rows in two steps, so that rows and groups of a rollup meet.
struct CallPart {
  AggregateCall raw;     // the partial cell, of rows of the table
  AggregateCall rolled;  // the same, of rows of the rollup
  // `rolled` may be left out: cells of this column are partial ones already.
  std::optional<ColumnIndex> column;
  std::string merge;     // the function that makes a cell of partial ones
  AggregateCall direct;  // the cell, of rows of the rollup alone
};

// What gives a call's result: a part, or the first divided by the second (avg).
struct MatchedCall {
  std::vector<CallPart> parts;
};

// A key that is the bucket of a time.
struct RollupBuckets {
  ColumnIndex key = 0;      // of the rollup
  BoundExpressionPtr time;  // over the table's columns
  TimeCall call;
};

class RollupMatch {
 public:
  // `functions` are the query's; rows of rollups are made with the zone of `store`. All outlive
  // the object.
  RollupMatch(const BoundRollup& rollup, const FunctionContext& functions,
              const FunctionContext& store)
      : rollup_(rollup), functions_(functions), store_(store) {}

  // Null when the rollup does not tell.
  BoundExpressionPtr derive(const BoundExpressionPtr& expression);
  std::optional<MatchedCall> match(const AggregateCall& call);
  // The key that cuts `time` into the shortest buckets that are runs of moments.
  std::optional<RollupBuckets> buckets_of(const BoundExpression& time);

  // Columns of times: what was derived is right where all are within safe_times().
  const std::set<ColumnIndex>& bounded() const { return bounded_; }
  // Whether something was not derived only because the session has another time zone.
  bool is_of_other_zone() const { return is_of_other_zone_; }

 private:
  bool same_zone() const;
  bool is_same(const BoundExpression& asked, const BoundExpression& kept);
  BoundExpressionPtr derive_key(const BoundExpression& expression);
  BoundExpressionPtr derive_time(const BoundExpressionPtr& expression);
  // Notes that `time` must be bounded; false when nobody can tell.
  bool bound_time(const BoundExpression& time, const TimeGrain& fine, const TimeGrain& coarse);

  const RollupShape::Aggregate* find_kept(const AggregateCall& call, ColumnIndex& column);
  BoundExpressionPtr kept_column(ColumnIndex column) const;
  std::optional<CallPart> kept_part(const AggregateCall& call);
  std::optional<CallPart> state_part(const AggregateCall& call);
  std::optional<CallPart> chosen_part(const AggregateCall& call);
  std::optional<CallPart> key_part(const AggregateCall& call);
  std::optional<CallPart> counted_part(const AggregateCall& call);
  std::optional<CallPart> part_of(const AggregateCall& call);
  std::optional<MatchedCall> average(const AggregateCall& call);

  const BoundRollup& rollup_;
  const FunctionContext& functions_;
  const FunctionContext& store_;
  std::set<ColumnIndex> bounded_;
  bool is_of_other_zone_ = false;
};

}  // namespace freshet
