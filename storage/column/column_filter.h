// ColumnFilter: conditions that indexes and zone maps understand, to skip what cannot match.
//
// A filter only prunes: rows that pass it must still be tested by the query's own predicate.
#pragma once

#include <vector>

#include "storage/base/strong_id.h"
#include "storage/column/value.h"

namespace freshet {

struct ColumnCondition {
  enum class Operator : uint8_t { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, IsNull, IsNotNull };

  ColumnIndex column = 0;  // in the table's schema
  Operator op = Operator::Equal;
  // One cell of the column's type; any number for In; none for the null tests.
  std::vector<Value> values;
};

// All conditions hold (AND).
struct ColumnFilter {
  std::vector<ColumnCondition> conditions;
};

// Whether a cell between `min` and `max` (both included, neither NULL) may satisfy `condition`.
bool may_match_range(const ColumnCondition& condition, const Value& min, const Value& max);

}  // namespace freshet
