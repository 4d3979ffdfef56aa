// Week numbers in the ten modes of toWeek, which MySQL and ClickHouse count alike.
//
//   bit 0  weeks start on Monday (else Sunday)
//   bit 1  weeks of the year before may not be 0: they are 52 or 53
//   bit 2  week 1 begins with the year's first first day of a week (else it has four days of the
//          year at least); the other way round when weeks start on Sunday
//   bit 3  week 1 has January 1st; bits 1 and 2 do not count
#pragma once

#include <cstdint>

namespace freshet {

struct YearWeek {
  int32_t year;
  uint32_t week;
};

YearWeek week_of(int32_t days, uint8_t mode);

}  // namespace freshet
