#include "query/plan/rollup_ranges.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "query/expression/evaluator.h"
#include "query/expression/value_conversion.h"
#include "storage/base/error.h"
#include "storage/column/decimal.h"

namespace freshet {

namespace {

DataTypePtr bare(const BoundExpression& time) { return without_nullable(time.type); }

bool counts_from_zero(const DataType& type) {
  return type.id() == TypeId::Date || type.id() == TypeId::DateTime;
}

Value tick_value(const DataType& type, int64_t tick) {
  return counts_from_zero(type) ? Value(static_cast<uint64_t>(tick)) : Value(tick);
}

std::optional<int64_t> value_tick(const Value& value) {
  if (const auto* word = std::get_if<uint64_t>(&value.cell)) return static_cast<int64_t>(*word);
  if (const auto* number = std::get_if<int64_t>(&value.cell)) return *number;
  return std::nullopt;
}

// The least and the greatest that the type has, where it has few.
std::pair<int64_t, int64_t> limits_of(const DataType& type) {
  switch (type.id()) {
    case TypeId::Date:
      return {0, std::numeric_limits<uint16_t>::max()};
    case TypeId::DateTime:
      return {0, std::numeric_limits<uint32_t>::max()};
    default:
      return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
  }
}

// What `time op constant` says: [from, to).
struct Bounds {
  std::optional<int64_t> from;
  std::optional<int64_t> to;
};

std::optional<Bounds> bounds_of(const BoundExpression& comparison, bool constant_first,
                                int64_t tick) {
  const auto is = [&](const char* name, const char* mirrored) {
    return is_call(comparison, constant_first ? mirrored : name);
  };
  // Of the last tick there is no next.
  if (tick == std::numeric_limits<int64_t>::max()) return std::nullopt;
  if (is("equals", "equals")) return Bounds{tick, tick + 1};
  if (is("greaterOrEquals", "lessOrEquals")) return Bounds{tick, std::nullopt};
  if (is("greater", "less")) return Bounds{tick + 1, std::nullopt};
  if (is("less", "greater")) return Bounds{std::nullopt, tick};
  if (is("lessOrEquals", "greaterOrEquals")) return Bounds{std::nullopt, tick + 1};
  return std::nullopt;
}

}  // namespace

bool RollupRanges::add(const BoundExpression& condition) {
  if (condition.kind != BoundExpression::Kind::Function || condition.arguments.size() != 2) {
    return false;
  }
  const bool constant_first = condition.arguments[0]->kind == BoundExpression::Kind::Constant;
  const BoundExpression& constant = *condition.arguments[constant_first ? 0 : 1];
  const BoundExpression& time = *condition.arguments[constant_first ? 1 : 0];
  if (constant.kind != BoundExpression::Kind::Constant || constant.value.is_null()) return false;
  if (!is_date_or_time(*bare(time))) return false;
  std::optional<Value> value;
  try {
    value =
        convert_exactly(constant.value, without_nullable(constant.type), bare(time), functions_);
  } catch (const Error&) {
    return false;
  }
  const auto tick = value ? value_tick(*value) : std::nullopt;
  const auto bounds = tick ? bounds_of(condition, constant_first, *tick) : std::nullopt;
  if (!bounds) return false;
  Range* range = range_of(time);
  if (range == nullptr) return false;
  if (bounds->from)
    range->from = range->from ? std::max(*range->from, *bounds->from) : bounds->from;
  if (bounds->to) range->to = range->to ? std::min(*range->to, *bounds->to) : bounds->to;
  return true;
}

RollupRanges::Range* RollupRanges::range_of(const BoundExpression& time) {
  for (Range& range : ranges_) {
    if (same_expression(*range.buckets.time, time)) return &range;
  }
  auto buckets = match_.buckets_of(time);
  if (!buckets) return nullptr;
  return &ranges_.emplace_back(Range{*std::move(buckets), {}, {}, {}, {}});
}

bool RollupRanges::resolve() {
  return std::ranges::all_of(ranges_, [&](Range& range) { return find_whole(range); });
}

// Length of buckets that are so many ticks each, from 0 on; 0: they are not.
int64_t RollupRanges::seconds_of(const Range& range) {
  const TimeGrain& grain = range.buckets.call.grain;
  const bool is_fixed =
      grain.unit == TimeGrain::Unit::Seconds && bare(*range.buckets.time)->id() == TypeId::DateTime;
  return is_fixed ? grain.count : 0;
}

// Bounds that hold for all times there may be.
void RollupRanges::drop_idle_bounds(Range& range) const {
  const BoundExpression& time = *range.buckets.time;
  const bool is_bounded =
      time.kind == BoundExpression::Kind::Column && match_.bounded().contains(time.column);
  const auto [least, greatest] = is_bounded ? safe_times(*bare(time)) : limits_of(*bare(time));
  if (range.from && *range.from <= least) range.from.reset();
  if (range.to && *range.to > greatest) range.to.reset();
}

Value RollupRanges::key_of(const Range& range, int64_t tick) const {
  const BoundExpression& key = *rollup_.shape.keys[range.buckets.key];
  const BoundExpressionPtr& time = range.buckets.time;
  std::vector<BoundExpressionPtr> arguments = key.arguments;
  arguments[range.buckets.call.argument] =
      constant_expression(tick_value(*bare(*time), tick), time->type);
  return evaluate_constant(*with_arguments(key, std::move(arguments)));
}

std::optional<int64_t> RollupRanges::start_of(const Range& range, int64_t tick) const {
  const BoundExpression& key = *rollup_.shape.keys[range.buckets.key];
  const auto [least, greatest] = limits_of(*bare(*range.buckets.time));
  if (tick < least || tick > greatest) return std::nullopt;
  if (const int64_t seconds = seconds_of(range)) return tick - tick % seconds;
  const Value bucket = key_of(range, tick);
  const BoundExpressionPtr moment =
      cast_expression(constant_expression(bucket, key.type), range.buckets.time->type, store_);
  const auto start = value_tick(evaluate_constant(*moment));
  if (!start || *start > tick || compare_values(key_of(range, *start), bucket) != 0) {
    return std::nullopt;
  }
  const bool is_first = *start == least || compare_values(key_of(range, *start - 1), bucket) < 0;
  return is_first ? start : std::nullopt;
}

std::optional<int64_t> RollupRanges::next_start(const Range& range, int64_t tick) const {
  const DataType& type = *bare(*range.buckets.time);
  const int64_t greatest = limits_of(type).second;
  if (const int64_t seconds = seconds_of(range)) {
    const int64_t next = tick - tick % seconds + seconds;
    return next > greatest ? std::nullopt : std::optional(next);
  }
  int64_t step =
      type.id() == TypeId::DateTime64 ? static_cast<int64_t>(power_of_ten(type.scale())) : 1;
  std::optional<int64_t> next;
  while (!next || *next <= tick) {
    if (tick > greatest - step) return std::nullopt;
    next = start_of(range, tick + step);
    if (!next) return std::nullopt;
    step *= 2;
  }
  // The step may have been longer than a bucket.
  for (;;) {
    const auto before = start_of(range, *next - 1);
    if (!before || *before <= tick) return next;
    next = before;
  }
}

bool RollupRanges::find_whole(Range& range) const {
  drop_idle_bounds(range);
  if (range.to) {
    range.last = start_of(range, *range.to);
    if (!range.last) return false;
  }
  if (range.from) {
    range.first = start_of(range, *range.from);
    if (range.first && *range.first < *range.from) range.first = next_start(range, *range.from);
    if (!range.first) return false;
  }
  return !range.first || !range.last || *range.first < *range.last;
}

BoundExpressionPtr RollupRanges::compare_time(const Range& range, const char* function,
                                              int64_t tick) const {
  const BoundExpressionPtr& time = range.buckets.time;
  const DataTypePtr type = bare(*time);
  return function_expression(function, functions_,
                             {time, constant_expression(tick_value(*type, tick), type)}, function);
}

BoundExpressionPtr RollupRanges::compare_key(const Range& range, const char* function,
                                             int64_t tick) const {
  const BoundExpressionPtr& key = rollup_.shape.keys[range.buckets.key];
  return function_expression(
      function, functions_,
      {column_expression(range.buckets.key, key->type, key->name),
       constant_expression(key_of(range, tick), without_nullable(key->type))},
      function);
}

RollupRanges::Conditions RollupRanges::rolled() const {
  Conditions conditions;
  for (const Range& range : ranges_) {
    if (range.first) conditions.push_back(compare_key(range, "greaterOrEquals", *range.first));
    if (range.last) conditions.push_back(compare_key(range, "less", *range.last));
  }
  return conditions;
}

std::vector<RollupRanges::Conditions> RollupRanges::edges() const {
  std::vector<Conditions> edges;
  // Those of a range lie in the whole buckets of the ranges before it.
  Conditions inside;
  for (const Range& range : ranges_) {
    const auto add = [&](const char* function, int64_t tick) {
      edges.push_back(inside);
      edges.back().push_back(compare_time(range, function, tick));
    };
    if (range.first && *range.first != *range.from) add("less", *range.first);
    if (range.last && *range.last != *range.to) add("greaterOrEquals", *range.last);
    if (range.first) inside.push_back(compare_time(range, "greaterOrEquals", *range.first));
    if (range.last) inside.push_back(compare_time(range, "less", *range.last));
  }
  return edges;
}

}  // namespace freshet
