#include "query/plan/time_grain.h"

#include <gtest/gtest.h>

#include "query/expression/evaluator.h"
#include "query/plan/binder.h"
#include "query/sql/parser.h"
#include "storage/base/random.h"
#include "storage/column/number_column.h"
#include "storage/column/time_zone.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

constexpr const char* kColumns =
    "t:DateTime m:DateTime64(3) d:Date b:DateTime('Europe/Berlin') n:Nullable(DateTime)";

class TimeGrains : public testing::Test {
 protected:
  TimeGrains() { set_zone("UTC"); }

  void set_zone(const std::string& name) { functions_.time_zone = TimeZone::find(name); }

  BoundExpressionPtr bind(const std::string& text) {
    BindContext context;
    context.functions = &functions_;
    return bind_expression(schema_from_text(kColumns), *parse_expression_text(text), context);
  }
  std::optional<TimeCall> call(const std::string& text) {
    return time_call(*bind(text), functions_);
  }
  // Whether what is known of each cell of `fine` tells `coarse`.
  bool tells(const std::string& fine, const std::string& coarse) {
    const auto kept = call(fine);
    const auto asked = call(coarse);
    return kept && asked && kept->is_member && refines(kept->grain, asked->grain);
  }

  FunctionContext functions_;
};

TEST_F(TimeGrains, TellOfCoarserOnes) {
  EXPECT_TRUE(tells("toStartOfHour(t)", "toStartOfHour(t)"));
  EXPECT_TRUE(tells("toStartOfHour(t)", "toHour(t)"));
  EXPECT_TRUE(tells("toStartOfHour(t)", "toDate(t)"));
  EXPECT_TRUE(tells("toStartOfHour(t)", "toYYYYMM(t)"));
  EXPECT_TRUE(tells("toStartOfHour(t)", "toStartOfInterval(t, INTERVAL 6 HOUR)"));
  EXPECT_TRUE(tells("toStartOfHour(t)", "toStartOfInterval(t, INTERVAL 120 MINUTE)"));
  EXPECT_TRUE(tells("toStartOfHour(t)", "formatDateTime(t, '%d.%m.%Y %H Uhr')"));
  EXPECT_TRUE(tells("toStartOfMinute(t)", "formatDateTime(t, '%R')"));
  EXPECT_TRUE(tells("toStartOfFiveMinutes(t)", "toStartOfFifteenMinutes(t)"));
  EXPECT_TRUE(tells("toDate(t)", "toStartOfDay(t)"));
  EXPECT_TRUE(tells("toStartOfDay(t)", "dateTrunc('week', t)"));
  EXPECT_TRUE(tells("CAST(t, 'Date')", "toDayOfWeek(t, 2)"));
  EXPECT_TRUE(tells("toMonday(t)", "toISOYear(t)"));
  EXPECT_TRUE(tells("toStartOfWeek(t, 1)", "toMonday(t)"));
  EXPECT_TRUE(tells("toStartOfMonth(t)", "toQuarter(t)"));
  EXPECT_TRUE(tells("toStartOfInterval(t, INTERVAL 2 MONTH)", "toYear(t)"));
  EXPECT_TRUE(tells("toStartOfQuarter(d)", "toStartOfInterval(d, INTERVAL 10 YEAR)"));
  EXPECT_TRUE(tells("toStartOfHour(n)", "toDate(n)"));
}

TEST_F(TimeGrains, DoNotTellOfFinerOnesNorOfThoseThatCrossTheirs) {
  EXPECT_FALSE(tells("toStartOfHour(t)", "toStartOfMinute(t)"));
  EXPECT_FALSE(tells("toStartOfHour(t)", "toMinute(t)"));
  EXPECT_FALSE(tells("toStartOfHour(t)", "formatDateTime(t, '%H:%i')"));
  EXPECT_FALSE(tells("toStartOfHour(t)", "formatDateTime(t, '%z')"));
  EXPECT_FALSE(tells("toStartOfHour(t)", "toStartOfInterval(t, INTERVAL 90 MINUTE)"));
  EXPECT_FALSE(tells("toStartOfTenMinutes(t)", "toStartOfFifteenMinutes(t)"));
  EXPECT_FALSE(tells("toStartOfDay(t)", "toHour(t)"));
  EXPECT_FALSE(tells("toMonday(t)", "toMonth(t)"));
  EXPECT_FALSE(tells("toMonday(t)", "toStartOfWeek(t)"));
  EXPECT_FALSE(tells("toStartOfMonth(t)", "toMonday(t)"));
  EXPECT_FALSE(tells("toStartOfInterval(t, INTERVAL 5 MONTH)", "toYear(t)"));
  EXPECT_FALSE(tells("toStartOfInterval(t, INTERVAL 2 DAY)", "toMonday(t)"));
  // These give no time of which more could be asked.
  EXPECT_FALSE(tells("toYYYYMM(t)", "toYear(t)"));
  EXPECT_FALSE(tells("toStartOfDay(d)", "toYear(d)"));
  EXPECT_FALSE(call("toString(t)").has_value());
}

