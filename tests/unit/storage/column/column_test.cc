#include "storage/column/column.h"

#include <gtest/gtest.h>

#include <numeric>

#include "storage/base/error.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

// One type of each column class, with cells that differ.
struct Sample {
  const char* type;
  const char* cells;
};
constexpr Sample kSamples[] = {
    {"UInt8", "1 2 3 4"},
    {"Float64", "0.5 -1 inf 4"},
    {"UUID",
     "61f0c404-5cb3-11e7-907b-a6006ad3dba0 00000000-0000-0000-0000-000000000001 "
     "61f0c404-5cb3-11e7-907b-a6006ad3dba0 00000000-0000-0000-0000-000000000002"},
    {"String", "one two three seventeen-letters"},
    {"FixedString(2)", "ab cd ef gh"},
    {"Nullable(String)", "one \\N three \\N"},
    {"LowCardinality(Nullable(UInt16))", "1 \\N 3 \\N"},
    {"Array(Nullable(UInt8))", "[1,2] [] [NULL] [4]"},
    {"Tuple(UInt8, String)", "(1,'a') (2,'b') (3,'c') (4,'d')"},
    {"Map(String, Array(UInt8))", "{'a':[1]} {} {'b':[],'c':[2,3]} {'d':[4]}"},
};

class ColumnOfEveryType : public testing::TestWithParam<Sample> {
 protected:
  ColumnOfEveryType()
      : type(parse_data_type(GetParam().type)),
        column(column_from_text(GetParam().type, GetParam().cells)) {}

  std::string text(const ColumnPtr& shown) const { return column_to_text(type, shown); }
  ColumnPtr coded(Buffer<uint32_t> codes) const {
    auto dictionary = std::make_shared<Dictionary>();
    dictionary->entries = column;
    return std::make_shared<DictionaryColumn>(std::move(dictionary), std::move(codes));
  }

  DataTypePtr type;
  ColumnPtr column;
};

TEST_P(ColumnOfEveryType, KeepsItsCells) {
  EXPECT_EQ(column->size(), 4U);
  EXPECT_EQ(column->form(), ColumnForm::Flat);
  EXPECT_EQ(text(column), GetParam().cells);
}

TEST_P(ColumnOfEveryType, SelectsRowsInAnyOrderWithRepeats) {
  const RowIndex rows[] = {3, 0, 0, 1};
  const ColumnPtr selected = column->select(rows);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(value_at(*selected, i) == value_at(*column, rows[i]));
  }
}

TEST_P(ColumnOfEveryType, SlicesAndConcatenatesBack) {
  const ColumnPtr parts[] = {column->slice(0, 1), column->slice(1, 0), column->slice(1, 3)};
  EXPECT_EQ(text(concat_columns(*type, parts)), GetParam().cells);
}

TEST_P(ColumnOfEveryType, BoxesAndUnboxesCells) {
  MutableColumnPtr copy = make_column(*type);
  for (size_t i = 0; i < column->size(); ++i) append_value(*copy, value_at(*column, i));
  EXPECT_EQ(text(std::move(copy)), GetParam().cells);
}

TEST_P(ColumnOfEveryType, ConstantsRepeatOneCell) {
  const ColumnPtr constant = std::make_shared<ConstantColumn>(column->slice(2, 1), 3);
  EXPECT_EQ(constant->kind(), column->kind());
  const RowIndex rows[] = {2, 2, 2};
  EXPECT_EQ(text(flat(constant)), text(column->select(rows)));
  EXPECT_EQ(text(flat_slice(*constant, 1, 2)), text(column->select({rows, 2})));
  EXPECT_TRUE(value_at(*constant, 1) == value_at(*column, 2));
}

TEST_P(ColumnOfEveryType, DictionariesRepeatEntriesByCode) {
  const ColumnPtr dictionary = coded({1, 1, 3, 0});
  const RowIndex rows[] = {1, 1, 3, 0};
  EXPECT_EQ(text(dictionary), text(column->select(rows)));
  EXPECT_EQ(text(dictionary->slice(2, 2)), text(column->select({rows + 2, 2})));
  EXPECT_TRUE(value_at(*dictionary, 2) == value_at(*column, 3));
}

TEST_P(ColumnOfEveryType, AppendsFromEveryForm) {
  const MutableColumnPtr out = column->make_empty();
  out->append(*column, 1, 2);
  out->append(*coded({3, 0}), 1, 1);
  out->append(ConstantColumn(column->slice(3, 1), 9), 4, 2);
  const RowIndex rows[] = {1, 2, 0, 3, 3};
  EXPECT_EQ(text(out->slice(0, out->size())), text(column->select(rows)));
}

