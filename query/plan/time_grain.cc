#include "query/plan/time_grain.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "query/function/interval_arithmetic.h"
#include "query/function/time_unit.h"
#include "storage/column/calendar.h"
#include "storage/column/decimal.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

using Unit = TimeGrain::Unit;

constexpr int64_t kHour = 3600;
constexpr int64_t kMonthsOfYear = 12;

enum class Gives : uint8_t { Member, Part };

// f(time[, zone]), or f(time, mode[, zone]) where `zone_argument` is 2.
struct KnownFunction {
  std::string_view name;
  Unit unit;
  int64_t count;
  Gives gives;
  size_t zone_argument = 1;
};

constexpr auto kFunctions = std::to_array<KnownFunction>({
    {"toStartOfMinute", Unit::Seconds, 60, Gives::Member},
    {"toStartOfFiveMinutes", Unit::Seconds, 300, Gives::Member},
    {"toStartOfTenMinutes", Unit::Seconds, 600, Gives::Member},
    {"toStartOfFifteenMinutes", Unit::Seconds, 900, Gives::Member},
    {"timeSlot", Unit::Seconds, 1800, Gives::Member},
    {"toUnixTimestamp", Unit::Seconds, 1, Gives::Part},
    {"toRelativeSecondNum", Unit::Seconds, 1, Gives::Part},
    {"toRelativeMinuteNum", Unit::Seconds, 60, Gives::Part},
    {"toRelativeHourNum", Unit::Seconds, kHour, Gives::Part},
    {"toStartOfHour", Unit::ClockHours, 1, Gives::Member},
    {"toHour", Unit::ClockHours, 1, Gives::Part},
    {"toDate", Unit::Days, 1, Gives::Member},
    {"toDate32", Unit::Days, 1, Gives::Member},
    {"toStartOfDay", Unit::Days, 1, Gives::Member},
    {"toDayOfMonth", Unit::Days, 1, Gives::Part},
    {"toDayOfYear", Unit::Days, 1, Gives::Part},
    {"toYYYYMMDD", Unit::Days, 1, Gives::Part},
    {"toRelativeDayNum", Unit::Days, 1, Gives::Part},
    {"toDayOfWeek", Unit::Days, 1, Gives::Part, 2},
    {"toWeek", Unit::Days, 1, Gives::Part, 2},
    {"toYearWeek", Unit::Days, 1, Gives::Part, 2},
    {"toMonday", Unit::Weeks, 1, Gives::Member},
    {"toISOWeek", Unit::Weeks, 1, Gives::Part},
    {"toISOYear", Unit::Weeks, 1, Gives::Part},
    {"toStartOfISOYear", Unit::Weeks, 1, Gives::Part},
    {"toRelativeWeekNum", Unit::Weeks, 1, Gives::Part},
    {"toStartOfMonth", Unit::Months, 1, Gives::Member},
    {"toLastDayOfMonth", Unit::Months, 1, Gives::Member},
    {"toMonth", Unit::Months, 1, Gives::Part},
    {"toYYYYMM", Unit::Months, 1, Gives::Part},
    {"toRelativeMonthNum", Unit::Months, 1, Gives::Part},
    {"monthName", Unit::Months, 1, Gives::Part},
    {"toStartOfQuarter", Unit::Months, 3, Gives::Member},
    {"toQuarter", Unit::Months, 3, Gives::Part},
    {"toRelativeQuarterNum", Unit::Months, 3, Gives::Part},
    {"toStartOfYear", Unit::Years, 1, Gives::Member},
    {"toYear", Unit::Years, 1, Gives::Part},
    {"toRelativeYearNum", Unit::Years, 1, Gives::Part},
});

bool is_date(const DataType& type) {
  return type.id() == TypeId::Date || type.id() == TypeId::Date32;
}

const BoundExpression* constant_argument(const BoundExpression& call, size_t index) {
  if (index >= call.arguments.size()) return nullptr;
  const BoundExpression& argument = *call.arguments[index];
  const bool is_known =
      argument.kind == BoundExpression::Kind::Constant && !argument.value.is_null();
  return is_known ? &argument : nullptr;
}

// The text of an argument; empty when it is none.
std::string_view text_argument(const BoundExpression& call, size_t index) {
  const BoundExpression* constant = constant_argument(call, index);
  const auto* text =
      constant == nullptr ? nullptr : std::get_if<std::string>(&constant->value.cell);
  return text == nullptr ? std::string_view() : *text;
}

