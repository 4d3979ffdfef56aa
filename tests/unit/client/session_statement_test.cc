#include "client/session_statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freshet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(SettingsOfSet, TakesSeveralWithTheirValues) {
  EXPECT_THAT(settings_of_set("SET a = 1"), ElementsAre(Pair("a", "1")));
  EXPECT_THAT(
      settings_of_set("set max_threads=2,\n  session_timezone = 'Europe/Berlin' , f = 0.5;"),
      ElementsAre(Pair("max_threads", "2"), Pair("session_timezone", "Europe/Berlin"),
                  Pair("f", "0.5")));
  EXPECT_THAT(settings_of_set("/* why */ SET a -- so\n"), ElementsAre(Pair("a", "1")));
}

TEST(SettingsOfSet, KeepsBlanksCommasAndQuotesInsideOfText) {
  EXPECT_THAT(settings_of_set("SET format_regexp = '(a b), (c)', log_comment = 'it''s \\'so\\''"),
              ElementsAre(Pair("format_regexp", "(a b), (c)"), Pair("log_comment", "it's 'so'")));
}

TEST(SettingsOfSet, IsEmptyForOtherStatements) {
  EXPECT_THAT(settings_of_set("SELECT 1"), IsEmpty());
  EXPECT_THAT(settings_of_set("SETTINGS a = 1"), IsEmpty());
  EXPECT_THAT(settings_of_set("SET ROLE DEFAULT"), IsEmpty());
}

TEST(DatabaseOfUse, TakesNamesInQuotesAndTheWordDatabase) {
  EXPECT_EQ(database_of_use("USE shop"), "shop");
  EXPECT_EQ(database_of_use("use `my shop`;"), "my shop");
  EXPECT_EQ(database_of_use("USE DATABASE shop"), "shop");
  EXPECT_EQ(database_of_use("USE database"), "database");
  EXPECT_EQ(database_of_use("SELECT 1"), "");
}

}  // namespace
}  // namespace freshet