TEST_F(TimeGrains, KnowZones) {
  EXPECT_TRUE(tells("toStartOfHour(t)", "toDate(t, 'Europe/Berlin')"));
  EXPECT_TRUE(tells("toStartOfHour(t)", "toHour(t, 'America/New_York')"));
  EXPECT_FALSE(tells("toStartOfHour(t)", "toDate(t, 'Asia/Kolkata')"));
  EXPECT_TRUE(tells("timeSlot(t)", "toStartOfHour(t, 'Asia/Kolkata')"));
  EXPECT_FALSE(tells("timeSlot(t)", "toHour(t, 'Asia/Kathmandu')"));
  EXPECT_TRUE(tells("toStartOfFifteenMinutes(t)", "toHour(t, 'Asia/Kathmandu')"));
  EXPECT_FALSE(tells("toDate(t)", "toDate(t, 'Europe/Berlin')"));
  EXPECT_TRUE(tells("toDate(b)", "toYear(b, 'Europe/Berlin')"));
  EXPECT_FALSE(tells("toDate(b)", "toYear(b, 'Europe/Paris')"));
  // Midnights that clocks skip begin no day.
  EXPECT_TRUE(call("toDate(t, 'Europe/Berlin')")->is_member);
  EXPECT_FALSE(call("toDate(t, 'America/Sao_Paulo')")->is_member);
  EXPECT_FALSE(call("toStartOfHour(t, 'Asia/Kolkata')")->is_monotonic);
}

// What is asked of a member of a cell is what is asked of any other time in it.
TEST_F(TimeGrains, HoldOfTimesMadeAtRandom) {
  const std::vector<std::string> zones = {"UTC",
                                          "Europe/Berlin",
                                          "America/New_York",
                                          "Asia/Kathmandu",
                                          "Australia/Lord_Howe",
                                          "America/Sao_Paulo",
                                          "Pacific/Apia",
                                          "Africa/Monrovia",
                                          "America/St_Johns"};
  const std::vector<std::string> functions = {"toStartOfMinute(t, Z)",
                                              "toStartOfFifteenMinutes(t, Z)",
                                              "timeSlot(t, Z)",
                                              "toStartOfHour(t, Z)",
                                              "toStartOfInterval(t, INTERVAL 3 HOUR, Z)",
                                              "toStartOfInterval(t, INTERVAL 5 HOUR, Z)",
                                              "toHour(t, Z)",
                                              "toMinute(t, Z)",
                                              "toStartOfDay(t, Z)",
                                              "toDate(t, Z)",
                                              "toStartOfInterval(t, INTERVAL 3 DAY, Z)",
                                              "toDayOfWeek(t, 0, Z)",
                                              "toStartOfWeek(t, 0, Z)",
                                              "toMonday(t, Z)",
                                              "toISOWeek(t, Z)",
                                              "toLastDayOfWeek(t, 1, Z)",
                                              "toStartOfInterval(t, INTERVAL 2 WEEK, Z)",
                                              "toStartOfMonth(t, Z)",
                                              "toLastDayOfMonth(t, Z)",
                                              "toStartOfInterval(t, INTERVAL 5 MONTH, Z)",
                                              "toQuarter(t, Z)",
                                              "toYear(t, Z)",
                                              "toStartOfInterval(t, INTERVAL 3 YEAR, Z)",
                                              "toRelativeHourNum(t, Z)",
                                              "toRelativeWeekNum(t, Z)",
                                              "formatDateTime(t, '%F %H', Z)",
                                              "formatDateTime(t, '%R', Z)"};
  Random random(3);
  const auto [first, last] = safe_times(*parse_data_type("DateTime"));
  size_t checked = 0;
  for (const std::string& zone : zones) {
    set_zone(zone);
    // Many of them where clocks change.
    Buffer<uint32_t> cells;
    for (size_t i = 0; i < 1000; ++i) {
      const auto span = static_cast<uint64_t>(last - first);
      int64_t at = first + static_cast<int64_t>(random.below(span));
      constexpr int64_t kDay = 86400;
      if (i % 2 == 0) {
        for (size_t day = 0; day < 400; ++day) {
          const auto& clocks = *functions_.time_zone;
          if (clocks.utc_offset_seconds(at) != clocks.utc_offset_seconds(at + kDay)) break;
          at = at + kDay > last ? first : at + kDay;
        }
        at += static_cast<int64_t>(random.below(2 * kDay));
      }
      cells.push_back(static_cast<uint32_t>(std::min(at, last)));
    }
    Chunk chunk;
    chunk.row_count = cells.size();
    chunk.columns.push_back(make_number_column<uint32_t>(std::move(cells)));
    const auto with_zone = [&](std::string text) {
      return text.replace(text.find(" Z)") + 1, 1, "'" + zone + "'");
    };
    for (const std::string& fine : functions) {
      const auto kept = bind(with_zone(fine));
      const auto cut = time_call(*kept, functions_);
      ASSERT_TRUE(cut || zone == "Africa/Monrovia") << fine;
      if (!cut || !cut->is_member) continue;
      Chunk members;
      members.row_count = chunk.row_count;
      const auto back = cast_expression(column_expression(0, kept->type, ""),
                                        kept->arguments[cut->argument]->type, functions_);
      Chunk starts;
      starts.row_count = chunk.row_count;
      starts.columns.push_back(flat(evaluate_expression(*kept, chunk)));
      members.columns.push_back(flat(evaluate_expression(*back, starts)));
      for (const std::string& coarse : functions) {
        const auto asked = bind(with_zone(coarse));
        const auto of = time_call(*asked, functions_);
        if (!of || !refines(cut->grain, of->grain)) continue;
        EXPECT_EQ(column_to_text(asked->type, flat(evaluate_expression(*asked, members))),
                  column_to_text(asked->type, flat(evaluate_expression(*asked, chunk))))
            << fine << " " << coarse << " " << zone;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 1000U);
}

}  // namespace
}  // namespace freshet
