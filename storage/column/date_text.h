// Dates and times to and from text.
//
// Units:     days and seconds since 1970-01-01; a Moment is UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/column/time_zone.h"

namespace freshet {

struct Moment {
  int64_t seconds = 0;
  uint32_t nanoseconds = 0;
};

// How free the spelling of a date may be.
enum class DateSpelling : uint8_t {
  // "2013-07-01 12:00:00.5" with a space or T, "2013-07-01", unix seconds.
  Basic,
  // Also ISO 8601 with a zone, "17/May/2015:10:05:03 +0000", "1 Dec 2010", "13/1/2010 8:26 PM",
  // unix milliseconds, microseconds and nanoseconds, ... The day comes before the month.
  BestEffort,
  // The same with the month before the day: "1/13/2010".
  BestEffortMonthFirst,
};

// All of `text` as a calendar day: "2013-07-01", "2013/7/1", "20130701". False for days that do
// not exist; "0000-00-00" is day 0.
bool parse_day(std::string_view text, int32_t& days);

// All of `text` as a moment; text without a zone is local time of `zone`.
bool parse_moment(std::string_view text, const TimeZone& zone, DateSpelling spelling, Moment& out);
// The free spellings alone. Prefer parse_moment, which tries the common ones first.
std::optional<Moment> parse_moment_best_effort(std::string_view text, const TimeZone& zone,
                                               bool month_first);

// "2013-07-01"
void append_day(std::string& out, int32_t days);
// "2013-07-01 12:00:00"
void append_local_time(std::string& out, int64_t local_seconds, char separator = ' ');
// ".500": `digits` digits of a fraction of `ticks` units of 10^-digits; nothing for 0 digits.
void append_fraction(std::string& out, uint64_t ticks, uint32_t digits);

}  // namespace freshet
