#include "client/row_batches.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "storage/base/error.h"
#include "storage/column/time_zone.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

class RowBatchesTest : public testing::Test {
 protected:
  RowBatchesTest()
      : path_(std::filesystem::temp_directory_path() /
              ("row_batches_" + std::to_string(getpid()) + "_" +
               testing::UnitTest::GetInstance()->current_test_info()->name())) {}
  ~RowBatchesTest() override { std::filesystem::remove(path_); }

  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  void append(const std::string& text) {
    std::ofstream(path_, std::ios::binary | std::ios::app) << text;
  }
  std::unique_ptr<RowReader> reader(std::string_view format = "CSV") {
    FormatOptions options;
    options.text.time_zone = TimeZone::utc();
    return find_format(format).make_reader(schema_from_text("a:UInt64 s:String"), options);
  }
  // All batches to the end of the file.
  std::vector<std::string> rest(RowBatches& batches, bool last = true) {
    std::vector<std::string> all;
    for (std::string batch = batches.next(last); !batch.empty(); batch = batches.next(last)) {
      all.push_back(batch);
    }
    return all;
  }

  std::string path_;
};

using Batches = std::vector<std::string>;

TEST_F(RowBatchesTest, CutsBetweenRowsAndNamesThePositionBehindThem) {
  std::string rows;
  for (int i = 0; i < 20'000; ++i) rows += std::to_string(i) + ",\"two\nlines\"\n";
  write(rows);
  const auto csv = reader();
  RowBatches batches(path_, *csv, 100'000);
  std::string all;
  size_t count = 0;
  for (std::string batch = batches.next(true); !batch.empty(); batch = batches.next(true)) {
    EXPECT_TRUE(batch.ends_with("lines\"\n"));
    all += batch;
    ++count;
    EXPECT_EQ(batches.position().offset, all.size());
  }
  EXPECT_EQ(all, rows);
  EXPECT_GT(count, 2u);
}

TEST_F(RowBatchesTest, AnUnfinishedRowWaitsUnlessItIsTheLast) {
  write("1,a\n2,b");
  const auto csv = reader();
  RowBatches following(path_, *csv, 1000);
  EXPECT_EQ(rest(following, false), (Batches{"1,a\n"}));
  append("c\n3,d");
  EXPECT_EQ(rest(following, false), (Batches{"2,bc\n"}));
  EXPECT_EQ(rest(following, true), (Batches{"3,d"}));
  EXPECT_EQ(rest(following, true), Batches{});
}

TEST_F(RowBatchesTest, EveryBatchHasTheHeader) {
  std::string rows;
  for (int i = 0; i < 20'000; ++i) rows += "x," + std::to_string(i) + "\n";
  write("s,a\n" + rows);
  const auto csv = reader("CSVWithNames");
  RowBatches batches(path_, *csv, 70'000);
  std::string all;
  for (const std::string& batch : rest(batches)) {
    ASSERT_TRUE(batch.starts_with("s,a\n"));
    all += batch.substr(4);
  }
  EXPECT_EQ(all, rows);
}

TEST_F(RowBatchesTest, GoesOnBehindThePositionOfAnyBatch) {
  std::string rows;
  for (int i = 0; i < 5'000; ++i) rows += "x," + std::to_string(i) + "\n";
  const std::string header = "s,a\n";
  write(header + rows);
  std::vector<std::string> positions = {FilePosition{}.text()};
  std::vector<size_t> row_bytes = {0};
  {
    const auto csv = reader("CSVWithNames");
    RowBatches batches(path_, *csv, 9'000);
    size_t done = 0;
    for (std::string batch = batches.next(true); !batch.empty(); batch = batches.next(true)) {
      done += batch.size() - header.size();
      positions.push_back(batches.position().text());
      row_bytes.push_back(done);
    }
  }
  for (size_t i = 0; i < positions.size(); ++i) {
    const auto csv = reader("CSVWithNames");
    RowBatches batches(path_, *csv, 9'000);
    ASSERT_TRUE(batches.resume(FilePosition::parse(positions[i])));
    std::string all;
    for (const std::string& batch : rest(batches)) {
      ASSERT_TRUE(batch.starts_with(header));
      all += batch.substr(header.size());
    }
    ASSERT_EQ(all, rows.substr(row_bytes[i])) << positions[i];
  }
}

TEST_F(RowBatchesTest, AnotherFileUnderTheNameStartsAnew) {
  write("1,a\n2,b\n");
  FilePosition position;
  {
    const auto csv = reader();
    RowBatches batches(path_, *csv, 1000);
    rest(batches);
    position = batches.position();
  }
  EXPECT_EQ(position.offset, 8u);
  EXPECT_EQ(FilePosition::parse(position.text()).head, position.head);
  const auto resumed = [&](const std::string& text) {
    write(text);
    const auto csv = reader();
    RowBatches batches(path_, *csv, 1000);
    const bool same = batches.resume(position);
    Batches all = rest(batches);
    all.insert(all.begin(), same ? "same" : "other");
    return all;
  };
  EXPECT_EQ(resumed("1,a\n2,b\n3,c\n"), (Batches{"same", "3,c\n"}));
  EXPECT_EQ(resumed("7,x\n8,y\n3,c\n"), (Batches{"other", "7,x\n8,y\n3,c\n"}));
  EXPECT_EQ(resumed("1,a\n"), (Batches{"other", "1,a\n"}));
  EXPECT_EQ(resumed(""), (Batches{"other"}));
}

TEST_F(RowBatchesTest, NoticesThatTheFileWasReplacedOrCut) {
  write("1,a\n2,b\n");
  const auto csv = reader();
  RowBatches batches(path_, *csv, 1000);
  rest(batches);
  EXPECT_FALSE(batches.was_replaced());
  append("3,c\n");
  EXPECT_FALSE(batches.was_replaced());
  write("1,a\n");
  EXPECT_TRUE(batches.was_replaced());
  const auto again = reader();
  RowBatches renamed(path_, *again, 1000);
  rest(renamed);
  std::filesystem::rename(path_, path_ + ".old");
  write("1,a\n");
  EXPECT_TRUE(renamed.was_replaced());
  std::filesystem::remove(path_ + ".old");
}

TEST_F(RowBatchesTest, AFileThatIsNotThereIsNamed) {
  const auto csv = reader();
  EXPECT_THROW(RowBatches(path_ + "_none", *csv, 1000), Error);
}

}  // namespace
}  // namespace freshet
