#include "query/expression/value_conversion.h"

#include <cmath>
#include <limits>

#include "storage/base/error.h"

namespace freshet {

namespace {

// An integer cell as a number wide enough for all of them.
std::optional<Int128> integer_of(const Value& value) {
  if (const auto* u = std::get_if<uint64_t>(&value.cell)) return static_cast<Int128>(*u);
  if (const auto* i = std::get_if<int64_t>(&value.cell)) return static_cast<Int128>(*i);
  if (const auto* d = std::get_if<double>(&value.cell)) {
    // 2^96 is exact in a double and beyond every integer type.
    if (std::trunc(*d) != *d || std::abs(*d) > 0x1p96) return std::nullopt;
    return static_cast<Int128>(*d);
  }
  return std::nullopt;
}

template <class T>
std::optional<Value> fit(Int128 number) {
  if (number < static_cast<Int128>(std::numeric_limits<T>::min()) ||
      number > static_cast<Int128>(std::numeric_limits<T>::max())) {
    return std::nullopt;
  }
  if constexpr (std::is_unsigned_v<T>) {
    return Value(static_cast<uint64_t>(number));
  } else {
    return Value(static_cast<int64_t>(number));
  }
}

std::optional<Value> fit_integer(Int128 number, const DataType& to) {
  if (to.id() == TypeId::Bool)
    return number == 0 || number == 1 ? fit<uint8_t>(number) : std::nullopt;
  switch (to.kind()) {
    case PhysicalKind::U8:
      return fit<uint8_t>(number);
    case PhysicalKind::U16:
      return fit<uint16_t>(number);
    case PhysicalKind::U32:
      return fit<uint32_t>(number);
    case PhysicalKind::U64:
      return fit<uint64_t>(number);
    case PhysicalKind::I8:
      return fit<int8_t>(number);
    case PhysicalKind::I16:
      return fit<int16_t>(number);
    case PhysicalKind::I32:
      return fit<int32_t>(number);
    case PhysicalKind::I64:
      return fit<int64_t>(number);
    default:
      return std::nullopt;
  }
}

std::optional<Value> to_float(const Value& value, const DataType& to) {
  double number = 0;
  if (const auto* u = std::get_if<uint64_t>(&value.cell)) {
    number = static_cast<double>(*u);
  } else if (const auto* i = std::get_if<int64_t>(&value.cell)) {
    number = static_cast<double>(*i);
  } else {
    number = value.as<double>();
  }
  if (to.kind() == PhysicalKind::F32 && !std::isnan(number) &&
      static_cast<double>(static_cast<float>(number)) != number) {
    return std::nullopt;
  }
  return Value(number);
}

bool is_plain_number(const DataType& type) { return is_integer(type) || is_float(type); }

Value cast_value(const Value& value, const DataTypePtr& from, const DataTypePtr& to,
                 const FunctionContext& context, bool null_on_error) {
  const ColumnPtr cell = flat(make_constant_column(*from, value, 1));
  return value_at(*cast_column(context, cell, from, to, null_on_error), 0);
}

std::optional<Value> convert_list(const Value& value, const DataType& from, const DataType& to,
                                  const FunctionContext& context) {
  const auto& items = value.as<ValueList>();
  if (to.id() == TypeId::Tuple && to.arguments().size() != items.size()) {
    throw Error{ErrorCode::TypeMismatch,
                "Cannot compare types " + from.name() + " and " + to.name()};
  }
  const auto element = [](const DataType& type, size_t index) {
    return type.id() == TypeId::Tuple ? type.argument(index) : type.argument(0);
  };
  ValueList converted;
  converted.reserve(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    auto item = convert_exactly(items[i], element(from, i), element(to, i), context);
    if (!item) return std::nullopt;
    converted.push_back(std::move(*item));
  }
  return Value(std::move(converted));
}

}  // namespace

std::optional<Value> convert_exactly(const Value& value, const DataTypePtr& from,
                                     const DataTypePtr& to, const FunctionContext& context) {
  if (value.is_null()) return can_be_null(*to) ? std::optional(value) : std::nullopt;
  const DataTypePtr source = without_nullable(from);
  const DataTypePtr target = without_nullable(to);
  if (*source == *target) return value;
  if (target->id() == source->id() &&
      (target->id() == TypeId::Array || target->id() == TypeId::Tuple)) {
    return convert_list(value, *source, *target, context);
  }
  if (is_string_like(*source)) {
    if (target->id() == TypeId::Enum8 || target->id() == TypeId::Enum16) {
      const Value cell = cast_value(value, source, target, context, true);
      return cell.is_null() ? std::nullopt : std::optional(cell);
    }
    return cast_value(value, source, target, context, false);
  }
  if (is_plain_number(*source) && is_float(*target)) return to_float(value, *target);
  if (is_plain_number(*source) &&
      (is_integer(*target) || target->id() == TypeId::Date || target->id() == TypeId::DateTime)) {
    const auto number = integer_of(value);
    return number ? fit_integer(*number, *target) : std::nullopt;
  }
  const bool comparable = (is_number(*source) && is_number(*target)) ||
                          (is_date_or_time(*source) && is_date_or_time(*target)) ||
                          source->id() == target->id();
  if (!comparable) {
    throw Error{ErrorCode::TypeMismatch,
                "Cannot compare types " + from->name() + " and " + to->name()};
  }
  const Value cell = cast_value(value, source, target, context, true);
  if (cell.is_null()) return std::nullopt;
  const Value back = cast_value(cell, target, source, context, true);
  return !back.is_null() && compare_values(back, value) == 0 ? std::optional(cell) : std::nullopt;
}

}  // namespace freshet
