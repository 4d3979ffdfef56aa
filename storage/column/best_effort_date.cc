// parse_moment_best_effort: dates in the order and spelling that people and programs use.
//
// The text is read token by token; what a number means depends on its digit count, on the
// character after it and on what is known already:
//
//   17/May/2015:10:05:03 +0000      day / month / year : hour : minute : second, zone
//   2015-05-17T10:05:03.123Z        year - month - day T ...
//   1431857103                      unix seconds
#include <array>

#include "storage/column/calendar.h"
#include "storage/column/date_text.h"

namespace freshet {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

struct NamedZone {
  std::string_view name;
  int32_t hours;
};
constexpr NamedZone kZones[] = {{"utc", 0},  {"gmt", 0},  {"msk", 3},  {"msd", 4},
                                {"est", -5}, {"edt", -4}, {"cst", -6}, {"cdt", -5},
                                {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}};

class MomentReader {
 public:
  MomentReader(std::string_view text, bool month_first) : rest_(text), month_first_(month_first) {}

  std::optional<Moment> read(const TimeZone& zone) {
    while (!rest_.empty()) {
      if (!read_token()) return std::nullopt;
    }
    return result(zone);
  }

 private:
  struct Digits {
    uint64_t value = 0;
    size_t count = 0;
  };

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_date_mark(char c) { return c == '/' || c == '-' || c == '.'; }

  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool next_is_digit(size_t ahead = 0) const {
    return rest_.size() > ahead && is_digit(rest_[ahead]);
  }
  bool take(char c) {
    if (!next_is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  Digits take_digits(size_t count_max) {
    Digits digits;
    while (digits.count < count_max && next_is_digit()) {
      digits.value = digits.value * 10 + static_cast<uint64_t>(rest_.front() - '0');
      ++digits.count;
      rest_.remove_prefix(1);
    }
    return digits;
  }
  std::string take_word() {
    std::string word;
    while (!rest_.empty()) {
      const char lower = static_cast<char>(rest_.front() | 0x20);
      if (lower < 'a' || lower > 'z') break;
      word += lower;
      rest_.remove_prefix(1);
    }
    return word;
  }

  bool has_date() const { return year_ != 0 && month_ != 0 && day_ != 0; }

  bool read_token();
  bool read_number();
  bool read_unix_time(const Digits& digits);
  bool read_year(uint64_t year);
  bool read_small_number(uint32_t number);
  bool read_day_month_year(uint32_t first);
  bool read_time(uint32_t hour);
  bool read_month(std::string_view word);
  bool read_word();
  bool read_zone_offset(bool negative);
  void read_fraction();
  void set_time(uint64_t packed) {
    hour_ = static_cast<uint32_t>(packed / 10'000);
    minute_ = static_cast<uint32_t>(packed / 100 % 100);
    second_ = static_cast<uint32_t>(packed % 100);
    has_time_ = true;
  }
  void set_date(uint64_t packed) {
    year_ = static_cast<int32_t>(packed / 10'000);
    month_ = static_cast<uint32_t>(packed / 100 % 100);
    day_ = static_cast<uint32_t>(packed % 100);
  }
  std::optional<Moment> result(const TimeZone& zone) const;

  std::string_view rest_;
  bool month_first_;
  std::optional<Moment> unix_time_;
  int32_t year_ = 0;  // 0: not known
  uint32_t month_ = 0;
  uint32_t day_ = 0;
  bool has_time_ = false;
  uint32_t hour_ = 0;
  uint32_t minute_ = 0;
  uint32_t second_ = 0;
  uint32_t nanoseconds_ = 0;
  std::optional<bool> is_afternoon_;
  std::optional<int64_t> zone_offset_seconds_;
};

bool MomentReader::read_token() {
  if (unix_time_) return false;  // nothing may follow
  const char c = rest_.front();
  if (is_digit(c)) return read_number();
  if (c == ' ' || c == ',') {
    rest_.remove_prefix(1);
    return true;
  }
  if (c == 'T' && year_ != 0 && !has_time_ && next_is_digit(1)) {
    rest_.remove_prefix(1);
    return true;
  }
  if ((c == '+' || c == '-') && has_time_) {
    rest_.remove_prefix(1);
    return read_zone_offset(c == '-');
  }
  return read_word();
}

bool MomentReader::read_number() {
  const bool is_fresh = year_ == 0 && month_ == 0 && day_ == 0 && !has_time_;
  const Digits digits = take_digits(20);
  switch (digits.count) {
    case 9:
    case 10:
    case 13:
    case 16:
    case 19:
      return is_fresh && read_unix_time(digits);
    case 14:  // YYYYMMDDhhmmss
      if (!is_fresh) return false;
      set_date(digits.value / 1'000'000);
      set_time(digits.value % 1'000'000);
      read_fraction();
      return true;
    case 8:  // YYYYMMDD
      if (year_ != 0) return false;
      set_date(digits.value);
      return true;
    case 6:
      if (year_ == 0 && month_ == 0) {  // YYYYMM
        year_ = static_cast<int32_t>(digits.value / 100);
        month_ = static_cast<uint32_t>(digits.value % 100);
        return true;
      }
      if (has_time_) return false;
      set_time(digits.value);
      read_fraction();
      return true;
    case 4:
      return year_ == 0 && read_year(digits.value);
    case 1:
    case 2:
      return read_small_number(static_cast<uint32_t>(digits.value));
    default:
      return false;
  }
}

// Seconds, or milli-, micro- or nanoseconds by the number of digits.
bool MomentReader::read_unix_time(const Digits& digits) {
  uint64_t ticks_per_second = 1;
  for (size_t count = 10; count < digits.count; ++count) ticks_per_second *= 10;
  Moment moment;
  moment.seconds = static_cast<int64_t>(digits.value / ticks_per_second);
  moment.nanoseconds =
      static_cast<uint32_t>(digits.value % ticks_per_second * (1'000'000'000 / ticks_per_second));
  if (digits.count <= 10 && next_is('.')) {
    read_fraction();
    moment.nanoseconds = nanoseconds_;
  }
  unix_time_ = moment;
  return true;
}

// YYYY, YYYY-MM or YYYY-MM-DD with any of the date marks.
bool MomentReader::read_year(uint64_t year) {
  year_ = static_cast<int32_t>(year);
  if (day_ != 0 || rest_.empty() || !is_date_mark(rest_.front())) {
    take(':');  // "17/May 2015:10:05:03"
    return true;
  }
  const char mark = rest_.front();
  rest_.remove_prefix(1);
  const Digits month = take_digits(2);
  if (month.count == 0) return read_month(take_word()) && (!take(mark) || read_number());
  month_ = static_cast<uint32_t>(month.value);
  if (!take(mark)) return true;
  const Digits day = take_digits(2);
  day_ = static_cast<uint32_t>(day.value);
  return day.count > 0;
}

// One or two digits: an hour, a day or a month.
bool MomentReader::read_small_number(uint32_t number) {
  if (next_is(':')) {
    rest_.remove_prefix(1);
    return !has_time_ && read_time(number);
  }
  if (!rest_.empty() && is_date_mark(rest_.front()) && day_ == 0 && !has_date()) {
    return read_day_month_year(number);
  }
  if (day_ == 0) {
    day_ = number;
    return true;
  }
  if (has_date() && !has_time_) {
    hour_ = number;
    has_time_ = true;
    return true;
  }
  return false;
}

// 17/05/2015, 17/May/2015, 1-2-15, 17.05
bool MomentReader::read_day_month_year(uint32_t first) {
  const char mark = rest_.front();
  rest_.remove_prefix(1);
  const Digits second = take_digits(2);
  if (second.count == 0) {
    day_ = first;
    if (!read_month(take_word())) return false;
  } else {
    day_ = first;
    month_ = static_cast<uint32_t>(second.value);
    const bool month_comes_first = (month_first_ && day_ <= 12) || month_ > 12;
    if (month_comes_first) std::swap(day_, month_);
  }
  if (!take(mark)) return true;
  const Digits year = take_digits(4);
  if (year.count == 4) {
    year_ = static_cast<int32_t>(year.value);
  } else if (year.count == 2) {
    year_ = static_cast<int32_t>(year.value) + (year.value < 70 ? 2000 : 1900);
  } else {
    return false;
  }
  take(':');  // access logs: 17/May/2015:10:05:03
  return true;
}

// After "hh:".
bool MomentReader::read_time(uint32_t hour) {
  hour_ = hour;
  has_time_ = true;
  const Digits minute = take_digits(2);
  if (minute.count == 0) return false;
  minute_ = static_cast<uint32_t>(minute.value);
  if (!take(':')) return true;
  const Digits second = take_digits(2);
  if (second.count == 0) return false;
  second_ = static_cast<uint32_t>(second.value);
  read_fraction();
  return true;
}

void MomentReader::read_fraction() {
  if (!next_is('.') || !next_is_digit(1)) return;
  rest_.remove_prefix(1);
  Digits digits = take_digits(9);
  for (; digits.count < 9; ++digits.count) digits.value *= 10;
  nanoseconds_ = static_cast<uint32_t>(digits.value);
  while (next_is_digit()) rest_.remove_prefix(1);
}

bool MomentReader::read_month(std::string_view word) {
  if (word.size() < 3 || month_ != 0) return false;
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (word.substr(0, 3) != kMonths[i]) continue;
    month_ = static_cast<uint32_t>(i + 1);
    return true;
  }
  return false;
}

bool MomentReader::read_word() {
  const std::string word = take_word();
  if (word == "z") {
    zone_offset_seconds_ = 0;
    return has_time_;
  }
  if (word == "am" || word == "pm") {
    is_afternoon_ = word == "pm";
    return has_time_ && hour_ <= 12;
  }
  for (const NamedZone& zone : kZones) {
    if (word != zone.name) continue;
    zone_offset_seconds_ = zone.hours * 3600;
    return has_time_;
  }
  for (const std::string_view weekday : kWeekdays) {
    if (word.size() >= 3 && std::string_view(word).substr(0, 3) == weekday) return true;
  }
  if (!read_month(word)) return false;
  take('.');
  return true;
}

// hh:mm, hhmm, hh or h after the sign.
bool MomentReader::read_zone_offset(bool negative) {
  const Digits digits = take_digits(4);
  uint64_t hours = digits.value;
  uint64_t minutes = 0;
  if (digits.count == 0) return false;
  if (digits.count > 2) {
    hours = digits.value / 100;
    minutes = digits.value % 100;
  } else if (take(':')) {
    const Digits more = take_digits(2);
    if (more.count != 2) return false;
    minutes = more.value;
  }
  if (hours > 18 || minutes > 59) return false;
  const auto seconds = static_cast<int64_t>(hours * 3600 + minutes * 60);
  zone_offset_seconds_ = negative ? -seconds : seconds;
  return true;
}

std::optional<Moment> MomentReader::result(const TimeZone& zone) const {
  if (unix_time_) return unix_time_;
  if (year_ == 0) return std::nullopt;
  const uint32_t month = month_ == 0 ? 1 : month_;
  const uint32_t day = day_ == 0 ? 1 : day_;
  if (!is_valid_day(year_, month, day)) return std::nullopt;
  uint32_t hour = hour_;
  if (is_afternoon_) hour = hour_ % 12 + (*is_afternoon_ ? 12 : 0);
  if (hour > 23 || minute_ > 59 || second_ > 59) return std::nullopt;
  const int64_t local =
      days_from_civil(year_, month, day) * kSecondsPerDay + hour * 3600 + minute_ * 60 + second_;
  Moment moment;
  moment.seconds = zone_offset_seconds_ ? local - *zone_offset_seconds_ : zone.to_utc(local);
  moment.nanoseconds = nanoseconds_;
  return moment;
}

}  // namespace

std::optional<Moment> parse_moment_best_effort(std::string_view text, const TimeZone& zone,
                                               bool month_first) {
  return MomentReader(text, month_first).read(zone);
}

}  // namespace freshet
