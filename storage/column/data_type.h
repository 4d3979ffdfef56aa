// DataType says what the cells of a column mean and how they lie in memory.
//
// A logical type (DateTime('UTC')) has one physical kind (U32). Types are immutable and shared;
// two types are the same type when their names are equal. Names are ClickHouse's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet {

class TimeZone;

using Int128 = __int128;
using UInt128 = unsigned __int128;

enum class TypeId : uint8_t {
  Nothing,  // the type of NULL's inside: Nullable(Nothing)
  Bool,
  UInt8,
  UInt16,
  UInt32,
  UInt64,
  Int8,
  Int16,
  Int32,
  Int64,
  Float32,
  Float64,
  Decimal,  // precision 1..9 in I32, ..18 in I64, ..38 in I128
  String,
  FixedString,
  Date,        // U16 days since 1970-01-01
  Date32,      // I32 days
  DateTime,    // U32 seconds since the epoch, UTC
  DateTime64,  // I64 ticks of 10^-scale seconds since the epoch, UTC
  Uuid,        // U128; the text's first half is the high half
  Ipv4,        // U32
  Ipv6,        // U128; the address read as one big-endian number, so that order is address order
  Enum8,       // I8
  Enum16,      // I16
  Interval,    // I64 count of `interval_unit()`
  Array,
  Tuple,
  Map,  // an Array of Tuple(key, value)
  Nullable,
  LowCardinality,     // a hint: cells are those of arguments()[0]
  AggregateFunction,  // String: a serialized aggregate state
};

// How cells lie in memory; decides which Column class holds them.
enum class PhysicalKind : uint8_t {
  U8,
  U16,
  U32,
  U64,
  I8,
  I16,
  I32,
  I64,
  I128,
  U128,
  F32,
  F64,
  String,
  FixedString,
  Array,
  Tuple,
  Nullable,
};

enum class IntervalUnit : uint8_t {
  Nanosecond,
  Microsecond,
  Millisecond,
  Second,
  Minute,
  Hour,
  Day,
  Week,
  Month,
  Quarter,
  Year
};

class DataType;
using DataTypePtr = std::shared_ptr<const DataType>;

struct EnumEntry {
  std::string name;
  int16_t value;
};

class DataType {
 public:
  TypeId id() const { return id_; }
  PhysicalKind kind() const { return kind_; }
  // Canonical text; parse_data_type(name()) gives an equal type.
  const std::string& name() const { return name_; }

  // Decimal: digits in all. Others: 0.
  uint32_t precision() const { return precision_; }
  // Decimal: digits after the point; DateTime64: digits of the second's fraction.
  uint32_t scale() const { return scale_; }
  // FixedString: bytes of each cell.
  size_t fixed_bytes() const { return fixed_bytes_; }
  // DateTime, DateTime64: the zone named in the type; null: the session's or server's zone.
  const std::shared_ptr<const TimeZone>& time_zone() const { return time_zone_; }
  // Enums, ascending by value.
  const std::vector<EnumEntry>& enum_entries() const { return enum_entries_; }
  IntervalUnit interval_unit() const { return interval_unit_; }
  // Element types: Array and Nullable and LowCardinality 1, Map 2, Tuple n, AggregateFunction the
  // function's argument types.
  const std::vector<DataTypePtr>& arguments() const { return arguments_; }
  const DataTypePtr& argument(size_t index) const { return arguments_[index]; }
  // Tuple element names; empty when unnamed.
  const std::vector<std::string>& tuple_names() const { return tuple_names_; }
  // AggregateFunction(quantile(0.5), Float64): "quantile(0.5)", name and parameters.
  // SimpleAggregateFunction(sum, UInt64), which is UInt64 with a merge rule: "sum".
  const std::string& aggregate() const { return aggregate_; }
  bool is_simple_aggregate() const {
    return !aggregate_.empty() && id_ != TypeId::AggregateFunction;
  }

