#include "storage/column/text.h"

#include <algorithm>
#include <array>

#include "storage/base/check.h"
#include "storage/column/address_text.h"
#include "storage/column/calendar.h"
#include "storage/column/date_text.h"
#include "storage/column/decimal.h"
#include "storage/column/nested_column.h"
#include "storage/column/nested_text.h"
#include "storage/column/number_column.h"
#include "storage/column/number_text.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

// The cells of a fixed-width kind. Derived says `bool parse_cell(string_view, T&) const` and
// `void write_cell(T, string&) const`; both are inlined into the virtual calls.
template <class Derived, class T>
class NumberText : public CellText {
 public:
  bool parse(std::string_view text, Column& column) const final {
    DCHECK(column.kind() == KindOf<T>::value);
    T value;
    if (!derived().parse_cell(text, value)) return false;
    static_cast<NumberColumn<T>&>(column).mutable_values().push_back(value);
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const final {
    DCHECK(column.kind() == KindOf<T>::value);
    derived().write_cell(static_cast<const NumberColumn<T>&>(column).values()[row], out);
  }

 private:
  const Derived& derived() const { return static_cast<const Derived&>(*this); }
};

template <class T>
class IntegerText final : public NumberText<IntegerText<T>, T> {
 public:
  bool parse_cell(std::string_view text, T& value) const { return parse_integer(text, value); }
  void write_cell(T value, std::string& out) const { append_integer(out, value); }
};

template <class T>
class FloatText final : public NumberText<FloatText<T>, T> {
 public:
  bool parse_cell(std::string_view text, T& value) const { return parse_float(text, value); }
  void write_cell(T value, std::string& out) const { append_float(out, value); }
};

class BoolText final : public NumberText<BoolText, uint8_t> {
 public:
  bool parse_cell(std::string_view text, uint8_t& value) const {
    if (text == "true" || text == "1") {
      value = 1;
      return true;
    }
    if (text == "false" || text == "0") {
      value = 0;
      return true;
    }
    return parse_word(text, value);
  }
  void write_cell(uint8_t value, std::string& out) const { out += value != 0 ? "true" : "false"; }

 private:
  static bool parse_word(std::string_view text, uint8_t& value) {
    static constexpr std::array<std::string_view, 7> kTrue = {"true", "t",      "yes",    "y",
                                                              "on",   "enable", "enabled"};
    static constexpr std::array<std::string_view, 7> kFalse = {"false", "f",       "no",      "n",
                                                               "off",   "disable", "disabled"};
    std::string lower;
    for (const char c : text) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    const bool is_true = std::find(kTrue.begin(), kTrue.end(), lower) != kTrue.end();
    value = is_true;
    return is_true || std::find(kFalse.begin(), kFalse.end(), lower) != kFalse.end();
  }
};

template <class T>
class DecimalText final : public NumberText<DecimalText<T>, T> {
 public:
  explicit DecimalText(const DataType& type) : precision_(type.precision()), scale_(type.scale()) {}

  bool parse_cell(std::string_view text, T& value) const {
    const std::optional<Int128> unscaled = parse_decimal(text, precision_, scale_);
    if (!unscaled) return false;
    value = static_cast<T>(*unscaled);
    return true;
  }
  void write_cell(T value, std::string& out) const { append_decimal(out, value, scale_); }

 private:
  uint32_t precision_;
  uint32_t scale_;
};

// How the options let dates be spelled, with the zone that a type or the session has.
struct DateRules {
  DateRules(const DataType& type, const TextOptions& options)
      : zone(type.time_zone() != nullptr ? type.time_zone() : options.time_zone),
        spelling(!options.best_effort_dates  ? DateSpelling::Basic
                 : options.month_first_dates ? DateSpelling::BestEffortMonthFirst
                                             : DateSpelling::BestEffort),
        iso(options.iso_dates) {
    CHECK(zone != nullptr);
  }

  void append_time(std::string& out, int64_t utc_seconds) const {
    if (iso) {
      append_local_time(out, utc_seconds, 'T');
    } else {
      append_local_time(out, zone->to_local(utc_seconds));
    }
  }

  std::shared_ptr<const TimeZone> zone;
  DateSpelling spelling;
  bool iso;
};

template <class T>
class DateText final : public NumberText<DateText<T>, T> {
 public:
  DateText(const DataType& type, const TextOptions& options) : rules_(type, options) {}

  bool parse_cell(std::string_view text, T& value) const {
    constexpr int32_t kMin = std::is_same_v<T, uint16_t> ? 0 : kDate32DaysMin;
    constexpr int32_t kMax = std::is_same_v<T, uint16_t> ? kDateDaysMax : kDate32DaysMax;
    int32_t days;
    if (!parse_day(text, days) && !parse_day_of_moment(text, days)) return false;
    if (days < kMin || days > kMax) return false;
    value = static_cast<T>(days);
    return true;
  }
  void write_cell(T value, std::string& out) const { append_day(out, value); }

