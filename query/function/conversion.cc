// toInt32, toDate, CAST and the other conversions of one value to a type.
#include "query/function/cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "storage/column/decimal.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

// What a function's name says about cells that cannot be converted.
enum class Form : uint8_t { Throw, Zero, Null, Default };

CastOptions cast_options(Form form) {
  CastOptions options;
  options.keep_nulls = true;
  if (form == Form::Null) options.on_failure = CastFailure::Null;
  if (form == Form::Zero) options.on_failure = CastFailure::Default;
  return options;
}

// A time of another zone, when one is given.
DataTypePtr in_zone(const DataTypePtr& type, const std::string& zone) {
  if (zone.empty()) return type;
  const DataTypePtr bare = without_nullable(type);
  DataTypePtr zoned = type;
  if (bare->id() == TypeId::DateTime) zoned = datetime_type(zone);
  if (bare->id() == TypeId::DateTime64) zoned = datetime64_type(bare->scale(), zone);
  return type->is_nullable() ? nullable_type(zoned) : zoned;
}

bool is_moment_type(const DataType& type) {
  return type.id() == TypeId::DateTime || type.id() == TypeId::DateTime64;
}

// A time that a function converts to a type of time without a zone keeps its own; CAST gives the
// type that it names.
DataTypePtr with_zone_of(const DataType& from, const DataTypePtr& to) {
  const DataTypePtr target = without_nullable(to);
  if (!is_moment_type(from) || !is_moment_type(*target) || !from.time_zone() || target->time_zone())
    return to;
  return in_zone(to, from.time_zone()->name());
}

BoundFunction bind_cast(const FunctionContext& context, const DataTypePtr& from,
                        const DataTypePtr& to, const CastOptions& options) {
  BoundCast bound = make_cast(context, from, to, options);
  return {bound.type, [cast = std::move(bound.cast)](std::span<const ColumnPtr> columns, size_t) {
            return cast(columns[0]);
          }};
}

// What cannot be converted exactly, and NULL, is the cell of the argument `default_index`, or the
// type's default when there is no such argument.
BoundFunction bind_cast_or_default(const FunctionContext& context, std::string_view name,
                                   FunctionArguments arguments, const DataTypePtr& to,
                                   size_t default_index) {
  CastOptions options;
  options.accurate = true;
  options.on_failure = CastFailure::Null;
  const ColumnCast cast = make_cast(context, arguments[0].type, to, options).cast;
  const DataTypePtr nullable = nullable_type(to);
  const bool has_default = default_index < arguments.size();
  if (has_default && !(*arguments[default_index].type == *to)) {
    throw_illegal_type(name, arguments, default_index);
  }
  const FunctionArgument pair[] = {{nullable, nullptr, false}, {to, nullptr, false}};
  const ResolvedFunction if_null = resolve_function("ifNull", context, pair);
  return {to, [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr both[] = {cast(columns[0]), has_default
                                                            ? columns[default_index]
                                                            : make_default_column(*to, row_count)};
            return evaluate(if_null, both, row_count);
          }};
}

// Conversions by name. `parameters`: arguments between the value and the zone or default, which say
// more about the type.
BoundFunction bind_to_type(std::string_view name, Form form, const FunctionContext& context,
                           FunctionArguments arguments, const DataTypePtr& to,
                           size_t parameters = 0) {
  const DataTypePtr& from = arguments[0].type;
  const bool needs_text = form == Form::Zero || form == Form::Null;
  const DataTypePtr bare = without_nullable(from);
  if (needs_text && !is_string_like(*bare) && bare->id() != TypeId::Nothing) {
    throw_illegal_type(name, arguments, 0);
  }
  if (form == Form::Default) {
    return bind_cast_or_default(context, name, arguments, to, 1 + parameters);
  }
  return bind_cast(context, from, with_zone_of(*bare, to), cast_options(form));
}

template <TypeId kType>
BoundFunction bind_simple(std::string_view name, Form form, const FunctionContext& context,
                          FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, form == Form::Default ? 2 : 1);
  return bind_to_type(name, form, context, arguments, simple_type(kType));
}

