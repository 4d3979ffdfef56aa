// Writing and comparing rows of segments, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/file.h"
#include "storage/column/chunk.h"
#include "storage/column/row_order.h"
#include "storage/column/string_lengths.h"
#include "storage/segment/segment_reader.h"
#include "storage/segment/segment_writer.h"

namespace freshet {

// A boxed cell. Not inlined, because GCC 12 sees through variants and then warns of alternatives
// that it believes uninitialised.
template <class T>
[[gnu::noinline]] Value boxed(T cell) {
  return Value(std::move(cell));
}

inline ColumnPtr column_of(const DataType& type, const std::vector<Value>& values) {
  MutableColumnPtr column = make_column(type);
  for (const Value& value : values) append_value(*column, value);
  return column;
}

inline std::shared_ptr<const SegmentReader> write_segment(FileSystem& files, const Schema& schema,
                                                          const std::vector<Chunk>& chunks,
                                                          int compression_level = 1,
                                                          const std::string& path = "a.segment") {
  SegmentWriter writer(files, path, schema,
                       {.compression_level = compression_level,
                        .column_levels = {},
                        .block_rows = kBlockRows,
                        .skip_indexes = {}});
  for (const Chunk& chunk : chunks) writer.append(chunk);
  writer.finish();
  return SegmentReader::open(files, path);
}

// A segment of one column "c".
inline std::shared_ptr<const SegmentReader> write_column(FileSystem& files, const DataTypePtr& type,
                                                         const ColumnPtr& column,
                                                         int compression_level = 1) {
  Schema schema;
  schema.add("c", type);
  return write_segment(files, schema, {Chunk{{column}, column->size()}}, compression_level);
}

inline void expect_same_cells(const Column& found, const Column& expected, size_t expected_offset,
                              const std::string& what) {
  for (size_t row = 0; row < found.size(); ++row) {
    ASSERT_EQ(compare_cells(found, row, expected, expected_offset + row), 0)
        << what << ", row " << row;
  }
}

// Reads all blocks of a column, whole and in part, and compares them with what was written.
inline void expect_column(const SegmentReader& reader, ColumnIndex column,
                          const ColumnPtr& expected) {
  ASSERT_EQ(reader.row_count(), expected->size());
  const std::string type = reader.schema()[column].type->name();
  for (size_t block = 0; block < reader.block_count(); ++block) {
    const ColumnPtr whole = reader.read_column(column, block);
    ASSERT_EQ(whole->size(), reader.block_rows(block));
    ASSERT_EQ(whole->kind(), expected->kind());
    expect_same_cells(*whole, *expected, block * kBlockRows, type);

    for (const size_t step : {size_t{1}, size_t{3}, size_t{501}}) {
      std::vector<RowIndex> rows;
      for (size_t row = step / 2; row < whole->size(); row += step) {
        rows.push_back(static_cast<RowIndex>(row));
      }
      if (reader.schema()[column].type->id() == TypeId::String) {
        expect_same_cells(*reader.read_lengths(column, block, rows),
                          *string_lengths(*flat(whole->select(rows))), 0, type + ", lengths");
      }
      const ColumnPtr some = reader.read_column(column, block, rows);
      ASSERT_EQ(some->size(), rows.size());
      expect_same_cells(*some, *whole->select(rows), 0,
                        type + ", every row of " + std::to_string(step));
    }
    if (reader.schema()[column].type->id() == TypeId::String) {
      expect_same_cells(*reader.read_lengths(column, block, {}), *string_lengths(*flat(whole)), 0,
                        type + ", all lengths");
    }
    EXPECT_EQ(reader.read_column(column, block, {})->size(), 0U);
  }
}

}  // namespace freshet
