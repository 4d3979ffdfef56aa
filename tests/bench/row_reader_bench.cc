// Text formats in: bytes of input a second, for a row of five columns.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "storage/base/random.h"
#include "storage/format/format.h"

namespace freshet {
namespace {

constexpr size_t kRows = 10'000;

Schema visits() {
  Schema schema;
  schema.add("time", parse_data_type("DateTime('UTC')"));
  schema.add("visitor", parse_data_type("UInt64"));
  schema.add("page", parse_data_type("String"));
  schema.add("seconds", parse_data_type("Float64"));
  schema.add("status", parse_data_type("UInt16"));
  return schema;
}

std::string row_text(Random& random, std::string_view format) {
  const std::string time = "2024-03-01 10:0" + std::to_string(random.below(10)) + ":00";
  const std::string visitor = std::to_string(random.next());
  const std::string page = "/product/" + std::to_string(random.below(100'000));
  const std::string seconds = std::to_string(random.fraction());
  if (format == "JSONEachRow") {
    return R"({"time":")" + time + R"(","visitor":)" + visitor + R"(,"page":")" + page +
           R"(","seconds":)" + seconds + R"(,"status":200})" + "\n";
  }
  const std::string separator = format == "CSV" ? "," : "\t";
  return time + separator + visitor + separator + page + separator + seconds + separator + "200\n";
}

void parse(benchmark::State& state, const char* format) {
  Random random(1);
  std::string input;
  for (size_t i = 0; i < kRows; ++i) input += row_text(random, format);
  FormatOptions options;
  options.text.best_effort_dates = false;
  const auto reader = find_format(format).make_reader(visits(), options);
  for (auto _ : state) {
    const auto parsed = reader->parse(input, 1);
    if (parsed.chunk.row_count != kRows) state.SkipWithError("rows were refused");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * input.size()));
}

BENCHMARK_CAPTURE(parse, TabSeparated, "TabSeparated");
BENCHMARK_CAPTURE(parse, CSV, "CSV");
BENCHMARK_CAPTURE(parse, JSONEachRow, "JSONEachRow");

}  // namespace
}  // namespace freshet
