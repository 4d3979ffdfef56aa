#include "storage/column/row_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "storage/column/coded_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

std::string sorted_text(std::string_view type, std::string_view cells, SortColumn by = {}) {
  const Chunk chunk{{column_from_text(type, cells)}, column_from_text(type, cells)->size()};
  const std::vector<RowIndex> rows = sort_rows(chunk, {&by, 1});
  return column_to_text(parse_data_type(type), chunk.columns[0]->select(rows));
}

TEST(SortRows, NumbersByValue) {
  EXPECT_EQ(sorted_text("Int8", "3 -1 2 -128 127"), "-128 -1 2 3 127");
  EXPECT_EQ(sorted_text("UInt64", "18446744073709551615 0 5"), "0 5 18446744073709551615");
  EXPECT_EQ(sorted_text("Float64", "1.5 -inf -0.5 inf 0"), "-inf -0.5 0 1.5 inf");
  EXPECT_EQ(sorted_text("Decimal(38, 0)", "5 -3 0 -170000000000000000000"),
            "-170000000000000000000 -3 0 5");
  EXPECT_EQ(sorted_text("UInt8", "1 3 2", {.descending = true}), "3 2 1");
}

TEST(SortRows, NullsStandWhereTheyAreWanted) {
  const char* cells = "2 \\N 1 \\N 3";
  EXPECT_EQ(sorted_text("Nullable(Int8)", cells), "1 2 3 \\N \\N");
  EXPECT_EQ(sorted_text("Nullable(Int8)", cells, {.nulls_first = true}), "\\N \\N 1 2 3");
  EXPECT_EQ(sorted_text("Nullable(Int8)", cells, {.descending = true}), "3 2 1 \\N \\N");
  EXPECT_EQ(sorted_text("Nullable(String)", "b \\N a"), "a b \\N");
}

TEST(SortRows, NaNStandsNextToNull) {
  const char* cells = "1 nan \\N -inf inf";
  EXPECT_EQ(sorted_text("Nullable(Float64)", cells), "-inf 1 inf nan \\N");
  EXPECT_EQ(sorted_text("Nullable(Float64)", cells, {.descending = true}), "inf 1 -inf nan \\N");
  EXPECT_EQ(sorted_text("Nullable(Float64)", cells, {.descending = true, .nulls_first = true}),
            "\\N nan inf 1 -inf");
}

TEST(SortRows, StringsByBytes) {
  EXPECT_EQ(sorted_text("String", "b aa a abcdefghij abcdefghi"), "a aa abcdefghi abcdefghij b");
  EXPECT_EQ(sorted_text("String", "b aa a", {.descending = true}), "b aa a");
  EXPECT_EQ(sorted_text("FixedString(2)", "b aa a"), sorted_text("FixedString(2)", "a b aa"));
}

TEST(SortRows, ListsElementByElement) {
  EXPECT_EQ(sorted_text("Array(UInt8)", "[2] [1,2] [] [1]"), "[] [1] [1,2] [2]");
  EXPECT_EQ(sorted_text("Tuple(UInt8, String)", "(2,'a') (1,'b') (1,'a')"),
            "(1,'a') (1,'b') (2,'a')");
}

TEST(SortRows, EqualRowsKeepTheirOrder) {
  const Chunk chunk{{column_from_text("UInt8", "2 1 2 1 2")}, 5};
  const SortColumn by;
  EXPECT_EQ(sort_rows(chunk, {&by, 1}), (std::vector<RowIndex>{1, 3, 0, 2, 4}));
}

// Columns of every path, against a stable sort by compare_rows.
class SortRowsOfRandomChunks : public testing::TestWithParam<size_t> {
 protected:
  Chunk make_chunk(size_t row_count) {
    std::mt19937_64 random(GetParam());
    Buffer<int32_t> counters(row_count);
    Buffer<int64_t> users(row_count);
    Buffer<double> prices(row_count);
    Buffer<uint32_t> codes(row_count);
    StringColumn urls;
    auto dictionary = std::make_shared<Dictionary>();
    dictionary->entries = column_from_text("Nullable(String)", "pear \\N apple fig");
    for (size_t i = 0; i < row_count; ++i) {
      counters[i] = static_cast<int32_t>(random() % 5) - 2;
      users[i] = static_cast<int64_t>(random() % 3 == 0 ? random() : random() % 50);
      prices[i] = random() % 7 == 0 ? std::nan("") : static_cast<double>(random() % 9) - 4;
      codes[i] = static_cast<uint32_t>(random() % 4);
      urls.append_string(std::string(random() % 3 * 8, 'x') + std::to_string(random() % 20));
    }
    return {{make_number_column(std::move(counters)), make_number_column(std::move(users)),
             make_number_column(std::move(prices)),
             std::make_shared<DictionaryColumn>(dictionary, std::move(codes)),
             urls.slice(0, row_count)},
            row_count};
  }
};

TEST_P(SortRowsOfRandomChunks, AgreesWithComparingRows) {
  const Chunk chunk = make_chunk(GetParam());
  const std::vector<std::vector<SortColumn>> orders = {
      {{.column = 0}, {.column = 1}, {.column = 2}},
      {{.column = 1, .descending = true}},
      {{.column = 3, .nulls_first = true}, {.column = 4}, {.column = 1}},
      {{.column = 4, .descending = true}, {.column = 3, .descending = true}},
      {{.column = 2, .descending = true, .nulls_first = true}, {.column = 4}},
  };
  for (const std::vector<SortColumn>& order : orders) {
    std::vector<RowIndex> expected(chunk.row_count);
    std::iota(expected.begin(), expected.end(), 0);
    std::stable_sort(expected.begin(), expected.end(), [&](RowIndex a, RowIndex b) {
      return compare_rows(chunk, a, chunk, b, order) < 0;
    });
    const std::vector<RowIndex> rows = sort_rows(chunk, order);
    EXPECT_EQ(rows, expected);
    EXPECT_TRUE(rows_are_sorted(chunk.select(rows), order));
    EXPECT_EQ(rows_are_sorted(chunk, order), std::is_sorted(rows.begin(), rows.end()));
  }
}

INSTANTIATE_TEST_SUITE_P(SortRows, SortRowsOfRandomChunks,
                         testing::Values(0, 1, 2, 40, 700, 20000));

TEST(CompareCells, FormsDoNotMatter) {
  const ColumnPtr constant = make_constant_column(*parse_data_type("UInt8"), Value(uint64_t{2}), 3);
  EXPECT_EQ(compare_cells(*constant, 1, *column_from_text("UInt8", "1 2"), 1), 0);
  EXPECT_GT(compare_cells(*constant, 1, *column_from_text("UInt8", "1 2"), 0), 0);
}

}  // namespace
}  // namespace freshet
