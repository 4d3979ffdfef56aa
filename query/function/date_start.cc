// Rounding down of dates and times: toStartOfMonth, toMonday, toStartOfInterval, dateTrunc.
#include <algorithm>
#include <array>

#include "query/function/cell_cast.h"
#include "query/function/function_family.h"
#include "query/function/interval_arithmetic.h"
#include "query/function/kernel.h"
#include "query/function/time_cells.h"
#include "query/function/time_unit.h"
#include "storage/column/calendar.h"

namespace freshet {

namespace {

int64_t floor_to(int64_t value, int64_t step) { return floor_divide(value, step) * step; }

// start(day) of every row; runs of one day are looked up once.
template <class Start>
ColumnPtr starts_of_days(Buffer<int32_t> days, Start start) {
  int32_t last_day = days.empty() ? 0 : days[0];
  int32_t last_start = start(last_day);
  for (int32_t& day : days) {
    if (day != last_day) {
      last_day = day;
      last_start = start(last_day);
    }
    day = last_start;
  }
  return make_dates(days);
}

template <class Start>
Kernel make_day_kernel(TimeArgument time, Start start) {
  return [time = std::move(time), start](std::span<const ColumnPtr> columns, size_t row_count) {
    return starts_of_days(local_days(time, *columns[0], row_count), start);
  };
}

int32_t last_day_of_month(int32_t day) {
  const CivilDay civil = civil_from_days(day);
  return day - static_cast<int32_t>(civil.day) +
         static_cast<int32_t>(days_in_month(civil.year, civil.month));
}

template <int32_t (*kStart)(int32_t)>
BoundFunction bind_day_start(std::string_view name, const FunctionContext& context,
                             FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 2);
  return {simple_type(TypeId::Date),
          make_day_kernel(time_argument(name, context, arguments, 0, 1), kStart)};
}

// toStartOfWeek(time[, mode[, zone]]), toLastDayOfWeek: odd modes start weeks on Monday.
BoundFunction bind_week_start(std::string_view name, int32_t offset, const FunctionContext& context,
                              FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 3);
  const int64_t mode = arguments.size() > 1 ? constant_integer(name, arguments, 1) : 0;
  TimeArgument time = time_argument(name, context, arguments, 0, 2);
  return {simple_type(TypeId::Date), make_day_kernel(std::move(time), [=](int32_t day) {
            return offset + ((mode & 1) != 0 ? start_of_week(day) : start_of_week_sunday(day));
          })};
}

BoundFunction bind_start_of_week(const FunctionContext& context, FunctionArguments arguments) {
  return bind_week_start("toStartOfWeek", 0, context, arguments);
}

BoundFunction bind_last_day_of_week(const FunctionContext& context, FunctionArguments arguments) {
  return bind_week_start("toLastDayOfWeek", 6, context, arguments);
}

// Start of the day in which a time lies, as a time in seconds: uint32_t of a DateTime, int64_t of a
// DateTime64(0), as Cell says here and below.
template <class Cell = uint32_t>
Kernel make_midnight_kernel(const TimeArgument& time) {
  return [time](std::span<const ColumnPtr> columns, size_t row_count) {
    const Buffer<int32_t> days = local_days(time, *columns[0], row_count);
    return make_numbers<Cell>(row_count, [&](size_t i) {
      return std::is_same_v<Cell, uint32_t> ? stored_midnight(*time.zone, days[i])
                                            : time.zone->to_utc(days[i] * kSecondsPerDay);
    });
  };
}

BoundFunction bind_start_of_day(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("toStartOfDay", arguments, 1, 2);
  const TimeArgument time = time_argument("toStartOfDay", context, arguments, 0, 1);
  return {datetime_type(time.zone_name), make_midnight_kernel(time)};
}

