// Functions about the query and its values: types, version, time of the query, random numbers.
#include <array>
#include <atomic>
#include <cmath>

#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/text_map.h"
#include "storage/base/hash.h"
#include "storage/base/random.h"
#include "storage/column/calendar.h"
#include "storage/column/text.h"
#include "storage/column/time_zone.h"

namespace freshet {

namespace {

// A function without arguments, or whose arguments do not matter: one value for the whole query.
BoundFunction make_constant(const DataTypePtr& type, Value value) {
  return {type, [type, value = std::move(value)](std::span<const ColumnPtr>, size_t row_count) {
            return make_constant_column(*type, value, row_count);
          }};
}

template <std::string FunctionContext::*kMember>
BoundFunction bind_context_text(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("of the query", arguments, 0, 0);
  return make_constant(string_type(), Value(context.*kMember));
}

BoundFunction bind_time_zone(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("timezone", arguments, 0, 0);
  return make_constant(string_type(), Value(context.time_zone->name()));
}

BoundFunction bind_uptime(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("uptime", arguments, 0, 0);
  return make_constant(simple_type(TypeId::UInt32), Value(uint64_t{context.uptime_s}));
}

BoundFunction bind_revision(const FunctionContext&, FunctionArguments arguments) {
  // The protocol revision of the ClickHouse version that version() names; clients gate features
  // by it.
  constexpr uint64_t kRevision = 54513;
  check_argument_count("revision", arguments, 0, 0);
  return make_constant(simple_type(TypeId::UInt32), Value(kRevision));
}

// --- the time of the query

constexpr int64_t kNanosPerSecond = 1'000'000'000;

int64_t time_of(const FunctionContext& context) {
  if (context.is_time_read != nullptr) *context.is_time_read = true;
  return context.now_ns;
}

BoundFunction bind_now(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("now", arguments, 0, 1);
  const std::string zone = arguments.empty() ? "" : constant_string("now", arguments, 0);
  return make_constant(datetime_type(zone),
                       Value(static_cast<uint64_t>(time_of(context) / kNanosPerSecond)));
}

BoundFunction bind_utc_timestamp(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("UTCTimestamp", arguments, 0, 0);
  return make_constant(datetime_type("UTC"),
                       Value(static_cast<uint64_t>(time_of(context) / kNanosPerSecond)));
}

BoundFunction bind_now64(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("now64", arguments, 0, 2);
  const int64_t scale = arguments.empty() ? 3 : constant_integer("now64", arguments, 0);
  if (scale < 0 || scale > 9) {
    throw Error(ErrorCode::ArgumentOutOfBound,
                "The scale of now64 must be 0 to 9, got " + std::to_string(scale));
  }
  int64_t ticks = time_of(context);
  for (int64_t digit = scale; digit < 9; ++digit) ticks /= 10;
  const std::string zone = arguments.size() > 1 ? constant_string("now64", arguments, 1) : "";
  return make_constant(datetime64_type(static_cast<uint32_t>(scale), zone), Value(ticks));
}

BoundFunction make_day(const FunctionContext& context, int32_t offset) {
  const int64_t local = context.time_zone->to_local(time_of(context) / kNanosPerSecond);
  return make_constant(simple_type(TypeId::Date),
                       Value(static_cast<uint64_t>(day_of_seconds(local) + offset)));
}

BoundFunction bind_today(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("today", arguments, 0, 0);
  return make_day(context, 0);
}

BoundFunction bind_yesterday(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("yesterday", arguments, 0, 0);
  return make_day(context, -1);
}

// --- values and their types

BoundFunction bind_to_type_name(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("toTypeName", arguments, 1, 1);
  return make_constant(string_type(), Value(arguments[0].type->name()));
}

BoundFunction bind_identity(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("identity", arguments, 1, 1);
  return {arguments[0].type, [](std::span<const ColumnPtr> columns, size_t) { return columns[0]; }};
}

BoundFunction bind_materialize(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("materialize", arguments, 1, 1);
  return {arguments[0].type,
          [](std::span<const ColumnPtr> columns, size_t) { return flat(columns[0]); }};
}

BoundFunction bind_ignore(const FunctionContext&, FunctionArguments) {
  return make_constant(simple_type(TypeId::UInt8), Value(uint64_t{0}));
}

BoundFunction bind_is_constant(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("isConstant", arguments, 1, 1);
  return make_constant(simple_type(TypeId::UInt8),
                       Value(uint64_t{arguments[0].constant != nullptr}));
}

BoundFunction bind_default_of_argument(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("defaultValueOfArgumentType", arguments, 1, 1);
  return make_constant(arguments[0].type, default_value(*arguments[0].type));
}

BoundFunction bind_default_of_type(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "defaultValueOfTypeName";
  check_argument_count(kName, arguments, 1, 1);
  const DataTypePtr type = parse_data_type(constant_string(kName, arguments, 0));
  return make_constant(type, default_value(*type));
}

BoundFunction bind_throw_if(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("throwIf", arguments, 1, 3);
  if (!is_integer(*arguments[0].type) && !is_float(*arguments[0].type)) {
    throw_illegal_type("throwIf", arguments, 0);
  }
  const std::string message = arguments.size() > 1
                                  ? constant_string("throwIf", arguments, 1)
                                  : "Value passed to 'throwIf' function is non-zero";
  return {simple_type(TypeId::UInt8),
          [message](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr numbers = as_numbers<double>(columns[0]);
            const NumberCells<double> cells(*numbers);
            for (size_t i = 0; i < row_count; ++i) {
              if (cells[i] != 0) throw Error(ErrorCode::FunctionThrowIfValueIsNonZero, message);
            }
            return make_constant_column(*simple_type(TypeId::UInt8), Value(uint64_t{0}), row_count);
          }};
}

// --- random numbers

// Sequences of random numbers, another one for every chunk. Calls with the same argument draw the
// same numbers, so that rand() is one column however often a query names it.
class Draws {
 public:
  Draws(uint64_t query_seed, FunctionArguments arguments) : seed_(query_seed) {
    if (arguments.empty() || !arguments[0].constant || !is_integer(*arguments[0].type)) return;
    seed_ ^= hash_u64(static_cast<uint64_t>(IntegerCells(*arguments[0].constant)[0]));
  }
  Random next() {
    const uint64_t chunk = chunks_.fetch_add(1, std::memory_order_relaxed);
    return Random(hash_combine(seed_, chunk));
  }

