#include "storage/column/data_type.h"

#include <algorithm>
#include <array>

#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/column/quoted_text.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

struct SimpleType {
  TypeId id;
  PhysicalKind kind;
  std::string_view name;
};

constexpr SimpleType kSimpleTypes[] = {
    {TypeId::Nothing, PhysicalKind::U8, "Nothing"},
    {TypeId::Bool, PhysicalKind::U8, "Bool"},
    {TypeId::UInt8, PhysicalKind::U8, "UInt8"},
    {TypeId::UInt16, PhysicalKind::U16, "UInt16"},
    {TypeId::UInt32, PhysicalKind::U32, "UInt32"},
    {TypeId::UInt64, PhysicalKind::U64, "UInt64"},
    {TypeId::Int8, PhysicalKind::I8, "Int8"},
    {TypeId::Int16, PhysicalKind::I16, "Int16"},
    {TypeId::Int32, PhysicalKind::I32, "Int32"},
    {TypeId::Int64, PhysicalKind::I64, "Int64"},
    {TypeId::Float32, PhysicalKind::F32, "Float32"},
    {TypeId::Float64, PhysicalKind::F64, "Float64"},
    {TypeId::String, PhysicalKind::String, "String"},
    {TypeId::Date, PhysicalKind::U16, "Date"},
    {TypeId::Date32, PhysicalKind::I32, "Date32"},
    {TypeId::DateTime, PhysicalKind::U32, "DateTime"},
    {TypeId::Uuid, PhysicalKind::U128, "UUID"},
    {TypeId::Ipv4, PhysicalKind::U32, "IPv4"},
    {TypeId::Ipv6, PhysicalKind::U128, "IPv6"},
};

constexpr std::string_view kIntervalUnitNames[] = {
    "Nanosecond", "Microsecond", "Millisecond", "Second",  "Minute", "Hour",
    "Day",        "Week",        "Month",       "Quarter", "Year"};

bool is_plain_identifier(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string joined_names(const std::vector<DataTypePtr>& types) {
  std::string out;
  for (const DataTypePtr& type : types) {
    if (!out.empty()) out += ", ";
    out += type->name();
  }
  return out;
}

void require_low_cardinality_allowed(const DataType& inner) {
  const DataType& type = inner.is_nullable() ? *inner.argument(0) : inner;
  switch (type.id()) {
    case TypeId::Nothing:
    case TypeId::Decimal:
    case TypeId::DateTime64:
    case TypeId::Enum8:
    case TypeId::Enum16:
    case TypeId::Interval:
    case TypeId::Array:
    case TypeId::Tuple:
    case TypeId::Map:
    case TypeId::AggregateFunction:
      throw Error(ErrorCode::IllegalTypeOfArgument,
                  "LowCardinality is supported only for numbers, strings, Date or DateTime, but "
                  "got " +
                      inner.name());
    default:
      return;
  }
}

}  // namespace

struct DataTypeFactory {
  static std::shared_ptr<DataType> make(TypeId id, PhysicalKind kind, std::string name) {
    auto type = std::make_shared<DataType>();
    type->id_ = id;
    type->kind_ = kind;
    type->name_ = std::move(name);
    return type;
  }

  static DataTypePtr make_decimal(uint32_t precision, uint32_t scale) {
    const PhysicalKind kind = precision <= 9    ? PhysicalKind::I32
                              : precision <= 18 ? PhysicalKind::I64
                                                : PhysicalKind::I128;
    auto type = make(TypeId::Decimal, kind,
                     "Decimal(" + std::to_string(precision) + ", " + std::to_string(scale) + ")");
    type->precision_ = precision;
    type->scale_ = scale;
    return type;
  }

  static DataTypePtr make_fixed_string(size_t bytes) {
    auto type = make(TypeId::FixedString, PhysicalKind::FixedString,
                     "FixedString(" + std::to_string(bytes) + ")");
    type->fixed_bytes_ = bytes;
    return type;
  }

