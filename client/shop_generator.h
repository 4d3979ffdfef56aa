// ShopGenerator: a stream of synthetic events of several shops, the same for the same seed.
//
// Visitors come in sessions: page views, products, carts, orders, now and then a refund. Events
// carry the time at which they happened; they come out of order by up to some minutes, as they do
// from browsers and phones.
//
//   {"time":"2024-03-01 00:00:07.250","tenant":"garden","event":"product_view","session":"9a..",
//    "visitor":81,"page":"/p/12","product":12,"category":"tools","price":"39.90","quantity":0,
//    "order_id":0,"revenue":"0.00","country":"DE","device":"phone","referrer":"google"}
//
// Units:     prices with two digits.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "storage/base/random.h"

namespace freshet {

class ShopGenerator {
 public:
  // DDL of a table that takes the events.
  static std::string create_table(const std::string& table);

  explicit ShopGenerator(uint64_t seed);
  // Appends one event as a line of JSON.
  void append_event(std::string& out);

 private:
  struct Event {
    int64_t time_ms = 0;
    std::string json;  // all fields but the time
  };
  void make_session();
  void add(int64_t time_ms, std::string json);

  Random random_;
  int64_t now_ms_;
  uint64_t order_count_ = 0;
  // By the time at which the event arrives, which is later than it happened.
  std::multimap<int64_t, Event> arriving_;
};

}  // namespace freshet