 private:
  uint64_t seed_;
  std::atomic<uint64_t> chunks_{0};
};

template <class T>
BoundFunction bind_random(std::string_view name, TypeId type, const FunctionContext& context,
                          FunctionArguments arguments) {
  check_argument_count(name, arguments, 0, 1);
  return {simple_type(type), [draws = std::make_shared<Draws>(context.random_seed, arguments)](
                                 std::span<const ColumnPtr>, size_t row_count) {
            Random random = draws->next();
            return make_numbers<T>(row_count, [&](size_t) {
              if constexpr (std::is_floating_point_v<T>)
                return random.fraction();
              else
                return static_cast<T>(random.next() >> (64 - 8 * sizeof(T)));
            });
          }};
}

BoundFunction bind_rand(const FunctionContext& context, FunctionArguments arguments) {
  return bind_random<uint32_t>("rand", TypeId::UInt32, context, arguments);
}

BoundFunction bind_rand64(const FunctionContext& context, FunctionArguments arguments) {
  return bind_random<uint64_t>("rand64", TypeId::UInt64, context, arguments);
}

BoundFunction bind_rand_canonical(const FunctionContext& context, FunctionArguments arguments) {
  return bind_random<double>("randCanonical", TypeId::Float64, context, arguments);
}

BoundFunction bind_rand_constant(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("randConstant", arguments, 0, 1);
  return make_constant(simple_type(TypeId::UInt32),
                       Value(Draws(context.random_seed, arguments).next().next() & 0xFFFF'FFFF));
}

BoundFunction bind_generate_uuid(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("generateUUIDv4", arguments, 0, 1);
  return {simple_type(TypeId::Uuid),
          [draws = std::make_shared<Draws>(context.random_seed, arguments)](
              std::span<const ColumnPtr>, size_t row_count) {
            Random random = draws->next();
            return make_numbers<UInt128>(row_count, [&](size_t) {
              // Version 4, variant 1.
              const uint64_t high = (random.next() & ~uint64_t{0xF000}) | 0x4000;
              const uint64_t low = (random.next() & ~(uint64_t{3} << 62)) | uint64_t{1} << 63;
              return UInt128{high} << 64 | low;
            });
          }};
}

// --- numbers for people

// Two digits; what lies in the middle of two is rounded away from zero.
std::string format_rounded(double value) {
  const double hundredfold = value * 100;
  const double whole = std::trunc(hundredfold);
  const bool in_middle =
      std::fabs(hundredfold - whole) == 0.5 && std::fma(value, 100, -hundredfold) == 0;
  if (in_middle) value = (whole + std::copysign(1, value)) / 100;
  char text[64];
  std::snprintf(text, sizeof(text), "%.2f", value);
  return text;
}

// A number with the largest of the suffixes that leaves at least 1 in front of it.
template <size_t kCount>
std::string format_scaled(double value, double base,
                          const std::array<std::string_view, kCount>& suffixes) {
  size_t index = 0;
  while (index + 1 < kCount && std::fabs(value) >= base) {
    value /= base;
    ++index;
  }
  return format_rounded(value) + std::string(suffixes[index]);
}

std::string readable_size(double bytes) {
  return format_scaled(bytes, 1024,
                       std::array<std::string_view, 9>{" B", " KiB", " MiB", " GiB", " TiB", " PiB",
                                                       " EiB", " ZiB", " YiB"});
}

std::string readable_decimal_size(double bytes) {
  return format_scaled(bytes, 1000,
                       std::array<std::string_view, 9>{" B", " KB", " MB", " GB", " TB", " PB",
                                                       " EB", " ZB", " YB"});
}

std::string readable_quantity(double value) {
  return format_scaled(
      value, 1000,
      std::array<std::string_view, 7>{"", " thousand", " million", " billion", " trillion",
                                      " quadrillion", " quintillion"});
}

std::string readable_time(double seconds) {
  if (!std::isfinite(seconds)) return std::isnan(seconds) ? "nan" : "inf";
  struct Unit {
    std::string_view name;
    double seconds;
  };
  constexpr Unit kUnits[] = {{"year", 31'536'000}, {"month", 2'635'200}, {"day", 86'400},
                             {"hour", 3600},       {"minute", 60},       {"second", 1}};
  // From here on not every second is a number of its own: the largest unit has to do.
  constexpr double kExactSecondsMax = 9'007'199'254'740'992;
  std::string text = seconds < 0 ? "-" : "";
  double rest = std::fabs(seconds);
  const bool exact = rest < kExactSecondsMax;
  bool first = true;
  for (const Unit& unit : kUnits) {
    const double whole = std::trunc(rest / unit.seconds);
    rest -= whole * unit.seconds;
    const bool last = unit.seconds == 1;
    if (whole == 0 && !(last && first)) continue;
    if (!first) text += last ? " and " : ", ";
    first = false;
    char number[32];
    std::snprintf(number, sizeof(number), "%.0f", whole);
    text += std::string(number) + " " + std::string(unit.name) + (whole == 1 ? "" : "s");
    if (!exact) break;
  }
  // The last two parts are joined by a word.
  const size_t comma = text.rfind(", ");
  if (comma != std::string::npos && text.find(" and ") == std::string::npos) {
    text.replace(comma, 2, " and ");
  }
  return text;
}

template <std::string (*kFormat)(double)>
BoundFunction bind_readable(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 2);
  if (!is_integer(*arguments[0].type) && !is_float(*arguments[0].type)) {
    throw_illegal_type(name, arguments, 0);
  }
  return {string_type(), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr numbers = as_numbers<double>(columns[0]);
            const NumberCells<double> cells(*numbers);
            return make_strings(row_count, row_count * 12, [&](size_t i, Buffer<char>& out) {
              append_bytes(out, kFormat(cells[i]));
            });
          }};
}

#define READABLE(NAME, FORMAT)                              \
  [](const FunctionContext&, FunctionArguments arguments) { \
    return bind_readable<FORMAT>(NAME, arguments);          \
  }

// bar(x, min, max[, width]): a bar of block characters.
std::string draw_bar(double value, double min, double max, double width) {
  constexpr std::array<std::string_view, 8> kParts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!(value > min) || !(max > min)) return {};
  const double length = std::min(value >= max ? width : (value - min) * width / (max - min), width);
  const auto eighths = static_cast<size_t>(length * 8);
  std::string bar;
  for (size_t i = 0; i < eighths / 8; ++i) bar += "█";
  return bar + std::string(kParts[eighths % 8]);
}

BoundFunction bind_bar(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("bar", arguments, 3, 4);
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!is_integer(*arguments[i].type) && !is_float(*arguments[i].type)) {
      throw_illegal_type("bar", arguments, i);
    }
  }
  return {string_type(), [](std::span<const ColumnPtr> columns, size_t row_count) {
            constexpr double kWidth = 80;
            constexpr double kWidthMax = 1000;
            std::vector<ColumnPtr> numbers;
            for (const ColumnPtr& column : columns) numbers.push_back(as_numbers<double>(column));
            std::vector<NumberCells<double>> cells;
            for (const ColumnPtr& column : numbers) cells.emplace_back(*column);
            return make_strings(row_count, 0, [&](size_t i, Buffer<char>& out) {
              const double width = cells.size() > 3 ? cells[3][i] : kWidth;
              if (!(width >= 1 && width <= kWidthMax)) {
                throw Error(ErrorCode::ArgumentOutOfBound,
                            "The width of bar must be 1 to 1000, got " + std::to_string(width));
              }
              append_bytes(out, draw_bar(cells[0][i], cells[1][i], cells[2][i], width));
            });
          }};
}

