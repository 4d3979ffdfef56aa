// Distances between dates and times, moves by a number of units, and dates made of parts.
#include <algorithm>

#include "query/function/cell_cast.h"
#include "query/function/function_family.h"
#include "query/function/interval_arithmetic.h"
#include "query/function/kernel.h"
#include "query/function/time_cells.h"
#include "query/function/time_unit.h"
#include "storage/column/calendar.h"

namespace freshet {

namespace {

// Months since the year 0.
int64_t month_number(int32_t day) {
  const CivilDay civil = civil_from_days(day);
  return int64_t{civil.year} * 12 + civil.month - 1;
}

// Boundaries of the unit between two days: how dateDiff counts.
int64_t day_boundaries(IntervalUnit unit, int32_t from, int32_t to) {
  switch (unit) {
    case IntervalUnit::Day:
      return int64_t{to} - from;
    case IntervalUnit::Week:
      return (int64_t{start_of_week(to)} - start_of_week(from)) / 7;
    default: {
      const int64_t months = unit_months(unit);
      return floor_divide(month_number(to), months) - floor_divide(month_number(from), months);
    }
  }
}

struct Moment {
  int32_t day;
  int64_t of_day;  // seconds, or ticks
};

// Whole units that have passed: how age counts.
int64_t whole_units(IntervalUnit unit, Moment from, Moment to) {
  if (to.day < from.day || (to.day == from.day && to.of_day < from.of_day)) {
    return -whole_units(unit, to, from);
  }
  if (const int64_t months = unit_months(unit); months != 0) {
    const CivilDay a = civil_from_days(from.day);
    const CivilDay b = civil_from_days(to.day);
    int64_t passed = month_number(to.day) - month_number(from.day);
    if (b.day < a.day || (b.day == a.day && to.of_day < from.of_day)) --passed;
    return passed / months;
  }
  int64_t days = int64_t{to.day} - from.day;
  if (to.of_day < from.of_day) --days;
  return unit == IntervalUnit::Week ? days / 7 : days;
}

// dateDiff and age: (unit, from, to[, zone]).
struct Distance {
  IntervalUnit unit;
  bool whole;
  TimeArgument from;
  TimeArgument to;

  ColumnPtr operator()(std::span<const ColumnPtr> columns, size_t row_count) const {
    if (unit >= IntervalUnit::Day) {
      return whole ? whole_days(columns, row_count) : boundaries(columns, row_count);
    }
    const uint32_t scale = std::max({unit_scale(unit), from.type->scale(), to.type->scale()});
    const Buffer<int64_t> begin = utc_ticks(from, scale, *columns[1], row_count);
    const Buffer<int64_t> end = utc_ticks(to, scale, *columns[2], row_count);
    const int64_t ticks = static_cast<int64_t>(power_of_ten(scale - unit_scale(unit))) *
                          std::max<int64_t>(unit_seconds(unit), 1);
    return make_numbers<int64_t>(row_count, [&](size_t i) {
      if (whole) return (end[i] - begin[i]) / ticks;
      return floor_divide(end[i], ticks) - floor_divide(begin[i], ticks);
    });
  }

 private:
  ColumnPtr boundaries(std::span<const ColumnPtr> columns, size_t row_count) const {
    const Buffer<int32_t> begin = local_days(from, *columns[1], row_count);
    const Buffer<int32_t> end = local_days(to, *columns[2], row_count);
    return make_numbers<int64_t>(row_count,
                                 [&](size_t i) { return day_boundaries(unit, begin[i], end[i]); });
  }