// The finest grain of what a format of formatDateTime() writes; nothing for what depends on more.
std::optional<TimeGrain> format_grain(std::string_view format) {
  struct Codes {
    std::string_view codes;
    Unit unit;
    int64_t count;
  };
  // Ascending.
  constexpr auto kCodes = std::to_array<Codes>({{"%ntYyC", Unit::Years, 1},
                                                {"Q", Unit::Months, 3},
                                                {"mcbM", Unit::Months, 1},
                                                {"deajuwWDFGgV", Unit::Days, 1},
                                                {"HkhIlp", Unit::ClockHours, 1},
                                                {"iRr", Unit::Seconds, 60},
                                                {"sST", Unit::Seconds, 1}});
  size_t finest = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size()) return std::nullopt;
    const auto* found = std::ranges::find_if(kCodes, [&](const Codes& codes) {
      return codes.codes.find(format[i]) != std::string_view::npos;
    });
    if (found == kCodes.end()) return std::nullopt;
    finest = std::max(finest, static_cast<size_t>(found - kCodes.begin()));
  }
  return TimeGrain{kCodes[finest].unit, kCodes[finest].count, nullptr};
}

// What toStartOfInterval() and dateTrunc() cut into.
std::optional<TimeGrain> interval_grain(IntervalUnit unit, int64_t count) {
  if (count <= 0) return std::nullopt;
  switch (unit) {
    case IntervalUnit::Second:
    case IntervalUnit::Minute:
      return TimeGrain{Unit::Seconds, unit_seconds(unit) * count, nullptr};
    case IntervalUnit::Hour:
      return TimeGrain{Unit::ClockHours, count, nullptr};
    case IntervalUnit::Day:
      return TimeGrain{Unit::Days, count, nullptr};
    case IntervalUnit::Week:
      return TimeGrain{Unit::Weeks, count, nullptr};
    case IntervalUnit::Month:
    case IntervalUnit::Quarter:
      return TimeGrain{Unit::Months, unit_months(unit) * count, nullptr};
    case IntervalUnit::Year:
      return TimeGrain{Unit::Years, count, nullptr};
    default:
      return std::nullopt;
  }
}

struct Found {
  TimeGrain grain;
  size_t argument = 0;
  size_t zone_argument = 1;
  bool is_member = false;
  // Seconds are counted on clocks, whole minutes from UTC's or not.
  bool on_clocks = false;
};

std::optional<Found> find_interval(const BoundExpression& call) {
  const BoundExpression* interval = constant_argument(call, 1);
  if (interval == nullptr || interval->type->id() != TypeId::Interval) return std::nullopt;
  const auto* count = std::get_if<int64_t>(&interval->value.cell);
  if (count == nullptr) return std::nullopt;
  const auto grain = interval_grain(interval->type->interval_unit(), *count);
  if (!grain) return std::nullopt;
  return Found{*grain, 0, 2, true};
}

std::optional<Found> find_truncation(const BoundExpression& call) {
  const std::string_view unit = text_argument(call, 0);
  if (unit.empty()) return std::nullopt;
  const auto grain = interval_grain(parse_time_unit("dateTrunc", unit), 1);
  if (!grain) return std::nullopt;
  return Found{*grain, 1, 2, true};
}

// toStartOfWeek(time[, mode[, zone]]), toLastDayOfWeek: odd modes start weeks on Monday.
std::optional<Found> find_week(const BoundExpression& call) {
  bool from_monday = false;
  if (call.arguments.size() > 1) {
    const BoundExpression* mode = constant_argument(call, 1);
    if (mode == nullptr) return std::nullopt;
    if (const auto* word = std::get_if<uint64_t>(&mode->value.cell)) {
      from_monday = (*word & 1) != 0;
    } else if (const auto* number = std::get_if<int64_t>(&mode->value.cell)) {
      from_monday = (*number & 1) != 0;
    } else {
      return std::nullopt;
    }
  }
  return Found{{from_monday ? Unit::Weeks : Unit::SundayWeeks, 1, nullptr}, 0, 2, true};
}

