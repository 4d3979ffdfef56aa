#include "ingest/source/row_gatherer.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/column/time_zone.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

RowGatherer gatherer(std::string_view format) {
  FormatOptions options;
  options.text.time_zone = TimeZone::utc();
  return RowGatherer(
      find_format(format).make_reader(schema_from_text("a:UInt8 s:String"), options));
}

TEST(RowGatherer, KeepsTheBeginningOfARowForTheNextBatch) {
  RowGatherer rows = gatherer("CSV");
  rows.add("1,a\n2,");
  EXPECT_EQ(rows.take_batch(false), "1,a\n");
  EXPECT_EQ(rows.pending_bytes(), 2u);
  EXPECT_EQ(rows.take_batch(false), "");
  rows.add("b\n3,c");
  EXPECT_EQ(rows.take_batch(false), "2,b\n");
  EXPECT_EQ(rows.take_batch(true), "3,c");
  EXPECT_EQ(rows.take_batch(true), "");
}

TEST(RowGatherer, PutsTheHeaderInFrontOfEveryBatch) {
  RowGatherer rows = gatherer("CSVWithNames");
  rows.add("s,");
  EXPECT_EQ(rows.take_batch(false), "");
  rows.add("a\n");
  EXPECT_EQ(rows.take_batch(false), "");
  rows.add("x,1\n");
  EXPECT_EQ(rows.take_batch(false), "s,a\nx,1\n");
  rows.add("y,2\n");
  EXPECT_EQ(rows.take_batch(true), "s,a\ny,2\n");
}

TEST(RowGatherer, BytesMayComeOneByOne) {
  RowGatherer rows = gatherer("JSONEachRow");
  std::string all;
  size_t batches = 0;
  for (const char byte : std::string("{\"a\":1,\"s\":\"}{\"}\n{\"a\":2,\"s\":\"\\\"\"}\n")) {
    rows.add({&byte, 1});
    const std::string batch = rows.take_batch(false);
    all += batch;
    batches += batch.empty() ? 0 : 1;
  }
  all += rows.take_batch(true);
  EXPECT_EQ(all, "{\"a\":1,\"s\":\"}{\"}\n{\"a\":2,\"s\":\"\\\"\"}\n");
  EXPECT_EQ(batches, 2u);
}

TEST(RowGatherer, AHeaderThatDoesNotEndIsAnError) {
  RowGatherer rows = gatherer("CSVWithNamesAndTypes");
  EXPECT_EQ(rows.take_batch(true), "");  // nothing came at all
  rows.add("a,s\n\x80");
  EXPECT_EQ(rows.take_batch(false), "");
  EXPECT_THROW(rows.take_batch(true), Error);
}

}  // namespace
}  // namespace freshet
