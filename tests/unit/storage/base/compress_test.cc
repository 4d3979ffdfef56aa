#include "storage/base/compress.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/base/random.h"

namespace freshet {
namespace {

constexpr Compression kMethods[] = {Compression::None, Compression::Lz4, Compression::Zstd};

std::string repetitive(std::size_t count) {
  std::string text;
  while (text.size() < count) text += "GET /index.html " + std::to_string(text.size() % 97) + "\n";
  text.resize(count);
  return text;
}

TEST(Decompress, ReturnsTheRawBytes) {
  for (const Compression method : kMethods) {
    for (const std::size_t count : {0U, 1U, 100U, 100'000U}) {
      for (const int level : {0, 1, 9}) {
        const std::string raw = repetitive(count);
        const std::string packed = compress(method, raw, level);
        std::string out(raw.size(), '\0');
        decompress(method, packed, raw.size(), out.data());
        EXPECT_EQ(out, raw);
      }
    }
  }
}

TEST(Compress, AppendsAndTellsHowMuch) {
  std::string out = "before";
  const std::size_t count = append_compressed(Compression::Lz4, repetitive(10'000), 0, out);
  EXPECT_EQ(out.size(), 6 + count);
  EXPECT_LT(count, 2'000U);
}

TEST(Decompress, RefusesAWrongRawSize) {
  for (const Compression method : kMethods) {
    const std::string packed = compress(method, repetitive(1000));
    std::string out(1001, '\0');
    EXPECT_THROW(decompress(method, packed, 999, out.data()), Error);
    EXPECT_THROW(decompress(method, packed, 1001, out.data()), Error);
  }
}

TEST(Decompress, SurvivesAnyDamage) {
  Random random(7);
  const std::string raw = repetitive(5000);
  for (const Compression method : {Compression::Lz4, Compression::Zstd}) {
    const std::string packed = compress(method, raw);
    for (int round = 0; round < 500; ++round) {
      std::string damaged = packed;
      damaged[random.below(damaged.size())] ^= static_cast<char>(1 + random.below(255));
      std::string out(raw.size(), '\0');
      try {
        decompress(method, damaged, raw.size(), out.data());
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::CannotDecompress);
      }
    }
  }
}

}  // namespace
}  // namespace freshet
