// Parts of dates and times: toYear, toHour, toWeek, toYYYYMM and the like.
#include <cstdlib>

#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/time_cells.h"
#include "query/function/week_number.h"
#include "storage/column/calendar.h"
#include "storage/column/decimal.h"

namespace freshet {

namespace {

// part(day) of every row. Days come in runs, so that the last one's part often is the next one's.
template <class Out, class Part>
ColumnPtr parts_of_days(const Buffer<int32_t>& days, Part part) {
  int32_t last_day = days.empty() ? 0 : days[0];
  Out last_part = static_cast<Out>(part(last_day));
  return make_numbers<Out>(days.size(), [&](size_t i) {
    if (days[i] != last_day) {
      last_day = days[i];
      last_part = static_cast<Out>(part(last_day));
    }
    return last_part;
  });
}

// f(time[, zone]) that depends on the day only.
template <class Out, class Part>
BoundFunction bind_day_part(std::string_view name, TypeId type, const FunctionContext& context,
                            FunctionArguments arguments, Part part) {
  check_argument_count(name, arguments, 1, 2);
  const TimeArgument time = time_argument(name, context, arguments, 0, 1);
  return {simple_type(type), [time, part](std::span<const ColumnPtr> columns, size_t row_count) {
            return parts_of_days<Out>(local_days(time, *columns[0], row_count), part);
          }};
}

uint32_t year_of(int32_t day) { return static_cast<uint32_t>(civil_from_days(day).year); }
uint32_t month_of(int32_t day) { return civil_from_days(day).month; }
uint32_t quarter_of(int32_t day) { return quarter_of_month(month_of(day)); }

#define DAY_PART(FUNCTION, NAME, OUT, TYPE, EXPRESSION)                                 \
  BoundFunction FUNCTION(const FunctionContext& context, FunctionArguments arguments) { \
    return bind_day_part<OUT>(NAME, TypeId::TYPE, context, arguments,                   \
                              [](int32_t day) { return EXPRESSION; });                  \
  }

DAY_PART(bind_to_year, "toYear", uint16_t, UInt16, year_of(day))
DAY_PART(bind_to_quarter, "toQuarter", uint8_t, UInt8, quarter_of(day))
DAY_PART(bind_to_month, "toMonth", uint8_t, UInt8, month_of(day))
DAY_PART(bind_to_day, "toDayOfMonth", uint8_t, UInt8, civil_from_days(day).day)
DAY_PART(bind_to_day_of_year, "toDayOfYear", uint16_t, UInt16, day_of_year(day))
DAY_PART(bind_to_iso_week, "toISOWeek", uint8_t, UInt8, iso_week(day).week)
DAY_PART(bind_to_iso_year, "toISOYear", uint16_t, UInt16, iso_week(day).year)
DAY_PART(bind_to_year_month, "toYYYYMM", uint32_t, UInt32, year_of(day) * 100 + month_of(day))
DAY_PART(bind_to_year_month_day, "toYYYYMMDD", uint32_t, UInt32,
         (year_of(day) * 100 + month_of(day)) * 100 + civil_from_days(day).day)
DAY_PART(bind_relative_year, "toRelativeYearNum", uint16_t, UInt16, year_of(day))
DAY_PART(bind_relative_quarter, "toRelativeQuarterNum", uint32_t, UInt32,
         year_of(day) * 4 + quarter_of(day) - 1)
DAY_PART(bind_relative_month, "toRelativeMonthNum", uint32_t, UInt32,
         year_of(day) * 12 + month_of(day))
DAY_PART(bind_relative_week, "toRelativeWeekNum", uint32_t, UInt32, (day + 3) / 7)
DAY_PART(bind_relative_day, "toRelativeDayNum", uint32_t, UInt32, day)
#undef DAY_PART

// toDayOfWeek(time[, mode[, zone]]).
BoundFunction bind_to_day_of_week(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "toDayOfWeek";
  check_argument_count(kName, arguments, 1, 3);
  const TimeArgument time = time_argument(kName, context, arguments, 0, 2);
  const int64_t mode = arguments.size() > 1 ? constant_integer(kName, arguments, 1) & 3 : 0;
  return {simple_type(TypeId::UInt8),
          [time, mode](std::span<const ColumnPtr> columns, size_t row_count) {
            return parts_of_days<uint8_t>(local_days(time, *columns[0], row_count),
                                          [mode](int32_t day) {
                                            const uint32_t monday_first = weekday(day);
                                            switch (mode) {
                                              case 0:
                                                return monday_first;
                                              case 1:
                                                return monday_first - 1;
                                              case 2:
                                                return monday_first % 7;
                                              default:
                                                return monday_first % 7 + 1;
                                            }
                                          });
          }};
}

// toWeek(time[, mode[, zone]]) and toYearWeek, which always counts weeks of the year before.
template <class Out, class Part>
BoundFunction bind_week(std::string_view name, TypeId type, uint8_t forced_mode,
                        const FunctionContext& context, FunctionArguments arguments, Part part) {
  check_argument_count(name, arguments, 1, 3);
  const TimeArgument time = time_argument(name, context, arguments, 0, 2);
  const int64_t given = arguments.size() > 1 ? constant_integer(name, arguments, 1) : 0;
  const auto mode = static_cast<uint8_t>((given & 0xFF) | forced_mode);
  return {simple_type(type), [=](std::span<const ColumnPtr> columns, size_t row_count) {
            return parts_of_days<Out>(local_days(time, *columns[0], row_count),
                                      [=](int32_t day) { return part(week_of(day, mode)); });
          }};
}

BoundFunction bind_to_week(const FunctionContext& context, FunctionArguments arguments) {
  return bind_week<uint8_t>("toWeek", TypeId::UInt8, 0, context, arguments,
                            [](const YearWeek& week) { return week.week; });
}

BoundFunction bind_to_year_week(const FunctionContext& context, FunctionArguments arguments) {
  constexpr uint8_t kWeekOfYearBefore = 2;
  return bind_week<uint32_t>(
      "toYearWeek", TypeId::UInt32, kWeekOfYearBefore, context, arguments,
      [](const YearWeek& week) { return static_cast<uint32_t>(week.year) * 100 + week.week; });
}

// f(time[, zone]) of the time of day. Requires a type that has one.
template <class Out, class Part>
BoundFunction bind_time_part(std::string_view name, TypeId type, const FunctionContext& context,
                             FunctionArguments arguments, Part part) {
  check_argument_count(name, arguments, 1, 2);
  const TimeArgument time = time_argument(name, context, arguments, 0, 1);
  if (is_day_type(*time.type)) throw_illegal_type(name, arguments, 0);
  const bool is_plain_utc = time.type->id() == TypeId::DateTime && time.zone->is_utc();
  return {simple_type(type), [=](std::span<const ColumnPtr> columns, size_t row_count) {
            if (is_plain_utc) {
              const NumberCells<uint32_t> cells(*columns[0]);
              return make_numbers<Out>(row_count, [&](size_t i) { return part(cells[i]); });
            }
            const Buffer<int64_t> seconds = local_seconds(time, *columns[0], row_count);
            return make_numbers<Out>(row_count, [&](size_t i) {
              const int64_t of_day = seconds[i] - day_of_seconds(seconds[i]) * kSecondsPerDay;
              return part(static_cast<uint32_t>(of_day));
            });
          }};
}

BoundFunction bind_to_hour(const FunctionContext& context, FunctionArguments arguments) {
  return bind_time_part<uint8_t>("toHour", TypeId::UInt8, context, arguments,
                                 [](uint32_t seconds) { return seconds / 3600 % 24; });
}

BoundFunction bind_to_minute(const FunctionContext& context, FunctionArguments arguments) {
  return bind_time_part<uint8_t>("toMinute", TypeId::UInt8, context, arguments,
                                 [](uint32_t seconds) { return seconds / 60 % 60; });
}

BoundFunction bind_to_second(const FunctionContext& context, FunctionArguments arguments) {
  return bind_time_part<uint8_t>("toSecond", TypeId::UInt8, context, arguments,
                                 [](uint32_t seconds) { return seconds % 60; });
}

BoundFunction bind_to_millisecond(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("toMillisecond", arguments, 1, 2);
  const TimeArgument time = time_argument("toMillisecond", context, arguments, 0, 1);
  if (is_day_type(*time.type)) throw_illegal_type("toMillisecond", arguments, 0);
  return {simple_type(TypeId::UInt16),
          [time](std::span<const ColumnPtr> columns, size_t row_count) {
            const Buffer<int64_t> ticks = utc_ticks(time, 3, *columns[0], row_count);
            return make_numbers<uint16_t>(
                row_count, [&](size_t i) { return ((ticks[i] % 1000) + 1000) % 1000; });
          }};
}

BoundFunction bind_to_full_number(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "toYYYYMMDDhhmmss";
  check_argument_count(kName, arguments, 1, 2);
  const TimeArgument time = time_argument(kName, context, arguments, 0, 1);
  return {simple_type(TypeId::UInt64),
          [time](std::span<const ColumnPtr> columns, size_t row_count) {
            const Buffer<int64_t> seconds = local_seconds(time, *columns[0], row_count);
            return make_numbers<uint64_t>(row_count, [&](size_t i) {
              const CivilDay day = civil_from_days(day_of_seconds(seconds[i]));
              const TimeOfDay of_day = time_of_seconds(seconds[i]);
              uint64_t number = static_cast<uint64_t>(day.year);
              for (const uint32_t part :
                   {day.month, day.day, of_day.hour, of_day.minute, of_day.second}) {
                number = number * 100 + part;
              }
              return number;
            });
          }};
}

// Moments in units of `seconds` since the epoch, on the clocks of the zone.
template <int64_t kSeconds>
BoundFunction bind_relative_time(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "toRelative...Num";
  check_argument_count(kName, arguments, 1, 2);
  const TimeArgument time = time_argument(kName, context, arguments, 0, 1);
  return {
      simple_type(TypeId::UInt32), [time](std::span<const ColumnPtr> columns, size_t row_count) {
        const Buffer<int64_t> seconds = utc_seconds(time, *columns[0], row_count);
        return make_numbers<uint32_t>(row_count, [&](size_t i) { return seconds[i] / kSeconds; });
      }};
}

// toUnixTimestamp: of a time, or of text in a zone.
BoundFunction bind_to_unix_timestamp(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "toUnixTimestamp";
  check_argument_count(kName, arguments, 1, 2);
  const DataTypePtr type = simple_type(TypeId::UInt32);
  if (is_string_like(*arguments[0].type)) {
    const std::string zone = arguments.size() > 1 ? constant_string(kName, arguments, 1) : "";
    const FunctionArgument text[] = {arguments[0]};
    const ResolvedFunction parse = zone.empty()
                                       ? resolve_function("toDateTime", context, text)
                                       : resolve_function("toDateTime", context, arguments);
    return {type, [parse](std::span<const ColumnPtr> columns, size_t row_count) {
              return evaluate(parse, columns.subspan(0, parse.argument_types.size()), row_count);
            }};
  }
  const TimeArgument time = time_argument(kName, context, arguments, 0, 1);
  return {type, [time](std::span<const ColumnPtr> columns, size_t row_count) {
            const Buffer<int64_t> seconds = utc_seconds(time, *columns[0], row_count);
            return make_numbers<uint32_t>(row_count, [&](size_t i) { return seconds[i]; });
          }};
}

// Ticks of a DateTime64, brought to another scale.
template <uint32_t kScale>
BoundFunction bind_to_unix_timestamp64(const FunctionContext& context,
                                       FunctionArguments arguments) {
  constexpr std::string_view kName = "toUnixTimestamp64";
  check_argument_count(kName, arguments, 1, 1);
  if (arguments[0].type->id() != TypeId::DateTime64) throw_illegal_type(kName, arguments, 0);
  const TimeArgument time = time_argument(kName, context, arguments, 0, 1);
  return {simple_type(TypeId::Int64), [time](std::span<const ColumnPtr> columns, size_t row_count) {
            return make_number_column<int64_t>(utc_ticks(time, kScale, *columns[0], row_count));
          }};
}

// Ticks of a scale as a DateTime64.
template <uint32_t kScale>
BoundFunction bind_from_unix_timestamp64(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "fromUnixTimestamp64";
  check_argument_count(kName, arguments, 1, 2);
  check_integer(kName, arguments, 0);
  const std::string zone = arguments.size() > 1 ? constant_string(kName, arguments, 1) : "";
  return {datetime64_type(kScale, zone), [](std::span<const ColumnPtr> columns, size_t) {
            return as_numbers<int64_t>(columns[0]);
          }};
}

BoundFunction bind_time_zone_of(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("timeZoneOf", arguments, 1, 1);
  const TimeArgument time = time_argument("timeZoneOf", context, arguments, 0, 1);
  const DataTypePtr type = simple_type(TypeId::String);
  return {type, [type, name = time.zone->name()](std::span<const ColumnPtr>, size_t row_count) {
            return make_constant_column(*type, Value(name), row_count);
          }};
}

BoundFunction bind_time_zone_offset(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("timeZoneOffset", arguments, 1, 2);
  const TimeArgument time = time_argument("timeZoneOffset", context, arguments, 0, 1);
  return {simple_type(TypeId::Int32), [time](std::span<const ColumnPtr> columns, size_t row_count) {
            const Buffer<int64_t> seconds = utc_seconds(time, *columns[0], row_count);
            return make_numbers<int32_t>(
                row_count, [&](size_t i) { return time.zone->utc_offset_seconds(seconds[i]); });
          }};
}

#define PART(NAME, BIND, DESCRIPTION, EXAMPLE, RESULT)                                       \
  {                                                                                          \
    .name = NAME, .bind = BIND, .syntax = NAME "(time[, zone])", .description = DESCRIPTION, \
    .example = "SELECT " NAME "(" EXAMPLE ")", .example_result = RESULT,                     \
    .category = "Dates and times"                                                            \
  }
#define DAY "toDate('2024-03-15')"
#define TIME "toDateTime('2024-03-15 10:23:45', 'UTC')"

constexpr FunctionEntry kDatePartFunctions[] = {
    PART("toYear", bind_to_year, "The year.", DAY, "2024"),
    function_alias("YEAR", "toYear", true),
    PART("toQuarter", bind_to_quarter, "The quarter, 1 to 4.", DAY, "1"),
    function_alias("QUARTER", "toQuarter", true),
    PART("toMonth", bind_to_month, "The month, 1 to 12.", DAY, "3"),
    function_alias("MONTH", "toMonth", true),
    PART("toDayOfMonth", bind_to_day, "The day of the month, 1 to 31.", DAY, "15"),
    function_alias("DAY", "toDayOfMonth", true),
    function_alias("DAYOFMONTH", "toDayOfMonth", true),
    PART("toDayOfYear", bind_to_day_of_year, "The day of the year, 1 to 366.", DAY, "75"),
    function_alias("DAYOFYEAR", "toDayOfYear", true),
    {.name = "toDayOfWeek",
     .bind = bind_to_day_of_week,
     .syntax = "toDayOfWeek(time[, mode[, zone]])",
     .description = "The day of the week: 1 is Monday; modes 1 to 3 count from 0, or from Sunday.",
     .example = "SELECT toDayOfWeek(toDate('2024-03-15')), toDayOfWeek(toDate('2024-03-17'), 3)",
     .example_result = "5\t1",
     .category = "Dates and times"},
    function_alias("DAYOFWEEK", "toDayOfWeek", true),
    PART("toHour", bind_to_hour, "The hour, 0 to 23.", TIME, "10"),
    function_alias("HOUR", "toHour", true),
    PART("toMinute", bind_to_minute, "The minute, 0 to 59.", TIME, "23"),
    function_alias("MINUTE", "toMinute", true),
    PART("toSecond", bind_to_second, "The second, 0 to 59.", TIME, "45"),
    function_alias("SECOND", "toSecond", true),
    PART("toMillisecond", bind_to_millisecond, "The millisecond, 0 to 999.",
         "toDateTime64('2024-03-15 10:23:45.678', 3, 'UTC')", "678"),
    function_alias("MILLISECOND", "toMillisecond", true),
    PART("toISOWeek", bind_to_iso_week, "The ISO 8601 week, 1 to 53.", DAY, "11"),
    PART("toISOYear", bind_to_iso_year, "The year of the ISO 8601 week.", "toDate('2021-01-01')",
         "2020"),
    {.name = "toWeek",
     .bind = bind_to_week,
     .syntax = "toWeek(time[, mode[, zone]])",
     .description = "The week of the year; the mode, 0 to 9, says where weeks and years start.",
     .example = "SELECT toWeek(toDate('2024-03-15')), toWeek(toDate('2024-12-30'), 3)",
     .example_result = "10\t1",
     .category = "Dates and times"},
    function_alias("WEEK", "toWeek", true),
    {.name = "toYearWeek",
     .bind = bind_to_year_week,
     .syntax = "toYearWeek(time[, mode[, zone]])",
     .description = "Year and week of the year as one number.",
     .example = "SELECT toYearWeek(toDate('2024-12-30'), 3)",
     .example_result = "202501",
     .category = "Dates and times"},
    function_alias("YEARWEEK", "toYearWeek", true),
    PART("toYYYYMM", bind_to_year_month, "Year and month as one number.", DAY, "202403"),
    PART("toYYYYMMDD", bind_to_year_month_day, "Year, month and day as one number.", DAY,
         "20240315"),
    PART("toYYYYMMDDhhmmss", bind_to_full_number, "Date and time as one number.", TIME,
         "20240315102345"),
    PART("toRelativeYearNum", bind_relative_year, "The year.", DAY, "2024"),
    PART("toRelativeQuarterNum", bind_relative_quarter, "Quarters since the year 0.", DAY, "8096"),
    PART("toRelativeMonthNum", bind_relative_month, "Months since the year 0.", DAY, "24291"),
    PART("toRelativeWeekNum", bind_relative_week, "Weeks since 1969-12-29.", DAY, "2828"),
    PART("toRelativeDayNum", bind_relative_day, "Days since 1970-01-01.", DAY, "19797"),
    PART("toRelativeHourNum", bind_relative_time<3600>, "Hours since 1970-01-01.", TIME, "475138"),
    PART("toRelativeMinuteNum", bind_relative_time<60>, "Minutes since 1970-01-01.", TIME,
         "28508303"),
    PART("toRelativeSecondNum", bind_relative_time<1>, "Seconds since 1970-01-01.", TIME,
         "1710498225"),
    PART("toUnixTimestamp", bind_to_unix_timestamp, "Seconds since 1970-01-01 00:00:00 UTC.", TIME,
         "1710498225"),
    {.name = "toUnixTimestamp64Second",
     .bind = bind_to_unix_timestamp64<0>,
     .syntax = "toUnixTimestamp64Second(time)",
     .description = "A DateTime64 as seconds since 1970-01-01 00:00:00 UTC.",
     .example = "SELECT toUnixTimestamp64Second(toDateTime64('2024-03-15 10:23:45.678', 3, 'UTC'))",
     .example_result = "1710498225",
     .category = "Dates and times"},
    {.name = "toUnixTimestamp64Milli",
     .bind = bind_to_unix_timestamp64<3>,
     .syntax = "toUnixTimestamp64Milli(time)",
     .description = "A DateTime64 as milliseconds since 1970-01-01 00:00:00 UTC.",
     .example = "SELECT toUnixTimestamp64Milli(toDateTime64('2024-03-15 10:23:45.678', 3, 'UTC'))",
     .example_result = "1710498225678",
     .category = "Dates and times"},
    {.name = "toUnixTimestamp64Micro",
     .bind = bind_to_unix_timestamp64<6>,
     .syntax = "toUnixTimestamp64Micro(time)",
     .description = "A DateTime64 as microseconds since 1970-01-01 00:00:00 UTC.",
     .example = "SELECT toUnixTimestamp64Micro(toDateTime64('2024-03-15 10:23:45.678', 3, 'UTC'))",
     .example_result = "1710498225678000",
     .category = "Dates and times"},
    {.name = "toUnixTimestamp64Nano",
     .bind = bind_to_unix_timestamp64<9>,
     .syntax = "toUnixTimestamp64Nano(time)",
     .description = "A DateTime64 as nanoseconds since 1970-01-01 00:00:00 UTC.",
     .example = "SELECT toUnixTimestamp64Nano(toDateTime64('2024-03-15 10:23:45.678', 3, 'UTC'))",
     .example_result = "1710498225678000000",
     .category = "Dates and times"},
    {.name = "fromUnixTimestamp64Second",
     .bind = bind_from_unix_timestamp64<0>,
     .syntax = "fromUnixTimestamp64Second(n[, zone])",
     .description = "Seconds since 1970-01-01 00:00:00 UTC as a DateTime64(0).",
     .example = "SELECT fromUnixTimestamp64Second(1710498225, 'UTC')",
     .example_result = "2024-03-15 10:23:45",
     .category = "Dates and times"},
    {.name = "fromUnixTimestamp64Milli",
     .bind = bind_from_unix_timestamp64<3>,
     .syntax = "fromUnixTimestamp64Milli(n[, zone])",
     .description = "Milliseconds since 1970-01-01 00:00:00 UTC as a DateTime64(3).",
     .example = "SELECT fromUnixTimestamp64Milli(1710498225678, 'UTC')",
     .example_result = "2024-03-15 10:23:45.678",
     .category = "Dates and times"},
    {.name = "fromUnixTimestamp64Micro",
     .bind = bind_from_unix_timestamp64<6>,
     .syntax = "fromUnixTimestamp64Micro(n[, zone])",
     .description = "Microseconds since 1970-01-01 00:00:00 UTC as a DateTime64(6).",
     .example = "SELECT fromUnixTimestamp64Micro(1710498225678000, 'UTC')",
     .example_result = "2024-03-15 10:23:45.678000",
     .category = "Dates and times"},
    {.name = "fromUnixTimestamp64Nano",
     .bind = bind_from_unix_timestamp64<9>,
     .syntax = "fromUnixTimestamp64Nano(n[, zone])",
     .description = "Nanoseconds since 1970-01-01 00:00:00 UTC as a DateTime64(9).",
     .example = "SELECT fromUnixTimestamp64Nano(1710498225678000000, 'UTC')",
     .example_result = "2024-03-15 10:23:45.678000000",
     .category = "Dates and times"},
    {.name = "timeZoneOf",
     .bind = bind_time_zone_of,
     .syntax = "timeZoneOf(time)",
     .description = "The name of the zone in which a time is shown.",
     .example = "SELECT timeZoneOf(toDateTime(0, 'Asia/Tokyo'))",
     .example_result = "Asia/Tokyo",
     .category = "Dates and times"},
    function_alias("timezoneOf", "timeZoneOf"),
    {.name = "timeZoneOffset",
     .bind = bind_time_zone_offset,
     .syntax = "timeZoneOffset(time)",
     .description = "Seconds by which the zone's clocks are ahead of UTC.",
     .example = "SELECT timeZoneOffset(toDateTime(0, 'Asia/Tokyo'))",
     .example_result = "32400",
     .category = "Dates and times"},
    function_alias("timezoneOffset", "timeZoneOffset"),
};
#undef TIME
#undef DAY
#undef PART

}  // namespace

std::span<const FunctionEntry> date_part_functions() { return kDatePartFunctions; }

}  // namespace freshet
