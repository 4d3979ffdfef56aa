#include "client/shop_generator.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <string_view>
#include <utility>

namespace freshet {

namespace {

constexpr int64_t kFirstTimeMs = 1'709'251'200'000;  // 2024-03-01 00:00:00 UTC
constexpr int64_t kDayMs = 86'400'000;
constexpr int kSessionsPerDay = 4'000;

struct Shop {
  std::string_view name;
  double weight;      // share of all sessions
  double order_rate;  // of sessions with something in the cart
  uint64_t product_count;
  double price;  // typical
};

constexpr std::array<Shop, 4> kShops = {{{"garden", 0.45, 0.42, 400, 35},
                                         {"books", 0.30, 0.55, 2'000, 14},
                                         {"audio", 0.15, 0.30, 150, 120},
                                         {"toys", 0.10, 0.48, 600, 22}}};
constexpr std::array<std::string_view, 5> kCategories = {"new", "sale", "classics", "gifts",
                                                         "basics"};
constexpr std::array<std::string_view, 6> kCountries = {"DE", "FR", "GB", "US", "NL", "PL"};
constexpr std::array<std::string_view, 3> kDevices = {"phone", "desktop", "tablet"};
constexpr std::array<std::string_view, 5> kReferrers = {"", "google", "newsletter", "instagram",
                                                        "partner"};

template <class List>
auto pick(Random& random, const List& list) {
  // Squared, so that the first ones are the frequent ones.
  const double place = random.fraction();
  return list[static_cast<size_t>(place * place * static_cast<double>(list.size()))];
}

std::string money(int64_t cents) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%s%lld.%02lld", cents < 0 ? "-" : "",
                static_cast<long long>(std::abs(cents) / 100),
                static_cast<long long>(std::abs(cents) % 100));
  return text.data();
}

// "2024-03-01 00:00:07.250", UTC.
std::string time_text(int64_t time_ms) {
  const auto seconds = static_cast<std::time_t>(time_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d %02d:%02d:%02d.%03d",
                parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                parts.tm_sec, static_cast<int>(time_ms % 1000));
  return text.data();
}

}  // namespace

std::string ShopGenerator::create_table(const std::string& table) {
  return "CREATE TABLE IF NOT EXISTS " + table +
         " (time DateTime64(3, 'UTC'), tenant LowCardinality(String), event "
         "LowCardinality(String), session String, visitor UInt64, page String, product UInt32, "
         "category LowCardinality(String), price Decimal(10, 2), quantity Int32, order_id UInt64, "
         "revenue Decimal(12, 2), country LowCardinality(String), device LowCardinality(String), "
         "referrer LowCardinality(String)) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY "
         "(tenant, event, time)";
}

ShopGenerator::ShopGenerator(uint64_t seed) : random_(seed), now_ms_(kFirstTimeMs) {}

void ShopGenerator::add(int64_t time_ms, std::string json) {
  // Most events arrive within a second; one in fifty was held back by a bad connection.
  const auto delay_ms =
      static_cast<int64_t>(random_.chance(0.02) ? random_.below(300'000) : random_.below(1'000));
  arriving_.emplace(time_ms + delay_ms, Event{time_ms, std::move(json)});
}

void ShopGenerator::make_session() {
  now_ms_ += static_cast<int64_t>(random_.below(2 * kDayMs / kSessionsPerDay));
  double share = random_.fraction();
  const Shop* shop = &kShops.back();
  for (const Shop& candidate : kShops) {
    if (share < candidate.weight) {
      shop = &candidate;
      break;
    }
    share -= candidate.weight;
  }
  std::array<char, 24> session{};
  std::snprintf(session.data(), session.size(), "%016llx",
                static_cast<unsigned long long>(random_.next()));
  const std::string visitor =
      std::to_string(static_cast<uint64_t>(40'000 * random_.fraction() * random_.fraction()));
  const std::string tail = std::string(",\"country\":\"") + std::string(pick(random_, kCountries)) +
                           "\",\"device\":\"" + std::string(pick(random_, kDevices)) +
                           "\",\"referrer\":\"" + std::string(pick(random_, kReferrers)) + "\"}";
  const std::string head =
      ",\"session\":\"" + std::string(session.data()) + "\",\"visitor\":" + visitor;

  int64_t time_ms = now_ms_;
  struct Item {
    uint64_t product = 0;
    int64_t cents = 0;
    uint64_t quantity = 0;
  };
  const auto event = [&](std::string_view name, const std::string& page, const Item& item,
                         uint64_t order_id, int64_t revenue_cents) {
    const std::string_view category =
        item.product == 0 ? std::string_view() : kCategories[item.product % kCategories.size()];
    add(time_ms,
        ",\"tenant\":\"" + std::string(shop->name) + "\",\"event\":\"" + std::string(name) + '"' +
            head + ",\"page\":\"" + page + "\",\"product\":" + std::to_string(item.product) +
            ",\"category\":\"" + std::string(category) + "\",\"price\":\"" + money(item.cents) +
            "\",\"quantity\":" + std::to_string(item.quantity) + ",\"order_id\":" +
            std::to_string(order_id) + ",\"revenue\":\"" + money(revenue_cents) + '"' + tail);
    time_ms += static_cast<int64_t>(2'000 + random_.below(40'000));
  };

  event("page_view", "/", {}, 0, 0);
  const auto view_count = static_cast<size_t>(8 * random_.fraction() * random_.fraction());
  std::deque<Item> cart;
  for (size_t i = 0; i < view_count; ++i) {
    const double place = random_.fraction();
    Item item;
    item.product =
        1 + static_cast<uint64_t>(place * place * place * static_cast<double>(shop->product_count));
    // A product's price is its own, whoever looks at it.
    item.cents =
        static_cast<int64_t>(shop->price * (30 + static_cast<double>(item.product * 7919 % 171)));
    event("product_view", "/p/" + std::to_string(item.product), item, 0, 0);
    if (!random_.chance(0.22)) continue;
    item.quantity = 1 + random_.below(3);
    event("add_to_cart", "/p/" + std::to_string(item.product), item, 0, 0);
    cart.push_back(item);
  }
  if (cart.empty() || !random_.chance(shop->order_rate)) return;
  const uint64_t order_id = ++order_count_;
  for (const Item& item : cart) {
    event("purchase", "/checkout", item, order_id,
          item.cents * static_cast<int64_t>(item.quantity));
  }
  if (random_.chance(0.06)) {
    const Item& item = cart.front();
    time_ms += static_cast<int64_t>(random_.below(2 * kDayMs));
    event("refund", "/account", item, order_id, -item.cents * static_cast<int64_t>(item.quantity));
  }
}

void ShopGenerator::append_event(std::string& out) {
  // Events up to the start of the newest session can no longer be overtaken.
  while (arriving_.empty() || arriving_.begin()->first > now_ms_) make_session();
  const auto first = arriving_.begin();
  out += "{\"time\":\"" + time_text(first->second.time_ms) + '"' + first->second.json + '\n';
  arriving_.erase(first);
}

}  // namespace freshet