// The zone's name when the argument is there.
std::string zone_argument(std::string_view name, FunctionArguments arguments, size_t index) {
  return index < arguments.size() ? constant_string(name, arguments, index) : std::string();
}

// toString, toDate, toDate32: of a time in a zone.
template <TypeId kType>
BoundFunction bind_in_zone(std::string_view name, Form form, const FunctionContext& context,
                           FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 2);
  const DataTypePtr to = simple_type(kType);
  if (form == Form::Default) return bind_to_type(name, form, context, arguments, to);
  FunctionContext zoned = context;
  const std::string zone = zone_argument(name, arguments, 1);
  if (!zone.empty()) zoned.time_zone = datetime_type(zone)->time_zone();
  const FunctionArgument value = {in_zone(arguments[0].type, zone), nullptr, false};
  return bind_to_type(name, form, zoned, std::span(&value, 1), to);
}

// A second or third argument is a zone when it is a string, else a default.
bool is_zone(FunctionArguments arguments, size_t index) {
  return index < arguments.size() && is_string_like(*arguments[index].type);
}

template <TypeId>
BoundFunction bind_to_datetime(std::string_view name, Form form, const FunctionContext& context,
                               FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, form == Form::Default ? 3 : 2);
  // toDateTime(x, 3): DateTime64 after all.
  if (arguments.size() == 2 && form == Form::Throw && is_integer(*arguments[1].type)) {
    const auto scale = static_cast<uint32_t>(constant_integer(name, arguments, 1));
    if (scale > 0) return bind_to_type(name, form, context, arguments, datetime64_type(scale, ""));
    return bind_to_type(name, form, context, arguments, datetime_type(""));
  }
  const bool zoned = form != Form::Default || is_zone(arguments, 1);
  const DataTypePtr to = datetime_type(zoned ? zone_argument(name, arguments, 1) : "");
  return bind_to_type(name, form, context, arguments, to, zoned ? 1 : 0);
}

uint32_t scale_argument(std::string_view name, FunctionArguments arguments, uint32_t max) {
  const int64_t scale = constant_integer(name, arguments, 1);
  if (scale < 0 || scale > max) {
    throw Error(ErrorCode::ArgumentOutOfBound, "Scale of function " + std::string(name) +
                                                   " must be between 0 and " + std::to_string(max) +
                                                   ", got " + std::to_string(scale));
  }
  return static_cast<uint32_t>(scale);
}

template <TypeId>
BoundFunction bind_to_datetime64(std::string_view name, Form form, const FunctionContext& context,
                                 FunctionArguments arguments) {
  check_argument_count(name, arguments, form == Form::Throw ? 2 : 1, form == Form::Default ? 4 : 3);
  const uint32_t scale = arguments.size() > 1 ? scale_argument(name, arguments, 9) : 3;
  const bool zoned = is_zone(arguments, 2);
  const DataTypePtr to = datetime64_type(scale, zoned ? zone_argument(name, arguments, 2) : "");
  return bind_to_type(name, form, context, arguments, to, zoned ? 2 : 1);
}

template <uint32_t kPrecision>
BoundFunction bind_to_decimal(std::string_view name, Form form, const FunctionContext& context,
                              FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, form == Form::Default ? 3 : 2);
  const DataTypePtr to = decimal_type(kPrecision, scale_argument(name, arguments, kPrecision));
  return bind_to_type(name, form, context, arguments, to, 1);
}

BoundFunction bind_to_fixed_string(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "toFixedString";
  constexpr int64_t kBytesMax = 0xFFFFFF;
  check_argument_count(kName, arguments, 2, 2);
  const int64_t bytes = constant_integer(kName, arguments, 1);
  if (bytes <= 0 || bytes > kBytesMax) {
    throw Error(ErrorCode::ArgumentOutOfBound,
                "Bytes of toFixedString out of range: " + std::to_string(bytes));
  }
  return bind_to_type(kName, Form::Throw, context, arguments,
                      fixed_string_type(static_cast<size_t>(bytes)));
}

template <IntervalUnit kUnit>
BoundFunction bind_to_interval(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("toInterval", arguments, 1, 1);
  return bind_to_type("toInterval", Form::Throw, context, arguments, interval_type(kUnit));
}