  static DataTypePtr make_datetime(std::string_view zone) {
    std::string name = "DateTime(";
    append_quoted(name, zone, '\'');
    auto type = make(TypeId::DateTime, PhysicalKind::U32, name + ")");
    type->time_zone_ = TimeZone::find(zone);
    return type;
  }

  static DataTypePtr make_datetime64(uint32_t scale, std::string_view zone) {
    std::string name = "DateTime64(" + std::to_string(scale);
    if (!zone.empty()) {
      name += ", ";
      append_quoted(name, zone, '\'');
    }
    auto type = make(TypeId::DateTime64, PhysicalKind::I64, name + ")");
    type->scale_ = scale;
    if (!zone.empty()) type->time_zone_ = TimeZone::find(zone);
    return type;
  }

  static DataTypePtr make_enum(TypeId id, std::vector<EnumEntry> entries) {
    std::string name = id == TypeId::Enum8 ? "Enum8(" : "Enum16(";
    for (const EnumEntry& entry : entries) {
      if (&entry != &entries.front()) name += ", ";
      append_quoted(name, entry.name, '\'');
      name += " = " + std::to_string(entry.value);
    }
    auto type = make(id, id == TypeId::Enum8 ? PhysicalKind::I8 : PhysicalKind::I16, name + ")");
    type->enum_entries_ = std::move(entries);
    return type;
  }

  static DataTypePtr make_interval(IntervalUnit unit) {
    auto type = make(TypeId::Interval, PhysicalKind::I64,
                     "Interval" + std::string(kIntervalUnitNames[static_cast<size_t>(unit)]));
    type->interval_unit_ = unit;
    return type;
  }

  static DataTypePtr make_wrapper(TypeId id, PhysicalKind kind, std::string_view family,
                                  std::vector<DataTypePtr> arguments) {
    auto type = make(id, kind, std::string(family) + "(" + joined_names(arguments) + ")");
    type->arguments_ = std::move(arguments);
    return type;
  }

  static DataTypePtr make_tuple(std::vector<DataTypePtr> elements, std::vector<std::string> names) {
    std::string name = "Tuple(";
    for (size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) name += ", ";
      if (!names.empty()) {
        append_identifier(name, names[i]);
        name += ' ';
      }
      name += elements[i]->name();
    }
    auto type = make(TypeId::Tuple, PhysicalKind::Tuple, name + ")");
    type->arguments_ = std::move(elements);
    type->tuple_names_ = std::move(names);
    return type;
  }

  static DataTypePtr make_aggregate_state(std::string function,
                                          std::vector<DataTypePtr> arguments) {
    std::string name = "AggregateFunction(" + function;
    if (!arguments.empty()) name += ", " + joined_names(arguments);
    auto type = make(TypeId::AggregateFunction, PhysicalKind::String, name + ")");
    type->aggregate_ = std::move(function);
    type->arguments_ = std::move(arguments);
    return type;
  }

  static DataTypePtr make_simple_aggregate(std::string function, const DataType& inner) {
    auto type = std::make_shared<DataType>(inner);
    type->name_ = "SimpleAggregateFunction(" + function + ", " + inner.name() + ")";
    type->aggregate_ = std::move(function);
    return type;
  }

 private:
  static void append_identifier(std::string& out, std::string_view name) {
    if (is_plain_identifier(name)) {
      out += name;
    } else {
      append_quoted(out, name, '`');
    }
  }
};

DataTypePtr simple_type(TypeId id) {
  static const auto kTypes = [] {
    std::array<DataTypePtr, static_cast<size_t>(TypeId::AggregateFunction) + 1> types;
    for (const SimpleType& simple : kSimpleTypes) {
      types[static_cast<size_t>(simple.id)] =
          DataTypeFactory::make(simple.id, simple.kind, std::string(simple.name));
    }
    return types;
  }();
  const DataTypePtr& type = kTypes[static_cast<size_t>(id)];
  CHECK(type != nullptr);
  return type;
}

