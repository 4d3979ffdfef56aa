#include "storage/column/date_text.h"

#include "storage/column/calendar.h"
#include "storage/column/number_text.h"

namespace freshet {

namespace {

// Values of two digits; at least 100 when one is no digit.
uint32_t two_digits(const char* at) {
  const auto high = static_cast<uint8_t>(at[0] - '0');
  const auto low = static_cast<uint8_t>(at[1] - '0');
  return high > 9 || low > 9 ? 255 : uint32_t{high} * 10 + low;
}

// "YYYY-MM-DD" at `at`, ten characters that may be anything.
bool parse_canonical_day(const char* at, int32_t& days) {
  const uint32_t century = two_digits(at);
  const uint32_t year = two_digits(at + 2);
  const uint32_t month = two_digits(at + 5);
  const uint32_t day = two_digits(at + 8);
  if (century > 99 || year > 99 || at[4] != '-' || at[7] != '-') return false;
  const auto full_year = static_cast<int32_t>(century * 100 + year);
  if (!is_valid_day(full_year, month, day)) {
    days = 0;
    return full_year == 0 && month == 0 && day == 0;
  }
  days = days_from_civil(full_year, month, day);
  return true;
}

// "hh:mm:ss" at `at`, eight characters that may be anything.
bool parse_canonical_time(const char* at, uint32_t& seconds) {
  const uint32_t hour = two_digits(at);
  const uint32_t minute = two_digits(at + 3);
  const uint32_t second = two_digits(at + 6);
  if (hour > 23 || minute > 59 || second > 59 || at[2] != ':' || at[5] != ':') return false;
  seconds = hour * 3600 + minute * 60 + second;
  return true;
}

// Digits after the point, any number of them; those past the ninth are cut off.
bool parse_fraction(std::string_view digits, uint32_t& nanoseconds) {
  if (digits.empty()) return false;
  uint32_t value = 0;
  for (size_t i = 0; i < 9 || i < digits.size(); ++i) {
    const char c = i < digits.size() ? digits[i] : '0';
    if (c < '0' || c > '9') return false;
    if (i < 9) value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  nanoseconds = value;
  return true;
}

constexpr size_t kDayBytes = 10;
constexpr size_t kMomentBytes = 19;

// "2013-07-01 12:00:00" with a space or T, perhaps with a fraction.
bool parse_canonical_moment(std::string_view text, const TimeZone& zone, Moment& out) {
  const char* at = text.data();
  int32_t days;
  uint32_t seconds;
  if (text.size() < kMomentBytes || (at[kDayBytes] != ' ' && at[kDayBytes] != 'T') ||
      !parse_canonical_day(at, days) || !parse_canonical_time(at + kDayBytes + 1, seconds)) {
    return false;
  }
  out.nanoseconds = 0;
  if (text.size() > kMomentBytes &&
      (at[kMomentBytes] != '.' ||
       !parse_fraction(text.substr(kMomentBytes + 1), out.nanoseconds))) {
    return false;
  }
  out.seconds = zone.to_utc(days * kSecondsPerDay + seconds);
  return true;
}

// Seconds since the epoch, perhaps negative, perhaps with a fraction.
bool parse_unix_time(std::string_view text, Moment& out) {
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  out.nanoseconds = 0;
  if (!parse_integer(whole, out.seconds)) return false;
  if (point == std::string_view::npos) return true;
  if (!parse_fraction(text.substr(point + 1), out.nanoseconds)) return false;
  if (whole.front() == '-' && out.nanoseconds > 0) {
    --out.seconds;
    out.nanoseconds = 1'000'000'000 - out.nanoseconds;
  }
  return true;
}

void append_two(std::string& out, uint32_t value) {
  const char digits[2] = {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
  out.append(digits, 2);
}

}  // namespace

bool parse_day(std::string_view text, int32_t& days) {
  if (text.size() == kDayBytes && parse_canonical_day(text.data(), days)) return true;
  if (text.size() == 8) {
    uint64_t packed;
    if (parse_digits(text, packed)) {
      const auto year = static_cast<int32_t>(packed / 10'000);
      const auto month = static_cast<uint32_t>(packed / 100 % 100);
      const auto day = static_cast<uint32_t>(packed % 100);
      if (!is_valid_day(year, month, day)) return false;
      days = days_from_civil(year, month, day);
      return true;
    }
  }
  // "2013-7-1", "2013/07/01"
  if (text.size() < 8 || text.size() > kDayBytes) return false;
  const char separator = text[4];
  if (separator != '-' && separator != '/' && separator != '.') return false;
  const size_t second = text.find(separator, 5);
  if (second == std::string_view::npos) return false;
  uint64_t year, month, day;
  if (!parse_digits(text.substr(0, 4), year) || !parse_digits(text.substr(5, second - 5), month) ||
      !parse_digits(text.substr(second + 1), day)) {
    return false;
  }
  const auto year32 = static_cast<int32_t>(year);
  if (month > 12 || day > 31) return false;
  if (!is_valid_day(year32, static_cast<uint32_t>(month), static_cast<uint32_t>(day))) return false;
  days = days_from_civil(year32, static_cast<uint32_t>(month), static_cast<uint32_t>(day));
  return true;
}

bool parse_moment(std::string_view text, const TimeZone& zone, DateSpelling spelling, Moment& out) {
  if (parse_canonical_moment(text, zone, out)) return true;
  int32_t days;
  if (text.size() == kDayBytes && parse_canonical_day(text.data(), days)) {
    out = {zone.to_utc(days * kSecondsPerDay), 0};
    return true;
  }
  if (spelling == DateSpelling::Basic) return parse_unix_time(text, out);
  const std::optional<Moment> found =
      parse_moment_best_effort(text, zone, spelling == DateSpelling::BestEffortMonthFirst);
  if (!found) return false;
  out = *found;
  return true;
}

void append_day(std::string& out, int32_t days) {
  const CivilDay civil = civil_from_days(days);
  const auto year = static_cast<uint32_t>(civil.year);
  append_two(out, year / 100);
  append_two(out, year % 100);
  out += '-';
  append_two(out, civil.month);
  out += '-';
  append_two(out, civil.day);
}

void append_local_time(std::string& out, int64_t local_seconds, char separator) {
  append_day(out, day_of_seconds(local_seconds));
  const TimeOfDay time = time_of_seconds(local_seconds);
  out += separator;
  append_two(out, time.hour);
  out += ':';
  append_two(out, time.minute);
  out += ':';
  append_two(out, time.second);
}

void append_fraction(std::string& out, uint64_t ticks, uint32_t digits) {
  if (digits == 0) return;
  char text[20];
  for (uint32_t i = digits; i > 0; --i) {
    text[i] = static_cast<char>('0' + ticks % 10);
    ticks /= 10;
  }
  text[0] = '.';
  out.append(text, digits + 1);
}

}  // namespace freshet