// Multiples of `step` seconds since the epoch, or since `shift` seconds before it.
template <class Cell = uint32_t>
Kernel make_step_kernel(const TimeArgument& time, int64_t step, int64_t shift) {
  if (time.type->id() == TypeId::DateTime && shift == 0) {
    return [step32 = static_cast<uint32_t>(step)](std::span<const ColumnPtr> columns,
                                                  size_t row_count) {
      const NumberCells<uint32_t> cells(*columns[0]);
      return make_numbers<uint32_t>(row_count,
                                    [&](size_t i) { return cells[i] - cells[i] % step32; });
    };
  }
  return [time, step, shift](std::span<const ColumnPtr> columns, size_t row_count) {
    const Buffer<int64_t> seconds = utc_seconds(time, *columns[0], row_count);
    return make_numbers<Cell>(row_count,
                              [&](size_t i) { return floor_to(seconds[i] + shift, step) - shift; });
  };
}

// Hours count from the local midnight.
template <class Cell = uint32_t>
Kernel make_hours_kernel(const TimeArgument& time, int64_t hours) {
  const int64_t step = hours * 3600;
  if (time.zone->is_fixed() && kSecondsPerDay % step == 0) {
    const int64_t offset = time.zone->utc_offset_seconds(0);
    return make_step_kernel<Cell>(time, step, offset % step);
  }
  return [time, step](std::span<const ColumnPtr> columns, size_t row_count) {
    const Buffer<int64_t> seconds = local_seconds(time, *columns[0], row_count);
    const Buffer<int64_t> moments = utc_seconds(time, *columns[0], row_count);
    return make_numbers<Cell>(row_count, [&](size_t i) {
      const int64_t day = day_of_seconds(seconds[i]) * kSecondsPerDay;
      const int64_t start = day + floor_to(seconds[i] - day, step);
      // Within an hour that clocks show twice, the offset of the moment itself holds.
      const int64_t offset = seconds[i] - moments[i];
      const int64_t moment = start - offset;
      if (time.zone->to_local(moment) == start) return moment;
      // A start that clocks skip is the moment at which they do.
      const int64_t earlier = time.zone->to_utc(start);
      return time.zone->to_local(earlier) == start ? earlier
                                                   : start - time.zone->utc_offset_seconds(earlier);
    });
  };
}

BoundFunction bind_time_start(std::string_view name, int64_t step, const FunctionContext& context,
                              FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 2);
  const TimeArgument time = time_argument(name, context, arguments, 0, 1);
  if (is_day_type(*time.type)) throw_illegal_type(name, arguments, 0);
  return {datetime_type(time.zone_name),
          step == 3600 ? make_hours_kernel(time, 1) : make_step_kernel(time, step, 0)};
}

// DateTime64 rounded down to whole parts of a second.
Kernel make_ticks_kernel(const TimeArgument& time, uint32_t scale, int64_t step) {
  return [=](std::span<const ColumnPtr> columns, size_t row_count) {
    Buffer<int64_t> ticks = utc_ticks(time, scale, *columns[0], row_count);
    for (int64_t& value : ticks) value = floor_to(value, step);
    return make_number_column<int64_t>(std::move(ticks));
  };
}

BoundFunction bind_part_start(std::string_view name, IntervalUnit unit,
                              const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 2);
  const TimeArgument time = time_argument(name, context, arguments, 0, 1);
  if (time.type->id() != TypeId::DateTime64) throw_illegal_type(name, arguments, 0);
  const uint32_t scale = std::max(time.type->scale(), unit_scale(unit));
  const auto step = static_cast<int64_t>(power_of_ten(scale - unit_scale(unit)));
  return {datetime64_type(scale, time.zone_name), make_ticks_kernel(time, scale, step)};
}

// --- toStartOfInterval

int32_t start_of_weeks(int32_t day, int64_t weeks) {
  constexpr int32_t kFirstMonday = 4;  // 1970-01-05
  if (weeks == 1) return start_of_week(day);
  return static_cast<int32_t>(floor_to(day - kFirstMonday, weeks * 7)) + kFirstMonday;
}

