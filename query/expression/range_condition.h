// RangeCondition tells from bounds of columns in which blocks a condition may be true.
//
//   toYYYYMM(ts) = 202403 OR id IN (5, 7)
//   block 0: ts in March, id in [10, 20]   true or false    read
//   block 1: ts in April, id in [10, 20]   false            skipped
//
// It knows comparisons, IN, IS NULL, LIKE 'prefix%' and startsWith of columns and of monotonic
// functions of them, tuples of these, and AND, OR, NOT. Anything else may be true or false.
//
// Path:      query/plan/rule_scans compiles -> query/operator/block_pruner asks
// Threads:   immutable, any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/expression/value_range.h"

namespace freshet {

// What a condition may be in each block.
struct TruthRanges {
  explicit TruthRanges(size_t count, bool may = true)
      : may_be_true(count, may), may_be_false(count, may), may_be_null(count, may) {}

  std::vector<uint8_t> may_be_true;
  std::vector<uint8_t> may_be_false;
  std::vector<uint8_t> may_be_null;
};

class RangeCondition {
 public:
  virtual ~RangeCondition() = default;
  // Of `count` blocks.
  virtual TruthRanges compute(size_t count, const ColumnRanges& columns) const = 0;
};

using RangeConditionPtr = std::shared_ptr<const RangeCondition>;

// A condition over columns of a table.
struct TableCondition {
  RangeConditionPtr condition;
  BoundExpressionPtr expression;     // that it was made of
  std::vector<ColumnIndex> columns;  // of the table, by the expression's own numbers
};

// Null when nothing can be said about the condition. `functions` is used now only.
RangeConditionPtr make_range_condition(const BoundExpressionPtr& condition,
                                       const FunctionContext& functions);

// What a LIKE pattern begins with: "ab" of 'ab%c'.
std::string like_prefix(const std::string& pattern);
// The least text that is greater than every text with this prefix; nothing when there is none.
std::optional<std::string> after_prefix(std::string prefix);

}  // namespace freshet
