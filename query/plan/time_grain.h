// TimeGrain: into which cells a function of a time cuts time, so that it is the same throughout
// each.
//
//   toStartOfHour(t)          3600 s        every hour, where clocks are whole hours from UTC's
//   toHour(t)                 hours         on the clocks of a zone
//   toDate(t), toDayOfWeek(t) days
//   toYYYYMM(t)               months
//
// What is kept of every cell of a fine grain tells all about the cells of a coarse one that are
// made of them: the day of a time is that of its hour's start.
//
// Dates have days and longer cells without a zone. Times between safe_times() are such that no
// function of the start of their cell is cut off at an end of what a DateTime or a Date can be.
//
// Path:      query/plan/rollup_match -> here
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "query/expression/expression.h"

namespace freshet {

struct TimeGrain {
  enum class Unit : uint8_t {
    Seconds,      // since 1970-01-01 00:00:00 UTC
    ClockHours,   // since midnight on the clocks of `zone`, and those that are shown twice apart
    Days,         // since 1970-01-01, as all below
    Weeks,        // from Monday
    SundayWeeks,  // from Sunday
    Months,       // since January 1900
    Years         // since the year 0
  };
  Unit unit = Unit::Seconds;
  int64_t count = 1;
  // Whose clocks; null for seconds, and for days and longer of dates.
  std::shared_ptr<const TimeZone> zone;
};

// Whether each cell of `fine` lies in one of `coarse`.
bool refines(const TimeGrain& fine, const TimeGrain& coarse);

// A function of one time, whose other arguments are constants.
struct TimeCall {
  size_t argument = 0;  // which is the time
  TimeGrain grain;
  // It gives a time, or a date, of the cell, the same for all of it: what is asked of the cell may
  // be asked of that.
  bool is_member = false;
  // Cells are runs of moments, whose values ascend.
  bool is_monotonic = false;
};

// Nothing when the function is not known to depend on a grain only. `functions` are those that the
// expression was bound with.
std::optional<TimeCall> time_call(const BoundExpression& expression,
                                  const FunctionContext& functions);

// 1971-02-01 and 2105-12-01, as cells of a type of dates or times.
std::pair<int64_t, int64_t> safe_times(const DataType& type);

}  // namespace freshet
