// RollupRanges: conditions on a time of which a rollup keeps the bucket only.
//
//   WHERE t >= '10:20' AND t < '13:05', key toStartOfHour(t)
//
//   10:20     11:00                  13:00  13:05
//     |  raw    |       rollup         | raw  |
//
// The buckets that lie in the range as a whole come from the rollup, its edges from the rows.
//
// Path:      query/plan/rule_rollups -> here -> query/plan/rollup_match
#pragma once

#include <optional>
#include <vector>

#include "query/plan/rollup_match.h"

namespace freshet {

class RollupRanges {
 public:
  // All outlive the object.
  RollupRanges(const BoundRollup& rollup, RollupMatch& match, const FunctionContext& functions,
               const FunctionContext& store)
      : rollup_(rollup), match_(match), functions_(functions), store_(store) {}

  // Takes a condition, over the table's columns, that bounds a time; false: it is none.
  bool add(const BoundExpression& condition);
  // Finds the whole buckets. False: of some range there are none.
  bool resolve();

  using Conditions = std::vector<BoundExpressionPtr>;
  // That a bucket is one of them, over the rollup's columns.
  Conditions rolled() const;
  // The rows beside them: sets of conditions over the table's columns, no row in two of them.
  std::vector<Conditions> edges() const;

 private:
  // Ticks are what the time's cells count.
  struct Range {
    RollupBuckets buckets;
    // [from, to); nothing: no bound.
    std::optional<int64_t> from;
    std::optional<int64_t> to;
    // Those of whole buckets.
    std::optional<int64_t> first;
    std::optional<int64_t> last;
  };

  Range* range_of(const BoundExpression& time);
  static int64_t seconds_of(const Range& range);
  void drop_idle_bounds(Range& range) const;
  // The bucket of a moment.
  Value key_of(const Range& range, int64_t tick) const;
  // Its first moment; nothing when that cannot be told.
  std::optional<int64_t> start_of(const Range& range, int64_t tick) const;
  // That of the first bucket that begins after the moment.
  std::optional<int64_t> next_start(const Range& range, int64_t tick) const;
  bool find_whole(Range& range) const;
  BoundExpressionPtr compare_time(const Range& range, const char* function, int64_t tick) const;
  BoundExpressionPtr compare_key(const Range& range, const char* function, int64_t tick) const;

  const BoundRollup& rollup_;
  RollupMatch& match_;
  const FunctionContext& functions_;
  const FunctionContext& store_;
  std::vector<Range> ranges_;
};

}  // namespace freshet
