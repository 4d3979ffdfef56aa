#include "query/operator/distinct.h"

#include <gtest/gtest.h>

#include "tests/unit/query/operator/operator_harness.h"

namespace freshet {
namespace {

std::string distinct(std::string_view text, std::optional<uint64_t> row_limit = {}) {
  const Schema schema = schema_from_text(text.substr(0, text.find('\n')));
  std::vector<DataTypePtr> types;
  for (const NamedType& column : schema.columns()) types.push_back(column.type);
  DistinctTransform transform(types, row_limit);
  return OperatorHarness().process(transform, schema, chunks_from_text(text));
}

TEST(Distinct, KeepsTheFirstOfEqualRows) {
  EXPECT_EQ(distinct("a:Nullable(UInt8) s:String\n1\tx\n\\N\tx\n1\tx\n--\n0\tx\n\\N\tx\n1\ty\n"),
            "1\tx\n\\N\tx\n0\tx\n1\ty\n");
  EXPECT_EQ(distinct("s:String a:UInt8\na\t1\n\t1\na\t1\n--\n\t1\nb\t1\n"), "a\t1\n\t1\nb\t1\n");
  EXPECT_EQ(distinct("l:Array(String)\n['a','b']\n['ab']\n[]\n['a','b']\n"),
            "['a','b']\n['ab']\n[]\n");
}

TEST(Distinct, NaNsAreOneValueAndSoAreZeros) {
  EXPECT_EQ(distinct("x:Float64\nnan\n0\n-0\nnan\n1\n"), "nan\n0\n1\n");
}

TEST(Distinct, StopsWhenItHasEnough) {
  EXPECT_EQ(distinct("a:UInt8\n1\n1\n--\n2\n2\n--\n3\n", 2), "1\n2\nenough\n");
}

}  // namespace
}  // namespace freshet
