#include "query/function/time_unit.h"

#include <string>

#include "storage/base/error.h"

namespace freshet {

namespace {

struct UnitName {
  std::string_view name;
  IntervalUnit unit;
};

constexpr UnitName kUnitNames[] = {
    {"nanosecond", IntervalUnit::Nanosecond},
    {"nanoseconds", IntervalUnit::Nanosecond},
    {"ns", IntervalUnit::Nanosecond},
    {"microsecond", IntervalUnit::Microsecond},
    {"microseconds", IntervalUnit::Microsecond},
    {"us", IntervalUnit::Microsecond},
    {"u", IntervalUnit::Microsecond},
    {"millisecond", IntervalUnit::Millisecond},
    {"milliseconds", IntervalUnit::Millisecond},
    {"ms", IntervalUnit::Millisecond},
    {"second", IntervalUnit::Second},
    {"seconds", IntervalUnit::Second},
    {"ss", IntervalUnit::Second},
    {"s", IntervalUnit::Second},
    {"minute", IntervalUnit::Minute},
    {"minutes", IntervalUnit::Minute},
    {"mi", IntervalUnit::Minute},
    {"n", IntervalUnit::Minute},
    {"hour", IntervalUnit::Hour},
    {"hours", IntervalUnit::Hour},
    {"hh", IntervalUnit::Hour},
    {"h", IntervalUnit::Hour},
    {"day", IntervalUnit::Day},
    {"days", IntervalUnit::Day},
    {"dd", IntervalUnit::Day},
    {"d", IntervalUnit::Day},
    {"week", IntervalUnit::Week},
    {"weeks", IntervalUnit::Week},
    {"wk", IntervalUnit::Week},
    {"ww", IntervalUnit::Week},
    {"month", IntervalUnit::Month},
    {"months", IntervalUnit::Month},
    {"mm", IntervalUnit::Month},
    {"m", IntervalUnit::Month},
    {"quarter", IntervalUnit::Quarter},
    {"quarters", IntervalUnit::Quarter},
    {"qq", IntervalUnit::Quarter},
    {"q", IntervalUnit::Quarter},
    {"year", IntervalUnit::Year},
    {"years", IntervalUnit::Year},
    {"yyyy", IntervalUnit::Year},
    {"yy", IntervalUnit::Year},
};

}  // namespace

IntervalUnit parse_time_unit(std::string_view function, std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  for (const UnitName& known : kUnitNames) {
    if (known.name == lower) return known.unit;
  }
  throw Error(ErrorCode::BadArguments, "Function " + std::string(function) +
                                           " does not know the unit '" + std::string(text) + "'");
}

}  // namespace freshet
