#include "query/expression/monotonic.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace freshet {

namespace {

using Proof = Monotonic::Proof;

template <size_t kCount>
bool is_one_of(std::string_view name, const std::array<std::string_view, kCount>& names) {
  return std::ranges::find(names, name) != names.end();
}

// Of a moment in time, the first argument.
constexpr std::array<std::string_view, 43> kTimeFunctions = {"toYear",
                                                             "toISOYear",
                                                             "toYYYYMM",
                                                             "toYYYYMMDD",
                                                             "toYYYYMMDDhhmmss",
                                                             "toYearWeek",
                                                             "toRelativeYearNum",
                                                             "toRelativeQuarterNum",
                                                             "toRelativeMonthNum",
                                                             "toRelativeWeekNum",
                                                             "toRelativeDayNum",
                                                             "toRelativeHourNum",
                                                             "toRelativeMinuteNum",
                                                             "toRelativeSecondNum",
                                                             "toStartOfYear",
                                                             "toStartOfISOYear",
                                                             "toStartOfQuarter",
                                                             "toStartOfMonth",
                                                             "toLastDayOfMonth",
                                                             "toMonday",
                                                             "toStartOfWeek",
                                                             "toLastDayOfWeek",
                                                             "toStartOfDay",
                                                             "toStartOfHour",
                                                             "toStartOfMinute",
                                                             "toStartOfFiveMinutes",
                                                             "toStartOfTenMinutes",
                                                             "toStartOfFifteenMinutes",
                                                             "timeSlot",
                                                             "toStartOfSecond",
                                                             "toStartOfMillisecond",
                                                             "toStartOfMicrosecond",
                                                             "toStartOfNanosecond",
                                                             "toStartOfInterval",
                                                             "toUnixTimestamp",
                                                             "toUnixTimestamp64Second",
                                                             "toUnixTimestamp64Milli",
                                                             "toUnixTimestamp64Micro",
                                                             "toUnixTimestamp64Nano",
                                                             "toDate",
                                                             "toDate32",
                                                             "toDateTime",
                                                             "toDateTime64"};
constexpr std::array<std::string_view, 5> kSameValue = {"identity", "materialize", "toNullable",
                                                        "toLowCardinality", "toTimeZone"};
constexpr std::array<std::string_view, 11> kNumberCasts = {
    "toUInt8", "toUInt16", "toUInt32",  "toUInt64",  "toInt8", "toInt16",
    "toInt32", "toInt64",  "toFloat32", "toFloat64", "CAST"};
// To whole numbers, without a second argument.
constexpr std::array<std::string_view, 4> kRoundings = {"floor", "ceil", "round", "trunc"};

bool is_plain_number(const DataType& type) {
  return is_integer(type) || type.id() == TypeId::Float32 || type.id() == TypeId::Float64;
}

bool is_constant(const BoundExpression& expression) {
  return expression.kind == BoundExpression::Kind::Constant;
}

std::optional<double> number_of(const BoundExpression& constant) {
  if (const auto* cell = std::get_if<uint64_t>(&constant.value.cell)) {
    return static_cast<double>(*cell);
  }
  if (const auto* cell = std::get_if<int64_t>(&constant.value.cell)) {
    return static_cast<double>(*cell);
  }
  if (const auto* cell = std::get_if<double>(&constant.value.cell)) return *cell;
  return std::nullopt;
}

std::optional<Monotonic> sum_or_difference(const BoundExpression& call, size_t argument) {
  const auto may_move = [](const DataType& type) {
    return is_number(type) || is_date_or_time(type);
  };
  if (!may_move(*without_nullable(call.arguments[argument]->type)) ||
      !may_move(*without_nullable(call.type))) {
    return std::nullopt;
  }
  Monotonic monotonic{.argument = argument};
  monotonic.decreasing = is_call(call, "minus") && argument == 1;
  // Days and months are added to what clocks show.
  const bool is_time = is_date_or_time(*without_nullable(call.arguments[argument]->type));
  if (is_time) monotonic.proof = Proof::Calendar;
  return monotonic;
}

std::optional<Monotonic> product_or_quotient(const BoundExpression& call, size_t argument) {
  const auto& other = *call.arguments[1 - argument];
  if (!is_plain_number(*without_nullable(call.arguments[argument]->type)) ||
      !is_plain_number(*without_nullable(other.type))) {
    return std::nullopt;
  }
  const auto number = number_of(other);
  if (!number || *number == 0) return std::nullopt;
  Monotonic monotonic{.argument = argument, .decreasing = *number < 0, .proof = Proof::Product};
  if (is_call(call, "multiply")) {
    monotonic.factor = *number;
    return monotonic;
  }
  if (argument != 0) return std::nullopt;
  monotonic.factor = 1 / *number;
  return monotonic;
}

// left(s, n), substring(s, 1, n): texts in order have prefixes in order.
bool is_prefix(const BoundExpression& call) {
  if (without_nullable(call.arguments[0]->type)->id() != TypeId::String) return false;
  const auto positive = [&](size_t argument) {
    const auto number = number_of(*call.arguments[argument]);
    return number && *number >= 1;
  };
  if (is_call(call, "left")) return call.arguments.size() == 2 && positive(1);
  if (!is_call(call, "substring") || call.arguments.size() != 3) return false;
  const auto from = number_of(*call.arguments[1]);
  return from && *from == 1 && positive(2);
}

}  // namespace

std::optional<Monotonic> monotonic_call(const BoundExpression& call) {
  if (call.kind != BoundExpression::Kind::Function || call.arguments.empty()) return std::nullopt;
  const std::string_view name = call.function.entry->name;
  size_t argument = 0;
  while (argument < call.arguments.size() && is_constant(*call.arguments[argument])) ++argument;
  if (argument == call.arguments.size()) return std::nullopt;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if (i == argument) continue;
    if (!is_constant(*call.arguments[i]) || call.arguments[i]->value.is_null()) return std::nullopt;
  }
  const DataTypePtr from = without_nullable(call.arguments[argument]->type);
  const DataTypePtr to = without_nullable(call.type);
  if (name == "plus" || name == "minus") return sum_or_difference(call, argument);
  if (name == "multiply" || name == "divide" || name == "intDiv") {
    return product_or_quotient(call, argument);
  }
  if (name == "dateTrunc" && argument == 1) {
    if (!is_date_or_time(*from)) return std::nullopt;
    return Monotonic{.argument = 1, .proof = Proof::Calendar};
  }
  if (argument != 0) return std::nullopt;
  if (name == "negate") {
    if (!is_number(*from)) return std::nullopt;
    return Monotonic{.decreasing = true};
  }
  if (is_one_of(name, kSameValue)) {
    if (from->id() != to->id()) return std::nullopt;
    return Monotonic{};
  }
  const bool casts = is_one_of(name, kNumberCasts);
  if (casts && *from == *to) return Monotonic{};
  const bool rounds = is_one_of(name, kRoundings) && call.arguments.size() == 1;
  if ((casts || rounds) && is_plain_number(*from) && is_plain_number(*to)) {
    return Monotonic{.proof = Proof::Near};
  }
  const bool is_time = is_date_or_time(*from);
  if (is_time && (is_one_of(name, kTimeFunctions) || (name == "CAST" && is_date_or_time(*to)))) {
    return Monotonic{.proof = Proof::Calendar};
  }
  if (is_prefix(call)) return Monotonic{};
  return std::nullopt;
}

}  // namespace freshet
