#include "query/expression/value_range.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "query/expression/evaluator.h"
#include "query/expression/monotonic.h"
#include "storage/base/error.h"
#include "storage/column/calendar.h"
#include "storage/column/row_order.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

// Times that every type can hold, in every zone.
constexpr int64_t kSafeDayMin = 2;       // 1970-01-03
constexpr int64_t kSafeDayMax = 49'671;  // 2105-12-30

class ColumnRange final : public RangeValue {
 public:
  ColumnRange(ColumnIndex column, DataTypePtr type)
      : RangeValue(std::move(type)), column_(column) {}
  ValueRanges compute(size_t, const ColumnRanges& columns) const override {
    return columns(column_);
  }

 private:
  ColumnIndex column_;
};

class ConstantRange final : public RangeValue {
 public:
  ConstantRange(Value value, DataTypePtr type)
      : RangeValue(std::move(type)), value_(std::move(value)) {}
  ValueRanges compute(size_t count, const ColumnRanges&) const override {
    ValueRanges ranges = ValueRanges::unknown(*type(), count);
    const bool is_null = value_.is_null();
    ranges.min = ranges.max = flat(make_constant_column(*type(), value_, count));
    ranges.known.assign(count, is_null ? 0 : 1);
    ranges.has_values.assign(count, is_null ? 0 : 1);
    ranges.has_nulls.assign(count, is_null ? 1 : 0);
    ranges.has_nans.assign(count, 0);
    return ranges;
  }

 private:
  Value value_;
};

std::optional<double> as_number(const Value& value) {
  if (const auto* cell = std::get_if<uint64_t>(&value.cell)) return static_cast<double>(*cell);
  if (const auto* cell = std::get_if<int64_t>(&value.cell)) return static_cast<double>(*cell);
  if (const auto* cell = std::get_if<double>(&value.cell)) return *cell;
  return std::nullopt;
}

bool is_day(const DataType& type) {
  return type.id() == TypeId::Date || type.id() == TypeId::Date32;
}

// Seconds of a moment; nothing for what is not one, or out of the safe range.
std::optional<int64_t> safe_seconds(const DataType& type, const Value& value) {
  const auto number = as_number(value);
  if (!number) return std::nullopt;
  double seconds = *number;
  if (is_day(type)) {
    seconds *= static_cast<double>(kSecondsPerDay);
  } else if (type.id() == TypeId::DateTime64) {
    seconds /= std::pow(10.0, static_cast<double>(type.scale()));
  }
  if (seconds < static_cast<double>(kSafeDayMin * kSecondsPerDay) ||
      seconds > static_cast<double>(kSafeDayMax * kSecondsPerDay)) {
    return std::nullopt;
  }
  return static_cast<int64_t>(std::floor(seconds));
}

// Whether clocks show the same offset from UTC all the time between two moments. They never change
// twice in a day; of long times it is not looked up.
bool keeps_offset(const TimeZone& zone, int64_t first, int64_t last) {
  constexpr int64_t kDaysMax = 1000;
  if (zone.is_fixed()) return true;
  if (last - first > kDaysMax * kSecondsPerDay) return false;
  const int32_t offset = zone.utc_offset_seconds(last);
  for (int64_t moment = first; moment < last; moment += kSecondsPerDay) {
    if (zone.utc_offset_seconds(moment) != offset) return false;
  }
  return true;
}

class MonotonicRange final : public RangeValue {
 public:
  MonotonicRange(const BoundExpression& call, Monotonic monotonic,
                 std::shared_ptr<const RangeValue> argument, const FunctionContext& functions)
      : RangeValue(call.type), monotonic_(monotonic), argument_(std::move(argument)) {
    std::vector<BoundExpressionPtr> arguments = call.arguments;
    arguments[monotonic.argument] = column_expression(0, argument_->type(), "x");
    call_ = with_arguments(call, std::move(arguments));
    if (monotonic.proof != Monotonic::Proof::Calendar) return;
    zones_.push_back(functions.time_zone);
    for (const auto& given : call.arguments) {
      const DataTypePtr type = without_nullable(given->type);
      if (is_date_or_time(*type) && type->time_zone() != nullptr)
        zones_.push_back(type->time_zone());
      const auto* text = std::get_if<std::string>(&given->value.cell);
      if (given->kind != BoundExpression::Kind::Constant || text == nullptr) continue;
      try {
        zones_.push_back(TimeZone::find(*text));
      } catch (const Error&) {
        // Not a zone, but a unit.
      }
    }
    const DataTypePtr result = without_nullable(call.type);
    const bool gives_time = is_date_or_time(*result) && !is_day(*result);
    if (gives_time && result->time_zone() != nullptr) zones_.push_back(result->time_zone());
    days_only_ = is_day(*without_nullable(argument_->type())) && !gives_time;
  }

