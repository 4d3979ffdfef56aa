#include "storage/table/row_places.h"

#include <gtest/gtest.h>

namespace freshet {
namespace {

RowSet rows_of(const std::vector<uint64_t>& rows) {
  RowSetBuilder builder;
  for (const uint64_t row : rows) builder.add(row);
  return builder.take();
}

std::string text(const RowPlaces& places) {
  std::string result;
  for (const auto& [segment, rows] : places.segments) {
    result += "s" + std::to_string(segment.value) + ":";
    rows.for_each([&](uint64_t row) { result += " " + std::to_string(row); });
    result += "; ";
  }
  result += "memtable:";
  for (const uint64_t row : places.memtable) result += " " + std::to_string(row);
  return result;
}

RowPlaces places_of(std::map<SegmentId, RowSet> segments, std::vector<uint64_t> memtable) {
  return {.segments = std::move(segments), .memtable = std::move(memtable)};
}

TEST(RowPlaces, KeepsPlacesThroughBytes) {
  const RowPlaces places =
      places_of({{SegmentId(3), rows_of({0, 7})}, {SegmentId(9), rows_of({40'000})}}, {12, 13, 20});
  std::string bytes;
  ByteWriter writer(bytes);
  put_row_places(places, writer);
  ByteReader reader(bytes);
  EXPECT_EQ(text(get_row_places(reader)), "s3: 0 7; s9: 40000; memtable: 12 13 20");
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(places.count(), 6u);
}

TEST(RowPlaces, FollowsRowsOfTheMemtableIntoSegments) {
  // Rows 100 to 104; row 102 had been deleted; the others were sorted into two partitions.
  const FlushMove move(100, 5, {{SegmentId(7), {4, 0}}, {SegmentId(8), {3, 1}}});
  EXPECT_EQ(text(move.follow(places_of({{SegmentId(2), rows_of({5})}}, {99, 100, 102, 103, 105}))),
            "s2: 5; s7: 1; s8: 0; memtable: 99 105");
  EXPECT_EQ(text(move.follow(places_of({}, {99, 105}))), "memtable: 99 105");
}

TEST(RowPlaces, FollowsRowsOfSegmentsIntoTheirMerge) {
  const uint32_t nowhere = MergeMove::kNowhere;
  const MergeMove move({{SegmentId(1), {2, nowhere, 0}}, {SegmentId(2), {1}}}, SegmentId(5));
  EXPECT_EQ(text(move.follow(places_of({{SegmentId(1), rows_of({0, 1})},
                                        {SegmentId(2), rows_of({0})},
                                        {SegmentId(3), rows_of({9})}},
                                       {4}))),
            "s3: 9; s5: 1 2; memtable: 4");
}

}  // namespace
}  // namespace freshet
