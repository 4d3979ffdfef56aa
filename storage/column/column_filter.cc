#include "storage/column/column_filter.h"

#include <algorithm>

namespace freshet {

bool may_match_range(const ColumnCondition& condition, const Value& min, const Value& max) {
  using Operator = ColumnCondition::Operator;
  // Comparing with NULL is never true.
  const auto is_inside = [&](const Value& value) {
    return !value.is_null() && compare_values(min, value) <= 0 && compare_values(value, max) <= 0;
  };
  switch (condition.op) {
    case Operator::IsNull:
      return false;
    case Operator::IsNotNull:
      return true;
    case Operator::In:
      return std::any_of(condition.values.begin(), condition.values.end(), is_inside);
    default:
      break;
  }
  const Value& value = condition.values.front();
  if (value.is_null()) return false;
  switch (condition.op) {
    case Operator::Equal:
      return is_inside(value);
    case Operator::NotEqual:
      return compare_values(min, value) != 0 || compare_values(max, value) != 0;
    case Operator::Less:
      return compare_values(min, value) < 0;
    case Operator::LessOrEqual:
      return compare_values(min, value) <= 0;
    case Operator::Greater:
      return compare_values(max, value) > 0;
    case Operator::GreaterOrEqual:
      return compare_values(max, value) >= 0;
    default:
      return true;
  }
}

}  // namespace freshet
