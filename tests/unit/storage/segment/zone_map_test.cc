#include "storage/segment/zone_map.h"

#include <gtest/gtest.h>

#include <limits>

#include "segment_rows.h"
#include "storage/base/bytes.h"

namespace freshet {
namespace {

// Computed, stored and read back.
ZoneMap zone_of(const std::string& type_name, const std::vector<Value>& cells) {
  const DataTypePtr type = parse_data_type(type_name);
  const ZoneMap zone = compute_zone_map(*type, *column_of(*type, cells));
  std::string bytes;
  put_zone_map(*type, zone, bytes);
  ByteReader reader(bytes);
  ZoneMap read = get_zone_map(*type, reader);
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(read.min, zone.min);
  EXPECT_EQ(read.max, zone.max);
  EXPECT_EQ(read.exact, zone.exact);
  return read;
}

Value text(std::string bytes) { return Value(std::move(bytes)); }

TEST(ZoneMap, BoundsNumbersExactly) {
  const ZoneMap zone = zone_of("Int16", {boxed(int64_t{5}), boxed(int64_t{-7}), boxed(int64_t{0})});
  EXPECT_EQ(zone.min, boxed(int64_t{-7}));
  EXPECT_EQ(zone.max, boxed(int64_t{5}));
  EXPECT_TRUE(zone.exact);
  EXPECT_EQ(zone_of("UInt64", {boxed(~uint64_t{0})}).max, boxed(~uint64_t{0}));
  EXPECT_EQ(zone_of("UUID", {boxed(UInt128{3}), boxed(UInt128{1} << 100)}).max,
            boxed(UInt128{1} << 100));
}

TEST(ZoneMap, LeavesOutNullAndNan) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const ZoneMap zone = zone_of("Nullable(Float32)", {Value(), boxed(nan), boxed(2.0), boxed(-1.0)});
  EXPECT_EQ(zone.min, boxed(-1.0));
  EXPECT_EQ(zone.max, boxed(2.0));
  EXPECT_EQ(zone.null_count, 1U);
  EXPECT_EQ(zone.nan_count, 1U);
  const ZoneMap nothing = zone_of("Nullable(String)", {Value(), Value()});
  EXPECT_TRUE(nothing.min.is_null());
  EXPECT_TRUE(nothing.exact);
}

TEST(ZoneMap, CutsLongStringsToBoundsThatHold) {
  const std::string low = "a" + std::string(50, 'b');
  const std::string high = "z" + std::string(30, '\xFF') + "\xFF\xFF tail";
  const ZoneMap zone = zone_of("String", {text(low), text(high), text("m")});
  EXPECT_FALSE(zone.exact);
  EXPECT_EQ(zone.min, text(low.substr(0, 32)));
  EXPECT_EQ(zone.max, text("{"));
  const std::string all_high(40, '\xFF');
  EXPECT_EQ(zone_of("String", {text(all_high)}).max, text(all_high));
}

TEST(ZoneMap, OrdersStringsByBytes) {
  const ZoneMap zone =
      zone_of("String", {text("abcdefgh\x01"), text("abcdefgh"), text("abcdefghi"), text("abc")});
  EXPECT_EQ(zone.min, text("abc"));
  EXPECT_EQ(zone.max, text("abcdefghi"));
  EXPECT_EQ(zone_of("String", {text(std::string("\0", 1)), text("")}).min, text(""));
}

TEST(ZoneMap, SaysNothingOfNestedTypes) {
  const ZoneMap zone = zone_of("Array(UInt8)", {boxed(ValueList{boxed(uint64_t{1})})});
  EXPECT_TRUE(zone.min.is_null());
  EXPECT_FALSE(zone.exact);
}

}  // namespace
}  // namespace freshet