  bool is_nullable() const { return id_ == TypeId::Nullable; }

 private:
  friend struct DataTypeFactory;
  TypeId id_ = TypeId::Nothing;
  PhysicalKind kind_ = PhysicalKind::U8;
  IntervalUnit interval_unit_ = IntervalUnit::Second;
  uint32_t precision_ = 0;
  uint32_t scale_ = 0;
  size_t fixed_bytes_ = 0;
  std::string name_;
  std::string aggregate_;
  std::shared_ptr<const TimeZone> time_zone_;
  std::vector<EnumEntry> enum_entries_;
  std::vector<DataTypePtr> arguments_;
  std::vector<std::string> tuple_names_;
};

inline bool operator==(const DataType& a, const DataType& b) { return a.name() == b.name(); }

// Types without parameters: numbers, Bool, String, Date, Date32, UUID, IPv4, IPv6, Nothing, and
// DateTime in the session's zone.
DataTypePtr simple_type(TypeId id);
DataTypePtr decimal_type(uint32_t precision, uint32_t scale);
DataTypePtr fixed_string_type(size_t bytes);
// `zone` empty: the session's zone. Throws BadArguments for an unknown zone.
DataTypePtr datetime_type(std::string_view zone);
DataTypePtr datetime64_type(uint32_t scale, std::string_view zone);
// TypeId::Enum8 or Enum16; entries need not be sorted.
DataTypePtr enum_type(TypeId id, std::vector<EnumEntry> entries);
DataTypePtr interval_type(IntervalUnit unit);
DataTypePtr array_type(DataTypePtr element);
DataTypePtr tuple_type(std::vector<DataTypePtr> elements, std::vector<std::string> names = {});
DataTypePtr map_type(DataTypePtr key, DataTypePtr value);
// Nullable(T); gives `inner` itself when it is Nullable, and puts Nullable inside LowCardinality.
// Requires: inner is not Array, Map or Tuple (IllegalTypeOfArgument).
DataTypePtr nullable_type(DataTypePtr inner);
DataTypePtr low_cardinality_type(DataTypePtr inner);
// `function` with its parameters, as in "quantile(0.5)".
DataTypePtr aggregate_state_type(std::string function, std::vector<DataTypePtr> arguments);
// `inner` with a merge rule: SimpleAggregateFunction(function, inner).
DataTypePtr simple_aggregate_type(std::string function, const DataTypePtr& inner);

// "Second" of IntervalUnit::Second.
std::string_view interval_unit_name(IntervalUnit unit);

// Parses a type's text, ClickHouse's names and the SQL standard's aliases (VARCHAR, BIGINT, ...).
// Throws UnknownType or SyntaxError naming the text.
DataTypePtr parse_data_type(std::string_view text);

// T of Nullable(T); of LowCardinality(T) too. Other types as they are.
DataTypePtr without_nullable(const DataTypePtr& type);
DataTypePtr without_low_cardinality(const DataTypePtr& type);
// Whether cells may be NULL: Nullable(T) or LowCardinality(Nullable(T)).
bool can_be_null(const DataType& type);

bool is_integer(const DataType& type);           // (U)Int8..64 and Bool
bool is_unsigned_integer(const DataType& type);  // UInt8..64 and Bool
bool is_float(const DataType& type);
bool is_enum(const DataType& type);          // Enum8, Enum16
bool is_number(const DataType& type);        // integers, floats and decimals
bool is_string_like(const DataType& type);   // String, FixedString
bool is_date_or_time(const DataType& type);  // Date, Date32, DateTime, DateTime64
// Bytes of a cell of a fixed-width kind (FixedString: of the type); 0 for other kinds.
size_t cell_bytes(const DataType& type);

// The type to which all can be converted without loss, as ClickHouse's if() and arrays choose it;
// nothing when there is none.
std::optional<DataTypePtr> common_type(const std::vector<DataTypePtr>& types);

}  // namespace freshet
