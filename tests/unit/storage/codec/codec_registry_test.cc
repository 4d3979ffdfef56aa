#include "storage/codec/codec_registry.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
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

  const auto expect_selected = [&](size_t begin, size_t end, size_t step) {
    std::vector<RowIndex> rows;
    std::vector<U> expected;
    for (size_t row = begin; row < end; row += step) {
      rows.push_back(static_cast<RowIndex>(row));
      expected.push_back(cells[row]);
    }
    std::vector<U> selected(rows.size());
    codec.decode_selected(bytes, cells.size(), rows, selected.data());
    ASSERT_TRUE(selected == expected)
        << codec.name << ", rows " << begin << " to " << end << " by " << step;
  };
  const size_t count = cells.size();
  for (const size_t step : {size_t{1}, size_t{3}, size_t{100}}) expect_selected(0, count, step);
  // A range in the middle, as a search by a sorted column leaves it; the first and the last row.
  expect_selected(count / 2, count - count / 3, 1);
  expect_selected(0, std::min<size_t>(count, 1), 1);
  if (count > 0) expect_selected(count - 1, count, 1);
  // The end of one group of packed cells and the begin of the next.
  for (const size_t row : {size_t{1023}, size_t{1024}, size_t{1025}}) {
    if (row < count) expect_selected(row, row + 1, 1);
  }
}

TYPED_TEST(NumberCodecs, RoundTripWhateverTheyAccept) {
  using U = TypeParam;
  for (const std::vector<U>& cells : sample_blocks<U>()) {
    for (const CellKind kind : {CellKind::Unsigned, CellKind::Signed}) {
      CellStatistics<U> statistics = compute_statistics<U>(cells, kind);
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
    CellStatistics<U> statistics = compute_statistics<U>(cells, CellKind::Unsigned);
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
  CellStatistics<uint32_t> statistics = compute_statistics<uint32_t>(cells, CellKind::Unsigned);
  return choose_number_codec<uint32_t>(cells, CellKind::Unsigned, statistics).id;
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

template <class F>
class FloatCodec : public testing::Test {
 protected:
  using U = Word<F>;

  // The codec that is chosen; the cells come back from it.
  static CodecId choice(const std::vector<F>& numbers) {
    std::vector<U> cells(numbers.size());
    std::memcpy(cells.data(), numbers.data(), numbers.size() * sizeof(F));
    CellStatistics<U> statistics = compute_statistics<U>(cells, CellKind::Float);
    const NumberCodec<U>& codec = choose_number_codec<U>(cells, CellKind::Float, statistics);
    expect_round_trip<U>(codec, cells, statistics);
    return codec.id;
  }
};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(FloatCodec, Floats);

TYPED_TEST(FloatCodec, PacksTheDigitsOfDecimalNumbers) {
  using F = TypeParam;
  using Limits = std::numeric_limits<F>;
  Random random(6);
  std::vector<F> prices;
  std::vector<F> signs;
  std::vector<F> thousands;
  for (size_t i = 0; i < kBlockRows; ++i) {
    prices.push_back(static_cast<F>(random.below(200'000)) / 100);
    signs.push_back((static_cast<F>(random.below(200'000)) - 100'000) / 1000);
    thousands.push_back(static_cast<F>(random.below(5000)) * 1000);
  }
  EXPECT_EQ(this->choice(prices), CodecId::Alp);
  EXPECT_EQ(this->choice(signs), CodecId::Alp);
  EXPECT_EQ(this->choice(thousands), CodecId::Alp);

  size_t row = 0;
  for (const F odd : {F(-0.0), Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(),
                      Limits::max(), Limits::denorm_min(), F(1) / 3}) {
    prices[row] = odd;
    prices[kBlockRows - 1 - row] = odd;
    row += 11;
  }
  EXPECT_EQ(this->choice(prices), CodecId::Alp);
}

TYPED_TEST(FloatCodec, LeavesOtherNumbersAlone) {
  using F = TypeParam;
  Random random(7);
  std::vector<F> noise;
  std::vector<F> nan(1000, std::numeric_limits<F>::quiet_NaN());
  for (size_t i = 0; i < kBlockRows; ++i) {
    Word<F> bits = static_cast<Word<F>>(random.next());
    F number;
    std::memcpy(&number, &bits, sizeof(F));
    noise.push_back(number);
  }
  EXPECT_EQ(this->choice(noise), CodecId::Plain);
  EXPECT_EQ(this->choice(nan), CodecId::Constant);
  nan[500] = F(1) / 3;
  this->choice(nan);
}

TEST(Alp, RefusesPlacesAndRowsThatCannotBe) {
  std::vector<uint64_t> cells(100);
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i] = std::bit_cast<uint64_t>(static_cast<double>(i * i) / 10);
  }
  cells[50] = std::bit_cast<uint64_t>(1.0 / 3);
  CellStatistics<uint64_t> statistics = compute_statistics<uint64_t>(cells, CellKind::Float);
  statistics.decimal = compute_decimal<uint64_t>(cells);
  ASSERT_TRUE(statistics.decimal.has_value());
  const NumberCodec<uint64_t>& codec = find_number_codec<uint64_t>(CodecId::Alp);
  expect_round_trip<uint64_t>(codec, cells, statistics);
  std::string bytes;
  codec.encode(cells, statistics, bytes);
  std::vector<uint64_t> out(cells.size());
  std::string damaged = bytes;
  damaged[1] = 19;
  EXPECT_THROW(codec.decode(damaged, out), Error);
  damaged = bytes;
  damaged[bytes.size() - 12] = 100;  // the exception's row
  EXPECT_THROW(codec.decode(damaged, out), Error);
}

TEST(CodecChoice, NamesAnUnknownCodec) {
  EXPECT_THROW(find_number_codec<uint32_t>(static_cast<CodecId>(77)), Error);
}

TEST(CellStatistics, KnowsSigns) {
  const std::vector<int16_t> cells = {-3, 5, 5, -10};
  const std::span words(reinterpret_cast<const uint16_t*>(cells.data()), cells.size());
  const auto statistics = compute_statistics<uint16_t>(words, CellKind::Signed);
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