int32_t start_of_months(int32_t day, int64_t months) {
  constexpr int32_t kFirstYear = 1900;
  const CivilDay civil = civil_from_days(day);
  const int64_t month =
      floor_to((civil.year - kFirstYear) * 12 + static_cast<int64_t>(civil.month) - 1, months);
  return days_from_civil(kFirstYear + static_cast<int32_t>(floor_divide(month, 12)),
                         static_cast<uint32_t>(month - floor_to(month, 12)) + 1, 1);
}

int32_t start_of_years(int32_t day, int64_t years) {
  return days_from_civil(static_cast<int32_t>(floor_to(civil_from_days(day).year, years)), 1, 1);
}

// Weeks and longer: days.
Kernel make_calendar_kernel(const TimeArgument& time, IntervalUnit unit, int64_t count) {
  switch (unit) {
    case IntervalUnit::Week:
      return make_day_kernel(time, [=](int32_t day) { return start_of_weeks(day, count); });
    case IntervalUnit::Year:
      return make_day_kernel(time, [=](int32_t day) { return start_of_years(day, count); });
    default: {
      const int64_t months = count * unit_months(unit);
      return make_day_kernel(time, [=](int32_t day) { return start_of_months(day, months); });
    }
  }
}

Kernel make_days_kernel(const TimeArgument& time, int64_t days_count) {
  return [=](std::span<const ColumnPtr> columns, size_t row_count) {
    const Buffer<int32_t> days = local_days(time, *columns[0], row_count);
    return make_numbers<uint32_t>(row_count, [&](size_t i) {
      return stored_midnight(*time.zone, floor_to(days[i], days_count));
    });
  };
}

BoundFunction bind_interval_start(const TimeArgument& time, IntervalUnit unit, int64_t count) {
  if (unit >= IntervalUnit::Week) {
    return {simple_type(TypeId::Date), make_calendar_kernel(time, unit, count)};
  }
  if (unit_scale(unit) > 0) {
    const uint32_t scale = std::max(time.type->scale(), unit_scale(unit));
    const auto step = static_cast<int64_t>(power_of_ten(scale - unit_scale(unit))) * count;
    return {datetime64_type(scale, time.zone_name), make_ticks_kernel(time, scale, step)};
  }
  const DataTypePtr type = datetime_type(time.zone_name);
  switch (unit) {
    case IntervalUnit::Day:
      return {type, make_days_kernel(time, count)};
    case IntervalUnit::Hour:
      return {type, make_hours_kernel(time, count)};
    default:
      return {type, make_step_kernel(time, unit_seconds(unit) * count, 0)};
  }
}

BoundFunction bind_start_of_interval(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "toStartOfInterval";
  check_argument_count(kName, arguments, 2, 3);
  if (arguments[1].type->id() != TypeId::Interval) throw_illegal_type(kName, arguments, 1);
  if (arguments.size() == 3 && !is_string_like(*arguments[2].type)) {
    throw Error(ErrorCode::NotImplemented,
                "The origin of toStartOfInterval is not supported: " + arguments[2].type->name());
  }
  if (!arguments[1].constant) {
    throw Error(ErrorCode::IllegalColumn, "Argument 2 of toStartOfInterval must be constant");
  }
  const int64_t count = NumberCells<int64_t>(*arguments[1].constant)[0];
  if (count <= 0) {
    throw Error(ErrorCode::ArgumentOutOfBound,
                "The interval of toStartOfInterval must be positive, got " + std::to_string(count));
  }
  const TimeArgument time = time_argument(kName, context, arguments, 0, 2);
  const IntervalUnit unit = arguments[1].type->interval_unit();
  if (unit_scale(unit) > 0 && time.type->id() != TypeId::DateTime64) {
    throw_illegal_types(kName, arguments);
  }
  return bind_interval_start(time, unit, count);
}