TEST_P(ColumnOfEveryType, TruncatesToTheFirstCells) {
  const MutableColumnPtr out = column->make_empty();
  out->append(*column, 0, 4);
  truncate(*out, 2);
  out->append(*column, 2, 2);
  EXPECT_EQ(text(out->slice(0, 4)), GetParam().cells);
}

TEST_P(ColumnOfEveryType, DefaultsComeAsAConstant) {
  const ColumnPtr defaults = make_default_column(*type, 3);
  EXPECT_EQ(defaults->form(), ColumnForm::Constant);
  const MutableColumnPtr appended = make_column(*type);
  appended->append_default(3);
  EXPECT_EQ(text(defaults), text(appended->slice(0, 3)));
}

INSTANTIATE_TEST_SUITE_P(Column, ColumnOfEveryType, testing::ValuesIn(kSamples));

TEST(Column, EnumDefaultsToItsLowestEntry) {
  const DataTypePtr type = parse_data_type("Enum8('b' = 5, 'a' = 2)");
  EXPECT_EQ(column_to_text(type, make_default_column(*type, 1)), "a");
}

TEST(StringColumn, SelectsManyShortAndLongCells) {
  StringColumn column;
  for (size_t i = 0; i < 100; ++i)
    column.append_string(std::string(i, static_cast<char>('a' + i % 26)));
  std::vector<RowIndex> rows(100);
  std::iota(rows.rbegin(), rows.rend(), 0);
  const ColumnPtr selected = column.select(rows);
  for (size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(static_cast<const StringColumn&>(*selected).at(i), column.at(99 - i));
  }
}

TEST(StringColumn, WritersMayPutBytesFirst) {
  StringColumn column;
  for (const char c : {'a', 'b'}) column.mutable_bytes().push_back(c);
  column.close_cell();
  column.close_cell();
  EXPECT_EQ(column.at(0), "ab");
  EXPECT_EQ(column.at(1), "");
  column.mutable_bytes().push_back('x');
  column.truncate(2);  // a cell that was not closed
  EXPECT_EQ(column.bytes(), "ab");
}

TEST(FixedStringColumn, PadsWithZerosAndRefusesLongCells) {
  FixedStringColumn column(3);
  column.append_string("a");
  EXPECT_EQ(column.at(0), std::string_view("a\0\0", 3));
  EXPECT_THROW(column.append_string("abcd"), Error);
}

TEST(NullableColumn, TakesCellsOfItsNestedKind) {
  NullableColumn column(make_number_column(Buffer<uint8_t>{}), {});
  column.append(*column_from_text("UInt8", "1 2"), 0, 2);
  column.append_default(1);
  EXPECT_EQ(column_to_text(parse_data_type("Nullable(UInt8)"), column.slice(0, 3)), "1 2 \\N");
  EXPECT_TRUE(column.has_nulls());
}

TEST(ChildColumn, IsCopiedAtTheFirstWriteWhenShared) {
  const ColumnPtr shared = column_from_text("UInt8", "1");
  ArrayColumn array(shared, {0, 1});
  append_value(array.mutable_elements(), Value(uint64_t{2}));
  array.close_list();
  EXPECT_EQ(shared->size(), 1U);
  EXPECT_EQ(array.elements()->size(), 2U);
}

TEST(TupleColumn, FlattensItsElements) {
  const DataTypePtr type = parse_data_type("Tuple(UInt8, UInt8)");
  const TupleColumn tuple({make_constant_column(*parse_data_type("UInt8"), Value(uint64_t{7}), 2),
                           column_from_text("UInt8", "1 2")},
                          2);
  EXPECT_EQ(column_to_text(type, tuple.slice(0, 2)), "(7,1) (7,2)");
}

TEST(Chunk, SelectsSlicesAndConcatenates) {
  const TypedChunk rows = typed_chunk_from_text(R"(
      id:UInt64 name:Nullable(String)
      1	one
      2	\N
      3	three
  )");
  const RowIndex picked[] = {2, 0};
  EXPECT_EQ(chunk_rows_text(rows.schema, rows.chunk.select(picked)), "3\tthree\n1\tone\n");
  const Chunk parts[] = {rows.chunk.slice(1, 2), rows.chunk.slice(0, 1)};
  const Chunk joined = concat_chunks(rows.schema, parts);
  EXPECT_EQ(chunk_to_text(rows.schema, joined),
            "id:UInt64 name:Nullable(String)\n2\t\\N\n3\tthree\n1\tone\n");
  EXPECT_EQ(rows.schema.find("name"), 1U);
  EXPECT_EQ(rows.schema.find("Name"), std::nullopt);
}

}  // namespace
}  // namespace freshet