constexpr FunctionEntry kIntrospectionFunctions[] = {
    {.name = "version",
     .bind = bind_context_text<&FunctionContext::server_version>,
     .syntax = "version()",
     .description = "The version of ClickHouse that the server is compatible with.",
     .example = "SELECT version() != ''",
     .example_result = "1",
     .category = "Other",
     .case_insensitive = true},
    {.name = "revision",
     .bind = bind_revision,
     .syntax = "revision()",
     .description = "The protocol revision that goes with version().",
     .example = "SELECT revision() > 0",
     .example_result = "1",
     .category = "Other",
     .case_insensitive = true},
    {.name = "timezone",
     .bind = bind_time_zone,
     .syntax = "timezone()",
     .description = "The name of the session's zone.",
     .example = "SELECT timezone() != ''",
     .example_result = "1",
     .category = "Other"},
    function_alias("timeZone", "timezone"),
    function_alias("serverTimezone", "timezone"),
    function_alias("serverTimeZone", "timezone"),
    {.name = "currentDatabase",
     .bind = bind_context_text<&FunctionContext::database>,
     .syntax = "currentDatabase()",
     .description = "The name of the session's database.",
     .example = "SELECT currentDatabase()",
     .example_result = "default",
     .category = "Other"},
    function_alias("database", "currentDatabase", true),
    function_alias("current_database", "currentDatabase", true),
    function_alias("schema", "currentDatabase", true),
    {.name = "currentUser",
     .bind = bind_context_text<&FunctionContext::user>,
     .syntax = "currentUser()",
     .description = "The name of the user.",
     .example = "SELECT currentUser()",
     .example_result = "default",
     .category = "Other"},
    function_alias("user", "currentUser", true),
    function_alias("current_user", "currentUser", true),
    {.name = "hostName",
     .bind = bind_context_text<&FunctionContext::host_name>,
     .syntax = "hostName()",
     .description = "The name of the server's machine.",
     .example = "SELECT hostName() != ''",
     .example_result = "1",
     .category = "Other"},
    function_alias("hostname", "hostName", true),
    function_alias("displayName", "hostName"),
    {.name = "queryID",
     .bind = bind_context_text<&FunctionContext::query_id>,
     .syntax = "queryID()",
     .description = "The query's id.",
     .example = "SELECT toTypeName(queryID())",
     .example_result = "String",
     .category = "Other"},
    function_alias("query_id", "queryID", true),
    function_alias("initialQueryID", "queryID"),
    {.name = "uptime",
     .bind = bind_uptime,
     .syntax = "uptime()",
     .description = "Seconds since the server started.",
     .example = "SELECT toTypeName(uptime())",
     .example_result = "UInt32",
     .category = "Other"},
    {.name = "now",
     .bind = bind_now,
     .syntax = "now([zone])",
     .description = "The time at which the query started.",
     .example = "SELECT toTypeName(now()), now() > toDateTime(0)",
     .example_result = "DateTime\t1",
     .category = "Dates and times",
     .case_insensitive = true},
    function_alias("current_timestamp", "now", true),
    function_alias("nowInBlock", "now"),
    {.name = "now64",
     .bind = bind_now64,
     .syntax = "now64([scale[, zone]])",
     .description = "The time at which the query started, with a fraction of that many digits.",
     .example = "SELECT toTypeName(now64()), toTypeName(now64(6))",
     .example_result = "DateTime64(3)\tDateTime64(6)",
     .category = "Dates and times",
     .case_insensitive = true},
    {.name = "UTCTimestamp",
     .bind = bind_utc_timestamp,
     .syntax = "UTCTimestamp()",
     .description = "The time at which the query started, in UTC.",
     .example = "SELECT toTypeName(UTCTimestamp())",
     .example_result = "DateTime(\\'UTC\\')",
     .category = "Dates and times",
     .case_insensitive = true},
    function_alias("UTC_timestamp", "UTCTimestamp", true),
    {.name = "today",
     .bind = bind_today,
     .syntax = "today()",
     .description = "The day on which the query started.",
     .example = "SELECT today() = toDate(now())",
     .example_result = "1",
     .category = "Dates and times"},
    function_alias("current_date", "today", true),
    function_alias("curdate", "today", true),
    {.name = "yesterday",
     .bind = bind_yesterday,
     .syntax = "yesterday()",
     .description = "The day before the one on which the query started.",
     .example = "SELECT today() - yesterday()",
     .example_result = "1",
     .category = "Dates and times"},
    {.name = "toTypeName",
     .bind = bind_to_type_name,
     .syntax = "toTypeName(x)",
     .description = "The name of the argument's type.",
     .example = "SELECT toTypeName(1), toTypeName('a')",
     .example_result = "UInt8\tString",
     .category = "Other",
     .nulls = NullPolicy::Handle},
    {.name = "identity",
     .bind = bind_identity,
     .syntax = "identity(x)",
     .description = "The argument.",
     .example = "SELECT identity(5)",
     .example_result = "5",
     .category = "Other",
     .nulls = NullPolicy::Handle},
    {.name = "materialize",
     .bind = bind_materialize,
     .syntax = "materialize(x)",
     .description = "The argument as a column of its own, no longer a constant.",
     .example = "SELECT materialize(5)",
     .example_result = "5",
     .category = "Other",
     .nulls = NullPolicy::Handle,
     .deterministic = false},
    {.name = "ignore",
     .bind = bind_ignore,
     .syntax = "ignore(x, ...)",
     .description = "0, whatever the arguments are.",
     .example = "SELECT ignore(1, 'a')",
     .example_result = "0",
     .category = "Other",
     .nulls = NullPolicy::Handle},
    {.name = "isConstant",
     .bind = bind_is_constant,
     .syntax = "isConstant(x)",
     .description = "1 when the argument is known before the query runs.",
     .example = "SELECT isConstant(1 + 1), isConstant(materialize(1))",
     .example_result = "1\t0",
     .category = "Other",
     .nulls = NullPolicy::Handle,
     .deterministic = false},
    {.name = "defaultValueOfArgumentType",
     .bind = bind_default_of_argument,
     .syntax = "defaultValueOfArgumentType(x)",
     .description = "The default of the argument's type.",
     .example = "SELECT defaultValueOfArgumentType(5)",
     .example_result = "0",
     .category = "Other",
     .nulls = NullPolicy::Handle},
    {.name = "defaultValueOfTypeName",
     .bind = bind_default_of_type,
     .syntax = "defaultValueOfTypeName(type)",
     .description = "The default of a type given by name.",
     .example = "SELECT defaultValueOfTypeName('Date')",
     .example_result = "1970-01-01",
     .category = "Other"},
    {.name = "throwIf",
     .bind = bind_throw_if,
     .syntax = "throwIf(x[, message])",
     .description = "An error where x is not 0.",
     .example = "SELECT throwIf(0)",
     .example_result = "0",
     .category = "Other"},
    {.name = "rand",
     .bind = bind_rand,
     .syntax = "rand([x])",
     .description = "A random UInt32 for each row.",
     .example = "SELECT toTypeName(rand())",
     .example_result = "UInt32",
     .category = "Random",
     .nulls = NullPolicy::Handle,
     .case_insensitive = true,
     .deterministic = false},
    function_alias("rand32", "rand", true),
    {.name = "rand64",
     .bind = bind_rand64,
     .syntax = "rand64([x])",
     .description = "A random UInt64 for each row.",
     .example = "SELECT toTypeName(rand64())",
     .example_result = "UInt64",
     .category = "Random",
     .nulls = NullPolicy::Handle,
     .deterministic = false},
    {.name = "randCanonical",
     .bind = bind_rand_canonical,
     .syntax = "randCanonical([x])",
     .description = "A random Float64 from 0 to 1 for each row.",
     .example = "SELECT randCanonical() < 1",
     .example_result = "1",
     .category = "Random",
     .nulls = NullPolicy::Handle,
     .deterministic = false},
    {.name = "randConstant",
     .bind = bind_rand_constant,
     .syntax = "randConstant([x])",
     .description = "One random UInt32 for the query.",
     .example = "SELECT toTypeName(randConstant())",
     .example_result = "UInt32",
     .category = "Random",
     .nulls = NullPolicy::Handle},
    {.name = "generateUUIDv4",
     .bind = bind_generate_uuid,
     .syntax = "generateUUIDv4([x])",
     .description = "A random UUID for each row.",
     .example = "SELECT toTypeName(generateUUIDv4())",
     .example_result = "UUID",
     .category = "Random",
     .nulls = NullPolicy::Handle,
     .deterministic = false},
    {.name = "formatReadableSize",
     .bind = READABLE("formatReadableSize", readable_size),
     .syntax = "formatReadableSize(bytes)",
     .description = "Bytes for people, in powers of 1024.",
     .example = "SELECT formatReadableSize(1536)",
     .example_result = "1.50 KiB",
     .category = "Other"},
    function_alias("FORMAT_BYTES", "formatReadableSize", true),
    {.name = "formatReadableDecimalSize",
     .bind = READABLE("formatReadableDecimalSize", readable_decimal_size),
     .syntax = "formatReadableDecimalSize(bytes)",
     .description = "Bytes for people, in powers of 1000.",
     .example = "SELECT formatReadableDecimalSize(1500)",
     .example_result = "1.50 KB",
     .category = "Other"},
    {.name = "formatReadableQuantity",
     .bind = READABLE("formatReadableQuantity", readable_quantity),
     .syntax = "formatReadableQuantity(x)",
     .description = "A number for people.",
     .example = "SELECT formatReadableQuantity(1234567)",
     .example_result = "1.23 million",
     .category = "Other"},
    {.name = "formatReadableTimeDelta",
     .bind = READABLE("formatReadableTimeDelta", readable_time),
     .syntax = "formatReadableTimeDelta(seconds)",
     .description = "A span of time for people.",
     .example = "SELECT formatReadableTimeDelta(3725)",
     .example_result = "1 hour, 2 minutes and 5 seconds",
     .category = "Other"},
    {.name = "bar",
     .bind = bind_bar,
     .syntax = "bar(x, min, max[, width])",
     .description = "A bar as long as x lies between min and max.",
     .example = "SELECT bar(5, 0, 10, 4)",
     .example_result = "██",
     .category = "Other"},
};
#undef READABLE

}  // namespace

std::span<const FunctionEntry> introspection_functions() { return kIntrospectionFunctions; }

}  // namespace freshet
