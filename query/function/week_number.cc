#include "query/function/week_number.h"

#include "storage/column/calendar.h"

namespace freshet {

namespace {

// 0 for the first day of a week.
int32_t day_in_week(int32_t days, bool sunday_first) {
  const auto day = static_cast<int32_t>(weekday(days));  // Monday is 1
  return sunday_first ? day % 7 : day - 1;
}

int32_t days_in_year(int32_t year) { return is_leap_year(year) ? 366 : 365; }

// Week 1 is the week of January 1st.
YearWeek week_with_first_day(int32_t days, bool monday_first) {
  const CivilDay civil = civil_from_days(days);
  const auto start_of = [&](int32_t year) {
    const int32_t first = days_from_civil(year, 1, 1);
    return first - day_in_week(first, !monday_first);
  };
  const int32_t year = days >= start_of(civil.year + 1) ? civil.year + 1 : civil.year;
  return {year, static_cast<uint32_t>((days - start_of(year)) / 7 + 1)};
}

}  // namespace

// MySQL's calc_week().
YearWeek week_of(int32_t days, uint8_t mode) {
  const bool monday_first = (mode & 1) != 0;
  if ((mode & 8) != 0) return week_with_first_day(days, monday_first);
  bool week_year = (mode & 2) != 0;
  const bool whole_week = ((mode & 4) != 0) == monday_first;
  const CivilDay civil = civil_from_days(days);
  int32_t year = civil.year;
  int32_t first = days_from_civil(year, 1, 1);
  int32_t first_index = day_in_week(first, !monday_first);
  // Whether January 1st of `year` still belongs to the last week before.
  const auto starts_late = [&] { return whole_week ? first_index != 0 : first_index >= 4; };
  if (civil.month == 1 && static_cast<int32_t>(civil.day) <= 7 - first_index) {
    if (!week_year && starts_late()) return {year, 0};
    week_year = true;
    --year;
    const int32_t length = days_in_year(year);
    first -= length;
    first_index = (first_index + 53 * 7 - length) % 7;
  }
  const int32_t offset =
      starts_late() ? days - (first + 7 - first_index) : days - first + first_index;
  if (week_year && offset >= 52 * 7) {
    first_index = (first_index + days_in_year(year)) % 7;
    if (!starts_late()) return {year + 1, 1};
  }
  return {year, static_cast<uint32_t>(offset / 7 + 1)};
}

}  // namespace freshet