DataTypePtr decimal_type(uint32_t precision, uint32_t scale) {
  if (precision < 1 || precision > 76) {
    throw Error(ErrorCode::ArgumentOutOfBound,
                "Wrong precision: it must be between 1 and 76, got " + std::to_string(precision));
  }
  if (scale > precision) {
    throw Error(ErrorCode::ArgumentOutOfBound,
                "Negative scales and scales larger than precision are not supported: " +
                    std::to_string(scale));
  }
  if (precision > 38) {
    throw Error(ErrorCode::NotImplemented,
                "Decimals of more than 38 digits are not supported: Decimal(" +
                    std::to_string(precision) + ", " + std::to_string(scale) + ")");
  }
  return DataTypeFactory::make_decimal(precision, scale);
}

DataTypePtr fixed_string_type(size_t bytes) {
  constexpr size_t kFixedStringBytesMax = 0xFF'FFFF;
  if (bytes < 1 || bytes > kFixedStringBytesMax) {
    throw Error(ErrorCode::ArgumentOutOfBound,
                "FixedString size must be between 1 and 16777215, got " + std::to_string(bytes));
  }
  return DataTypeFactory::make_fixed_string(bytes);
}

DataTypePtr datetime_type(std::string_view zone) {
  return zone.empty() ? simple_type(TypeId::DateTime) : DataTypeFactory::make_datetime(zone);
}

DataTypePtr datetime64_type(uint32_t scale, std::string_view zone) {
  if (scale > 9) {
    throw Error(
        ErrorCode::ArgumentOutOfBound,
        "DateTime64 has at most 9 digits of a second (nanoseconds), got " + std::to_string(scale));
  }
  return DataTypeFactory::make_datetime64(scale, zone);
}

DataTypePtr enum_type(TypeId id, std::vector<EnumEntry> entries) {
  CHECK(id == TypeId::Enum8 || id == TypeId::Enum16);
  if (entries.empty()) throw Error(ErrorCode::BadArguments, "Enum data type cannot be empty");
  std::stable_sort(entries.begin(), entries.end(),
                   [](const EnumEntry& a, const EnumEntry& b) { return a.value < b.value; });
  std::vector<std::string_view> names;
  for (const EnumEntry& entry : entries) {
    if (id == TypeId::Enum8 && (entry.value < -128 || entry.value > 127)) {
      throw Error(ErrorCode::ArgumentOutOfBound,
                  "Value for element '" + entry.name +
                      "' exceeds range of Enum8: " + std::to_string(entry.value));
    }
    if (&entry != &entries.front() && entry.value == (&entry - 1)->value) {
      throw Error(ErrorCode::SyntaxError, "Duplicate values in enum: '" + entry.name + "' and '" +
                                              (&entry - 1)->name +
                                              "' = " + std::to_string(entry.value));
    }
    names.push_back(entry.name);
  }
  std::sort(names.begin(), names.end());
  const auto repeated = std::adjacent_find(names.begin(), names.end());
  if (repeated != names.end()) {
    throw Error(ErrorCode::SyntaxError,
                "Duplicate names in enum: '" + std::string(*repeated) + "'");
  }
  return DataTypeFactory::make_enum(id, std::move(entries));
}

DataTypePtr interval_type(IntervalUnit unit) { return DataTypeFactory::make_interval(unit); }

DataTypePtr array_type(DataTypePtr element) {
  return DataTypeFactory::make_wrapper(TypeId::Array, PhysicalKind::Array, "Array",
                                       {std::move(element)});
}

DataTypePtr tuple_type(std::vector<DataTypePtr> elements, std::vector<std::string> names) {
  if (elements.empty()) {
    throw Error(ErrorCode::NotImplemented, "Tuples without elements are not supported: Tuple()");
  }
  CHECK(names.empty() || names.size() == elements.size());
  return DataTypeFactory::make_tuple(std::move(elements), std::move(names));
}

