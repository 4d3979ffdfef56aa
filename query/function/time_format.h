// Times written and read by a format of percent codes, as MySQL's DATE_FORMAT and STR_TO_DATE.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/base/buffer.h"

namespace freshet {

struct FormattedTime {
  int64_t local_seconds;
  int64_t fraction;        // ticks of `scale`
  uint32_t scale;          // digits of the fraction
  int32_t offset_seconds;  // local minus UTC
};

// Throws BadArguments for a code that is not known, or a lone % at the end.
void check_time_format(std::string_view format);
// Requires: a checked format.
void append_time(std::string_view format, const FormattedTime& time, Buffer<char>& out);

struct ParsedTime {
  int64_t local_seconds;
  std::optional<int32_t> offset_seconds;  // when the text says it
};

// All of `text` by `format`; nothing when it does not match. Throws BadArguments for codes that
// cannot be read.
std::optional<ParsedTime> parse_time(std::string_view format, std::string_view text);

std::string_view month_name(uint32_t month);      // "March"
std::string_view weekday_name(uint32_t weekday);  // 1: "Monday"

}  // namespace freshet