// Of a Date32 or DateTime64, whose years reach further: a Date32 or DateTime64(0).
BoundFunction bind_wide_trunc(const TimeArgument& time, IntervalUnit unit) {
  if (unit >= IntervalUnit::Week) {
    return {simple_type(TypeId::Date32),
            [=](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
              const Buffer<int32_t> days = local_days(time, *columns[0], row_count);
              return make_numbers<int32_t>(row_count, [&](size_t i) {
                if (unit == IntervalUnit::Week) return start_of_week(days[i]);
                return start_of_months(days[i], unit_months(unit));
              });
            }};
  }
  const DataTypePtr type = datetime64_type(0, time.zone_name);
  switch (unit) {
    case IntervalUnit::Day:
      return {type, make_midnight_kernel<int64_t>(time)};
    case IntervalUnit::Hour:
      return {type, make_hours_kernel<int64_t>(time, 1)};
    default:
      return {type, make_step_kernel<int64_t>(time, unit_seconds(unit), 0)};
  }
}

// dateTrunc(unit, time[, zone]): like toStartOfInterval, with the range of the argument.
BoundFunction bind_date_trunc(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "dateTrunc";
  check_argument_count(kName, arguments, 2, 3);
  const IntervalUnit unit = parse_time_unit(kName, constant_string(kName, arguments, 0));
  const TimeArgument time = time_argument(kName, context, arguments, 1, 2);
  const bool is_day = is_day_type(*time.type);
  if (unit_scale(unit) > 0 && time.type->id() != TypeId::DateTime64) {
    throw_illegal_type(kName, arguments, 1);
  }
  if (is_day && unit < IntervalUnit::Day) throw_illegal_type(kName, arguments, 1);
  const bool is_wide = time.type->id() == TypeId::Date32 || time.type->id() == TypeId::DateTime64;
  const BoundFunction bound = is_wide && unit_scale(unit) == 0 ? bind_wide_trunc(time, unit)
                                                               : bind_interval_start(time, unit, 1);
  return {bound.type,
          [kernel = bound.kernel](std::span<const ColumnPtr> columns, size_t row_count) {
            return kernel(columns.subspan(1, 1), row_count);
          }};
}

#define START(NAME, BINDER, DESCRIPTION, EXAMPLE, RESULT)                                      \
  {                                                                                            \
    .name = NAME, .bind = BINDER, .syntax = NAME "(time[, zone])", .description = DESCRIPTION, \
    .example = "SELECT " NAME "(" EXAMPLE ")", .example_result = RESULT,                       \
    .category = "Dates and times"                                                              \
  }
#define DAY_START(NAME, START_OF, DESCRIPTION, EXAMPLE, RESULT)         \
  START(                                                                \
      NAME,                                                             \
      [](const FunctionContext& context, FunctionArguments arguments) { \
        return bind_day_start<START_OF>(NAME, context, arguments);      \
      },                                                                \
      DESCRIPTION, EXAMPLE, RESULT)
#define TIME_START(NAME, SECONDS, DESCRIPTION, RESULT)                  \
  START(                                                                \
      NAME,                                                             \
      [](const FunctionContext& context, FunctionArguments arguments) { \
        return bind_time_start(NAME, SECONDS, context, arguments);      \
      },                                                                \
      DESCRIPTION, "toDateTime('2024-03-15 10:23:45', 'UTC')", RESULT)
#define PART_START(NAME, UNIT, RESULT)                                        \
  START(                                                                      \
      NAME,                                                                   \
      [](const FunctionContext& context, FunctionArguments arguments) {       \
        return bind_part_start(NAME, IntervalUnit::UNIT, context, arguments); \
      },                                                                      \
      "The DateTime64 rounded down to a whole " #UNIT ".",                    \
      "toDateTime64('2024-03-15 10:23:45.678', 3, 'UTC')", RESULT)

