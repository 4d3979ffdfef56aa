#include "storage/column/calendar.h"

#include <gtest/gtest.h>

namespace freshet {
namespace {

TEST(Calendar, DaysAndCivilDaysAreInverse) {
  for (int32_t days = kDate32DaysMin; days <= kDate32DaysMax; ++days) {
    const CivilDay civil = civil_from_days(days);
    ASSERT_EQ(days_from_civil(civil.year, civil.month, civil.day), days);
    ASSERT_TRUE(is_valid_day(civil.year, civil.month, civil.day));
  }
  EXPECT_EQ(civil_from_days(0), (CivilDay{1970, 1, 1}));
  EXPECT_EQ(civil_from_days(kDateDaysMax), (CivilDay{2149, 6, 6}));
  EXPECT_EQ(civil_from_days(kDate32DaysMin), (CivilDay{1900, 1, 1}));
  EXPECT_EQ(civil_from_days(kDate32DaysMax), (CivilDay{2299, 12, 31}));
}

TEST(Calendar, KnowsDaysThatDoNotExist) {
  EXPECT_TRUE(is_valid_day(2000, 2, 29));
  EXPECT_FALSE(is_valid_day(1900, 2, 29));
  EXPECT_FALSE(is_valid_day(2023, 4, 31));
  EXPECT_FALSE(is_valid_day(2023, 13, 1));
  EXPECT_FALSE(is_valid_day(2023, 0, 1));
  EXPECT_FALSE(is_valid_day(2023, 1, 0));
}

TEST(Calendar, WeeksStartOnMonday) {
  const int32_t sunday = days_from_civil(2024, 3, 3);
  EXPECT_EQ(weekday(sunday), 7U);
  EXPECT_EQ(civil_from_days(start_of_week(sunday)), (CivilDay{2024, 2, 26}));
  EXPECT_EQ(start_of_week_sunday(sunday), sunday);
  EXPECT_EQ(weekday(-1), 3U);
}

TEST(Calendar, IsoWeeksBelongToTheYearOfTheirThursday) {
  EXPECT_EQ(iso_week(days_from_civil(2021, 1, 3)), (IsoWeek{2020, 53}));
  EXPECT_EQ(iso_week(days_from_civil(2021, 1, 4)), (IsoWeek{2021, 1}));
  EXPECT_EQ(iso_week(days_from_civil(2018, 12, 31)), (IsoWeek{2019, 1}));
  EXPECT_EQ(civil_from_days(start_of_iso_year(days_from_civil(2021, 1, 3))),
            (CivilDay{2019, 12, 30}));
}

TEST(Calendar, PeriodsStartOnTheirFirstDay) {
  const int32_t day = days_from_civil(2023, 8, 17);
  EXPECT_EQ(civil_from_days(start_of_month(day)), (CivilDay{2023, 8, 1}));
  EXPECT_EQ(civil_from_days(start_of_quarter(day)), (CivilDay{2023, 7, 1}));
  EXPECT_EQ(civil_from_days(start_of_year(day)), (CivilDay{2023, 1, 1}));
  EXPECT_EQ(day_of_year(day), 229);
}

TEST(Calendar, AddingMonthsStaysInTheMonth) {
  const int32_t day = days_from_civil(2024, 1, 31);
  EXPECT_EQ(civil_from_days(add_months(day, 1)), (CivilDay{2024, 2, 29}));
  EXPECT_EQ(civil_from_days(add_months(day, -2)), (CivilDay{2023, 11, 30}));
  EXPECT_EQ(civil_from_days(add_months(day, -13)), (CivilDay{2022, 12, 31}));
}

TEST(Calendar, SecondsBeforeTheEpochBelongToTheDayBefore) {
  EXPECT_EQ(day_of_seconds(-1), -1);
  EXPECT_EQ(day_of_seconds(0), 0);
  EXPECT_EQ(time_of_seconds(-1), (TimeOfDay{23, 59, 59}));
}

}  // namespace
}  // namespace freshet