DataTypePtr type_argument(std::string_view name, FunctionArguments arguments) {
  return parse_data_type(constant_string(name, arguments, 1));
}

BoundFunction bind_explicit_cast(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("CAST", arguments, 2, 2);
  return bind_cast(context, arguments[0].type, type_argument("CAST", arguments), {});
}

BoundFunction bind_accurate_cast(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("accurateCast", arguments, 2, 2);
  CastOptions options;
  options.accurate = true;
  return bind_cast(context, arguments[0].type, type_argument("accurateCast", arguments), options);
}

BoundFunction bind_accurate_cast_or_null(const FunctionContext& context,
                                         FunctionArguments arguments) {
  check_argument_count("accurateCastOrNull", arguments, 2, 2);
  CastOptions options;
  options.accurate = true;
  options.on_failure = CastFailure::Null;
  return bind_cast(context, arguments[0].type, type_argument("accurateCastOrNull", arguments),
                   options);
}

BoundFunction bind_accurate_cast_or_default(const FunctionContext& context,
                                            FunctionArguments arguments) {
  constexpr std::string_view kName = "accurateCastOrDefault";
  check_argument_count(kName, arguments, 2, 3);
  return bind_cast_or_default(context, kName, arguments, type_argument(kName, arguments), 2);
}

BoundFunction bind_to_low_cardinality(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("toLowCardinality", arguments, 1, 1);
  return {low_cardinality_type(arguments[0].type),
          [](std::span<const ColumnPtr> columns, size_t) { return columns[0]; }};
}

BoundFunction bind_to_time_zone(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "toTimeZone";
  check_argument_count(kName, arguments, 2, 2);
  const DataTypePtr bare = without_nullable(arguments[0].type);
  if (!is_moment_type(*bare)) throw_illegal_type(kName, arguments, 0);
  const DataTypePtr to = in_zone(arguments[0].type, constant_string(kName, arguments, 1));
  return bind_cast(context, arguments[0].type, to, {});
}

#define BIND(NAME, FORM, BINDER)                                    \
  [](const FunctionContext& context, FunctionArguments arguments) { \
    return BINDER(NAME, Form::FORM, context, arguments);            \
  }

// The four forms of a conversion. `PARAMETER` is what follows the value: "", ", 2".
#define CONVERSION(NAME, TYPE, BINDER, PARAMETER, GOOD, GOOD_RESULT, BAD, ZERO, OTHER,         \
                   OTHER_RESULT)                                                               \
  {.name = NAME,                                                                               \
   .bind = BIND(NAME, Throw, BINDER),                                                          \
   .syntax = NAME "(x" PARAMETER ")",                                                          \
   .description = "x as " TYPE "; an error when text cannot be read.",                         \
   .example = "SELECT " NAME "(" GOOD PARAMETER ")",                                           \
   .example_result = GOOD_RESULT,                                                              \
   .category = "Type conversion",                                                              \
   .nulls = NullPolicy::Handle},                                                               \
      {.name = NAME "OrZero",                                                                  \
       .bind = BIND(NAME "OrZero", Zero, BINDER),                                              \
       .syntax = NAME "OrZero(text" PARAMETER ")",                                             \
       .description = "Text as " TYPE "; the type's zero when it cannot be read.",             \
       .example = "SELECT " NAME "OrZero(" BAD PARAMETER ")",                                  \
       .example_result = ZERO,                                                                 \
       .category = "Type conversion",                                                          \
       .nulls = NullPolicy::Handle},                                                           \
      {.name = NAME "OrNull",                                                                  \
       .bind = BIND(NAME "OrNull", Null, BINDER),                                              \
       .syntax = NAME "OrNull(text" PARAMETER ")",                                             \
       .description = "Text as " TYPE "; NULL when it cannot be read.",                        \
       .example = "SELECT " NAME "OrNull(" BAD PARAMETER ")",                                  \
       .example_result = "\\N",                                                                \
       .category = "Type conversion",                                                          \
       .nulls = NullPolicy::Handle},                                                           \
  {                                                                                            \
    .name = NAME "OrDefault", .bind = BIND(NAME "OrDefault", Default, BINDER),                 \
    .syntax = NAME "OrDefault(x" PARAMETER "[, default])",                                     \
    .description = "x as " TYPE "; the default when it is not exactly one, or NULL.",          \
    .example = "SELECT " NAME "OrDefault(" BAD PARAMETER ", " OTHER ")",                       \
    .example_result = OTHER_RESULT, .category = "Type conversion", .nulls = NullPolicy::Handle \
  }

