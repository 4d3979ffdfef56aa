#include <gtest/gtest.h>

#include "segment_rows.h"
#include "storage/base/random.h"
#include "storage/column/coded_column.h"
#include "storage/column/row_hash.h"
#include "storage/column/string_column.h"
#include "storage/segment/string_dictionary.h"
#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

ColumnPtr repeated_strings(const DataType& type, size_t count, size_t distinct) {
  Random random(21);
  MutableColumnPtr pool = make_column(type);
  for (size_t i = 0; i < distinct; ++i) {
    append_value(*pool, boxed("https://example.com/item/" + std::to_string(i)));
  }
  if (can_be_null(type)) pool->append_default(1);
  std::vector<RowIndex> rows(count);
  for (RowIndex& row : rows) row = static_cast<RowIndex>(random.below(pool->size()));
  return pool->select(rows);
}

const DictionaryColumn& coded(const ColumnPtr& column) {
  EXPECT_EQ(column->form(), ColumnForm::Dictionary);
  return static_cast<const DictionaryColumn&>(*column);
}

TEST(SegmentDictionary, IsSharedSortedAndHashed) {
  for (const char* name : {"String", "Nullable(String)", "LowCardinality(Nullable(String))"}) {
    FaultFileSystem files;
    const DataTypePtr type = parse_data_type(name);
    const ColumnPtr column = repeated_strings(*type, 2 * kBlockRows + 10, 300);
    const auto reader = write_column(files, type, column);
    expect_column(*reader, 0, column);

    const ColumnPtr first = reader->read_column(0, 0);
    const ColumnPtr last = reader->read_column(0, 2);
    EXPECT_EQ(coded(first).dictionary(), coded(last).dictionary());
    const Dictionary& dictionary = *coded(first).dictionary();
    EXPECT_TRUE(dictionary.sorted);
    const Column& entries = *dictionary.entries;
    ASSERT_EQ(entries.size(), can_be_null(*type) ? 301U : 300U);
    ASSERT_EQ(dictionary.hashes.size(), entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      EXPECT_EQ(dictionary.hashes[i], hash_cell(entries, i));
      if (i == 0) continue;
      EXPECT_LT(compare_cells(entries, i - 1, entries, i), 0);
    }
  }
}

TEST(SegmentDictionary, GivesWayWhenStringsHardlyRepeat) {
  FaultFileSystem files;
  const DataTypePtr type = parse_data_type("Nullable(String)");
  // More distinct strings than a dictionary holds, and fewer that repeat too little.
  for (const size_t distinct : {size_t{200'000}, size_t{30'000}}) {
    const ColumnPtr column = repeated_strings(*type, 6 * kBlockRows + 3, distinct);
    const auto reader = write_column(files, type, column);
    expect_column(*reader, 0, column);
    EXPECT_EQ(reader->read_column(0, 0)->form(), ColumnForm::Flat);
  }
}

TEST(SegmentDictionary, OfLowCardinalityHoldsMore) {
  FaultFileSystem files;
  const DataTypePtr type = parse_data_type("LowCardinality(String)");
  const ColumnPtr column = repeated_strings(*type, 6 * kBlockRows + 3, 30'000);
  const auto reader = write_column(files, type, column);
  expect_column(*reader, 0, column);
  EXPECT_EQ(reader->read_column(0, 0)->form(), ColumnForm::Dictionary);
}

TEST(SegmentDictionary, InsideArraysIsPickedApart) {
  FaultFileSystem files;
  const DataTypePtr type = parse_data_type("Array(LowCardinality(String))");
  std::vector<Value> lists;
  for (size_t i = 0; i < 1000; ++i) {
    lists.push_back(boxed(ValueList(i % 4, boxed("tag " + std::to_string(i % 7)))));
  }
  const ColumnPtr column = column_of(*type, lists);
  const auto reader = write_column(files, type, column);
  expect_column(*reader, 0, column);
}

TEST(DictionaryBuilder, RestoresWhatItTook) {
  DictionaryBuilder builder(kStringDictionaryLimits, true);
  StringColumn cells;
  for (const char* text : {"b", "", "a", "", "b"}) cells.append_string(text);
  const std::vector<uint8_t> nulls = {0, 0, 0, 1, 0};
  builder.add_block(cells, nulls);
  StringColumn restored;
  Buffer<uint8_t> restored_nulls;
  builder.restore_block(0, restored, restored_nulls);
  expect_same_cells(restored, cells, 0, "restored");
  EXPECT_EQ(std::vector<uint8_t>(restored_nulls.begin(), restored_nulls.end()), nulls);

  builder.sort();
  const Buffer<uint32_t> codes = builder.sorted_codes(0);
  EXPECT_EQ(std::vector<uint32_t>(codes.begin(), codes.end()),
            (std::vector<uint32_t>{2, 0, 1, 3, 2}));
}

}  // namespace
}  // namespace freshet
