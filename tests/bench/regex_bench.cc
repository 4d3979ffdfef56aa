// Groups of a regular expression in short texts: texts a second, by our matcher and by RE2.

#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "query/function/regex.h"
#include "storage/base/random.h"

namespace freshet {
namespace {

constexpr size_t kTexts = 1000;

// `pattern`, or one that means the same and that only RE2 takes.
std::string pattern_of(const std::string& pattern, bool only_re2) {
  return only_re2 ? "(?:" + pattern + "){1}" : pattern;
}

std::vector<std::string> visits() {
  Random random(1);
  std::vector<std::string> texts;
  for (size_t i = 0; i < kTexts; ++i) {
    texts.push_back("https://www.shop" + std::to_string(random.below(100)) + ".example/product/" +
                    std::to_string(random.below(100'000)) +
                    "?page=" + std::to_string(random.below(10)));
  }
  return texts;
}

void find_groups(benchmark::State& state, const std::string& pattern, bool only_re2) {
  const Regex regex(pattern_of(pattern, only_re2), ErrorCode::CannotParseRegexp);
  const std::vector<std::string> texts = visits();
  std::array<re2::StringPiece, 2> groups;
  for (auto _ : state) {
    for (const std::string& text : texts) {
      if (!regex.find(text, groups)) state.SkipWithError("no match");
    }
    benchmark::DoNotOptimize(groups);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * texts.size()));
}

#define PATTERN(NAME, TEXT)                          \
  BENCHMARK_CAPTURE(find_groups, NAME, TEXT, false); \
  BENCHMARK_CAPTURE(find_groups, NAME##_by_re2, TEXT, true)

PATTERN(host, R"(^https?://(?:www\.)?([^/]+)/.*$)");
PATTERN(last_part, R"(.*/([^/?]*))");
PATTERN(parameter, R"(page=(\d+))");
PATTERN(number, R"((\d+))");

}  // namespace
}  // namespace freshet