const FunctionEntry kDateStartFunctions[] = {
    DAY_START("toStartOfYear", start_of_year, "The first day of the year.", "toDate('2024-03-15')",
              "2024-01-01"),
    DAY_START("toStartOfISOYear", start_of_iso_year, "The first day of the ISO 8601 year.",
              "toDate('2024-03-15')", "2024-01-01"),
    DAY_START("toStartOfQuarter", start_of_quarter, "The first day of the quarter.",
              "toDate('2024-03-15')", "2024-01-01"),
    DAY_START("toStartOfMonth", start_of_month, "The first day of the month.",
              "toDate('2024-03-15')", "2024-03-01"),
    DAY_START("toLastDayOfMonth", last_day_of_month, "The last day of the month.",
              "toDate('2024-02-10')", "2024-02-29"),
    function_alias("LAST_DAY", "toLastDayOfMonth", true),
    DAY_START("toMonday", start_of_week, "The Monday of the week.", "toDate('2024-03-15')",
              "2024-03-11"),
    {.name = "toStartOfWeek",
     .bind = bind_start_of_week,
     .syntax = "toStartOfWeek(time[, mode[, zone]])",
     .description = "The first day of the week: Sunday, or Monday in odd modes.",
     .example =
         "SELECT toStartOfWeek(toDate('2024-03-15')), toStartOfWeek(toDate('2024-03-15'), 1)",
     .example_result = "2024-03-10\t2024-03-11",
     .category = "Dates and times"},
    {.name = "toLastDayOfWeek",
     .bind = bind_last_day_of_week,
     .syntax = "toLastDayOfWeek(time[, mode[, zone]])",
     .description = "The last day of the week: Saturday, or Sunday in odd modes.",
     .example = "SELECT toLastDayOfWeek(toDate('2024-03-15'))",
     .example_result = "2024-03-16",
     .category = "Dates and times"},
    START("toStartOfDay", bind_start_of_day, "Midnight of the day.",
          "toDateTime('2024-03-15 10:23:45', 'UTC')", "2024-03-15 00:00:00"),
    TIME_START("toStartOfHour", 3600, "The start of the hour.", "2024-03-15 10:00:00"),
    TIME_START("toStartOfMinute", 60, "The start of the minute.", "2024-03-15 10:23:00"),
    TIME_START("toStartOfFiveMinutes", 300, "The start of the five minutes.",
               "2024-03-15 10:20:00"),
    function_alias("toStartOfFiveMinute", "toStartOfFiveMinutes"),
    TIME_START("toStartOfTenMinutes", 600, "The start of the ten minutes.", "2024-03-15 10:20:00"),
    TIME_START("toStartOfFifteenMinutes", 900, "The start of the quarter of an hour.",
               "2024-03-15 10:15:00"),
    TIME_START("timeSlot", 1800, "The start of the half hour.", "2024-03-15 10:00:00"),
    PART_START("toStartOfSecond", Second, "2024-03-15 10:23:45.000"),
    PART_START("toStartOfMillisecond", Millisecond, "2024-03-15 10:23:45.678"),
    PART_START("toStartOfMicrosecond", Microsecond, "2024-03-15 10:23:45.678000"),
    PART_START("toStartOfNanosecond", Nanosecond, "2024-03-15 10:23:45.678000000"),
    {.name = "toStartOfInterval",
     .bind = bind_start_of_interval,
     .syntax = "toStartOfInterval(time, INTERVAL n unit[, zone])",
     .description = "The start of the interval of that length in which the time lies.",
     .example = "SELECT toStartOfInterval(toDateTime('2024-03-15 10:23:45', 'UTC'), "
                "INTERVAL 15 MINUTE)",
     .example_result = "2024-03-15 10:15:00",
     .category = "Dates and times"},
    {.name = "dateTrunc",
     .bind = bind_date_trunc,
     .syntax = "dateTrunc(unit, time[, zone])",
     .description = "The time rounded down to a whole unit: 'second' to 'year'.",
     .example = "SELECT dateTrunc('month', toDate('2024-03-15'))",
     .example_result = "2024-03-01",
     .category = "Dates and times"},
    function_alias("DATE_TRUNC", "dateTrunc", true),
};
#undef PART_START
#undef TIME_START
#undef DAY_START
#undef START

}  // namespace

std::span<const FunctionEntry> date_start_functions() { return kDateStartFunctions; }

}  // namespace freshet
