// Dates and times as text: formatDateTime, parseDateTime, parseDateTimeBestEffort, monthName.
#include <algorithm>
#include <array>

#include "query/function/cell_cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/time_cells.h"
#include "query/function/time_format.h"
#include "storage/column/calendar.h"
#include "storage/column/text.h"

namespace freshet {

namespace {

// Writes each row's time by a format.
ColumnPtr format_times(const TimeArgument& time, std::string_view format, const Column& column,
                       size_t row_count) {
  const uint32_t scale = time.type->scale();
  const auto ticks_per_second = static_cast<int64_t>(power_of_ten(scale));
  const Buffer<int64_t> ticks = utc_ticks(time, scale, column, row_count);
  return make_strings(row_count, row_count * 20, [&](size_t i, Buffer<char>& out) {
    const int64_t fraction = (ticks[i] % ticks_per_second + ticks_per_second) % ticks_per_second;
    const int64_t seconds = (ticks[i] - fraction) / ticks_per_second;
    const int32_t offset = time.zone->utc_offset_seconds(seconds);
    append_time(format, {seconds + offset, fraction, scale, offset}, out);
  });
}

BoundFunction bind_formatted(const TimeArgument& time, std::string format) {
  check_time_format(format);
  return {simple_type(TypeId::String),
          [time, format = std::move(format)](std::span<const ColumnPtr> columns, size_t row_count) {
            return format_times(time, format, *columns[0], row_count);
          }};
}

BoundFunction bind_format(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "formatDateTime";
  check_argument_count(kName, arguments, 2, 3);
  return bind_formatted(time_argument(kName, context, arguments, 0, 2),
                        constant_string(kName, arguments, 1));
}

BoundFunction bind_month_name(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("monthName", arguments, 1, 2);
  return bind_formatted(time_argument("monthName", context, arguments, 0, 1), "%M");
}

// fromUnixTimestamp(seconds[, format[, zone]]).
BoundFunction bind_from_unix_timestamp(const FunctionContext& context,
                                       FunctionArguments arguments) {
  constexpr std::string_view kName = "fromUnixTimestamp";
  check_argument_count(kName, arguments, 1, 3);
  check_integer(kName, arguments, 0);
  const std::string zone = arguments.size() > 2 ? constant_string(kName, arguments, 2) : "";
  const DataTypePtr type = datetime_type(zone);
  BoundCast cast = make_cast(context, arguments[0].type, type);
  if (arguments.size() == 1) {
    return {type, [cast = cast.cast](std::span<const ColumnPtr> columns, size_t) {
              return cast(columns[0]);
            }};
  }
  const FunctionArgument moment = {type, nullptr, false};
  BoundFunction bound = bind_formatted(time_argument(kName, context, std::span(&moment, 1), 0, 1),
                                       constant_string(kName, arguments, 1));
  bound.kernel = [cast = cast.cast, kernel = std::move(bound.kernel)](
                     std::span<const ColumnPtr> columns, size_t row_count) {
    const ColumnPtr moments = cast(columns[0]);
    return kernel(std::span(&moments, 1), row_count);
  };
  return bound;
}

struct PartName {
  std::string_view name;
  std::string_view format;
};

constexpr PartName kPartNames[] = {
    {"year", "%Y"},    {"quarter", "%Q"}, {"month", "%M"}, {"dayofyear", "%j"}, {"day", "%e"},
    {"weekday", "%W"}, {"week", "%V"},    {"hour", "%H"},  {"minute", "%i"},    {"second", "%S"},
};

// dateName(part, time[, zone]).
BoundFunction bind_date_name(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "dateName";
  check_argument_count(kName, arguments, 2, 3);
  std::string part = constant_string(kName, arguments, 0);
  for (char& c : part) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  const auto found = std::find_if(std::begin(kPartNames), std::end(kPartNames),
                                  [&](const PartName& known) { return known.name == part; });
  if (found == std::end(kPartNames)) {
    throw Error(ErrorCode::BadArguments, "Function dateName does not know the part '" + part + "'");
  }
  const TimeArgument time = time_argument(kName, context, arguments, 1, 2);
  // Numbers come without leading zeros.
  const bool is_number = part != "month" && part != "weekday";
  return {simple_type(TypeId::String),
          [=, format = found->format](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr names = format_times(time, format, *columns[1], row_count);
            if (!is_number) return names;
            const StringCells cells(*names);
            return make_strings(row_count, row_count * 4, [&](size_t i, Buffer<char>& out) {
              std::string_view cell = cells[i];
              while (cell.size() > 1 && cell[0] == '0') cell.remove_prefix(1);
              append_bytes(out, cell);
            });
          }};
}

// --- reading

enum class UnreadForm : uint8_t { Throw, Null, Zero };

// Rows that cannot be read, and what is done about them.
class UnreadRows {
 public:
  UnreadRows(UnreadForm form, const DataTypePtr& type) : form_(form), type_(type) {}