std::optional<Found> find_call(const BoundExpression& call) {
  if (is_call(call, "toStartOfInterval")) return find_interval(call);
  if (is_call(call, "dateTrunc")) return find_truncation(call);
  if (is_call(call, "toStartOfWeek") || is_call(call, "toLastDayOfWeek")) return find_week(call);
  if (is_call(call, "formatDateTime")) {
    const auto grain = format_grain(text_argument(call, 1));
    if (!grain || call.arguments.size() < 2) return std::nullopt;
    return Found{*grain, 0, 2, false, true};
  }
  if (is_call(call, "toMinute")) return Found{{Unit::Seconds, 60, nullptr}, 0, 1, false, true};
  if (is_call(call, "toSecond")) return Found{{Unit::Seconds, 1, nullptr}, 0, 1, false, true};
  if (is_call(call, "CAST") && is_date(*without_nullable(call.type))) {
    return Found{{Unit::Days, 1, nullptr}, 0, call.arguments.size(), true};
  }
  for (const KnownFunction& known : kFunctions) {
    if (!is_call(call, known.name)) continue;
    return Found{
        {known.unit, known.count, nullptr}, 0, known.zone_argument, known.gives == Gives::Member};
  }
  return std::nullopt;
}

bool same_zone(const TimeGrain& a, const TimeGrain& b) {
  if (a.zone == nullptr || b.zone == nullptr) return a.zone == b.zone;
  return a.zone->name() == b.zone->name();
}

// Cells of `seconds` against those of clocks.
bool seconds_refine(int64_t seconds, const TimeGrain& coarse) {
  if (coarse.unit == Unit::Seconds) return coarse.count % seconds == 0;
  // Where midnights, and the moments at which clocks change, begin cells, so do hours and days.
  return coarse.zone != nullptr && kHour % seconds == 0 && coarse.zone->is_aligned_to(seconds);
}

}  // namespace

bool refines(const TimeGrain& fine, const TimeGrain& coarse) {
  if (fine.unit == Unit::Seconds) return seconds_refine(fine.count, coarse);
  if (!same_zone(fine, coarse) || coarse.unit < fine.unit) return false;
  if (fine.unit == coarse.unit) return coarse.count % fine.count == 0;
  switch (fine.unit) {
    case Unit::ClockHours:
      // They begin anew at midnight.
      return true;
    case Unit::Days:
      return fine.count == 1;
    case Unit::Months:
      return kMonthsOfYear % fine.count == 0;
    default:
      return false;
  }
}

std::optional<TimeCall> time_call(const BoundExpression& expression,
                                  const FunctionContext& functions) {
  if (expression.kind != BoundExpression::Kind::Function || expression.arguments.empty()) {
    return std::nullopt;
  }
  const auto found = find_call(expression);
  if (!found || found->argument >= expression.arguments.size()) return std::nullopt;
  for (size_t i = 0; i < expression.arguments.size(); ++i) {
    if (i != found->argument && constant_argument(expression, i) == nullptr) return std::nullopt;
  }
  const DataTypePtr type = without_nullable(expression.arguments[found->argument]->type);
  if (!is_date_or_time(*type)) return std::nullopt;
  TimeCall call{found->argument, found->grain, found->is_member, true};
  TimeGrain& grain = call.grain;
  if (is_date(*type)) {
    // Days have no hours. That a day is given as the time of its midnight is no use: which zone
    // that is in is not said.
    if (grain.unit < Unit::Days) return std::nullopt;
    call.is_member = call.is_member && is_date(*without_nullable(expression.type));
    return call;
  }
  if (grain.unit == Unit::Seconds && !found->on_clocks) return call;
  auto zone = type->time_zone() ? type->time_zone() : functions.time_zone;
  if (found->zone_argument < expression.arguments.size()) {
    const std::string_view name = text_argument(expression, found->zone_argument);
    if (name.empty()) return std::nullopt;
    zone = TimeZone::find(name);
  }
  if (grain.unit == Unit::Seconds) {
    if (!zone->is_aligned_to(grain.count)) return std::nullopt;
    return call;
  }
  grain.zone = std::move(zone);
  if (grain.unit == Unit::ClockHours) {
    if (grain.count == 1 && grain.zone->is_aligned_to(kHour)) {
      grain = {Unit::Seconds, kHour, nullptr};
    } else {
      call.is_monotonic = false;
    }
    return call;
  }
  // Else the midnight that it stands for may be of the day before.
  call.is_member = call.is_member && grain.zone->has_whole_days();
  call.is_monotonic = call.is_member;
  return call;
}

std::pair<int64_t, int64_t> safe_times(const DataType& type) {
  constexpr int64_t kFirst = 34'214'400;
  constexpr int64_t kLast = 4'289'068'800;
  if (is_date(type)) return {kFirst / kSecondsPerDay, kLast / kSecondsPerDay};
  if (type.id() != TypeId::DateTime64) return {kFirst, kLast};
  const auto ticks = static_cast<int64_t>(power_of_ten(type.scale()));
  return {kFirst * ticks, kLast * ticks};
}

}  // namespace freshet
