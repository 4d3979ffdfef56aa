// Moving dates and times by intervals and numbers: the bodies of plus, minus, addDays and the like.
#pragma once

#include "query/function/function.h"

namespace freshet {

// The type of `date` moved by `unit`s: a Date moved by hours is a DateTime. A String counts as
// DateTime64(3).
DataTypePtr shifted_type(const DataType& date, IntervalUnit unit);

// (date, count) -> date + sign * count units. The count is a number or an Interval; fractions are
// cut off. Requires: `date` is a date, time or String type.
BoundFunction bind_shift(const FunctionContext& context, const DataTypePtr& date,
                         const DataTypePtr& count, IntervalUnit unit, int64_t sign);

// Seconds in a unit from Second to Week; 0 for others.
int64_t unit_seconds(IntervalUnit unit);
// Months in a Month, Quarter or Year; 0 for others.
int64_t unit_months(IntervalUnit unit);
// Digits after the point of Millisecond, Microsecond and Nanosecond; 0 for others.
uint32_t unit_scale(IntervalUnit unit);

}  // namespace freshet
