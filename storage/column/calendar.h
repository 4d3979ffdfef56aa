// Calendar arithmetic on day numbers: the proleptic Gregorian calendar, no zones.
//
// The conversions are Howard Hinnant's days_from_civil and civil_from_days
// (https://howardhinnant.github.io/date_algorithms.html): years start in March, so that the leap
// day is the last, and 400-year eras make everything periodic.
//
// Units:     days and seconds are counted from 1970-01-01 00:00:00; months are 1..12.
#pragma once

#include <cstdint>

namespace freshet {

inline constexpr int64_t kSecondsPerDay = 86'400;

// What the types can hold, as in ClickHouse.
inline constexpr int32_t kDateDaysMax = 65'535;              // 2149-06-06
inline constexpr int32_t kDate32DaysMin = -25'567;           // 1900-01-01
inline constexpr int32_t kDate32DaysMax = 120'529;           // 2299-12-31
inline constexpr int64_t kDateTimeSecondsMax = 0xFFFF'FFFF;  // 2106-02-07 06:28:15
inline constexpr int64_t kDateTime64SecondsMin = kDate32DaysMin * kSecondsPerDay;
inline constexpr int64_t kDateTime64SecondsMax = (kDate32DaysMax + 1) * kSecondsPerDay - 1;

// The quotient rounded towards minus infinity, so that moments before 1970 fall into the unit that
// they are in. Requires: divisor > 0.
constexpr int64_t floor_divide(int64_t value, int64_t divisor) {
  return value / divisor - (value % divisor < 0);
}

struct CivilDay {
  int32_t year;
  uint32_t month;
  uint32_t day;

  bool operator==(const CivilDay&) const = default;
};

constexpr int32_t days_from_civil(int32_t year, uint32_t month, uint32_t day) {
  year -= month <= 2;
  const int32_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<uint32_t>(year - era * 400);
  const uint32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const uint32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<int32_t>(day_of_era) - 719'468;
}

constexpr CivilDay civil_from_days(int32_t days) {
  days += 719'468;
  const int32_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = static_cast<uint32_t>(days - era * 146'097);
  const uint32_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const uint32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint32_t month_from_march = (5 * day_of_year + 2) / 153;
  const uint32_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const uint32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int32_t year = static_cast<int32_t>(year_of_era) + era * 400 + (month <= 2);
  return {year, month, day};
}

constexpr bool is_leap_year(int32_t year) {
  return (year & 3) == 0 && ((year % 25) != 0 || (year & 15) == 0);
}

constexpr uint32_t days_in_month(int32_t year, uint32_t month) {
  // 30 or 31 alternate, with the alternation shifted after July.
  return month == 2 ? 28 + static_cast<uint32_t>(is_leap_year(year))
                    : 30 + ((month ^ (month >> 3)) & 1);
}

constexpr bool is_valid_day(int32_t year, uint32_t month, uint32_t day) {
  return month - 1 < 12 && day - 1 < days_in_month(year, month);
}

// 1: Monday ... 7: Sunday.
constexpr uint32_t weekday(int32_t days) {
  // 1970-01-01 was a Thursday; the bias makes the dividend positive for every Date32.
  constexpr int32_t kBias = 7 * 1'000'000;
  return static_cast<uint32_t>(days + 3 + kBias) % 7 + 1;
}

constexpr int32_t day_of_year(int32_t days) {
  return days - days_from_civil(civil_from_days(days).year, 1, 1) + 1;
}

constexpr int32_t start_of_week(int32_t days) {  // Monday
  return days - static_cast<int32_t>(weekday(days)) + 1;
}
constexpr int32_t start_of_week_sunday(int32_t days) {
  return days - static_cast<int32_t>(weekday(days) % 7);
}
constexpr int32_t start_of_month(int32_t days) {
  return days - static_cast<int32_t>(civil_from_days(days).day) + 1;
}
constexpr int32_t start_of_quarter(int32_t days) {
  const CivilDay civil = civil_from_days(days);
  return days_from_civil(civil.year, (civil.month - 1) / 3 * 3 + 1, 1);
}
constexpr int32_t start_of_year(int32_t days) {
  return days_from_civil(civil_from_days(days).year, 1, 1);
}
constexpr uint32_t quarter_of_month(uint32_t month) { return (month - 1) / 3 + 1; }

struct IsoWeek {
  int32_t year;
  uint32_t week;

  bool operator==(const IsoWeek&) const = default;
};

// Week 1 is the one with the year's first Thursday; weeks start on Monday.
constexpr IsoWeek iso_week(int32_t days) {
  const int32_t thursday = start_of_week(days) + 3;
  const int32_t year = civil_from_days(thursday).year;
  return {year, static_cast<uint32_t>(thursday - days_from_civil(year, 1, 1)) / 7 + 1};
}

constexpr int32_t start_of_iso_year(int32_t days) {
  return start_of_week(days_from_civil(iso_week(days).year, 1, 4));
}

// The same day `months` later; the month's last day when it has no such day.
constexpr int32_t add_months(int32_t days, int64_t months) {
  const CivilDay civil = civil_from_days(days);
  const int64_t month_index = int64_t{civil.year} * 12 + civil.month - 1 + months;
  const int64_t year = (month_index >= 0 ? month_index : month_index - 11) / 12;
  const auto month = static_cast<uint32_t>(month_index - year * 12) + 1;
  const auto year32 = static_cast<int32_t>(year);
  const uint32_t last = days_in_month(year32, month);
  return days_from_civil(year32, month, civil.day < last ? civil.day : last);
}

// Day number of a count of seconds, rounded down.
constexpr int32_t day_of_seconds(int64_t seconds) {
  const int64_t day = seconds / kSecondsPerDay;
  return static_cast<int32_t>(day - (seconds < day * kSecondsPerDay));
}

struct TimeOfDay {
  uint32_t hour;
  uint32_t minute;
  uint32_t second;

  bool operator==(const TimeOfDay&) const = default;
};

constexpr TimeOfDay time_of_seconds(int64_t seconds) {
  const auto of_day = static_cast<uint32_t>(seconds - day_of_seconds(seconds) * kSecondsPerDay);
  return {of_day / 3600, of_day / 60 % 60, of_day % 60};
}

}  // namespace freshet
