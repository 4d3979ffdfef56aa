#include "query/operator/array_join.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "tests/unit/query/operator/operator_harness.h"

namespace freshet {
namespace {

TEST(ArrayJoin, GivesARowForEachElement) {
  const auto rows =
      chunks_from_text("id:UInt8 l:Array(String)\n1\t['a','b']\n2\t[]\n--\n3\t['c']\n4\t[]\n");
  const Schema output = schema_from_text("id:UInt8 l:String");
  ArrayJoinTransform inner({1}, false);
  EXPECT_EQ(OperatorHarness().process(inner, output, rows), "1\ta\n1\tb\n3\tc\n");
  ArrayJoinTransform left({1}, true);
  EXPECT_EQ(OperatorHarness().process(left, output, rows), "1\ta\n1\tb\n2\t\n3\tc\n4\t\n");
}

TEST(ArrayJoin, ListsOfOneRowGoTogether) {
  const std::string header = "id:UInt8 a:Array(Nullable(Int8)) m:Map(String, UInt8)\n";
  const Schema output = schema_from_text("id:UInt8 a:Nullable(Int8) m:Tuple(String, UInt8)");
  ArrayJoinTransform transform({1, 2}, true);
  EXPECT_EQ(
      OperatorHarness().process(
          transform, output, chunks_from_text(header + "1\t[NULL,5]\t{'x':1,'y':2}\n2\t[]\t{}\n")),
      "1\t\\N\t('x',1)\n1\t5\t('y',2)\n2\t\\N\t('',0)\n");
  EXPECT_THROW(
      OperatorHarness().process(transform, output, chunks_from_text(header + "1\t[1]\t{}\n")),
      Error);
}

}  // namespace
}  // namespace freshet
