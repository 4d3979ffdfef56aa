#include "query/engine/row_merger.h"

#include <gtest/gtest.h>

#include "query/plan/binder.h"
#include "storage/column/time_zone.h"
#include "tests/support/chunk_text.h"

namespace freshet {
namespace {

struct Merge {
  MergeMode mode;
  std::vector<std::string> arguments = {};
  std::vector<std::string> order_by = {"k"};

  // Rows in, with their header; rows out.
  std::string operator()(std::string_view text) const {
    FunctionContext functions;
    functions.time_zone = TimeZone::utc();
    const SqlChunkFunctionCompiler compiler(functions);
    const TypedChunk input = typed_chunk_from_text(text);
    TableDefinition definition;
    definition.merge_mode = mode;
    definition.engine_arguments = arguments;
    definition.order_by = order_by;
    for (const NamedType& column : input.schema.columns()) {
      ColumnDefinition defined;
      defined.name = column.name;
      defined.type = column.type;
      definition.columns.push_back(std::move(defined));
    }
    const Chunk merged = make_row_merger(compiler)(definition, input.chunk);
    return chunk_rows_text(input.schema, merged);
  }
};

TEST(RowMerger, SumsNumbersOfEqualKeys) {
  EXPECT_EQ(Merge{MergeMode::Summing}("k:UInt8 a:Int32 s:String f:Float64 n:Nullable(UInt8)\n"
                                      "1\t5\tfirst\t0.5\t\\N\n"
                                      "1\t-2\tsecond\t0.25\t3\n"
                                      "2\t1\tx\t0\t\\N\n"),
            "1\t3\tfirst\t0.75\t3\n2\t1\tx\t0\t\\N\n");
}

TEST(RowMerger, DropsRowsWhoseSumsAreZero) {
  EXPECT_EQ(Merge{MergeMode::Summing}("k:UInt8 a:Int32\n1\t5\n1\t-5\n2\t0\n3\t1\n"), "3\t1\n");
}

TEST(RowMerger, TakesOnlyNullForTheZeroOfANullable) {
  EXPECT_EQ(Merge{MergeMode::Summing}("k:UInt8 a:Nullable(Int32)\n1\t5\n1\t-5\n2\t\\N\n3\t0\n"),
            "1\t0\n3\t0\n");
}

TEST(RowMerger, SumsFlags) {
  EXPECT_EQ(Merge{MergeMode::Summing}("k:UInt8 b:Bool\n1\ttrue\n1\ttrue\n2\tfalse\n3\tfalse\n"
                                      "3\ttrue\n"),
            "1\ttrue\n3\ttrue\n");
}

TEST(RowMerger, KeepsTheFirstCellOfAggregatesThatAreNotNamed) {
  const Merge merge{MergeMode::Summing, {"a"}};
  EXPECT_EQ(merge("k:UInt8 a:Int32 m:SimpleAggregateFunction(max, Int32)\n1\t1\t1\n1\t2\t2\n"
                  "2\t0\t5\n"),
            "1\t3\t1\n");
}

TEST(RowMerger, SumsOnlyNamedColumns) {
  const Merge merge{MergeMode::Summing, {"b"}};
  EXPECT_EQ(merge("k:UInt8 a:Int32 b:Int32\n1\t5\t1\n1\t6\t2\n"), "1\t5\t3\n");
}

TEST(RowMerger, SumsDecimals) {
  EXPECT_EQ(Merge{MergeMode::Summing}("k:UInt8 d:Decimal(9, 2)\n1\t1.25\n1\t2.50\n"), "1\t3.75\n");
}

TEST(RowMerger, CombinesSimpleAggregates) {
  EXPECT_EQ(Merge{MergeMode::Aggregating}("k:UInt8 s:SimpleAggregateFunction(sum, UInt64) "
                                          "m:SimpleAggregateFunction(max, String) x:UInt8\n"
                                          "1\t5\ta\t1\n1\t6\tb\t2\n2\t7\tc\t3\n"),
            "1\t11\tb\t1\n2\t7\tc\t3\n");
}

TEST(RowMerger, KeepsTheNewestRow) {
  EXPECT_EQ(Merge{MergeMode::Replacing}("k:UInt8 a:String\n1\told\n1\tnew\n2\tonly\n"),
            "1\tnew\n2\tonly\n");
  const Merge by_version{MergeMode::Replacing, {"v"}};
  EXPECT_EQ(by_version("k:UInt8 v:UInt8 a:String\n1\t9\tfirst\n1\t3\tlow\n1\t9\tlast\n"),
            "1\t9\tlast\n");
}

TEST(RowMerger, CollapsesOppositeSigns) {
  const Merge merge{MergeMode::Collapsing, {"s"}};
  EXPECT_EQ(merge("k:UInt8 s:Int8 a:UInt8\n1\t1\t1\n1\t-1\t1\n2\t1\t5\n"), "2\t1\t5\n");
  // A state, its cancel row and the next state: the last state stays.
  EXPECT_EQ(merge("k:UInt8 s:Int8 a:UInt8\n1\t1\t1\n1\t-1\t1\n1\t1\t2\n"), "1\t1\t2\n");
  // Cancel first: both stay, for rows that are elsewhere.
  EXPECT_EQ(merge("k:UInt8 s:Int8 a:UInt8\n1\t-1\t1\n1\t1\t2\n"), "1\t-1\t1\n1\t1\t2\n");
  EXPECT_EQ(merge("k:UInt8 s:Int8 a:UInt8\n1\t-1\t1\n"), "1\t-1\t1\n");
}

TEST(RowMerger, CollapsesVersionsInAnyOrder) {
  const Merge merge{MergeMode::VersionedCollapsing, {"s", "v"}, {"k", "v"}};
  EXPECT_EQ(merge("k:UInt8 s:Int8 v:UInt8\n1\t-1\t1\n1\t1\t1\n1\t1\t2\n"), "1\t1\t2\n");
}

TEST(RowMerger, ComputesKeysThatAreExpressions) {
  const Merge merge{MergeMode::Summing, {}, {"intDiv(k, 10)"}};
  EXPECT_EQ(merge("k:UInt8 a:Int32\n11\t1\n12\t2\n21\t4\n"), "11\t3\n21\t4\n");
}

TEST(RowMerger, MergesAllRowsWithoutAKey) {
  const Merge merge{MergeMode::Summing, {}, {}};
  EXPECT_EQ(merge("a:Int32\n1\n2\n"), "3\n");
}

}  // namespace
}  // namespace freshet