  void add(size_t row, size_t row_count, std::string_view text) {
    if (form_ == UnreadForm::Throw) {
      throw Error(ErrorCode::CannotParseDatetime,
                  "Cannot parse " + type_->name() + " from text: '" + std::string(text) + "'");
    }
    if (nulls_.empty()) nulls_.assign(row_count, 0);
    nulls_[row] = 1;
  }

  ColumnPtr finish(const ColumnPtr& cells) {
    return form_ == UnreadForm::Null ? make_nullable(cells, std::move(nulls_)) : cells;
  }

 private:
  UnreadForm form_;
  const DataTypePtr& type_;
  Buffer<uint8_t> nulls_;
};

DataTypePtr form_type(UnreadForm form, const DataTypePtr& type) {
  return form == UnreadForm::Null ? nullable_type(type) : type;
}

// parseDateTime(text[, format[, zone]]).
BoundFunction bind_parse(std::string_view name, UnreadForm form, const FunctionContext& context,
                         FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 3);
  check_string(name, arguments, 0);
  const std::string format =
      arguments.size() > 1 ? constant_string(name, arguments, 1) : "%Y-%m-%d %H:%i:%s";
  check_time_format(format);
  parse_time(format, "");
  // The type always says in which zone the text was read.
  const DataTypePtr type = datetime_type(arguments.size() > 2 ? constant_string(name, arguments, 2)
                                                              : context.time_zone->name());
  return {form_type(form, type), [=, zone = zone_of(context, *type)](
                                     std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            UnreadRows unread(form, type);
            const ColumnPtr times = make_numbers<uint32_t>(row_count, [&](size_t i) {
              const std::optional<ParsedTime> time = parse_time(format, cells[i]);
              const int64_t moment = !time ? -1
                                     : time->offset_seconds
                                         ? time->local_seconds - *time->offset_seconds
                                         : zone->to_utc(time->local_seconds);
              if (moment >= 0 && moment <= kDateTimeSecondsMax) return moment;
              unread.add(i, row_count, cells[i]);
              return int64_t{0};
            });
            return unread.finish(times);
          }};
}

struct BestEffort {
  UnreadForm form;
  bool month_first = false;
  bool is_64 = false;
};

// parseDateTimeBestEffort(text[, zone]), parseDateTime64BestEffort(text[, scale[, zone]]).
BoundFunction bind_best_effort(std::string_view name, BestEffort how,
                               const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, how.is_64 ? 3 : 2);
  check_string(name, arguments, 0);
  DataTypePtr type;
  if (how.is_64) {
    const int64_t scale = arguments.size() > 1 ? constant_integer(name, arguments, 1) : 3;
    if (scale < 0 || scale > 9) {
      throw Error(ErrorCode::ArgumentOutOfBound,
                  "Scale must be 0 to 9, got " + std::to_string(scale));
    }
    type = datetime64_type(static_cast<uint32_t>(scale),
                           arguments.size() > 2 ? constant_string(name, arguments, 2) : "");
  } else {
    type = datetime_type(arguments.size() > 1 ? constant_string(name, arguments, 1) : "");
  }
  TextOptions options;
  options.time_zone = context.time_zone;
  options.best_effort_dates = true;
  options.month_first_dates = how.month_first;
  std::shared_ptr<const CellText> text = make_cell_text(type, options);
  return {form_type(how.form, type), [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            UnreadRows unread(how.form, type);
            const std::shared_ptr<Column> times = make_column(*type);
            for (size_t i = 0; i < row_count; ++i) {
              if (text->parse(cells[i], *times)) continue;
              unread.add(i, row_count, cells[i]);
              times->append_default(1);
            }
            return unread.finish(times);
          }};
}

#define PARSE(NAME, FORM, DESCRIPTION, EXAMPLE, RESULT)                    \
  {                                                                        \
    .name = NAME,                                                          \
    .bind =                                                                \
        [](const FunctionContext& context, FunctionArguments arguments) {  \
          return bind_parse(NAME, UnreadForm::FORM, context, arguments);   \
        },                                                                 \
    .syntax = NAME "(text[, format[, zone]])", .description = DESCRIPTION, \
    .example = "SELECT " NAME "(" EXAMPLE ")", .example_result = RESULT,   \
    .category = "Type conversion"                                          \
  }