DataTypePtr map_type(DataTypePtr key, DataTypePtr value) {
  if (can_be_null(*key)) {
    throw Error(ErrorCode::BadArguments, "Map cannot have a key of type " + key->name());
  }
  return DataTypeFactory::make_wrapper(TypeId::Map, PhysicalKind::Array, "Map",
                                       {std::move(key), std::move(value)});
}

DataTypePtr nullable_type(DataTypePtr inner) {
  switch (inner->id()) {
    case TypeId::Nullable:
      return inner;
    case TypeId::LowCardinality:
      return low_cardinality_type(nullable_type(inner->argument(0)));
    case TypeId::Array:
    case TypeId::Map:
    case TypeId::Tuple:
    case TypeId::AggregateFunction:
      throw Error(ErrorCode::IllegalTypeOfArgument,
                  "Nested type cannot be inside Nullable type: " + inner->name());
    default:
      return DataTypeFactory::make_wrapper(TypeId::Nullable, PhysicalKind::Nullable, "Nullable",
                                           {std::move(inner)});
  }
}

DataTypePtr low_cardinality_type(DataTypePtr inner) {
  if (inner->id() == TypeId::LowCardinality) return inner;
  require_low_cardinality_allowed(*inner);
  const PhysicalKind kind = inner->kind();
  return DataTypeFactory::make_wrapper(TypeId::LowCardinality, kind, "LowCardinality",
                                       {std::move(inner)});
}

DataTypePtr aggregate_state_type(std::string function, std::vector<DataTypePtr> arguments) {
  return DataTypeFactory::make_aggregate_state(std::move(function), std::move(arguments));
}

DataTypePtr simple_aggregate_type(std::string function, const DataTypePtr& inner) {
  return DataTypeFactory::make_simple_aggregate(std::move(function), *inner);
}

std::string_view interval_unit_name(IntervalUnit unit) {
  return kIntervalUnitNames[static_cast<size_t>(unit)];
}

DataTypePtr without_low_cardinality(const DataTypePtr& type) {
  return type->id() == TypeId::LowCardinality ? type->argument(0) : type;
}

DataTypePtr without_nullable(const DataTypePtr& type) {
  const DataTypePtr full = without_low_cardinality(type);
  return full->is_nullable() ? full->argument(0) : full;
}

bool can_be_null(const DataType& type) {
  return type.is_nullable() ||
         (type.id() == TypeId::LowCardinality && type.argument(0)->is_nullable());
}

bool is_unsigned_integer(const DataType& type) {
  return type.id() >= TypeId::Bool && type.id() <= TypeId::UInt64;
}

bool is_integer(const DataType& type) {
  return type.id() >= TypeId::Bool && type.id() <= TypeId::Int64;
}

bool is_float(const DataType& type) {
  return type.id() == TypeId::Float32 || type.id() == TypeId::Float64;
}

bool is_enum(const DataType& type) {
  return type.id() == TypeId::Enum8 || type.id() == TypeId::Enum16;
}

bool is_number(const DataType& type) {
  return is_integer(type) || is_float(type) || type.id() == TypeId::Decimal;
}

bool is_string_like(const DataType& type) {
  return type.id() == TypeId::String || type.id() == TypeId::FixedString;
}

bool is_date_or_time(const DataType& type) {
  return type.id() >= TypeId::Date && type.id() <= TypeId::DateTime64;
}

size_t cell_bytes(const DataType& type) {
  switch (type.kind()) {
    case PhysicalKind::U8:
    case PhysicalKind::I8:
      return 1;
    case PhysicalKind::U16:
    case PhysicalKind::I16:
      return 2;
    case PhysicalKind::U32:
    case PhysicalKind::I32:
    case PhysicalKind::F32:
      return 4;
    case PhysicalKind::U64:
    case PhysicalKind::I64:
    case PhysicalKind::F64:
      return 8;
    case PhysicalKind::I128:
    case PhysicalKind::U128:
      return 16;
    case PhysicalKind::FixedString:
      return type.id() == TypeId::LowCardinality ? type.argument(0)->fixed_bytes()
                                                 : type.fixed_bytes();
    default:
      return 0;
  }
}

}  // namespace freshet
