#include "storage/codec/codec_registry.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/base/random.h"
#include "storage/codec/cell_statistics.h"

namespace freshet {
namespace {

template <class U>
class NumberCodecs : public testing::Test {};
using Words = testing::Types<uint8_t, uint16_t, uint32_t, uint64_t, WordOf<16>::Type>;
TYPED_TEST_SUITE(NumberCodecs, Words);

// Blocks of every character: runs, steps, few distinct cells, noise, extremes.
template <class U>
std::vector<std::vector<U>> sample_blocks() {
  Random random(3);
  const U greatest = static_cast<U>(~U{0});
  std::vector<std::vector<U>> blocks = {
      {}, {U{0}}, {greatest}, {U{0}, greatest}, {greatest, U{0}, greatest}};
  for (const size_t count : {size_t{2}, size_t{1000}, kBlockRows - 1, kBlockRows, kBlockRows + 1}) {
    std::vector<U> equal(count, U{42});
    std::vector<U> runs;
    std::vector<U> steps;
    std::vector<U> few;
    std::vector<U> noise;
    U step = static_cast<U>(random.next());
    while (runs.size() < count)
      runs.insert(runs.end(), 1 + random.below(90), static_cast<U>(random.next()));
    runs.resize(count);
    const std::vector<U> distinct = {static_cast<U>(random.next()), static_cast<U>(random.next()),
                                     greatest};
    for (size_t i = 0; i < count; ++i) {
      step = static_cast<U>(step + static_cast<U>(random.below(7)));
      steps.push_back(step);
      few.push_back(distinct[random.below(distinct.size())]);
      noise.push_back(
          static_cast<U>(static_cast<U>(random.next()) * static_cast<U>(random.next())));
    }
    blocks.insert(blocks.end(), {equal, runs, steps, few, noise});
  }
  return blocks;
}

template <class U>
void expect_round_trip(const NumberCodec<U>& codec, const std::vector<U>& cells,
                       const CellStatistics<U>& statistics) {
  const std::optional<size_t> promised = codec.encoded_bytes(statistics);
  if (!promised) return;
  std::string bytes;
  codec.encode(cells, statistics, bytes);
  ASSERT_LE(bytes.size(), *promised) << codec.name;
  std::vector<U> out(cells.size());
  codec.decode(bytes, out);
  ASSERT_TRUE(out == cells) << codec.name << " of " << cells.size();

  for (const size_t step : {size_t{1}, size_t{3}, size_t{100}}) {
    std::vector<RowIndex> rows;
    std::vector<U> expected;
    for (size_t row = 0; row < cells.size(); row += step) {
      rows.push_back(static_cast<RowIndex>(row));
      expected.push_back(cells[row]);
    }
    std::vector<U> selected(rows.size());
    codec.decode_selected(bytes, cells.size(), rows, selected.data());
    ASSERT_TRUE(selected == expected) << codec.name << ", every row of " << step;
  }
}

TYPED_TEST(NumberCodecs, RoundTripWhateverTheyAccept) {
  using U = TypeParam;
  for (const std::vector<U>& cells : sample_blocks<U>()) {
    for (const bool is_signed : {false, true}) {
      CellStatistics<U> statistics = compute_statistics<U>(cells, is_signed);
      statistics.distinct = compute_distinct<U>(cells, cells.size());
      for (const NumberCodec<U>& codec : number_codecs<U>()) {
        expect_round_trip<U>(codec, cells, statistics);
      }
    }
  }
}

TYPED_TEST(NumberCodecs, ThrowOnShortInput) {
  using U = TypeParam;
  for (const std::vector<U>& cells : sample_blocks<U>()) {
    if (cells.size() != 1000) continue;
    CellStatistics<U> statistics = compute_statistics<U>(cells, false);
    statistics.distinct = compute_distinct<U>(cells, cells.size());
    for (const NumberCodec<U>& codec : number_codecs<U>()) {
      if (!codec.encoded_bytes(statistics)) continue;
      std::string bytes;
      codec.encode(cells, statistics, bytes);
      std::vector<U> out(cells.size());
      for (size_t kept = 0; kept < bytes.size(); kept += 1 + kept / 4) {
        EXPECT_THROW(codec.decode(std::string_view(bytes).substr(0, kept), out), Error)
            << codec.name << ' ' << kept;
      }
    }
  }
}

CodecId choice(const std::vector<uint32_t>& cells) {
  CellStatistics<uint32_t> statistics = compute_statistics<uint32_t>(cells, false);
  return choose_number_codec<uint32_t>(cells, statistics).id;
}

TEST(CodecChoice, FollowsTheCells) {
  Random random(4);
  std::vector<uint32_t> equal(1000, 7);
  EXPECT_EQ(choice(equal), CodecId::Constant);

  std::vector<uint32_t> small_range;
  std::vector<uint32_t> steps;
  std::vector<uint32_t> runs;
  std::vector<uint32_t> few;
  std::vector<uint32_t> noise;
  uint32_t step = 1'372'636'800;
  const uint32_t values[] = {5, 70'000, 3'000'000'000};
  for (uint32_t i = 0; i < 16'000; ++i) {
    small_range.push_back(1'000'000 + static_cast<uint32_t>(random.below(100)));
    steps.push_back(step += static_cast<uint32_t>(random.below(4)));
    runs.push_back(i / 100 * 77'777);
    few.push_back(values[random.below(3)]);
    noise.push_back(static_cast<uint32_t>(random.next()));
  }
  EXPECT_EQ(choice(small_range), CodecId::BitPacked);
  EXPECT_EQ(choice(steps), CodecId::Delta);
  EXPECT_EQ(choice(runs), CodecId::RunLength);
  EXPECT_EQ(choice(few), CodecId::Distinct);
  EXPECT_EQ(choice(noise), CodecId::Plain);
  EXPECT_EQ(choice({}), CodecId::Plain);
}

TEST(CodecChoice, NamesAnUnknownCodec) {
  EXPECT_THROW(find_number_codec<uint32_t>(static_cast<CodecId>(77)), Error);
}

TEST(CellStatistics, KnowsSigns) {
  const std::vector<int16_t> cells = {-3, 5, 5, -10};
  const std::span words(reinterpret_cast<const uint16_t*>(cells.data()), cells.size());
  const auto statistics = compute_statistics<uint16_t>(words, true);
  EXPECT_EQ(static_cast<int16_t>(statistics.min), -10);
  EXPECT_EQ(statistics.range, 15);
  EXPECT_EQ(static_cast<int16_t>(statistics.delta_min), -15);
  EXPECT_EQ(statistics.delta_range, 23);
  EXPECT_EQ(statistics.run_count, 3U);
}

TEST(CellStatistics, FindsDistinctCellsUpToTheLimit) {
  const std::vector<uint64_t> cells = {900, 5, 5, 900, 77};
  const auto distinct = compute_distinct<uint64_t>(cells, 3);
  ASSERT_TRUE(distinct.has_value());
  EXPECT_EQ(std::vector<uint64_t>(distinct->cells.begin(), distinct->cells.end()),
            (std::vector<uint64_t>{5, 77, 900}));
  EXPECT_EQ(std::vector<uint32_t>(distinct->codes.begin(), distinct->codes.end()),
            (std::vector<uint32_t>{2, 0, 0, 2, 1}));
  EXPECT_FALSE(compute_distinct<uint64_t>(cells, 2).has_value());
}

}  // namespace
}  // namespace freshet
