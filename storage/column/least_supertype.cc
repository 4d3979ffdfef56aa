#include <algorithm>
#include <functional>

#include "storage/column/data_type.h"

namespace freshet {

namespace {

using Types = std::vector<DataTypePtr>;
using Found = std::optional<DataTypePtr>;

bool all_of(const Types& types, const std::function<bool(const DataType&)>& test) {
  return std::all_of(types.begin(), types.end(), [&](const DataTypePtr& t) { return test(*t); });
}

bool any_of(const Types& types, TypeId id) {
  return std::any_of(types.begin(), types.end(),
                     [&](const DataTypePtr& t) { return t->id() == id; });
}

Types arguments_at(const Types& types, size_t index) {
  Types out;
  for (const DataTypePtr& type : types) out.push_back(type->argument(index));
  return out;
}

Found common_array(const Types& types) {
  const Found element = common_type(arguments_at(types, 0));
  if (!element) return std::nullopt;
  return array_type(*element);
}

Found common_map(const Types& types) {
  const Found key = common_type(arguments_at(types, 0));
  const Found value = common_type(arguments_at(types, 1));
  if (!key || !value || can_be_null(**key)) return std::nullopt;
  return map_type(*key, *value);
}

Found common_tuple(const Types& types) {
  const DataType& first = *types.front();
  const size_t count = first.arguments().size();
  if (!all_of(types, [&](const DataType& t) { return t.arguments().size() == count; })) {
    return std::nullopt;
  }
  Types elements;
  for (size_t i = 0; i < count; ++i) {
    const Found element = common_type(arguments_at(types, i));
    if (!element) return std::nullopt;
    elements.push_back(*element);
  }
  const bool same_names =
      all_of(types, [&](const DataType& t) { return t.tuple_names() == first.tuple_names(); });
  return tuple_type(std::move(elements),
                    same_names ? first.tuple_names() : std::vector<std::string>());
}

Found common_date_or_time(const Types& types) {
  DataTypePtr finest;  // the DateTime64 with most digits
  DataTypePtr first_datetime;
  for (const DataTypePtr& type : types) {
    if (type->id() == TypeId::DateTime64 && (!finest || type->scale() > finest->scale())) {
      finest = type;
    }
    if (type->id() == TypeId::DateTime && !first_datetime) first_datetime = type;
  }
  if (finest) return finest;
  const bool has_date32 = any_of(types, TypeId::Date32);
  if (first_datetime) return has_date32 ? datetime64_type(0, "") : first_datetime;
  return simple_type(has_date32 ? TypeId::Date32 : TypeId::Date);
}

Found common_interval(const Types& types) {
  const auto is_calendar = [](const DataType& t) {
    return t.interval_unit() >= IntervalUnit::Month;
  };
  const bool calendar = is_calendar(*types.front());
  IntervalUnit finest = IntervalUnit::Year;
  for (const DataTypePtr& type : types) {
    if (is_calendar(*type) != calendar) return std::nullopt;
    finest = std::min(finest, type->interval_unit());
  }
  return interval_type(finest);
}

struct NumberWidths {
  uint32_t signed_bits = 0;
  uint32_t unsigned_bits = 0;
  uint32_t float_bits = 0;
  bool has_decimal = false;
  uint32_t decimal_precision = 0;
  uint32_t decimal_scale = 0;
};

NumberWidths widths_of(const Types& types) {
  NumberWidths widths;
  for (const DataTypePtr& type : types) {
    const auto bits = static_cast<uint32_t>(cell_bytes(*type) * 8);
    if (type->id() == TypeId::Decimal) {
      widths.has_decimal = true;
      widths.decimal_precision = std::max(widths.decimal_precision, type->precision());
      widths.decimal_scale = std::max(widths.decimal_scale, type->scale());
    } else if (is_float(*type)) {
      widths.float_bits = std::max(widths.float_bits, bits);
    } else if (is_unsigned_integer(*type)) {
      widths.unsigned_bits = std::max(widths.unsigned_bits, bits);
    } else {
      widths.signed_bits = std::max(widths.signed_bits, bits);
    }
  }
  return widths;
}

// Decimal digits of the widest integer.
uint32_t integer_digits(const NumberWidths& widths) {
  if (widths.unsigned_bits == 64) return 20;
  switch (std::max(widths.signed_bits, widths.unsigned_bits)) {
    case 0:
      return 0;
    case 8:
      return 3;
    case 16:
      return 5;
    case 32:
      return 10;
    default:
      return 19;
  }
}

Found common_decimal(const NumberWidths& widths) {
  uint32_t digits = widths.decimal_scale + integer_digits(widths);
  // As ClickHouse: an Int32 fits a Decimal32 and an Int64 a Decimal64 when there is no fraction.
  if (widths.decimal_scale == 0 && widths.unsigned_bits == 0) {
    if (widths.signed_bits == 32) digits = 9;
    if (widths.signed_bits == 64) digits = 18;
  }
  digits = std::max(digits, widths.decimal_precision);
  if (digits > 38) return std::nullopt;
  return decimal_type(digits > 18 ? 38 : digits > 9 ? 18 : 9, widths.decimal_scale);
}

Found common_integer(const NumberWidths& widths) {
  uint32_t bits = std::max(widths.signed_bits, widths.unsigned_bits);
  if (widths.signed_bits == 0) {
    return simple_type(bits == 8    ? TypeId::UInt8
                       : bits == 16 ? TypeId::UInt16
                       : bits == 32 ? TypeId::UInt32
                                    : TypeId::UInt64);
  }
  if (widths.unsigned_bits >= widths.signed_bits) bits = widths.unsigned_bits * 2;
  if (bits > 64) return std::nullopt;
  return simple_type(bits == 8    ? TypeId::Int8
                     : bits == 16 ? TypeId::Int16
                     : bits == 32 ? TypeId::Int32
                                  : TypeId::Int64);
}

Found common_number(const Types& types) {
  const NumberWidths widths = widths_of(types);
  if (widths.float_bits > 0) {
    // ClickHouse makes a Variant of floats with decimals or with 64-bit integers; a Float64 prints
    // the same numbers up to 2^53.
    const uint32_t integer_bits = std::max(widths.signed_bits, widths.unsigned_bits);
    const bool narrow = widths.float_bits == 32 && integer_bits <= 16 && !widths.has_decimal;
    return simple_type(narrow ? TypeId::Float32 : TypeId::Float64);
  }
  if (widths.has_decimal) return common_decimal(widths);
  return common_integer(widths);
}

// Neither Nullable, LowCardinality nor Nothing is left among `types`.
Found common_full_type(const Types& types) {
  const auto has_id = [](TypeId id) { return [id](const DataType& t) { return t.id() == id; }; };
  if (all_of(types, [&](const DataType& t) { return t == *types.front(); })) return types.front();
  if (all_of(types, has_id(TypeId::Array))) return common_array(types);
  if (all_of(types, has_id(TypeId::Map))) return common_map(types);
  if (all_of(types, has_id(TypeId::Tuple))) return common_tuple(types);
  if (all_of(types, has_id(TypeId::Interval))) return common_interval(types);
  if (all_of(types, is_date_or_time)) return common_date_or_time(types);
  if (all_of(types, [](const DataType& t) { return is_integer(t) || is_float(t) || is_enum(t); })) {
    return common_number(types);
  }
  if (all_of(types, is_number)) return common_number(types);
  if (all_of(types, [](const DataType& t) { return is_string_like(t) || is_enum(t); })) {
    return simple_type(TypeId::String);
  }
  return std::nullopt;
}

}  // namespace

std::optional<DataTypePtr> common_type(const std::vector<DataTypePtr>& types) {
  if (types.empty()) return simple_type(TypeId::Nothing);
  if (all_of(types, [&](const DataType& t) { return t == *types.front(); })) return types.front();
  const bool all_low_cardinality =
      all_of(types, [](const DataType& t) { return t.id() == TypeId::LowCardinality; });
  Types full;
  bool nullable = false;
  for (const DataTypePtr& type : types) {
    nullable |= can_be_null(*type);
    DataTypePtr inner = without_nullable(type);
    if (inner->id() != TypeId::Nothing) full.push_back(std::move(inner));
  }
  Found found = full.empty() ? simple_type(TypeId::Nothing) : common_full_type(full);
  if (!found) return std::nullopt;
  if (nullable) {
    const PhysicalKind kind = (*found)->kind();
    if (kind == PhysicalKind::Array || kind == PhysicalKind::Tuple ||
        (*found)->id() == TypeId::AggregateFunction) {
      return std::nullopt;
    }
    found = nullable_type(*found);
  }
  return all_low_cardinality ? low_cardinality_type(*found) : *found;
}

}  // namespace freshet
