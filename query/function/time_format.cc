#include "query/function/time_format.h"

#include <array>
#include <string>

#include "storage/base/error.h"
#include "storage/base/short_bytes.h"
#include "storage/column/calendar.h"

namespace freshet {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

constexpr std::string_view kCodes = "YymcdeHkhIlisSMbaWpjwuVGgCDFTRrfntz%Q";

[[noreturn]] void throw_format(std::string_view why, std::string_view format) {
  throw Error(ErrorCode::BadArguments,
              std::string(why) + " in the format '" + std::string(format) + "'");
}

void append(Buffer<char>& out, std::string_view text) { append_bytes(out, text); }

void append_number(Buffer<char>& out, int64_t value, size_t digits) {
  char text[20];
  size_t begin = sizeof(text);
  const bool negative = value < 0;
  uint64_t rest = negative ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  do {
    text[--begin] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  while (sizeof(text) - begin < digits) text[--begin] = '0';
  if (negative) out.push_back('-');
  append(out, {text + begin, sizeof(text) - begin});
}

void append_offset(Buffer<char>& out, int32_t offset) {
  out.push_back(offset < 0 ? '-' : '+');
  const int32_t minutes = (offset < 0 ? -offset : offset) / 60;
  append_number(out, minutes / 60, 2);
  append_number(out, minutes % 60, 2);
}

// Six digits, as MySQL, or as many as the type has.
void append_fraction(Buffer<char>& out, const FormattedTime& time) {
  constexpr uint32_t kDigits = 6;
  if (time.scale >= kDigits) {
    append_number(out, time.fraction, time.scale);
    return;
  }
  int64_t fraction = time.fraction;
  for (uint32_t i = time.scale; i < kDigits; ++i) fraction *= 10;
  append_number(out, fraction, kDigits);
}

uint32_t half_day_hour(uint32_t hour) { return hour % 12 == 0 ? 12 : hour % 12; }

void append_code(char code, const FormattedTime& time, Buffer<char>& out) {
  const int32_t day = day_of_seconds(time.local_seconds);
  const CivilDay civil = civil_from_days(day);
  const TimeOfDay of_day = time_of_seconds(time.local_seconds);
  switch (code) {
    case 'Y':
      return append_number(out, civil.year, 4);
    case 'y':
      return append_number(out, civil.year % 100, 2);
    case 'C':
      return append_number(out, civil.year / 100, 2);
    case 'm':
    case 'c':
      return append_number(out, civil.month, 2);
    case 'd':
      return append_number(out, civil.day, 2);
    case 'e':
      return append_number(out, civil.day, 1);
    case 'H':
    case 'k':
      return append_number(out, of_day.hour, 2);
    case 'h':
    case 'I':
    case 'l':
      return append_number(out, half_day_hour(of_day.hour), 2);
    case 'i':
      return append_number(out, of_day.minute, 2);
    case 's':
    case 'S':
      return append_number(out, of_day.second, 2);
    case 'M':
      return append(out, month_name(civil.month));
    case 'b':
      return append(out, month_name(civil.month).substr(0, 3));
    case 'W':
      return append(out, weekday_name(weekday(day)));
    case 'a':
      return append(out, weekday_name(weekday(day)).substr(0, 3));
    case 'p':
      return append(out, of_day.hour < 12 ? "AM" : "PM");
    case 'j':
      return append_number(out, day_of_year(day), 3);
    case 'w':
      return append_number(out, weekday(day) % 7, 1);
    case 'u':
      return append_number(out, weekday(day), 1);
    case 'V':
      return append_number(out, iso_week(day).week, 2);
    case 'G':
      return append_number(out, iso_week(day).year, 4);
    case 'g':
      return append_number(out, iso_week(day).year % 100, 2);
    case 'Q':
      return append_number(out, quarter_of_month(civil.month), 1);
    case 'D':
      return append_time("%m/%d/%y", time, out);
    case 'F':
      return append_time("%Y-%m-%d", time, out);
    case 'T':
      return append_time("%H:%i:%S", time, out);
    case 'R':
      return append_time("%H:%i", time, out);
    case 'r':
      return append_time("%h:%i %p", time, out);
    case 'f':
      return append_fraction(out, time);
    case 'z':
      return append_offset(out, time.offset_seconds);
    case 'n':
      return out.push_back('\n');
    case 't':
      return out.push_back('\t');
    default:
      return out.push_back('%');
  }
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Reads a text by a format, front to back.
class TimeReader {
 public:
  TimeReader(std::string_view format, std::string_view text) : format_(format), text_(text) {}

  std::optional<ParsedTime> read() {
    if (!read_format(format_) || !text_.empty()) return std::nullopt;
    return assemble();
  }

 private:
  bool read_format(std::string_view format) {
    for (size_t i = 0; i < format.size(); ++i) {
      if (format[i] == '%' && i + 1 < format.size()) {
        if (!read_code(format[++i])) return false;
      } else if (!skip(format[i])) {
        return false;
      }
    }
    return true;
  }

  bool read_code(char code) {
    switch (code) {
      case 'Y':
        return read_number(year_, 4, 0, 9999);
      case 'y':
        if (!read_number(year_, 2, 0, 99)) return false;
        year_ += year_ < 70 ? 2000 : 1900;
        return true;
      case 'm':
      case 'c':
        return read_number(month_, 2, 1, 12);
      case 'd':
      case 'e':
        return skip_blanks() && read_number(day_, 2, 1, 31);
      case 'j':
        return read_number(day_of_year_, 3, 1, 366);
      case 'H':
      case 'k':
        return skip_blanks() && read_number(hour_, 2, 0, 23);
      case 'h':
      case 'I':
      case 'l':
        half_day_ = true;
        return skip_blanks() && read_number(hour_, 2, 1, 12);
      case 'i':
        return read_number(minute_, 2, 0, 59);
      case 's':
      case 'S':
        return read_number(second_, 2, 0, 59);
      case 'f': {
        int64_t ignored = 0;
        return read_number(ignored, 6, 0, 999'999);
      }
      case 'M':
        return read_name(kMonths, false, month_);
      case 'b':
        return read_name(kMonths, true, month_);
      case 'W': {
        int64_t ignored = 0;
        return read_name(kWeekdays, false, ignored);
      }
      case 'a': {
        int64_t ignored = 0;
        return read_name(kWeekdays, true, ignored);
      }
      case 'p':
        return read_half_day();
      case 'D':
        return read_format("%m/%d/%y");
      case 'F':
        return read_format("%Y-%m-%d");
      case 'T':
        return read_format("%H:%i:%S");
      case 'R':
        return read_format("%H:%i");
      case 'r':
        return read_format("%h:%i %p");
      case 'z':
        return read_offset();
      case 'n':
      case 't':
        return skip_blanks();
      case '%':
        return skip('%');
      default:
        throw_format("Cannot read the code %" + std::string(1, code), format_);
    }
  }

  bool skip(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool skip_blanks() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\t' || text_[0] == '\n')) {
      text_.remove_prefix(1);
    }
    return true;
  }

  bool read_number(int64_t& value, size_t digits_max, int64_t min, int64_t max) {
    size_t digits = 0;
    value = 0;
    while (digits < digits_max && digits < text_.size() && text_[digits] >= '0' &&
           text_[digits] <= '9') {
      value = value * 10 + (text_[digits++] - '0');
    }
    text_.remove_prefix(digits);
    return digits > 0 && value >= min && value <= max;
  }

  template <size_t kCount>
  bool read_name(const std::array<std::string_view, kCount>& names, bool brief, int64_t& index) {
    for (size_t i = 0; i < kCount; ++i) {
      const std::string_view name = brief ? names[i].substr(0, 3) : names[i];
      bool same = text_.size() >= name.size();
      for (size_t j = 0; same && j < name.size(); ++j) same = lower(text_[j]) == lower(name[j]);
      if (!same) continue;
      text_.remove_prefix(name.size());
      index = static_cast<int64_t>(i) + 1;
      return true;
    }
    return false;
  }

  bool read_half_day() {
    if (text_.size() < 2 || lower(text_[1]) != 'm') return false;
    const char half = lower(text_[0]);
    if (half != 'a' && half != 'p') return false;
    afternoon_ = half == 'p';
    text_.remove_prefix(2);
    return true;
  }

  bool read_offset() {
    if (text_.empty() || (text_[0] != '+' && text_[0] != '-')) return false;
    const bool negative = text_[0] == '-';
    text_.remove_prefix(1);
    int64_t hours = 0;
    int64_t minutes = 0;
    if (!read_number(hours, 2, 0, 14) || !read_number(minutes, 2, 0, 59)) return false;
    const auto seconds = static_cast<int32_t>(hours * 3600 + minutes * 60);
    offset_ = negative ? -seconds : seconds;
    return true;
  }

  std::optional<ParsedTime> assemble() const {
    const auto year = static_cast<int32_t>(year_);
    int32_t day = 0;
    if (day_of_year_ > 0) {
      if (day_of_year_ == 366 && !is_leap_year(year)) return std::nullopt;
      day = days_from_civil(year, 1, 1) + static_cast<int32_t>(day_of_year_) - 1;
    } else {
      if (!is_valid_day(year, static_cast<uint32_t>(month_), static_cast<uint32_t>(day_))) {
        return std::nullopt;
      }
      day = days_from_civil(year, static_cast<uint32_t>(month_), static_cast<uint32_t>(day_));
    }
    const int64_t hour = half_day_ ? hour_ % 12 + (afternoon_ ? 12 : 0) : hour_;
    return ParsedTime{day * kSecondsPerDay + hour * 3600 + minute_ * 60 + second_, offset_};
  }

  std::string_view format_;
  std::string_view text_;
  int64_t year_ = 1970;
  int64_t month_ = 1;
  int64_t day_ = 1;
  int64_t day_of_year_ = 0;  // 0: not said
  int64_t hour_ = 0;
  int64_t minute_ = 0;
  int64_t second_ = 0;
  bool half_day_ = false;
  bool afternoon_ = false;
  std::optional<int32_t> offset_;
};

}  // namespace

std::string_view month_name(uint32_t month) { return kMonths[month - 1]; }
std::string_view weekday_name(uint32_t weekday) { return kWeekdays[weekday - 1]; }

void check_time_format(std::string_view format) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size()) throw_format("'%' must not be the last character", format);
    if (kCodes.find(format[i]) == std::string_view::npos) {
      throw_format(std::string("Unknown code %") + format[i], format);
    }
  }
}

void append_time(std::string_view format, const FormattedTime& time, Buffer<char>& out) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%') {
      append_code(format[++i], time, out);
    } else {
      out.push_back(format[i]);
    }
  }
}

std::optional<ParsedTime> parse_time(std::string_view format, std::string_view text) {
  return TimeReader(format, text).read();
}

}  // namespace freshet