  ValueRanges compute(size_t count, const ColumnRanges& columns) const override {
    ValueRanges in = argument_->compute(count, columns);
    ValueRanges out = ValueRanges::unknown(*type(), count);
    out.has_values = in.has_values;
    // A function may make NULL of what is not, when its type says so.
    const bool adds_nulls = can_be_null(*type()) && !can_be_null(*argument_->type());
    out.has_nulls = in.has_nulls;
    if (adds_nulls) out.has_nulls.assign(count, 1);
    std::vector<RowIndex> blocks;
    for (size_t i = 0; i < count; ++i) {
      const bool usable = in.known[i] != 0 && in.has_values[i] != 0 && in.has_nans[i] == 0;
      if (usable) blocks.push_back(static_cast<RowIndex>(i));
    }
    if (blocks.empty()) return out;
    ColumnPtr low;
    ColumnPtr high;
    const ColumnPtr min = in.min->select(blocks);
    const ColumnPtr max = in.max->select(blocks);
    try {
      low = flat(evaluate_expression(*call_, {.columns = {min}, .row_count = blocks.size()}));
      high = flat(evaluate_expression(*call_, {.columns = {max}, .row_count = blocks.size()}));
    } catch (const Error&) {
      return out;  // the query itself finds out whether a row of its makes it throw
    }
    if (monotonic_.decreasing) std::swap(low, high);
    std::vector<RowIndex> from(count, 0);  // where each block's ends are in low and high
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (!is_proven(*min, *max, *low, *high, i)) continue;
      out.known[blocks[i]] = 1;
      out.has_nans[blocks[i]] = 0;
      from[blocks[i]] = static_cast<RowIndex>(i);
    }
    out.min = low->select(from);
    out.max = high->select(from);
    return out;
  }

 private:
  bool is_proven(const Column& min, const Column& max, const Column& low, const Column& high,
                 size_t row) const {
    const Value low_value = value_at(low, row);
    const Value high_value = value_at(high, row);
    if (low_value.is_null() || high_value.is_null()) return false;
    if (is_nan(low_value) || is_nan(high_value)) return false;
    if (compare_cells(low, row, high, row) > 0) return false;
    const Value min_value = value_at(min, row);
    const Value max_value = value_at(max, row);
    const Value& of_min = monotonic_.decreasing ? high_value : low_value;
    const Value& of_max = monotonic_.decreasing ? low_value : high_value;
    switch (monotonic_.proof) {
      case Monotonic::Proof::Order:
        return true;
      case Monotonic::Proof::Calendar:
        return is_calm(argument_->type(), min_value, max_value) &&
               is_calm(type(), low_value, high_value);
      case Monotonic::Proof::Near:
      case Monotonic::Proof::Product:
        return is_near(min_value, of_min) && is_near(max_value, of_max);
    }
    return false;
  }

  static bool is_nan(const Value& value) {
    const auto* number = std::get_if<double>(&value.cell);
    return number != nullptr && std::isnan(*number);
  }

  // Both in the range that all types hold, without a change of clocks between them. Days are
  // moments of any zone, but only where times are made of them.
  bool is_calm(const DataTypePtr& of, const Value& min, const Value& max) const {
    const DataTypePtr type = without_nullable(of);
    if (!is_date_or_time(*type)) return true;
    const auto first = safe_seconds(*type, min);
    const auto last = safe_seconds(*type, max);
    if (!first || !last) return false;
    if (days_only_) return true;
    const int64_t margin = is_day(*type) ? kSecondsPerDay : 0;
    return std::ranges::all_of(zones_, [&](const auto& zone) {
      return keeps_offset(*zone, *first - margin, *last + 2 * margin);
    });
  }

  bool is_near(const Value& argument, const Value& value) const {
    const auto x = as_number(argument);
    const auto y = as_number(value);
    if (!x || !y) return false;
    const double wanted = *x * monotonic_.factor;
    return std::abs(*y - wanted) <= 1 + 1e-6 * std::abs(wanted);
  }

  Monotonic monotonic_;
  std::shared_ptr<const RangeValue> argument_;
  BoundExpressionPtr call_;  // over one column, the argument
  // Clocks that the function may look at.
  std::vector<std::shared_ptr<const TimeZone>> zones_;
  bool days_only_ = false;  // it takes days and makes no times: it looks at none
};

}  // namespace

ValueRanges ValueRanges::unknown(const DataType& type, size_t count) {
  ValueRanges ranges;
  ranges.min = ranges.max = flat(make_default_column(type, count));
  ranges.known.assign(count, 0);
  ranges.has_values.assign(count, 1);
  ranges.has_nulls.assign(count, 1);
  ranges.has_nans.assign(count, 1);
  return ranges;
}

std::shared_ptr<const RangeValue> make_range_value(const BoundExpressionPtr& expression,
                                                   const FunctionContext& functions) {
  switch (expression->kind) {
    case BoundExpression::Kind::Column:
      if (expression->column >= kLambdaColumn) return nullptr;
      return std::make_shared<ColumnRange>(expression->column, expression->type);
    case BoundExpression::Kind::Constant:
      return std::make_shared<ConstantRange>(expression->value, expression->type);
    case BoundExpression::Kind::Function: {
      const auto monotonic = monotonic_call(*expression);
      if (!monotonic) return nullptr;
      auto argument = make_range_value(expression->arguments[monotonic->argument], functions);
      if (argument == nullptr) return nullptr;
      return std::make_shared<MonotonicRange>(*expression, *monotonic, std::move(argument),
                                              functions);
    }
    default:
      return nullptr;
  }
}

}  // namespace freshet
