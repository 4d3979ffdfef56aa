#include "storage/column/row_hash.h"

#include <gtest/gtest.h>

#include <set>

#include "storage/column/coded_column.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

Buffer<uint64_t> hashes_of(const ColumnPtr& column) {
  Buffer<uint64_t> hashes;
  hash_rows({&column, 1}, column->size(), hashes);
  return hashes;
}

TEST(HashRows, OneColumnHashesLikeItsCells) {
  for (const auto& [type, cells] : std::vector<std::pair<const char*, const char*>>{
           {"Int16", "-1 0 7"},
           {"Decimal(38, 0)", "-1 0 7"},
           {"Nullable(String)", "a \\N longer-than-sixteen-bytes"},
           {"Array(UInt8)", "[1,2] [] [2,1]"},
           {"Tuple(UInt8, String)", "(1,'a') (1,'b') (2,'a')"}}) {
    const ColumnPtr column = column_from_text(type, cells);
    const Buffer<uint64_t> hashes = hashes_of(column);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(hashes[i], hash_cell(*column, i)) << type;
    EXPECT_EQ(std::set(hashes.begin(), hashes.end()).size(), 3U) << type;
  }
}

TEST(HashRows, FormsDoNotMatter) {
  const ColumnPtr entries = column_from_text("Nullable(String)", "a \\N");
  auto dictionary = std::make_shared<Dictionary>();
  dictionary->entries = entries;
  const ColumnPtr coded = std::make_shared<DictionaryColumn>(dictionary, Buffer<uint32_t>{1, 0, 1});
  EXPECT_EQ(hashes_of(coded), hashes_of(flat(coded)));
  const ColumnPtr constant = std::make_shared<ConstantColumn>(entries->slice(0, 1), 2);
  EXPECT_EQ(hashes_of(constant), hashes_of(flat(constant)));
  EXPECT_EQ(hash_cell(*coded, 0), hash_cell(*entries, 1));
}

TEST(HashRows, StoredHashesAreUsed) {
  auto dictionary = std::make_shared<Dictionary>();
  dictionary->entries = column_from_text("String", "a b");
  dictionary->hashes = {11, 22};
  const DictionaryColumn coded(dictionary, {1, 0});
  EXPECT_EQ(hashes_of(coded.slice(0, 2)), (Buffer<uint64_t>{22, 11}));
}

TEST(HashRows, EqualFloatsHashAlike) {
  const Buffer<uint64_t> hashes = hashes_of(column_from_text("Float64", "0 -0 nan -nan"));
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[2], hashes[3]);
}

TEST(HashRows, ColumnOrderMatters) {
  const ColumnPtr ab[] = {column_from_text("UInt8", "1"), column_from_text("UInt8", "2")};
  const ColumnPtr ba[] = {ab[1], ab[0]};
  Buffer<uint64_t> first, second;
  hash_rows(ab, 1, first);
  hash_rows(ba, 1, second);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace freshet
