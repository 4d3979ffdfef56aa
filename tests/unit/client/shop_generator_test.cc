#include "client/shop_generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "storage/column/time_zone.h"
#include "storage/format/format.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

constexpr std::string_view kColumns =
    "time:DateTime64(3) tenant:String event:String session:String visitor:UInt64 page:String "
    "product:UInt32 category:String price:Decimal(10, 2) quantity:Int32 order_id:UInt64 "
    "revenue:Decimal(12, 2) country:String device:String referrer:String";

std::string events(uint64_t seed, size_t count) {
  ShopGenerator generator(seed);
  std::string text;
  for (size_t i = 0; i < count; ++i) generator.append_event(text);
  return text;
}

TEST(ShopGenerator, GivesTheSameEventsForTheSameSeed) {
  EXPECT_EQ(events(7, 5'000), events(7, 5'000));
  EXPECT_NE(events(7, 100), events(8, 100));
  // However many are made: the first ones stay the first ones, so that a run can be resumed.
  EXPECT_TRUE(events(7, 5'000).starts_with(events(7, 4'321)));
}

TEST(ShopGenerator, EventsAreRowsOfItsTable) {
  FormatOptions options;
  options.text.time_zone = TimeZone::utc();
  const auto reader = find_format("JSONEachRow").make_reader(schema_from_text(kColumns), options);
  const auto parsed = reader->parse(events(1, 5'000), 1);
  EXPECT_TRUE(parsed.bad.empty());
  ASSERT_EQ(parsed.chunk.row_count, 5'000u);
  for (const auto& absent : parsed.defaults) EXPECT_TRUE(absent.empty());
  const auto text = [&](size_t column, size_t row) {
    return value_at(*parsed.chunk.columns[column], row).as<std::string>();
  };
  const auto number = [&](size_t column, size_t row) {
    const Value value = value_at(*parsed.chunk.columns[column], row);
    const auto* is_signed = std::get_if<int64_t>(&value.cell);
    return is_signed != nullptr ? *is_signed : static_cast<int64_t>(value.as<uint64_t>());
  };
  std::map<std::string, size_t> kinds;
  std::map<std::string, std::string> tenant_of_session;
  size_t late = 0;
  int64_t newest = 0;
  for (size_t row = 0; row < parsed.chunk.row_count; ++row) {
    const std::string event = text(2, row);
    ++kinds[event];
    const int64_t time = number(0, row);
    late += time < newest ? 1 : 0;
    // Not later than the reason that the header gives: some minutes.
    EXPECT_GT(time, newest - 301'000);
    newest = std::max(newest, time);
    const auto [known, is_new] = tenant_of_session.emplace(text(3, row), text(1, row));
    EXPECT_EQ(known->second, text(1, row));
    const bool has_product = event != "page_view";
    EXPECT_EQ(number(6, row) != 0, has_product);
    const bool is_order = event == "purchase" || event == "refund";
    EXPECT_EQ(number(10, row) != 0, is_order);
    // Decimals of two digits: price times quantity.
    const int64_t sign = event == "purchase" ? 1 : event == "refund" ? -1 : 0;
    EXPECT_EQ(number(11, row), sign * number(8, row) * number(9, row));
  }
  EXPECT_GT(late, 0u);
  for (const char* kind : {"page_view", "product_view", "add_to_cart", "purchase"}) {
    EXPECT_GT(kinds[kind], 0u) << kind;
  }
}

}  // namespace
}  // namespace freshet