  ColumnPtr whole_days(std::span<const ColumnPtr> columns, size_t row_count) const {
    const Buffer<int64_t> begin = local_seconds(from, *columns[1], row_count);
    const Buffer<int64_t> end = local_seconds(to, *columns[2], row_count);
    const uint32_t scale = std::max(from.type->scale(), to.type->scale());
    const auto ticks = static_cast<int64_t>(power_of_ten(scale));
    Buffer<int64_t> begin_ticks;
    Buffer<int64_t> end_ticks;
    if (scale > 0) {
      begin_ticks = utc_ticks(from, scale, *columns[1], row_count);
      end_ticks = utc_ticks(to, scale, *columns[2], row_count);
    }
    const auto moment = [&](const Buffer<int64_t>& seconds, const Buffer<int64_t>& parts,
                            size_t i) {
      const int32_t day = day_of_seconds(seconds[i]);
      const int64_t part = scale > 0 ? parts[i] - floor_divide(parts[i], ticks) * ticks : 0;
      return Moment{day, (seconds[i] - day * kSecondsPerDay) * ticks + part};
    };
    return make_numbers<int64_t>(row_count, [&](size_t i) {
      return whole_units(unit, moment(begin, begin_ticks, i), moment(end, end_ticks, i));
    });
  }
};

BoundFunction bind_distance(std::string_view name, bool whole, const FunctionContext& context,
                            FunctionArguments arguments) {
  check_argument_count(name, arguments, 3, 4);
  Distance distance;
  distance.unit = parse_time_unit(name, constant_string(name, arguments, 0));
  distance.whole = whole;
  distance.from = time_argument(name, context, arguments, 1, 3);
  distance.to = time_argument(name, context, arguments, 2, 3);
  return {simple_type(TypeId::Int64), std::move(distance)};
}

BoundFunction bind_date_diff(const FunctionContext& context, FunctionArguments arguments) {
  return bind_distance("dateDiff", false, context, arguments);
}

BoundFunction bind_age(const FunctionContext& context, FunctionArguments arguments) {
  return bind_distance("age", true, context, arguments);
}

BoundFunction bind_time_diff(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("timeDiff", arguments, 2, 2);
  const TimeArgument from = time_argument("timeDiff", context, arguments, 0, 2);
  const TimeArgument to = time_argument("timeDiff", context, arguments, 1, 2);
  return {simple_type(TypeId::Int64), [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const Buffer<int64_t> begin = utc_seconds(from, *columns[0], row_count);
            const Buffer<int64_t> end = utc_seconds(to, *columns[1], row_count);
            return make_numbers<int64_t>(row_count, [&](size_t i) { return end[i] - begin[i]; });
          }};
}

// addDays(time, n) and the like.
BoundFunction bind_move(std::string_view name, IntervalUnit unit, int64_t sign,
                        const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  const DataType& date = *arguments[0].type;
  const DataType& count = *arguments[1].type;
  if (!is_date_or_time(date) && !is_string_like(date)) throw_illegal_type(name, arguments, 0);
  if (!is_integer(count) && !is_float(count)) throw_illegal_type(name, arguments, 1);
  return bind_shift(context, arguments[0].type, arguments[1].type, unit, sign);
}

// date_add(time, INTERVAL n unit) is plus.
BoundFunction bind_date_add(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("date_add", arguments, 2, 2);
  return find_function("plus")->bind(context, arguments);
}

BoundFunction bind_date_sub(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("date_sub", arguments, 2, 2);
  return find_function("minus")->bind(context, arguments);
}

// --- dates made of parts

std::vector<IntegerCells> read_integers(std::span<const ColumnPtr> columns, size_t count) {
  std::vector<IntegerCells> cells;
  for (size_t i = 0; i < count; ++i) cells.emplace_back(*columns[i]);
  return cells;
}

// Days since 1970 of a year, month and day, or of a year and day of the year; `none` when there is
// no such year or month. A day past the month's end is in the next month.
int64_t day_of_parts(const std::vector<IntegerCells>& parts, size_t row, int64_t none) {
  const int64_t year = parts[0][row];
  constexpr int64_t kYearMin = 1900;
  constexpr int64_t kYearMax = 2299;
  if (year < kYearMin || year > kYearMax) return none;
  const auto first = [&](int64_t month) {
    return days_from_civil(static_cast<int32_t>(year), static_cast<uint32_t>(month), 1);
  };
  if (parts.size() == 2) {
    const int64_t day = parts[1][row];
    return day < 1 || day > 366 ? none : first(1) + day - 1;
  }
  const int64_t month = parts[1][row];
  const int64_t day = parts[2][row];
  if (month < 1 || month > 12 || day < 1 || day > 31) return none;
  return first(month) + day - 1;
}

template <class T>
BoundFunction bind_make_date(std::string_view name, TypeId type, int64_t min, int64_t max,
                             FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 3);
  for (size_t i = 0; i < arguments.size(); ++i) check_integer(name, arguments, i);
  return {simple_type(type), [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const std::vector<IntegerCells> parts = read_integers(columns, columns.size());
            return make_numbers<T>(row_count, [&](size_t i) {
              const int64_t day = day_of_parts(parts, i, min);
              return day < min || day > max ? min : day;
            });
          }};
}

BoundFunction bind_make_date16(const FunctionContext&, FunctionArguments arguments) {
  return bind_make_date<uint16_t>("makeDate", TypeId::Date, 0, kDateDaysMax, arguments);
}

BoundFunction bind_make_date32(const FunctionContext&, FunctionArguments arguments) {
  return bind_make_date<int32_t>("makeDate32", TypeId::Date32, kDate32DaysMin, kDate32DaysMax,
                                 arguments);
}

// Local seconds of year, month, day, hour, minute, second; nothing for parts out of range.
std::optional<int64_t> seconds_of_parts(const std::vector<IntegerCells>& parts, size_t row,
                                        const std::vector<IntegerCells>& date_parts) {
  constexpr int64_t kNone = INT64_MIN;
  const int64_t day = day_of_parts(date_parts, row, kNone);
  const int64_t hour = parts[3][row];
  const int64_t minute = parts[4][row];
  const int64_t second = parts[5][row];
  const auto in_range = [](int64_t value, int64_t end) { return value >= 0 && value < end; };
  if (day == kNone || !in_range(hour, 24) || !in_range(minute, 60) || !in_range(second, 60)) {
    return std::nullopt;
  }
  return day * kSecondsPerDay + hour * 3600 + minute * 60 + second;
}

BoundFunction bind_make_datetime(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "makeDateTime";
  check_argument_count(kName, arguments, 6, 7);
  for (size_t i = 0; i < 6; ++i) check_integer(kName, arguments, i);
  const DataTypePtr type =
      datetime_type(arguments.size() > 6 ? constant_string(kName, arguments, 6) : "");
  return {type,
          [zone = zone_of(context, *type)](std::span<const ColumnPtr> columns, size_t row_count) {
            const std::vector<IntegerCells> parts = read_integers(columns, 6);
            const std::vector<IntegerCells> date_parts = read_integers(columns, 3);
            return make_numbers<uint32_t>(row_count, [&](size_t i) {
              const std::optional<int64_t> local = seconds_of_parts(parts, i, date_parts);
              if (!local) return int64_t{0};
              return std::clamp<int64_t>(zone->to_utc(*local), 0, kDateTimeSecondsMax);
            });
          }};
}

BoundFunction bind_make_datetime64(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "makeDateTime64";
  check_argument_count(kName, arguments, 6, 9);
  for (size_t i = 0; i < std::min<size_t>(arguments.size(), 8); ++i) {
    check_integer(kName, arguments, i);
  }
  const int64_t scale = arguments.size() > 7 ? constant_integer(kName, arguments, 7) : 3;
  if (scale < 0 || scale > 9) {
    throw Error(ErrorCode::ArgumentOutOfBound,
                "The scale of makeDateTime64 must be 0 to 9, got " + std::to_string(scale));
  }
  const DataTypePtr type =
      datetime64_type(static_cast<uint32_t>(scale),
                      arguments.size() > 8 ? constant_string(kName, arguments, 8) : "");
  const auto ticks = static_cast<int64_t>(power_of_ten(type->scale()));
  return {type, [ticks, zone = zone_of(context, *type)](std::span<const ColumnPtr> columns,
                                                        size_t row_count) {
            const std::vector<IntegerCells> parts =
                read_integers(columns, std::min<size_t>(columns.size(), 7));
            const std::vector<IntegerCells> date_parts = read_integers(columns, 3);
            return make_numbers<int64_t>(row_count, [&](size_t i) {
              const std::optional<int64_t> local = seconds_of_parts(parts, i, date_parts);
              if (!local) return int64_t{0};
              const int64_t fraction =
                  parts.size() > 6 ? std::clamp<int64_t>(parts[6][i], 0, ticks - 1) : 0;
              return zone->to_utc(*local) * ticks + fraction;
            });
          }};
}

#define MOVE(UNIT, DAY_RESULT, BACK_RESULT)                                                   \
  {.name = "add" #UNIT "s",                                                                   \
   .bind =                                                                                    \
       [](const FunctionContext& context, FunctionArguments arguments) {                      \
         return bind_move("add" #UNIT "s", IntervalUnit::UNIT, 1, context, arguments);        \
       },                                                                                     \
   .syntax = "add" #UNIT "s(time, n)",                                                        \
   .description = "The date or time n " #UNIT "s later.",                                     \
   .example = "SELECT add" #UNIT "s(toDateTime64('2024-01-31 00:00:00', 0, 'UTC'), 1)",       \
   .example_result = DAY_RESULT,                                                              \
   .category = "Dates and times"},                                                            \
  {                                                                                           \
    .name = "subtract" #UNIT "s",                                                             \
    .bind =                                                                                   \
        [](const FunctionContext& context, FunctionArguments arguments) {                     \
          return bind_move("subtract" #UNIT "s", IntervalUnit::UNIT, -1, context, arguments); \
        },                                                                                    \
    .syntax = "subtract" #UNIT "s(time, n)",                                                  \
    .description = "The date or time n " #UNIT "s earlier.",                                  \
    .example = "SELECT subtract" #UNIT "s(toDateTime64('2024-01-31 00:00:00', 0, 'UTC'), 1)", \
    .example_result = BACK_RESULT, .category = "Dates and times"                              \
  }

const FunctionEntry kDateIntervalFunctions[] = {
    {.name = "dateDiff",
     .bind = bind_date_diff,
     .syntax = "dateDiff(unit, from, to[, zone])",
     .description = "How many boundaries of the unit lie between two dates or times.",
     .example = "SELECT dateDiff('month', toDate('2024-01-31'), toDate('2024-02-01'))",
     .example_result = "1",
     .category = "Dates and times"},
    function_alias("date_diff", "dateDiff", true),
    function_alias("DATEDIFF", "dateDiff", true),
    function_alias("timestamp_diff", "dateDiff", true),
    function_alias("timestampDiff", "dateDiff", true),
    {.name = "age",
     .bind = bind_age,
     .syntax = "age(unit, from, to[, zone])",
     .description = "How many whole units have passed between two dates or times.",
     .example = "SELECT age('month', toDate('2024-01-31'), toDate('2024-02-29'))",
     .example_result = "0",
     .category = "Dates and times"},
    {.name = "timeDiff",
     .bind = bind_time_diff,
     .syntax = "timeDiff(from, to)",
     .description = "Seconds between two dates or times.",
     .example = "SELECT timeDiff(toDateTime(10, 'UTC'), toDateTime(25, 'UTC'))",
     .example_result = "15",
     .category = "Dates and times"},
    MOVE(Year, "2025-01-31 00:00:00", "2023-01-31 00:00:00"),
    MOVE(Quarter, "2024-04-30 00:00:00", "2023-10-31 00:00:00"),
    MOVE(Month, "2024-02-29 00:00:00", "2023-12-31 00:00:00"),
    MOVE(Week, "2024-02-07 00:00:00", "2024-01-24 00:00:00"),
    MOVE(Day, "2024-02-01 00:00:00", "2024-01-30 00:00:00"),
    MOVE(Hour, "2024-01-31 01:00:00", "2024-01-30 23:00:00"),
    MOVE(Minute, "2024-01-31 00:01:00", "2024-01-30 23:59:00"),
    MOVE(Second, "2024-01-31 00:00:01", "2024-01-30 23:59:59"),
    MOVE(Millisecond, "2024-01-31 00:00:00.001", "2024-01-30 23:59:59.999"),
    MOVE(Microsecond, "2024-01-31 00:00:00.000001", "2024-01-30 23:59:59.999999"),
    MOVE(Nanosecond, "2024-01-31 00:00:00.000000001", "2024-01-30 23:59:59.999999999"),
    {.name = "date_add",
     .bind = bind_date_add,
     .syntax = "date_add(time, INTERVAL n unit)",
     .description = "The date or time moved forward by an interval.",
     .example = "SELECT date_add(toDate('2024-01-01'), INTERVAL 1 MONTH)",
     .example_result = "2024-02-01",
     .category = "Dates and times",
     .case_insensitive = true},
    function_alias("dateAdd", "date_add", true),
    function_alias("addDate", "date_add", true),
    function_alias("timestamp_add", "date_add", true),
    function_alias("timestampAdd", "date_add", true),
    {.name = "date_sub",
     .bind = bind_date_sub,
     .syntax = "date_sub(time, INTERVAL n unit)",
     .description = "The date or time moved back by an interval.",
     .example = "SELECT date_sub(toDate('2024-01-01'), INTERVAL 1 MONTH)",
     .example_result = "2023-12-01",
     .category = "Dates and times",
     .case_insensitive = true},
    function_alias("dateSub", "date_sub", true),
    function_alias("subDate", "date_sub", true),
    function_alias("timestamp_sub", "date_sub", true),
    function_alias("timestampSub", "date_sub", true),
    {.name = "makeDate",
     .bind = bind_make_date16,
     .syntax = "makeDate(year, month, day)",
     .description = "A Date from its year, month and day, or its year and day of the year.",
     .example = "SELECT makeDate(2024, 3, 15), makeDate(2024, 75)",
     .example_result = "2024-03-15\t2024-03-15",
     .category = "Dates and times"},
    {.name = "makeDate32",
     .bind = bind_make_date32,
     .syntax = "makeDate32(year, month, day)",
     .description = "A Date32 from its year, month and day, or its year and day of the year.",
     .example = "SELECT makeDate32(1950, 3, 15)",
     .example_result = "1950-03-15",
     .category = "Dates and times"},
    {.name = "makeDateTime",
     .bind = bind_make_datetime,
     .syntax = "makeDateTime(year, month, day, hour, minute, second[, zone])",
     .description = "A DateTime from its parts.",
     .example = "SELECT makeDateTime(2024, 3, 15, 10, 23, 45, 'UTC')",
     .example_result = "2024-03-15 10:23:45",
     .category = "Dates and times"},
    {.name = "makeDateTime64",
     .bind = bind_make_datetime64,
     .syntax =
         "makeDateTime64(year, month, day, hour, minute, second[, fraction[, scale[, zone]]])",
     .description = "A DateTime64 from its parts; the fraction counts ticks of the scale.",
     .example = "SELECT makeDateTime64(2024, 3, 15, 10, 23, 45, 678, 3, 'UTC')",
     .example_result = "2024-03-15 10:23:45.678",
     .category = "Dates and times"},
};
#undef MOVE

}  // namespace

std::span<const FunctionEntry> date_interval_functions() { return kDateIntervalFunctions; }

}  // namespace freshet
