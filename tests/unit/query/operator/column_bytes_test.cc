#include "query/operator/column_bytes.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/column/coded_column.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

std::vector<ColumnPtr> there_and_back(const std::vector<ColumnPtr>& columns, size_t row_count) {
  std::string bytes;
  write_columns(columns, row_count, bytes);
  ByteReader in(bytes);
  std::vector<ColumnPtr> read = read_columns(row_count, in);
  EXPECT_TRUE(in.at_end());
  return read;
}

TEST(ColumnBytes, HoldEveryKindOfColumn) {
  for (const auto& [type, cells] : std::vector<std::pair<std::string, std::string>>{
           {"UInt8", "0 1 255"},
           {"Int64", "-1 0 9223372036854775807"},
           {"Float32", "1.5 nan -inf"},
           {"Decimal(38, 2)", "1.25 -3.5 99999.99"},
           {"Nullable(Int16)", "1 \\N -3"},
           {"String", "a bc zürich"},
           {"Nullable(String)", "a \\N x"},
           {"LowCardinality(String)", "a b a"},
           {"FixedString(3)", "abc xyz q"},
           {"Array(UInt32)", "[] [1,2,3] [4]"},
           {"Array(Array(Nullable(String)))", "[] [['a',NULL],[]] [['b']]"},
           {"Tuple(UInt8, String)", "(1,'a') (2,'') (3,'c')"},
           {"Map(String, UInt8)", "{} {'a':1} {'b':2,'c':3}"},
           {"UUID",
            "00000000-0000-0000-0000-000000000000 123e4567-e89b-12d3-a456-426614174000 "
            "ffffffff-ffff-ffff-ffff-ffffffffffff"},
           {"DateTime64(3)", "0 1 2"},
       }) {
    const DataTypePtr parsed = schema_from_text("c:" + type)[0].type;
    const ColumnPtr column = column_from_text(type, cells);
    const std::vector<ColumnPtr> back = there_and_back({column, column}, 3);
    ASSERT_EQ(back.size(), 2u);
    EXPECT_EQ(column_to_text(parsed, back[1]), column_to_text(parsed, column)) << type;
    EXPECT_EQ(column_to_text(parsed, there_and_back({column->slice(1, 2)}, 2)[0]),
              column_to_text(parsed, column->slice(1, 2)))
        << type;
    EXPECT_EQ(there_and_back({column->slice(0, 0)}, 0)[0]->size(), 0u) << type;
  }
  EXPECT_TRUE(there_and_back({}, 5).empty());
}

TEST(ColumnBytes, ComeBackFlat) {
  const DataTypePtr type = schema_from_text("s:String")[0].type;
  auto dictionary = std::make_shared<Dictionary>();
  dictionary->entries = column_from_text("String", "x y");
  Buffer<uint32_t> codes = {1, 0, 1};
  const auto coded = std::make_shared<DictionaryColumn>(dictionary, std::move(codes));
  const auto constant = std::make_shared<ConstantColumn>(column_from_text("String", "z"), 3);
  const std::vector<ColumnPtr> back = there_and_back({coded, constant}, 3);
  EXPECT_EQ(back[0]->form(), ColumnForm::Flat);
  EXPECT_EQ(column_to_text(type, back[0]), column_to_text(type, coded));
  EXPECT_EQ(back[1]->form(), ColumnForm::Flat);
  EXPECT_EQ(column_to_text(type, back[1]), column_to_text(type, constant));
}

TEST(ColumnBytes, AreRefusedWhenCutOff) {
  std::string bytes;
  write_columns(std::vector<ColumnPtr>{column_from_text("Array(String)", "['a','b'] ['c']")}, 2,
                bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(std::string_view(bytes).substr(0, size));
    EXPECT_THROW(read_columns(2, in), Error) << size;
  }
}

}  // namespace
}  // namespace freshet