// The three forms of a best-effort parser.
#define BEST_EFFORT(NAME, MONTH_FIRST, IS_64, PARAMETERS, TEXT, RESULT, ZERO)                      \
  {.name = NAME,                                                                                   \
   .bind =                                                                                         \
       [](const FunctionContext& context, FunctionArguments arguments) {                           \
         return bind_best_effort(NAME, {UnreadForm::Throw, MONTH_FIRST, IS_64}, context,           \
                                 arguments);                                                       \
       },                                                                                          \
   .syntax = NAME "(text" PARAMETERS ")",                                                          \
   .description = "A time in any common spelling; an error when it cannot be read.",               \
   .example = "SELECT " NAME "('" TEXT "')",                                                       \
   .example_result = RESULT,                                                                       \
   .category = "Type conversion"},                                                                 \
      {.name = NAME "OrNull",                                                                      \
       .bind =                                                                                     \
           [](const FunctionContext& context, FunctionArguments arguments) {                       \
             return bind_best_effort(NAME "OrNull", {UnreadForm::Null, MONTH_FIRST, IS_64},        \
                                     context, arguments);                                          \
           },                                                                                      \
       .syntax = NAME "OrNull(text" PARAMETERS ")",                                                \
       .description = "A time in any common spelling; NULL when it cannot be read.",               \
       .example = "SELECT " NAME "OrNull('x')",                                                    \
       .example_result = "\\N",                                                                    \
       .category = "Type conversion"},                                                             \
  {                                                                                                \
    .name = NAME "OrZero",                                                                         \
    .bind =                                                                                        \
        [](const FunctionContext& context, FunctionArguments arguments) {                          \
          return bind_best_effort(NAME "OrZero", {UnreadForm::Zero, MONTH_FIRST, IS_64}, context,  \
                                  arguments);                                                      \
        },                                                                                         \
    .syntax = NAME "OrZero(text" PARAMETERS ")",                                                   \
    .description = "A time in any common spelling; 1970-01-01 when it cannot be read.",            \
    .example = "SELECT " NAME "OrZero('x')", .example_result = ZERO, .category = "Type conversion" \
  }

const FunctionEntry kDateTextFunctions[] = {
    {.name = "formatDateTime",
     .bind = bind_format,
     .syntax = "formatDateTime(time, format[, zone])",
     .description = "The time as text; the format has codes such as %Y, %m, %d, %H, %i, %S.",
     .example = "SELECT formatDateTime(toDateTime('2024-03-15 10:23:45', 'UTC'), '%d.%m.%Y %R')",
     .example_result = "15.03.2024 10:23",
     .category = "Dates and times"},
    function_alias("DATE_FORMAT", "formatDateTime", true),
    {.name = "fromUnixTimestamp",
     .bind = bind_from_unix_timestamp,
     .syntax = "fromUnixTimestamp(seconds[, format[, zone]])",
     .description = "Seconds since 1970-01-01 00:00:00 UTC as a DateTime, or as text by a format.",
     .example = "SELECT fromUnixTimestamp(1710498225, '%Y-%m-%d %R', 'UTC')",
     .example_result = "2024-03-15 10:23",
     .category = "Dates and times"},
    function_alias("FROM_UNIXTIME", "fromUnixTimestamp", true),
    {.name = "monthName",
     .bind = bind_month_name,
     .syntax = "monthName(time)",
     .description = "The month's English name.",
     .example = "SELECT monthName(toDate('2024-03-15'))",
     .example_result = "March",
     .category = "Dates and times",
     .case_insensitive = true},
    {.name = "dateName",
     .bind = bind_date_name,
     .syntax = "dateName(part, time[, zone])",
     .description = "A part of the time as text: 'month' and 'weekday' by name, others as numbers.",
     .example = "SELECT dateName('weekday', toDate('2024-03-15'))",
     .example_result = "Friday",
     .category = "Dates and times",
     .case_insensitive = true},
    PARSE("parseDateTime", Throw, "Text read by a format of codes such as %Y, %m, %d, %H.",
          "'15/Mar/2024 10:23', '%d/%b/%Y %R', 'UTC'", "2024-03-15 10:23:00"),
    function_alias("TO_TIMESTAMP", "parseDateTime", true),
    function_alias("STR_TO_DATE", "parseDateTimeOrNull", true),
    PARSE("parseDateTimeOrNull", Null, "Text read by a format; NULL when it does not match.",
          "'x', '%Y'", "\\N"),
    PARSE("parseDateTimeOrZero", Zero, "Text read by a format; 1970-01-01 when it does not match.",
          "'x', '%Y', 'UTC'", "1970-01-01 00:00:00"),
    BEST_EFFORT("parseDateTimeBestEffort", false, false, "[, zone]", "2024-03-15T10:23:45Z",
                "2024-03-15 10:23:45", "1970-01-01 00:00:00"),
    BEST_EFFORT("parseDateTimeBestEffortUS", true, false, "[, zone]", "03/15/2024 10:23:45",
                "2024-03-15 10:23:45", "1970-01-01 00:00:00"),
    BEST_EFFORT("parseDateTime32BestEffort", false, false, "[, zone]", "15 Mar 2024 10:23:45",
                "2024-03-15 10:23:45", "1970-01-01 00:00:00"),
    BEST_EFFORT("parseDateTime64BestEffort", false, true, "[, scale[, zone]]",
                "2024-03-15T10:23:45.678Z", "2024-03-15 10:23:45.678", "1970-01-01 00:00:00.000"),
    BEST_EFFORT("parseDateTime64BestEffortUS", true, true, "[, scale[, zone]]",
                "03/15/2024 10:23:45.678", "2024-03-15 10:23:45.678", "1970-01-01 00:00:00.000"),
};
#undef BEST_EFFORT
#undef PARSE

}  // namespace

std::span<const FunctionEntry> date_text_functions() { return kDateTextFunctions; }

}  // namespace freshet