 private:
  // A time of day may follow when dates are spelled freely; the day is the one that is written.
  bool parse_day_of_moment(std::string_view text, int32_t& days) const {
    constexpr size_t kDayBytes = 10;
    Moment moment;
    if (rules_.spelling == DateSpelling::Basic ||
        !parse_moment(text, *TimeZone::utc(), rules_.spelling, moment)) {
      return false;
    }
    if (parse_day(text.substr(0, kDayBytes), days)) return true;
    days = day_of_seconds(moment.seconds);
    return true;
  }

  DateRules rules_;
};

class DateTimeText final : public NumberText<DateTimeText, uint32_t> {
 public:
  DateTimeText(const DataType& type, const TextOptions& options) : rules_(type, options) {}

  bool parse_cell(std::string_view text, uint32_t& value) const {
    Moment moment;
    if (!parse_moment(text, *rules_.zone, rules_.spelling, moment)) return false;
    if (moment.seconds < 0 || moment.seconds > kDateTimeSecondsMax) return false;
    value = static_cast<uint32_t>(moment.seconds);
    return true;
  }
  void write_cell(uint32_t value, std::string& out) const {
    rules_.append_time(out, value);
    if (rules_.iso) out += 'Z';
  }

 private:
  DateRules rules_;
};

class DateTime64Text final : public NumberText<DateTime64Text, int64_t> {
 public:
  DateTime64Text(const DataType& type, const TextOptions& options)
      : rules_(type, options),
        digits_(type.scale()),
        ticks_per_second_(static_cast<int64_t>(power_of_ten(type.scale()))) {}

  bool parse_cell(std::string_view text, int64_t& value) const {
    Moment moment;
    if (!parse_moment(text, *rules_.zone, rules_.spelling, moment)) return false;
    if (moment.seconds < kDateTime64SecondsMin || moment.seconds > kDateTime64SecondsMax) {
      return false;
    }
    const int64_t fraction = moment.nanoseconds / (1'000'000'000 / ticks_per_second_);
    return !__builtin_mul_overflow(moment.seconds, ticks_per_second_, &value) &&
           !__builtin_add_overflow(value, fraction, &value);
  }
  void write_cell(int64_t value, std::string& out) const {
    int64_t seconds = value / ticks_per_second_;
    seconds -= value < seconds * ticks_per_second_;
    rules_.append_time(out, seconds);
    append_fraction(out, static_cast<uint64_t>(value - seconds * ticks_per_second_), digits_);
    if (rules_.iso) out += 'Z';
  }

 private:
  DateRules rules_;
  uint32_t digits_;
  int64_t ticks_per_second_;
};

class UuidText final : public NumberText<UuidText, UInt128> {
 public:
  bool parse_cell(std::string_view text, UInt128& value) const { return parse_uuid(text, value); }
  void write_cell(UInt128 value, std::string& out) const { append_uuid(out, value); }
};

class Ipv4Text final : public NumberText<Ipv4Text, uint32_t> {
 public:
  bool parse_cell(std::string_view text, uint32_t& value) const { return parse_ipv4(text, value); }
  void write_cell(uint32_t value, std::string& out) const { append_ipv4(out, value); }
};

class Ipv6Text final : public NumberText<Ipv6Text, UInt128> {
 public:
  bool parse_cell(std::string_view text, UInt128& value) const { return parse_ipv6(text, value); }
  void write_cell(UInt128 value, std::string& out) const { append_ipv6(out, value); }
};

// An entry's name; its number is accepted too.
template <class T>
class EnumText final : public NumberText<EnumText<T>, T> {
 public:
  explicit EnumText(DataTypePtr type) : type_(std::move(type)), by_name_(entries()) {
    std::sort(by_name_.begin(), by_name_.end(),
              [](const EnumEntry& a, const EnumEntry& b) { return a.name < b.name; });
  }

  bool parse_cell(std::string_view text, T& value) const {
    const auto found = std::lower_bound(by_name_.begin(), by_name_.end(), text,
                                        [](const EnumEntry& entry, std::string_view name) {
                                          return std::string_view(entry.name) < name;
                                        });
    if (found != by_name_.end() && found->name == text) {
      value = static_cast<T>(found->value);
      return true;
    }
    return parse_integer(text, value) && find(value) != nullptr;
  }
  void write_cell(T value, std::string& out) const {
    if (const EnumEntry* entry = find(value)) {
      out += entry->name;
    } else {
      append_integer(out, int{value});
    }
  }

 private:
  const std::vector<EnumEntry>& entries() const { return type_->enum_entries(); }

  const EnumEntry* find(T value) const {
    const auto found =
        std::lower_bound(entries().begin(), entries().end(), value,
                         [](const EnumEntry& entry, T wanted) { return entry.value < wanted; });
    return found != entries().end() && found->value == value ? &*found : nullptr;
  }

