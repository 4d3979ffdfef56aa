#include "query/operator/group_key.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

struct Keys {
  std::vector<std::string> bytes;
  std::string back;  // the columns made of the keys again
};

Keys keys_of(std::string_view text) {
  const TypedChunk typed = typed_chunk_from_text(text);
  std::vector<DataTypePtr> types;
  for (const NamedType& column : typed.schema.columns()) types.push_back(column.type);
  const GroupKey key(types);
  Keys keys;
  Chunk back;
  back.row_count = typed.chunk.row_count;
  const auto take = [&]<class Key>(Buffer<Key> packed) {
    key.pack(typed.chunk.columns, typed.chunk.row_count, packed);
    for (const Key& one : packed) {
      keys.bytes.emplace_back(reinterpret_cast<const char*>(&one), sizeof(one));
    }
    back.columns = key.unpack(packed);
  };
  switch (key.form()) {
    case KeyForm::Packed64:
      take(Buffer<uint64_t>());
      break;
    case KeyForm::Packed128:
      take(Buffer<UInt128>());
      break;
    default: {
      Buffer<char> bytes;
      Buffer<uint32_t> offsets;
      key.serialize(typed.chunk.columns, typed.chunk.row_count, bytes, offsets);
      std::vector<std::string_view> views;
      for (size_t i = 0; i < typed.chunk.row_count; ++i) {
        keys.bytes.emplace_back(bytes.data() + offsets[i], offsets[i + 1] - offsets[i]);
      }
      for (const std::string& one : keys.bytes) views.emplace_back(one);
      back.columns = key.parse(views);
    }
  }
  keys.back = chunk_rows_text(typed.schema, back);
  return keys;
}

KeyForm form_of(std::string_view header) {
  std::vector<DataTypePtr> types;
  const Schema schema = schema_from_text(header);
  for (const NamedType& column : schema.columns()) types.push_back(column.type);
  return GroupKey(types).form();
}

TEST(GroupKey, ChoosesTheNarrowestForm) {
  EXPECT_EQ(form_of("a:Int32 b:Int16"), KeyForm::Packed64);
  EXPECT_EQ(form_of("a:Int64"), KeyForm::Packed64);
  EXPECT_EQ(form_of("a:Nullable(Int64)"), KeyForm::Packed128);
  EXPECT_EQ(form_of("a:UUID"), KeyForm::Packed128);
  EXPECT_EQ(form_of("a:UUID b:UInt8"), KeyForm::Bytes);
  EXPECT_EQ(form_of("a:String"), KeyForm::Text);
  EXPECT_EQ(form_of("a:LowCardinality(String)"), KeyForm::Text);
  EXPECT_EQ(form_of("a:Nullable(String)"), KeyForm::Bytes);
  EXPECT_EQ(form_of("a:String b:UInt8"), KeyForm::Bytes);
  EXPECT_EQ(form_of("a:Array(UInt8)"), KeyForm::Bytes);
}

TEST(GroupKey, DifferentRowsHaveDifferentKeysAndGiveTheirCellsBack) {
  for (const std::string rows : {
           "a:Int8 b:UInt16\n-1\t0\n0\t65535\n0\t0\n1\t256\n",
           "a:Nullable(UInt8)\n0\n\\N\n255\n",
           "a:Nullable(UInt8) b:Nullable(UInt8)\n\\N\t0\n0\t\\N\n0\t0\n\\N\t\\N\n",
           "a:Nullable(Int64) b:Int32\n\\N\t0\n0\t0\n-1\t-1\n",
           "a:UUID\n00000000-0000-0000-0000-000000000001\n01000000-0000-0000-0000-000000000000\n",
           "a:Decimal(38, 2)\n-1.5\n1.5\n",
           "a:String b:String\na\tbc\nab\tc\n\tabc\nabc\t\n",
           "a:Array(String) b:UInt8\n['a','b']\t1\n['ab']\t1\n[]\t1\n['','']\t1\n['']\t1\n",
           "a:Nullable(String) b:UInt8\n\\N\t1\n\t1\nx\t1\n",
           "a:Tuple(UInt8, Nullable(String))\n(1,NULL)\n(1,'')\n(0,'x')\n",
           "a:Map(String, Array(UInt8)) b:UInt8\n{}\t1\n{'a':[]}\t1\n{'a':[1]}\t1\n",
           "a:FixedString(2) b:UInt8\nab\t1\nba\t1\n",
           "a:Float32 b:Nullable(Float64)\n1\t1\n0\tnan\nnan\t0\ninf\t\\N\n",
       }) {
    const Keys keys = keys_of(rows);
    EXPECT_EQ(keys.back, rows.substr(rows.find('\n') + 1)) << rows;
    for (size_t i = 0; i < keys.bytes.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        EXPECT_NE(keys.bytes[i], keys.bytes[j]) << rows << " rows " << i << ", " << j;
      }
    }
  }
}

TEST(GroupKey, ZerosAreOneKeyAndSoAreNaNs) {
  const Keys zeros = keys_of("a:Float64\n0\n-0\n");
  EXPECT_EQ(zeros.bytes[0], zeros.bytes[1]);
  const Schema schema = schema_from_text("a:Float64");
  MutableColumnPtr nans = make_column(*schema[0].type);
  append_value(*nans, Value(std::numeric_limits<double>::quiet_NaN()));
  append_value(*nans, Value(-std::numeric_limits<double>::quiet_NaN()));
  const std::vector<ColumnPtr> columns = {std::move(nans)};
  Buffer<uint64_t> packed;
  GroupKey({schema[0].type}).pack(columns, 2, packed);
  EXPECT_EQ(packed[0], packed[1]);
}

}  // namespace
}  // namespace freshet
