#include "query/operator/sort.h"

#include <gtest/gtest.h>

#include "storage/base/limits.h"
#include "storage/base/random.h"
#include "storage/column/coded_column.h"
#include "storage/column/number_column.h"
#include "tests/unit/query/operator/operator_harness.h"

namespace freshet {
namespace {

std::string sorted(std::string_view text, std::vector<SortColumn> order,
                   std::optional<uint64_t> limit = {}, size_t workers = 1) {
  const Schema schema = schema_from_text(text.substr(0, text.find('\n')));
  OperatorHarness harness(workers);
  SortSink sink(schema, std::move(order), limit);
  harness.fill(sink, chunks_from_text(text));
  SortSource source(sink);
  return harness.read(source, schema);
}

TEST(Sort, PutsNaNBesideNullAtTheEnd) {
  const std::string rows = "x:Nullable(Float64)\n1\nnan\ninf\n--\n-inf\n\\N\n";
  EXPECT_EQ(sorted(rows, {{.column = 0}}), "-inf\n1\ninf\nnan\n\\N\n");
  EXPECT_EQ(sorted(rows, {{.column = 0, .descending = true}}), "inf\n1\n-inf\nnan\n\\N\n");
  EXPECT_EQ(sorted(rows, {{.column = 0, .nulls_first = true}}), "\\N\nnan\n-inf\n1\ninf\n");
  EXPECT_EQ(sorted("x:Float64\n1\nnan\n--\ninf\n-inf\n",
                   {{.column = 0, .descending = true, .nulls_first = true}}),
            "nan\ninf\n1\n-inf\n");
}

TEST(Sort, TakesLaterColumnsWhereEarlierOnesAreEqual) {
  EXPECT_EQ(sorted("s:String n:Nullable(Int8)\nb\t1\na\t2\n--\na\t\\N\na\t1\nb\t1\n",
                   {{.column = 0, .descending = true}, {.column = 1}}),
            "b\t1\nb\t1\na\t1\na\t2\na\t\\N\n");
}

TEST(Sort, ATopNOfNothingAndOfEverything) {
  EXPECT_EQ(sorted("a:UInt8\n3\n1\n2\n", {{.column = 0}}, 0), "");
  EXPECT_EQ(sorted("a:UInt8\n3\n1\n2\n", {{.column = 0}}, 2), "1\n2\n");
  EXPECT_EQ(sorted("a:UInt8\n3\n1\n2\n", {{.column = 0}}, 9), "1\n2\n3\n");
  EXPECT_EQ(sorted("a:UInt8\n", {{.column = 0}}, 9), "");
}

// Enough rows for workers to cut what they hold and to refuse rows on arrival.
class LargeTopN : public testing::TestWithParam<std::string_view> {};

TEST_P(LargeTopN, IsTheFrontOfTheWholeOrder) {
  const Schema schema = schema_from_text("k:" + std::string(GetParam()) + " id:UInt32");
  Random random(3);
  std::vector<Chunk> chunks;
  uint32_t id = 0;
  for (size_t i = 0; i < 12; ++i) {
    MutableColumnPtr keys = make_column(*schema[0].type);
    Buffer<uint32_t> ids;
    for (size_t row = 0; row < kBlockRows / 2; ++row) {
      const uint64_t number = random.below(100'000);
      const bool is_float = GetParam().find("Float64") != std::string_view::npos;
      const bool is_text = GetParam().find("String") != std::string_view::npos;
      if (schema[0].type->is_nullable() && random.chance(0.3)) {
        append_value(*keys, Value());
      } else if (is_float) {
        append_value(*keys, Value(random.chance(0.1) ? std::numeric_limits<double>::quiet_NaN()
                                                     : static_cast<double>(number) - 50'000));
      } else if (is_text) {
        append_value(*keys, Value("k" + std::to_string(number)));
      } else {
        append_value(*keys, Value(static_cast<int64_t>(number) - 50'000));
      }
      ids.push_back(id++);
    }
    chunks.push_back({.columns = {std::move(keys), make_number_column(std::move(ids))},
                      .row_count = kBlockRows / 2});
  }
  for (const bool descending : {false, true}) {
    for (const bool nulls_first : {false, true}) {
      // The id makes the order one and only.
      const std::vector<SortColumn> order = {
          {.column = 0, .descending = descending, .nulls_first = nulls_first}, {.column = 1}};
      OperatorHarness alone;
      SortSink all(schema, order, {});
      alone.fill(all, chunks);
      SortSource all_rows(all);
      const std::string whole = alone.read(all_rows, schema);
      for (const size_t limit : {size_t{1}, size_t{1000}, 2 * kBlockRows}) {
        for (const size_t workers : {1, 3}) {
          OperatorHarness harness(workers);
          SortSink sink(schema, order, limit);
          harness.fill(sink, chunks);
          SortSource source(sink);
          const std::string top = harness.read(source, schema);
          ASSERT_EQ(static_cast<size_t>(std::count(top.begin(), top.end(), '\n')), limit);
          ASSERT_TRUE(whole.starts_with(top)) << limit << " of " << workers << " workers";
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, LargeTopN,
                         testing::Values("Int64", "Nullable(Int32)", "Float64", "Nullable(Float64)",
                                         "String", "Nullable(String)"),
                         [](const auto& info) {
                           std::string name(info.param);
                           std::erase_if(name, [](char c) { return c == '(' || c == ')'; });
                           return name;
                         });

TEST(Sort, ColumnsMayComeInAnyForm) {
  const Schema schema = schema_from_text("s:String a:UInt8");
  const auto constant = make_constant_column(*schema[0].type, Value(std::string("m")), 2);
  const Chunk first{.columns = {constant, column_from_text("UInt8", "2 1")}, .row_count = 2};
  const Chunk second = chunk_from_text("s:String a:UInt8\nz\t1\na\t1\n");
  OperatorHarness harness;
  SortSink sink(schema, {{.column = 0}, {.column = 1}}, {});
  harness.fill(sink, {first, second});
  SortSource source(sink);
  EXPECT_EQ(harness.read(source, schema), "a\t1\nm\t1\nm\t2\nz\t1\n");
}

}  // namespace
}  // namespace freshet
