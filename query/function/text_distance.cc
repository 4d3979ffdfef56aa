// How alike two texts are: edit distances, Jaro similarity, subsequences.
#include <algorithm>
#include <string>
#include <vector>

#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/utf8.h"

namespace freshet {

namespace {

// Texts past this take too long: the time is the product of both lengths.
constexpr size_t kTextBytesMax = 65'536;

void check_size(std::string_view text) {
  if (text.size() <= kTextBytesMax) return;
  throw Error(ErrorCode::TooLargeStringSize,
              "Texts whose distance is computed must have 65536 bytes at most, got " +
                  std::to_string(text.size()));
}

std::vector<std::string_view> code_points(std::string_view text) {
  std::vector<std::string_view> points;
  while (!text.empty()) {
    const size_t bytes = utf8_offset(text, 1);
    points.push_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return points;
}

// Insertions, removals and replacements that turn `a` into `b`; with `swaps`, also exchanges of
// neighbours, none of which is edited again.
template <class Text>
uint64_t edit_distance(const Text& a, const Text& b, bool swaps) {
  std::vector<uint64_t> before_last;
  std::vector<uint64_t> last(b.size() + 1);
  std::vector<uint64_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 0; i < a.size(); ++i) {
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = std::min({last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1)});
      if (swaps && i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]) {
        row[j + 1] = std::min(row[j + 1], before_last[j - 1] + 1);
      }
    }
    before_last = last;
    std::swap(last, row);
  }
  return last[b.size()];
}

uint64_t levenshtein(std::string_view a, std::string_view b) { return edit_distance(a, b, false); }
uint64_t damerau(std::string_view a, std::string_view b) { return edit_distance(a, b, true); }
uint64_t levenshtein_utf8(std::string_view a, std::string_view b) {
  return edit_distance(code_points(a), code_points(b), false);
}

// Bytes that differ at the same place; those of the longer text that are over count too.
uint64_t hamming(std::string_view a, std::string_view b) {
  const size_t common = std::min(a.size(), b.size());
  uint64_t differing = std::max(a.size(), b.size()) - common;
  for (size_t i = 0; i < common; ++i) differing += a[i] != b[i];
  return differing;
}

// Matches are equal bytes whose places differ by less than half of the longer text.
double jaro(std::string_view a, std::string_view b) {
  if (a.empty() && b.empty()) return 1;
  if (a.empty() || b.empty()) return 0;
  const size_t half = std::max(a.size(), b.size()) / 2;
  const size_t reach = half == 0 ? 0 : half - 1;
  std::vector<bool> taken(b.size());
  std::string matches_a;
  for (size_t i = 0; i < a.size(); ++i) {
    const size_t begin = i > reach ? i - reach : 0;
    const size_t end = std::min(i + reach + 1, b.size());
    for (size_t j = begin; j < end; ++j) {
      if (taken[j] || a[i] != b[j]) continue;
      taken[j] = true;
      matches_a += a[i];
      break;
    }
  }
  if (matches_a.empty()) return 0;
  size_t moved = 0;
  for (size_t j = 0, k = 0; j < b.size(); ++j) {
    if (taken[j]) moved += matches_a[k++] != b[j];
  }
  const auto matches = static_cast<double>(matches_a.size());
  constexpr double kThird = 1.0 / 3;  // ClickHouse's last digits come from the product
  return (matches / static_cast<double>(a.size()) + matches / static_cast<double>(b.size()) +
          (matches - static_cast<double>(moved) / 2) / matches) *
         kThird;
}

// More for texts that begin alike.
double jaro_winkler(std::string_view a, std::string_view b) {
  constexpr size_t kPrefixMax = 4;
  constexpr double kWeight = 0.1;
  constexpr double kWorthIt = 0.7;
  const double plain = jaro(a, b);
  if (plain <= kWorthIt) return plain;
  size_t prefix = 0;
  while (prefix < std::min({a.size(), b.size(), kPrefixMax}) && a[prefix] == b[prefix]) ++prefix;
  return plain + static_cast<double>(prefix) * kWeight * (1 - plain);
}

// Whether the bytes of `part` are in `text` in their order.
uint8_t has_subsequence(std::string_view text, std::string_view part) {
  for (const char c : text) {
    if (!part.empty() && part.front() == c) part.remove_prefix(1);
  }
  return part.empty() ? 1 : 0;
}

template <class R, R (*kCompute)(std::string_view, std::string_view), TypeId kType>
BoundFunction bind_of_texts(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  check_string(name, arguments, 0);
  check_string(name, arguments, 1);
  return {simple_type(kType), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells a(*columns[0]);
            const StringCells b(*columns[1]);
            return make_numbers<R>(row_count, [&](size_t i) {
              check_size(a[i]);
              check_size(b[i]);
              return kCompute(a[i], b[i]);
            });
          }};
}

#define DISTANCE(NAME, R, COMPUTE, TYPE, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)                 \
  {                                                                                            \
    .name = NAME,                                                                              \
    .bind =                                                                                    \
        [](const FunctionContext&, FunctionArguments arguments) {                              \
          return bind_of_texts<R, COMPUTE, TypeId::TYPE>(NAME, arguments);                     \
        },                                                                                     \
    .syntax = NAME "(" SYNTAX ")", .description = DESCRIPTION,                                 \
    .example = "SELECT " NAME "(" EXAMPLE ")", .example_result = RESULT, .category = "Strings" \
  }

const FunctionEntry kTextDistanceFunctions[] = {
    DISTANCE("levenshteinDistance", uint64_t, levenshtein, UInt64, "a, b",
             "Bytes to insert, remove or replace to make b of a.", "'kitten', 'sitting'", "3"),
    function_alias("editDistance", "levenshteinDistance"),
    DISTANCE("levenshteinDistanceUTF8", uint64_t, levenshtein_utf8, UInt64, "a, b",
             "Code points to insert, remove or replace to make b of a.", "'äb', 'ab'", "1"),
    function_alias("editDistanceUTF8", "levenshteinDistanceUTF8"),
    DISTANCE("damerauLevenshteinDistance", uint64_t, damerau, UInt64, "a, b",
             "The same with exchanges of neighbouring bytes.", "'ab', 'ba'", "1"),
    DISTANCE("byteHammingDistance", uint64_t, hamming, UInt64, "a, b",
             "Bytes that differ at the same place.", "'abc', 'abd'", "1"),
    function_alias("mismatches", "byteHammingDistance"),
    DISTANCE("jaroSimilarity", double, jaro, Float64, "a, b",
             "Jaro similarity of the bytes, from 0 to 1.", "'martha', 'martha'", "1"),
    DISTANCE("jaroWinklerSimilarity", double, jaro_winkler, Float64, "a, b",
             "Jaro similarity, more for texts that begin alike.", "'martha', 'marhta'",
             "0.9611111111111111"),
    DISTANCE("hasSubsequence", uint8_t, has_subsequence, UInt8, "text, part",
             "1 when the bytes of the part are in the text, in order.", "'abcdef', 'ace'", "1"),
};
#undef DISTANCE

}  // namespace

std::span<const FunctionEntry> text_distance_functions() { return kTextDistanceFunctions; }

}  // namespace freshet