  DataTypePtr type_;
  std::vector<EnumEntry> by_name_;
};

class StringText final : public CellText {
 public:
  bool parse(std::string_view text, Column& column) const override {
    static_cast<StringColumn&>(column).append_string(text);
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const override {
    out += static_cast<const StringColumn&>(column).at(row);
  }
};

class FixedStringText final : public CellText {
 public:
  bool parse(std::string_view text, Column& column) const override {
    auto& strings = static_cast<FixedStringColumn&>(column);
    if (text.size() > strings.cell_bytes()) return false;
    strings.append_string(text);
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const override {
    out += static_cast<const FixedStringColumn&>(column).at(row);
  }
};

class NullableText final : public CellText {
 public:
  explicit NullableText(std::unique_ptr<const CellText> nested) : nested_(std::move(nested)) {}

  bool parse(std::string_view text, Column& column) const override {
    auto& nullable = static_cast<NullableColumn&>(column);
    if (!nested_->parse(text, nullable.mutable_nested())) return false;
    nullable.mutable_nulls().push_back(0);
    return true;
  }
  void write(const Column& column, size_t row, std::string& out) const override {
    nested_->write(*static_cast<const NullableColumn&>(column).nested(), row, out);
  }

 private:
  std::unique_ptr<const CellText> nested_;
};

// A type without values, as in Nullable(Nothing).
class NothingText final : public CellText {
 public:
  bool parse(std::string_view, Column&) const override { return false; }
  void write(const Column&, size_t, std::string&) const override {}
};

std::unique_ptr<const CellText> make_decimal_text(const DataType& type) {
  switch (type.kind()) {
    case PhysicalKind::I32:
      return std::make_unique<DecimalText<int32_t>>(type);
    case PhysicalKind::I64:
      return std::make_unique<DecimalText<int64_t>>(type);
    default:
      return std::make_unique<DecimalText<Int128>>(type);
  }
}

}  // namespace

std::unique_ptr<const CellText> make_cell_text(const DataTypePtr& type,
                                               const TextOptions& options) {
  switch (type->id()) {
    case TypeId::Nothing:
      return std::make_unique<NothingText>();
    case TypeId::Bool:
      return std::make_unique<BoolText>();
    case TypeId::UInt8:
      return std::make_unique<IntegerText<uint8_t>>();
    case TypeId::UInt16:
      return std::make_unique<IntegerText<uint16_t>>();
    case TypeId::UInt32:
      return std::make_unique<IntegerText<uint32_t>>();
    case TypeId::UInt64:
      return std::make_unique<IntegerText<uint64_t>>();
    case TypeId::Int8:
      return std::make_unique<IntegerText<int8_t>>();
    case TypeId::Int16:
      return std::make_unique<IntegerText<int16_t>>();
    case TypeId::Int32:
      return std::make_unique<IntegerText<int32_t>>();
    case TypeId::Int64:
    case TypeId::Interval:
      return std::make_unique<IntegerText<int64_t>>();
    case TypeId::Float32:
      return std::make_unique<FloatText<float>>();
    case TypeId::Float64:
      return std::make_unique<FloatText<double>>();
    case TypeId::Decimal:
      return make_decimal_text(*type);
    case TypeId::String:
    case TypeId::AggregateFunction:
      return std::make_unique<StringText>();
    case TypeId::FixedString:
      return std::make_unique<FixedStringText>();
    case TypeId::Date:
      return std::make_unique<DateText<uint16_t>>(*type, options);
    case TypeId::Date32:
      return std::make_unique<DateText<int32_t>>(*type, options);
    case TypeId::DateTime:
      return std::make_unique<DateTimeText>(*type, options);
    case TypeId::DateTime64:
      return std::make_unique<DateTime64Text>(*type, options);
    case TypeId::Uuid:
      return std::make_unique<UuidText>();
    case TypeId::Ipv4:
      return std::make_unique<Ipv4Text>();
    case TypeId::Ipv6:
      return std::make_unique<Ipv6Text>();
    case TypeId::Enum8:
      return std::make_unique<EnumText<int8_t>>(type);
    case TypeId::Enum16:
      return std::make_unique<EnumText<int16_t>>(type);
    case TypeId::Nullable:
      return std::make_unique<NullableText>(make_cell_text(type->argument(0), options));
    case TypeId::LowCardinality:
      return make_cell_text(type->argument(0), options);
    case TypeId::Array:
    case TypeId::Tuple:
    case TypeId::Map:
      break;
  }
  return make_nested_text(type, options);
}

std::string value_text(const DataType& type, const Value& value) {
  if (value.is_null()) return "NULL";
  MutableColumnPtr column = make_column(type);
  append_value(*column, value);
  TextOptions options;
  options.time_zone = TimeZone::utc();
  std::string out;
  const DataTypePtr borrowed(DataTypePtr(), &type);  // outlives the call, so nothing owns it
  make_cell_text(borrowed, options)->write(*column, 0, out);
  return out;
}

}  // namespace freshet
