#include "query/function/time_cells.h"

#include <algorithm>

#include "query/function/cell_cast.h"
#include "query/function/kernel.h"
#include "storage/column/calendar.h"

namespace freshet {

TimeArgument time_argument(std::string_view function, const FunctionContext& context,
                           FunctionArguments arguments, size_t index, size_t zone_index) {
  TimeArgument time;
  time.type = arguments[index].type;
  if (!is_date_or_time(*time.type)) throw_illegal_type(function, arguments, index);
  if (zone_index < arguments.size()) {
    time.zone_name = constant_string(function, arguments, zone_index);
  } else if (time.type->time_zone()) {
    time.zone_name = time.type->time_zone()->name();
  }
  time.zone = time.zone_name.empty() ? context.time_zone : TimeZone::find(time.zone_name);
  return time;
}

namespace {

template <class T, class Out, class Convert>
Buffer<Out> convert_rows(const Column& column, size_t row_count, Convert convert) {
  const NumberCells<T> cells(column);
  Buffer<Out> out(row_count);
  for (size_t i = 0; i < row_count; ++i) out[i] = static_cast<Out>(convert(int64_t{cells[i]}));
  return out;
}

// convert(days) for days, convert(UTC seconds) for times.
template <class Out, class FromDays, class FromSeconds>
Buffer<Out> convert_times(const TimeArgument& time, const Column& column, size_t row_count,
                          FromDays from_days, FromSeconds from_seconds) {
  switch (time.type->id()) {
    case TypeId::Date:
      return convert_rows<uint16_t, Out>(column, row_count, from_days);
    case TypeId::Date32:
      return convert_rows<int32_t, Out>(column, row_count, from_days);
    case TypeId::DateTime:
      return convert_rows<uint32_t, Out>(column, row_count, from_seconds);
    default: {
      const auto ticks = static_cast<int64_t>(power_of_ten(time.type->scale()));
      return convert_rows<int64_t, Out>(column, row_count, [=](int64_t value) {
        return from_seconds(floor_divide(value, ticks));
      });
    }
  }
}

}  // namespace

Buffer<int32_t> local_days(const TimeArgument& time, const Column& column, size_t row_count) {
  const TimeZone& zone = *time.zone;
  const auto from_days = [](int64_t days) { return days; };
  if (zone.is_fixed()) {
    const int64_t offset = zone.utc_offset_seconds(0);
    return convert_times<int32_t>(time, column, row_count, from_days, [=](int64_t seconds) {
      return int64_t{day_of_seconds(seconds + offset)};
    });
  }
  return convert_times<int32_t>(time, column, row_count, from_days, [&](int64_t seconds) {
    return int64_t{day_of_seconds(zone.to_local(seconds))};
  });
}

Buffer<int64_t> local_seconds(const TimeArgument& time, const Column& column, size_t row_count) {
  const TimeZone& zone = *time.zone;
  const auto from_days = [](int64_t days) { return days * kSecondsPerDay; };
  if (zone.is_fixed()) {
    const int64_t offset = zone.utc_offset_seconds(0);
    return convert_times<int64_t>(time, column, row_count, from_days,
                                  [=](int64_t seconds) { return seconds + offset; });
  }
  return convert_times<int64_t>(time, column, row_count, from_days,
                                [&](int64_t seconds) { return zone.to_local(seconds); });
}

Buffer<int64_t> utc_seconds(const TimeArgument& time, const Column& column, size_t row_count) {
  const TimeZone& zone = *time.zone;
  return convert_times<int64_t>(
      time, column, row_count, [&](int64_t days) { return zone.to_utc(days * kSecondsPerDay); },
      [](int64_t seconds) { return seconds; });
}

Buffer<int64_t> utc_ticks(const TimeArgument& time, uint32_t scale, const Column& column,
                          size_t row_count) {
  if (time.type->id() != TypeId::DateTime64) {
    Buffer<int64_t> ticks = utc_seconds(time, column, row_count);
    const auto factor = static_cast<int64_t>(power_of_ten(scale));
    for (int64_t& value : ticks) value *= factor;
    return ticks;
  }
  const uint32_t own = time.type->scale();
  const auto factor = static_cast<int64_t>(power_of_ten(std::max(scale, own) - own));
  const auto divisor = static_cast<int64_t>(power_of_ten(std::max(scale, own) - scale));
  return convert_rows<int64_t, int64_t>(column, row_count, [=](int64_t value) {
    return divisor == 1 ? value * factor : floor_divide(value, divisor);
  });
}

int64_t stored_midnight(const TimeZone& zone, int64_t day) {
  const int64_t moment = zone.to_utc(day * kSecondsPerDay);
  const bool is_cut = moment < 0 && (day == 0 || day == -1);
  return is_cut ? zone.to_utc((day + 1) * kSecondsPerDay) : moment;
}

ColumnPtr make_dates(const Buffer<int32_t>& days) {
  return make_numbers<uint16_t>(days.size(),
                                [&](size_t i) { return std::clamp(days[i], 0, kDateDaysMax); });
}

}  // namespace freshet
