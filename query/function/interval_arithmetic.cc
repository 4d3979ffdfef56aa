#include "query/function/interval_arithmetic.h"

#include <algorithm>

#include "query/function/cast.h"
#include "query/function/cell_cast.h"
#include "query/function/kernel.h"
#include "storage/column/calendar.h"

namespace freshet {

int64_t unit_seconds(IntervalUnit unit) {
  switch (unit) {
    case IntervalUnit::Second:
      return 1;
    case IntervalUnit::Minute:
      return 60;
    case IntervalUnit::Hour:
      return 3600;
    case IntervalUnit::Day:
      return kSecondsPerDay;
    case IntervalUnit::Week:
      return 7 * kSecondsPerDay;
    default:
      return 0;
  }
}

int64_t unit_months(IntervalUnit unit) {
  switch (unit) {
    case IntervalUnit::Month:
      return 1;
    case IntervalUnit::Quarter:
      return 3;
    case IntervalUnit::Year:
      return 12;
    default:
      return 0;
  }
}

uint32_t unit_scale(IntervalUnit unit) {
  switch (unit) {
    case IntervalUnit::Millisecond:
      return 3;
    case IntervalUnit::Microsecond:
      return 6;
    case IntervalUnit::Nanosecond:
      return 9;
    default:
      return 0;
  }
}

namespace {

std::string zone_name(const DataType& type) {
  return type.time_zone() ? type.time_zone()->name() : std::string();
}

// Wrapping, because counts may be anything.
int64_t add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t multiply(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

// Further than any type reaches, and safe to add to a date's months.
constexpr int64_t kMonthsMax = 12 * 10'000;

int32_t move_months(int32_t days, int64_t months) {
  return add_months(days, std::clamp(months, -kMonthsMax, kMonthsMax));
}

template <class T, class Move>
Kernel make_kernel(ColumnCast cast, Move move) {
  return [cast, move](std::span<const ColumnPtr> arguments, size_t row_count) {
    const ColumnPtr dates = cast(arguments[0]);
    const NumberCells<T> cells(*dates);
    const ColumnPtr count_numbers = as_numbers<int64_t>(arguments[1]);
    const NumberCells<int64_t> counts(*count_numbers);
    return make_numbers<T>(row_count, [&](size_t i) { return move(int64_t{cells[i]}, counts[i]); });
  };
}

// Dates: whole days.
template <class T>
Kernel make_day_kernel(ColumnCast cast, IntervalUnit unit, int64_t sign) {
  if (const int64_t months = unit_months(unit) * sign; months != 0) {
    return make_kernel<T>(cast, [months](int64_t days, int64_t count) {
      const int32_t moved = move_months(static_cast<int32_t>(days), multiply(count, months));
      // Before the first day there is no other; past the last one a Date wraps.
      return std::is_same_v<T, uint16_t> ? std::max(moved, 0) : moved;
    });
  }
  const int64_t step = unit_seconds(unit) / kSecondsPerDay * sign;
  return make_kernel<T>(
      cast, [step](int64_t days, int64_t count) { return add(days, multiply(count, step)); });
}

struct TimeShift {
  std::shared_ptr<const TimeZone> zone;
  int64_t ticks_per_second;
  int64_t days;    // per count, when the unit is made of days
  int64_t months;  // per count, when the unit is made of months

  // The same time of day on the clocks of the zone.
  int64_t operator()(int64_t value, int64_t count) const {
    const int64_t seconds = floor_divide(value, ticks_per_second);
    const int64_t fraction = value - seconds * ticks_per_second;
    const int64_t local = zone->to_local(seconds);
    const int32_t day = day_of_seconds(local);
    const int64_t of_day = local - day * kSecondsPerDay;
    const int64_t moved =
        months != 0 ? move_months(day, multiply(count, months)) : add(day, multiply(count, days));
    return add(
        multiply(zone->to_utc(add(multiply(moved, kSecondsPerDay), of_day)), ticks_per_second),
        fraction);
  }
};

// DateTime and DateTime64: seconds and parts of them are added; days keep the time on the clock.
template <class T>
Kernel make_time_kernel(ColumnCast cast, const std::shared_ptr<const TimeZone>& zone,
                        uint32_t scale, IntervalUnit unit, int64_t sign) {
  const auto ticks = static_cast<int64_t>(power_of_ten(scale));
  const int64_t seconds = unit_seconds(unit);
  if (unit < IntervalUnit::Day || (zone->is_fixed() && seconds != 0)) {
    const int64_t step =
        sign * (seconds != 0 ? seconds * ticks
                             : static_cast<int64_t>(power_of_ten(scale - unit_scale(unit))));
    return make_kernel<T>(
        cast, [step](int64_t value, int64_t count) { return add(value, multiply(count, step)); });
  }
  const TimeShift shift{zone, ticks, seconds / kSecondsPerDay * sign, unit_months(unit) * sign};
  if (!std::is_same_v<T, uint32_t> || shift.months == 0) return make_kernel<T>(cast, shift);
  return make_kernel<T>(cast, [shift](int64_t value, int64_t count) {
    return std::clamp<int64_t>(shift(value, count), 0, kDateTimeSecondsMax);
  });
}

}  // namespace

DataTypePtr shifted_type(const DataType& date, IntervalUnit unit) {
  const uint32_t scale = unit_scale(unit);
  switch (date.id()) {
    case TypeId::Date:
      if (unit >= IntervalUnit::Day) return simple_type(TypeId::Date);
      return scale == 0 ? datetime_type("") : datetime64_type(scale, "");
    case TypeId::Date32:
      if (unit >= IntervalUnit::Day) return simple_type(TypeId::Date32);
      return datetime64_type(std::max<uint32_t>(scale, 3), "");
    case TypeId::DateTime:
      if (scale == 0) return datetime_type(zone_name(date));
      return datetime64_type(scale, zone_name(date));
    case TypeId::DateTime64:
      return datetime64_type(std::max(scale, date.scale()), zone_name(date));
    default:
      return datetime64_type(std::max<uint32_t>(scale, 3), "");
  }
}

BoundFunction bind_shift(const FunctionContext& context, const DataTypePtr& date,
                         const DataTypePtr& count, IntervalUnit unit, int64_t sign) {
  CHECK(is_number_kind(count->kind()));
  const DataTypePtr type = shifted_type(*date, unit);
  const ColumnCast cast = make_cast(context, date, type).cast;
  const std::shared_ptr<const TimeZone>& zone = zone_of(context, *type);
  switch (type->id()) {
    case TypeId::Date:
      return {type, make_day_kernel<uint16_t>(cast, unit, sign)};
    case TypeId::Date32:
      return {type, make_day_kernel<int32_t>(cast, unit, sign)};
    case TypeId::DateTime:
      return {type, make_time_kernel<uint32_t>(cast, zone, 0, unit, sign)};
    default:
      return {type, make_time_kernel<int64_t>(cast, zone, type->scale(), unit, sign)};
  }
}

}  // namespace freshet
