// An input's header may name the columns in any order, leave some out, and name more than there
// are: cells go where the names say.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/ingest/ingest_harness.h"

namespace freshet {
namespace {

class HeaderColumns : public testing::Test {
 protected:
  HeaderColumns() {
    harness_.run(
        "CREATE TABLE t (a Int32, b Int32, s String, twice Int32 DEFAULT a * 2, n Nullable(Int32), "
        "length UInt64 MATERIALIZED length(s)) ENGINE = MergeTree ORDER BY a");
  }

  // What the table has after the input, or the error.
  std::string insert(const std::string& format, const std::string& input,
                     const std::vector<std::string>& columns = {}) {
    InsertRequest request = harness_.request("t", format);
    request.columns = columns;
    try {
      harness_.insert(request, input);
    } catch (const Error& error) {
      return std::string(error_name(error.code()));
    }
    return harness_.run("SELECT a, b, s, twice, n, length FROM t ORDER BY a");
  }

  IngestHarness harness_;
};

TEST_F(HeaderColumns, InAnotherOrder) {
  EXPECT_EQ(insert("CSVWithNames", "s,b,a,n,twice\nx,2,1,5,7\ny,4,3,6,8\n"),
            "1\t2\tx\t7\t5\t1\n3\t4\ty\t8\t6\t1\n");
}

TEST_F(HeaderColumns, LeftOutOnesHaveTheirDefaults) {
  EXPECT_EQ(insert("TabSeparatedWithNames", "s\ta\nabc\t5\n"), "5\t0\tabc\t10\t\\N\t3\n");
}

TEST_F(HeaderColumns, UnknownOnesAreSkippedOrRefused) {
  harness_.settings.set("input_format_skip_unknown_fields", "0");
  EXPECT_EQ(insert("CSVWithNames", "nosuch,b\nx,2\n"), "INCORRECT_DATA");
  harness_.settings.set("input_format_skip_unknown_fields", "1");
  EXPECT_EQ(insert("CSVWithNames", "nosuch,b\nx,2\n"), "0\t2\t\t0\t\\N\t0\n");
}

TEST_F(HeaderColumns, WithTypes) {
  EXPECT_EQ(insert("CSVWithNamesAndTypes", "b,a\nInt32,Int32\n2,1\n"), "1\t2\t\t2\t\\N\t0\n");
}

TEST_F(HeaderColumns, OfAnInsertThatNamesColumns) {
  EXPECT_EQ(insert("CSVWithNames", "b,a\n2,1\n", {"a", "b", "s"}), "1\t2\t\t2\t\\N\t0\n");
}

TEST_F(HeaderColumns, OfManyPieces) {
  std::string input = "b,a\n";
  for (int i = 0; i < 600'000; ++i) input += std::to_string(-i) + ',' + std::to_string(i) + '\n';
  insert("CSVWithNames", input);
  EXPECT_EQ(harness_.run("SELECT count(), countIf(a = -b), countIf(twice = a * 2) FROM t"),
            "600000\t600000\t600000\n");
}

TEST_F(HeaderColumns, OfBinaryFormats) {
  const auto text = [](std::string_view value) {
    return std::string(1, static_cast<char>(value.size())) + std::string(value);
  };
  const std::string row("\2\0\0\0\1\0\0\0", 8);
  EXPECT_EQ(insert("RowBinaryWithNames", "\2" + text("b") + text("a") + row),
            "1\t2\t\t2\t\\N\t0\n");
}

}  // namespace
}  // namespace freshet
