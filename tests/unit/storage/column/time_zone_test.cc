#include "storage/column/time_zone.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/column/calendar.h"

namespace freshet {
namespace {

int64_t seconds(int32_t year, uint32_t month, uint32_t day, int64_t hour, int64_t minute) {
  return days_from_civil(year, month, day) * kSecondsPerDay + hour * 3600 + minute * 60;
}

TEST(TimeZone, UtcIsFixed) {
  EXPECT_TRUE(TimeZone::utc()->is_utc());
  EXPECT_EQ(TimeZone::find("UTC"), TimeZone::utc());
  EXPECT_EQ(TimeZone::utc()->to_utc(5), 5);
}

TEST(TimeZone, IsLoadedOnce) {
  EXPECT_EQ(TimeZone::find("Europe/Berlin"), TimeZone::find("Europe/Berlin"));
}

TEST(TimeZone, UnknownNamesAreErrors) {
  EXPECT_THROW(TimeZone::find("Foo/Bar"), Error);
  EXPECT_THROW(TimeZone::find(""), Error);
  EXPECT_THROW(TimeZone::find("../zoneinfo/UTC"), Error);
  EXPECT_THROW(TimeZone::find("Foo/Bar"), Error);  // also the second time
}

TEST(TimeZone, OffsetsFollowSummerTime) {
  const auto berlin = TimeZone::find("Europe/Berlin");
  EXPECT_EQ(berlin->utc_offset_seconds(seconds(2021, 1, 1, 0, 0)), 3600);
  EXPECT_EQ(berlin->utc_offset_seconds(seconds(2021, 7, 1, 0, 0)), 7200);
  EXPECT_EQ(berlin->utc_offset_seconds(seconds(2021, 3, 28, 1, 0) - 1), 3600);
  EXPECT_EQ(berlin->utc_offset_seconds(seconds(2021, 3, 28, 1, 0)), 7200);
  EXPECT_EQ(berlin->utc_offset_seconds(seconds(2280, 7, 1, 0, 0)), 7200);
}

TEST(TimeZone, SkippedTimesMoveBack) {
  const auto berlin = TimeZone::find("Europe/Berlin");
  EXPECT_EQ(berlin->to_utc(seconds(2021, 3, 28, 2, 30)), seconds(2021, 3, 28, 0, 30));
  const auto apia = TimeZone::find("Pacific/Apia");  // skipped a whole day
  EXPECT_EQ(apia->to_local(apia->to_utc(seconds(2011, 12, 30, 10, 0))),
            seconds(2011, 12, 29, 10, 0));
}

TEST(TimeZone, RepeatedTimesAreTheFirst) {
  const auto berlin = TimeZone::find("Europe/Berlin");
  EXPECT_EQ(berlin->to_utc(seconds(2021, 10, 31, 2, 30)), seconds(2021, 10, 31, 0, 30));
  const auto new_york = TimeZone::find("America/New_York");
  EXPECT_EQ(new_york->to_utc(seconds(2021, 11, 7, 1, 30)), seconds(2021, 11, 7, 5, 30));
}

TEST(TimeZone, LocalAndUtcAreInverseAwayFromTransitions) {
  for (const char* name : {"America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe"}) {
    const auto zone = TimeZone::find(name);
    for (int64_t at = seconds(1902, 1, 1, 0, 0); at < seconds(2298, 1, 1, 0, 0); at += 8'640'007) {
      const int64_t local = zone->to_local(at);
      EXPECT_EQ(zone->to_local(zone->to_utc(local)), local);
    }
  }
}

TEST(TimeZone, TellsWhereDaysAreCut) {
  for (const char* name : {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"}) {
    EXPECT_TRUE(TimeZone::find(name)->has_whole_days()) << name;
  }
  // Clocks went from 0:00 to 1:00, from 0:01 to 23:01, and past a day.
  for (const char* name : {"America/Sao_Paulo", "America/St_Johns", "Pacific/Apia"}) {
    EXPECT_FALSE(TimeZone::find(name)->has_whole_days()) << name;
  }
}

TEST(TimeZone, TellsWhatItsOffsetsAreMultiplesOf) {
  EXPECT_TRUE(TimeZone::utc()->is_aligned_to(86400));
  EXPECT_TRUE(TimeZone::find("Europe/Berlin")->is_aligned_to(3600));
  EXPECT_FALSE(TimeZone::find("Europe/Berlin")->is_aligned_to(7200));
  EXPECT_FALSE(TimeZone::find("Asia/Kolkata")->is_aligned_to(3600));
  EXPECT_TRUE(TimeZone::find("Asia/Kolkata")->is_aligned_to(1800));
  EXPECT_TRUE(TimeZone::find("Asia/Kathmandu")->is_aligned_to(900));
  // Its offset was 44 minutes and a half until 1972.
  EXPECT_FALSE(TimeZone::find("Africa/Monrovia")->is_aligned_to(60));
}

}  // namespace
}  // namespace freshet
