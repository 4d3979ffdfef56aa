#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <thread>

#include "segment_rows.h"
#include "storage/base/error.h"
#include "storage/base/random.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"
#include "tests/support/fault_file_system.h"

namespace freshet {
namespace {

template <class T>
std::vector<Value> extremes() {
  using Box = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
  return {boxed(Box{std::numeric_limits<T>::min()}), boxed(Box{std::numeric_limits<T>::max()}),
          boxed(Box{0}), boxed(Box{1}), boxed(static_cast<Box>(T(-1)))};
}

// Every type with the cells that break careless code.
std::vector<std::pair<std::string, std::vector<Value>>> types_and_cells() {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Value> floats = {boxed(0.0), boxed(-0.0), boxed(1.5), boxed(-1e30),
                                     boxed(inf), boxed(-inf), boxed(nan)};
  const std::vector<Value> strings = {boxed(std::string()),
                                      boxed(std::string("\0", 1)),
                                      boxed(std::string("a")),
                                      boxed(std::string("\xFF\xFE")),
                                      boxed(std::string(70'000, 'x')),
                                      boxed(std::string(40, '\xFF'))};
  const auto text = [](const char* t) { return boxed(std::string(t)); };
  const auto unsigned_list = [](std::vector<uint64_t> numbers) {
    ValueList list;
    for (const uint64_t number : numbers) list.push_back(boxed(number));
    return boxed(list);
  };
  std::vector<Value> maybe_strings = strings;
  maybe_strings.insert(maybe_strings.begin() + 2, Value());
  const std::vector<Value> wide = {boxed(~Int128{0}), boxed(Int128{1} << 126), boxed(Int128{0}),
                                   boxed(-(Int128{1} << 100))};
  const std::vector<Value> wide_unsigned = {boxed(~UInt128{0}), boxed(UInt128{0}),
                                            boxed(UInt128{1} << 64)};
  return {
      {"Bool", {boxed(uint64_t{0}), boxed(uint64_t{1})}},
      {"UInt8", extremes<uint8_t>()},
      {"UInt16", extremes<uint16_t>()},
      {"UInt32", extremes<uint32_t>()},
      {"UInt64", extremes<uint64_t>()},
      {"Int8", extremes<int8_t>()},
      {"Int16", extremes<int16_t>()},
      {"Int32", extremes<int32_t>()},
      {"Int64", extremes<int64_t>()},
      {"Float32", floats},
      {"Float64", floats},
      {"Decimal(9, 2)", extremes<int32_t>()},
      {"Decimal(18, 4)", extremes<int64_t>()},
      {"Decimal(38, 10)", wide},
      {"String", strings},
      {"FixedString(3)", {text("abc"), text(""), text("\xFF\xFF\xFF")}},
      {"Date", extremes<uint16_t>()},
      {"Date32", extremes<int32_t>()},
      {"DateTime('UTC')", extremes<uint32_t>()},
      {"DateTime64(3, 'UTC')", extremes<int64_t>()},
      {"UUID", wide_unsigned},
      {"IPv4", extremes<uint32_t>()},
      {"IPv6", wide_unsigned},
      {"Enum8('a' = -128, 'b' = 127)", {boxed(int64_t{-128}), boxed(int64_t{127})}},
      {"Enum16('a' = -3000, 'b' = 3000)", {boxed(int64_t{-3000}), boxed(int64_t{3000})}},
      {"Nullable(UInt64)", {Value(), boxed(~uint64_t{0}), boxed(uint64_t{0}), Value()}},
      {"Nullable(Float64)", {boxed(nan), Value(), boxed(2.5)}},
      {"Nullable(String)", maybe_strings},
      {"Nullable(FixedString(2))", {Value(), text("xy"), text("")}},
      {"LowCardinality(String)", strings},
      {"LowCardinality(Nullable(String))", maybe_strings},
      {"LowCardinality(UInt32)", extremes<uint32_t>()},
      {"Array(UInt32)",
       {unsigned_list({}), unsigned_list({1, 2, 3}), unsigned_list({4'000'000'000})}},
      {"Array(String)", {boxed(ValueList{}), boxed(ValueList{text("a"), text(""), text("a")})}},
      {"Array(Nullable(String))", {boxed(ValueList{Value(), text("b")}), boxed(ValueList{})}},
      {"Array(Array(UInt8))",
       {boxed(ValueList{}),
        boxed(ValueList{unsigned_list({1}), unsigned_list({}), unsigned_list({2, 3})})}},
      {"Tuple(UInt8, String)",
       {boxed(ValueList{boxed(uint64_t{1}), text("x")}),
        boxed(ValueList{boxed(uint64_t{2}), text("")})}},
      {"Map(String, UInt64)",
       {boxed(ValueList{}), boxed(ValueList{boxed(ValueList{text("k"), boxed(uint64_t{7})}),
                                            boxed(ValueList{text("l"), boxed(uint64_t{8})})})}},
  };
}

TEST(Segment, RoundTripsEveryType) {
  for (const auto& [name, cells] : types_and_cells()) {
    const DataTypePtr type = parse_data_type(name);
    for (const int level : {0, 1, 3}) {
      FaultFileSystem files;
      const ColumnPtr column = column_of(*type, cells);
      const auto reader = write_column(files, type, column, level);
      EXPECT_EQ(reader->schema()[0].type->name(), type->name());
      expect_column(*reader, 0, column);
    }
  }
}

// The same cells at random, over block boundaries, all types side by side.
TEST(Segment, RoundTripsManyRowsOfEveryType) {
  Random random(11);
  const size_t row_count = 2 * kBlockRows + 100;
  Schema schema;
  Chunk chunk;
  chunk.row_count = row_count;
  for (const auto& [name, cells] : types_and_cells()) {
    const DataTypePtr type = parse_data_type(name);
    schema.add("column " + name, type);
    std::vector<RowIndex> rows(row_count);
    // Long strings once in a while only: 70,000 bytes a row would be gigabytes.
    for (RowIndex& row : rows) {
      row = static_cast<RowIndex>(random.below(cells.size()));
      const auto* text = std::get_if<std::string>(&cells[row].cell);
      if (text != nullptr && text->size() > 1000 && !random.chance(0.001)) row = 0;
    }
    chunk.columns.push_back(column_of(*type, cells)->select(rows));
  }
  FaultFileSystem files;
  const auto reader = write_segment(files, schema, {chunk});
  EXPECT_EQ(reader->schema(), schema);
  for (ColumnIndex column = 0; column < schema.size(); ++column) {
    expect_column(*reader, column, chunk.columns[column]);
  }
}

ColumnPtr counting_column(size_t count) {
  Buffer<uint64_t> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = i * 3;
  return make_number_column<uint64_t>(std::move(values));
}

TEST(Segment, HoldsAnyRowCountAroundBlockBoundaries) {
  for (const size_t count :
       {size_t{0}, size_t{1}, kBlockRows - 1, kBlockRows, kBlockRows + 1, 3 * kBlockRows}) {
    FaultFileSystem files;
    const ColumnPtr column = counting_column(count);
    const auto reader = write_column(files, simple_type(TypeId::UInt64), column);
    EXPECT_EQ(reader->block_count(), (count + kBlockRows - 1) / kBlockRows);
    expect_column(*reader, 0, column);
  }
}

TEST(Segment, TakesChunksOfAnySizeAndForm) {
  Schema schema;
  schema.add("n", simple_type(TypeId::UInt64));
  schema.add("s", parse_data_type("Nullable(String)"));
  const DataType& text = *schema[1].type;
  const ColumnPtr numbers = counting_column(3 * kBlockRows);
  auto dictionary = std::make_shared<Dictionary>();
  dictionary->entries = column_of(text, {boxed(std::string("a")), Value()});

  std::vector<Chunk> chunks;
  MutableColumnPtr expected = make_column(text);
  size_t offset = 0;
  for (const size_t count : {size_t{5}, kBlockRows - 5, kBlockRows, size_t{700}, size_t{0}}) {
    Buffer<uint32_t> codes(count);
    for (size_t i = 0; i < count; ++i) codes[i] = i % 2;
    ColumnPtr strings = std::make_shared<DictionaryColumn>(dictionary, std::move(codes));
    if (count == 700) strings = make_constant_column(text, boxed(std::string("same")), count);
    expected->append(*strings, 0, count);
    chunks.push_back({{numbers->slice(offset, count), strings}, count});
    offset += count;
  }
  FaultFileSystem files;
  const auto reader = write_segment(files, schema, chunks);
  expect_column(*reader, 0, numbers->slice(0, offset));
  expect_column(*reader, 1, std::move(expected));
}

TEST(Segment, ReadsTheSameFromAMappedFile) {
  const std::string directory =
      (std::filesystem::temp_directory_path() / "freshet_segment_test").string();
  PosixFileSystem files;
  remove_recursively(files, directory);
  files.create_directories(directory);
  Random random(12);
  Schema schema;
  schema.add("n", simple_type(TypeId::UInt64));
  schema.add("s", simple_type(TypeId::String));
  auto strings = std::make_shared<StringColumn>();
  const size_t count = 2 * kBlockRows + 1;
  for (size_t i = 0; i < count; ++i) {
    strings->append_string("text " + std::to_string(random.below(1'000'000)));
  }
  const ColumnPtr numbers = counting_column(count);
  const auto reader =
      write_segment(files, schema, {Chunk{{numbers, strings}, count}}, 1, directory + "/a.segment");
  expect_column(*reader, 0, numbers);
  expect_column(*reader, 1, strings);
  // An open reader does not need the name any more.
  files.remove(directory + "/a.segment");
  expect_column(*reader, 1, strings);
  remove_recursively(files, directory);
}

TEST(Segment, IsReadByManyThreadsAtOnce) {
  FaultFileSystem files;
  const DataTypePtr type = simple_type(TypeId::String);
  auto strings = std::make_shared<StringColumn>();
  for (size_t i = 0; i < 4 * kBlockRows; ++i) strings->append_string("s" + std::to_string(i % 90));
  const auto reader = write_column(files, type, strings);
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (size_t i = 0; i < 4; ++i) {
        const size_t block = (i + thread) % 4;
        const ColumnPtr column = reader->read_column(0, block);
        EXPECT_EQ(compare_cells(*column, 7, *strings, block * kBlockRows + 7), 0);
        EXPECT_FALSE(reader->zone_map(0, block).min.is_null());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Segment, GivesBackRepeatedCellsInACheapForm) {
  FaultFileSystem files;
  const DataTypePtr maybe = parse_data_type("Nullable(Int32)");
  const ColumnPtr nulls = make_default_column(*maybe, 1000);
  const auto reader = write_column(files, maybe, nulls);
  EXPECT_EQ(reader->read_column(0, 0)->form(), ColumnForm::Constant);
  expect_column(*reader, 0, nulls);
  EXPECT_LT(reader->column_encoded_bytes(0), 40U);
}

TEST(SegmentRoundTrip, CutsShorterBlocks) {
  FaultFileSystem files;
  Schema schema;
  schema.add("n", simple_type(TypeId::UInt32));
  Buffer<uint32_t> numbers;
  for (uint32_t n = 0; n < 1050; ++n) numbers.push_back(n);
  const ColumnPtr column = make_number_column<uint32_t>(std::move(numbers));
  SegmentOptions options;
  options.block_rows = 100;
  SegmentWriter writer(files, "a.segment", schema, options);
  writer.append(Chunk{{column}, column->size()});
  writer.finish();
  const auto reader = SegmentReader::open(files, "a.segment");
  ASSERT_EQ(reader->block_count(), 11u);
  EXPECT_EQ(reader->row_count(), 1050u);
  for (size_t block = 0; block < 11; ++block) {
    ASSERT_EQ(reader->block_rows(block), block == 10 ? 50u : 100u);
    EXPECT_EQ(reader->zone_map(0, block).min, Value(uint64_t{100 * block}));
    expect_same_cells(*flat(reader->read_column(0, block)), *column, 100 * block, "n");
  }
  reader->verify_file();
}

}  // namespace
}  // namespace freshet
