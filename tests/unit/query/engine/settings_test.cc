#include "query/engine/settings.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/column/time_zone.h"
#include "tests/unit/query/engine/engine_harness.h"

namespace freshet {
namespace {

ErrorCode code_of_setting(std::string_view name, std::string_view value) {
  Settings settings;
  try {
    settings.set(name, value);
  } catch (const Error& error) {
    EXPECT_NE(error.message().find(name), std::string::npos) << error.message();
    return error.code();
  }
  return ErrorCode{0};
}

TEST(Settings, GivesDefaultsUntilSet) {
  Settings settings;
  EXPECT_EQ(settings.text("session_timezone"), "");
  EXPECT_TRUE(settings.flag("enable_http_compression"));
  EXPECT_FALSE(settings.is_changed("enable_http_compression"));
  settings.set("enable_http_compression", "0");
  EXPECT_FALSE(settings.flag("enable_http_compression"));
  EXPECT_TRUE(settings.is_changed("enable_http_compression"));
}

TEST(Settings, KeepsCanonicalText) {
  Settings settings;
  settings.set("join_use_nulls", "True");
  EXPECT_EQ(settings.text("join_use_nulls"), "1");
  settings.set("max_memory_usage", "10Gi");
  EXPECT_EQ(settings.number("max_memory_usage"), uint64_t{10} << 30);
  settings.set("max_memory_usage", "2k");
  EXPECT_EQ(settings.number("max_memory_usage"), 2000u);
  settings.set("max_threads", "auto(8)");
  EXPECT_EQ(settings.number("max_threads"), 0u);
  settings.set("max_execution_time", "0.5");
  EXPECT_DOUBLE_EQ(settings.real("max_execution_time"), 0.5);
  settings.set("result_overflow_mode", "BREAK");
  EXPECT_EQ(settings.text("result_overflow_mode"), "break");
}

TEST(Settings, RefusesBadValuesAndNamesThem) {
  EXPECT_EQ(code_of_setting("join_use_nulls", "maybe"), ErrorCode::CannotParseBool);
  EXPECT_EQ(code_of_setting("max_threads", "-1"), ErrorCode::CannotParseNumber);
  EXPECT_EQ(code_of_setting("max_threads", "99999999999999999999"), ErrorCode::CannotParseNumber);
  EXPECT_EQ(code_of_setting("max_memory_usage", "1x"), ErrorCode::CannotParseNumber);
  EXPECT_EQ(code_of_setting("max_execution_time", "soon"), ErrorCode::CannotParseNumber);
  EXPECT_EQ(code_of_setting("result_overflow_mode", "explode"), ErrorCode::BadArguments);
  EXPECT_EQ(code_of_setting("format_csv_delimiter", "||"), ErrorCode::BadArguments);
}

TEST(Settings, SuggestsNearNames) {
  Settings settings;
  try {
    settings.set("max_thredas", "1");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::UnknownSetting);
    EXPECT_EQ(error.message(), "Unknown setting 'max_thredas'. Maybe you meant: ['max_threads']");
  }
}

TEST(Settings, AcceptsWhatClientsSendWithoutEffect) {
  EXPECT_EQ(code_of_setting("async_insert", "1"), ErrorCode{0});
  EXPECT_EQ(code_of_setting("load_balancing", "first_or_random"), ErrorCode{0});
  EXPECT_EQ(code_of_setting("cancel_http_readonly_queries_on_client_close", "1"), ErrorCode{0});
  EXPECT_EQ(code_of_setting("cast_string_to_dynamic_use_inference", "1"), ErrorCode{0});
  EXPECT_EQ(code_of_setting("select_sequential_consistency", "1"), ErrorCode{0});
}

TEST(Settings, RefusesToPretendWhereResultsWouldChange) {
  EXPECT_EQ(code_of_setting("bool_true_representation", "true"), ErrorCode{0});
  EXPECT_EQ(code_of_setting("bool_true_representation", "yes"), ErrorCode::NotImplemented);
}

TEST(Settings, EveryEntryCanBeSetToItsDefault) {
  for (const SettingEntry& entry : all_settings()) {
    Settings settings;
    settings.set(entry.name, entry.default_value);
    EXPECT_EQ(settings.text(SettingName(entry.name)), entry.default_value) << entry.name;
    EXPECT_FALSE(entry.description.empty()) << entry.name;
  }
}

TEST(FormatOptions, FollowSettings) {
  Settings settings;
  settings.set("date_time_input_format", "best_effort_us");
  settings.set("format_csv_delimiter", ";");
  settings.set("output_format_json_quote_64bit_integers", "1");
  settings.set("session_timezone", "Europe/Berlin");
  const FormatOptions options = format_options(settings, "UTC");
  EXPECT_TRUE(options.text.best_effort_dates);
  EXPECT_TRUE(options.text.month_first_dates);
  EXPECT_EQ(options.csv_delimiter, ';');
  EXPECT_TRUE(options.json_quote_64bit_integers);
  EXPECT_EQ(options.text.time_zone->name(), "Europe/Berlin");
  EXPECT_EQ(format_options(Settings(), "Asia/Tokyo").text.time_zone->name(), "Asia/Tokyo");
}

TEST(FormatOptions, RefuseAnUnknownZone) {
  Settings settings;
  settings.set("session_timezone", "Mars/Olympus");
  EXPECT_THROW(format_options(settings, "UTC"), Error);
}

TEST(LimitSettings, CutTheResultOfAnyQuery) {
  EngineHarness sql;
  sql.settings.set("limit", "2");
  sql.settings.set("offset", "1");
  EXPECT_EQ(sql.run("SELECT number FROM numbers(10) ORDER BY number"), "1\n2\n");
  EXPECT_EQ(sql.run("SELECT number FROM numbers(10) LIMIT 2"), "1\n");
}

}  // namespace
}  // namespace freshet
