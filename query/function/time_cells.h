// Dates and times as numbers on the clocks of a zone: what date functions compute with.
//
// Units:     days since 1970-01-01; seconds since 1970-01-01 00:00:00 of the zone's clocks.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "query/function/function.h"
#include "storage/base/buffer.h"
#include "storage/column/time_zone.h"

namespace freshet {

struct TimeArgument {
  DataTypePtr type;                      // Date, Date32, DateTime or DateTime64
  std::shared_ptr<const TimeZone> zone;  // of the argument, the type or the query
  std::string zone_name;                 // what the result's type names; empty: the query's zone
};

// The date or time argument `index`; throws IllegalTypeOfArgument for others. The optional argument
// `zone_index` names a zone.
TimeArgument time_argument(std::string_view function, const FunctionContext& context,
                           FunctionArguments arguments, size_t index, size_t zone_index);

inline bool is_day_type(const DataType& type) {
  return type.id() == TypeId::Date || type.id() == TypeId::Date32;
}

// One cell per row, from a Flat or Constant column of the argument's type.
Buffer<int32_t> local_days(const TimeArgument& time, const Column& column, size_t row_count);
Buffer<int64_t> local_seconds(const TimeArgument& time, const Column& column, size_t row_count);
// Seconds since the epoch, UTC; days count from their local midnight.
Buffer<int64_t> utc_seconds(const TimeArgument& time, const Column& column, size_t row_count);
// The same in parts of seconds: 10^scale ticks each.
Buffer<int64_t> utc_ticks(const TimeArgument& time, uint32_t scale, const Column& column,
                          size_t row_count);

// The moment that a DateTime has for a day's local midnight, in seconds since the epoch. The day
// in which DateTime begins (1970-01-01 east of UTC, 1969-12-31 west of it) counts as the next day,
// as in ClickHouse.
int64_t stored_midnight(const TimeZone& zone, int64_t day);

// Day numbers as a Date column, kept within what a Date holds.
ColumnPtr make_dates(const Buffer<int32_t>& days);

}  // namespace freshet
