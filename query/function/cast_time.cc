#include <algorithm>

#include "query/function/cell_cast.h"
#include "query/function/kernel.h"
#include "query/function/time_cells.h"
#include "storage/column/calendar.h"

namespace freshet {

const std::shared_ptr<const TimeZone>& zone_of(const FunctionContext& context,
                                               const DataType& type) {
  return type.time_zone() ? type.time_zone() : context.time_zone;
}

namespace {

// out[i] = convert(cell i), for the kinds of dates and times.
template <class To, class Convert>
ColumnPtr map_times(const Column& cells, Convert&& convert) {
  const auto map = [&]<class From>() {
    const std::span<const From> values = values_of<From>(cells);
    return make_numbers<To>(values.size(), [&](size_t i) { return convert(int64_t{values[i]}); });
  };
  switch (cells.kind()) {
    case PhysicalKind::U16:
      return map.template operator()<uint16_t>();
    case PhysicalKind::I32:
      return map.template operator()<int32_t>();
    case PhysicalKind::U32:
      return map.template operator()<uint32_t>();
    default:
      return map.template operator()<int64_t>();
  }
}

template <class Convert>
CellCast make_time_map(PhysicalKind to, Convert convert) {
  return [to, convert](const ColumnPtr& cells, FailedRows&) {
    switch (to) {
      case PhysicalKind::U16:
        return map_times<uint16_t>(*cells, convert);
      case PhysicalKind::I32:
        return map_times<int32_t>(*cells, convert);
      case PhysicalKind::U32:
        return map_times<uint32_t>(*cells, convert);
      default:
        return map_times<int64_t>(*cells, convert);
    }
  };
}

bool is_day(const DataType& type) {
  return type.id() == TypeId::Date || type.id() == TypeId::Date32;
}

// The number that the cells of a date or time are stored as.
DataTypePtr stored_number(const DataType& type) {
  switch (type.id()) {
    case TypeId::Date:
      return simple_type(TypeId::UInt16);
    case TypeId::Date32:
      return simple_type(TypeId::Int32);
    case TypeId::DateTime:
      return simple_type(TypeId::UInt32);
    default:
      return decimal_type(18, type.scale());
  }
}

CellCast make_time_to_time(const CellCastRequest& request) {
  const DataType& from = *request.from;
  const DataType& to = *request.to;
  const PhysicalKind kind = to.kind();
  const auto ticks = static_cast<int64_t>(power_of_ten(to.scale()));  // 1 unless DateTime64
  if (is_day(from)) {
    if (is_day(to)) return make_time_map(kind, [](int64_t days) { return days; });
    if (to.id() == TypeId::DateTime) {
      return make_time_map(kind, [zone = zone_of(request.context, to)](int64_t days) {
        return stored_midnight(*zone, days);
      });
    }
    return make_time_map(kind, [ticks, zone = zone_of(request.context, to)](int64_t days) {
      return zone->to_utc(days * kSecondsPerDay) * ticks;
    });
  }
  const auto from_ticks = static_cast<int64_t>(power_of_ten(from.scale()));
  if (is_day(to)) {
    return make_time_map(kind, [from_ticks, zone = zone_of(request.context, from)](int64_t value) {
      const int64_t seconds = from_ticks == 1 ? value : floor_divide(value, from_ticks);
      return day_of_seconds(zone->to_local(seconds));
    });
  }
  if (to.id() == TypeId::DateTime) {
    return make_time_map(kind, [from_ticks](int64_t value) {
      return from_ticks == 1 ? value : floor_divide(value, from_ticks);
    });
  }
  if (from.id() == TypeId::DateTime) {
    return make_time_map(kind, [ticks](int64_t value) { return value * ticks; });
  }
  return make_number_cast({request.context, stored_number(from), stored_number(to), {}});
}

// Numbers up to the type's last day are days, greater ones unix seconds.
CellCast make_number_to_time(const CellCastRequest& request) {
  const DataType& to = *request.to;
  if (to.id() == TypeId::DateTime64) {
    return make_number_cast({request.context, request.from, stored_number(to), request.options});
  }
  CellCast to_integer = make_number_cast(
      {request.context, request.from, simple_type(TypeId::Int64), request.options});
  if (!to_integer) return {};
  const bool is_unsigned = request.from->id() == TypeId::UInt64;
  CellCast to_time;
  if (to.id() == TypeId::DateTime) {
    to_time = make_time_map(to.kind(), [is_unsigned](int64_t value) {
      if (value < 0) return is_unsigned ? kDateTimeSecondsMax : int64_t{0};
      return std::min(value, kDateTimeSecondsMax);
    });
  } else {
    const bool wide = to.id() == TypeId::Date32;
    to_time = make_time_map(
        to.kind(), [wide, zone = zone_of(request.context, to)](int64_t value) -> int64_t {
          if (value <= (wide ? kDate32DaysMax : kDateDaysMax)) {
            return std::max<int64_t>(value, wide ? kDate32DaysMin : 0);
          }
          const int64_t seconds_max = wide ? kDateTime64SecondsMax : kDateTimeSecondsMax;
          return day_of_seconds(zone->to_local(std::min(value, seconds_max)));
        });
  }
  return [=](const ColumnPtr& cells, FailedRows& failed) {
    return to_time(to_integer(cells, failed), failed);
  };
}

}  // namespace

CellCast make_time_cast(const CellCastRequest& request) {
  const bool from_time = is_date_or_time(*request.from);
  const bool to_time = is_date_or_time(*request.to);
  if (from_time && to_time) return make_time_to_time(request);
  if (to_time) return make_number_to_time(request);
  if (!from_time || request.to->id() == TypeId::Bool) return {};
  return make_number_cast(
      {request.context, stored_number(*request.from), request.to, request.options});
}

}  // namespace freshet