#define NUMBER(NAME, TYPE) \
  CONVERSION(NAME, #TYPE, bind_simple<TypeId::TYPE>, "", "'12'", "12", "'x'", "0", NAME "(7)", "7")

#define DECIMAL(NAME, PRECISION)                                                                  \
  CONVERSION(NAME, "a Decimal of up to " #PRECISION " digits", bind_to_decimal<PRECISION>, ", 2", \
             "'1.239'", "1.23", "'x'", "0", NAME "(7, 2)", "7")

#define INTERVAL(UNIT)                                                                 \
  {                                                                                    \
    .name = "toInterval" #UNIT, .bind = bind_to_interval<IntervalUnit::UNIT>,          \
    .syntax = "toInterval" #UNIT "(n)", .description = "An interval of n " #UNIT "s.", \
    .example = "SELECT toInterval" #UNIT "(3)", .example_result = "3",                 \
    .category = "Type conversion", .nulls = NullPolicy::Handle                         \
  }

const FunctionEntry kConversionFunctions[] = {
    NUMBER("toUInt8", UInt8),
    NUMBER("toUInt16", UInt16),
    NUMBER("toUInt32", UInt32),
    NUMBER("toUInt64", UInt64),
    NUMBER("toInt8", Int8),
    NUMBER("toInt16", Int16),
    NUMBER("toInt32", Int32),
    NUMBER("toInt64", Int64),
    NUMBER("toFloat32", Float32),
    NUMBER("toFloat64", Float64),
    DECIMAL("toDecimal32", 9),
    DECIMAL("toDecimal64", 18),
    DECIMAL("toDecimal128", 38),
    CONVERSION("toDate", "Date", bind_in_zone<TypeId::Date>, "", "'2024-02-29'", "2024-02-29",
               "'x'", "1970-01-01", "toDate('2024-01-01')", "2024-01-01"),
    function_alias("DATE", "toDate", true),
    CONVERSION("toDate32", "Date32", bind_in_zone<TypeId::Date32>, "", "'1925-01-01'", "1925-01-01",
               "'x'", "1900-01-01", "toDate32('1950-01-01')", "1950-01-01"),
    CONVERSION("toDateTime", "DateTime", bind_to_datetime<TypeId::DateTime>, "",
               "'2024-02-29 12:30:00'", "2024-02-29 12:30:00", "'x'", "1970-01-01 00:00:00",
               "'UTC', toDateTime('2024-01-01 00:00:00', 'UTC')", "2024-01-01 00:00:00"),
    CONVERSION("toDateTime64", "DateTime64", bind_to_datetime64<TypeId::DateTime64>, ", 3, 'UTC'",
               "'2024-02-29 12:30:00.123'", "2024-02-29 12:30:00.123", "'x'",
               "1970-01-01 00:00:00.000", "toDateTime64('2024-01-01 00:00:00', 3, 'UTC')",
               "2024-01-01 00:00:00.000"),
    CONVERSION(
        "toUUID", "UUID", bind_simple<TypeId::Uuid>, "", "'61f0c404-5cb3-11e7-907b-a6006ad3dba0'",
        "61f0c404-5cb3-11e7-907b-a6006ad3dba0", "'x'", "00000000-0000-0000-0000-000000000000",
        "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')", "61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
    CONVERSION("toIPv4", "IPv4", bind_simple<TypeId::Ipv4>, "", "'192.0.2.1'", "192.0.2.1", "'x'",
               "0.0.0.0", "toIPv4('192.0.2.2')", "192.0.2.2"),
    CONVERSION("toIPv6", "IPv6", bind_simple<TypeId::Ipv6>, "", "'2001:db8::1'", "2001:db8::1",
               "'x'", "::", "toIPv6('::2')", "::2"),
    {.name = "toString",
     .bind = BIND("toString", Throw, bind_in_zone<TypeId::String>),
     .syntax = "toString(x[, zone])",
     .description = "The text of x.",
     .example = "SELECT toString(1.50), toString(toDateTime(0, 'UTC'), 'Asia/Tokyo')",
     .example_result = "1.5\t1970-01-01 09:00:00",
     .category = "Type conversion",
     .nulls = NullPolicy::Handle},
    {.name = "toBool",
     .bind = BIND("toBool", Throw, bind_simple<TypeId::Bool>),
     .syntax = "toBool(x)",
     .description = "Whether x is not 0, or what its text says.",
     .example = "SELECT toBool(2), toBool('false')",
     .example_result = "true\tfalse",
     .category = "Type conversion",
     .nulls = NullPolicy::Handle},
    {.name = "toFixedString",
     .bind = bind_to_fixed_string,
     .syntax = "toFixedString(text, bytes)",
     .description = "Text padded with zero bytes to a fixed length.",
     .example = "SELECT toTypeName(toFixedString('ab', 4))",
     .example_result = "FixedString(4)",
     .category = "Type conversion",
     .nulls = NullPolicy::Handle},
    {.name = "CAST",
     .bind = bind_explicit_cast,
     .syntax = "CAST(x AS T)",
     .description = "x as a value of type T.",
     .example = "SELECT CAST('5' AS UInt8), '2024-01-01'::Date",
     .example_result = "5\t2024-01-01",
     .category = "Type conversion",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true},
    function_alias("_CAST", "CAST"),
    {.name = "accurateCast",
     .bind = bind_accurate_cast,
     .syntax = "accurateCast(x, 'T')",
     .description = "x as a value of type T; an error when T does not hold it exactly.",
     .example = "SELECT accurateCast(5, 'Int8')",
     .example_result = "5",
     .category = "Type conversion",
     .nulls = NullPolicy::Handle},
    {.name = "accurateCastOrNull",
     .bind = bind_accurate_cast_or_null,
     .syntax = "accurateCastOrNull(x, 'T')",
     .description = "x as a value of type T; NULL when T does not hold it exactly.",
     .example = "SELECT accurateCastOrNull(300, 'UInt8')",
     .example_result = "\\N",
     .category = "Type conversion",
     .nulls = NullPolicy::Handle},
    {.name = "accurateCastOrDefault",
     .bind = bind_accurate_cast_or_default,
     .syntax = "accurateCastOrDefault(x, 'T'[, default])",
     .description = "x as a value of type T; the default when T does not hold it exactly.",
     .example = "SELECT accurateCastOrDefault(300, 'UInt8')",
     .example_result = "0",
     .category = "Type conversion",
     .nulls = NullPolicy::Handle},
    {.name = "toLowCardinality",
     .bind = bind_to_low_cardinality,
     .syntax = "toLowCardinality(x)",
     .description = "x as a LowCardinality type.",
     .example = "SELECT toLowCardinality('a')",
     .example_result = "a",
     .category = "Type conversion",
     .nulls = NullPolicy::Handle},
    {.name = "toTimeZone",
     .bind = bind_to_time_zone,
     .syntax = "toTimeZone(time, zone)",
     .description = "The same moment, shown in another zone.",
     .example = "SELECT toTimeZone(toDateTime('2024-01-01 00:00:00', 'UTC'), 'Asia/Tokyo')",
     .example_result = "2024-01-01 09:00:00",
     .category = "Dates and times",
     .nulls = NullPolicy::Handle},
    function_alias("toTimezone", "toTimeZone"),
    INTERVAL(Nanosecond),
    INTERVAL(Microsecond),
    INTERVAL(Millisecond),
    INTERVAL(Second),
    INTERVAL(Minute),
    INTERVAL(Hour),
    INTERVAL(Day),
    INTERVAL(Week),
    INTERVAL(Month),
    INTERVAL(Quarter),
    INTERVAL(Year),
};
#undef INTERVAL
#undef DECIMAL
#undef NUMBER
#undef CONVERSION
#undef BIND

}  // namespace

std::span<const FunctionEntry> conversion_functions() { return kConversionFunctions; }

}  // namespace freshet
