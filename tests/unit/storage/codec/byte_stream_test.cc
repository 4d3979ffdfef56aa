#include "storage/codec/byte_stream.h"

#include <gtest/gtest.h>

#include "storage/base/error.h"
#include "storage/base/random.h"

namespace freshet {
namespace {

std::string random_bytes(size_t count) {
  Random random(2);
  std::string bytes(count, 0);
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

// Compresses well, and every place in it differs.
std::string counting_text(size_t count) {
  std::string text;
  while (text.size() < count) text += "line " + std::to_string(text.size()) + "\n";
  text.resize(count);
  return text;
}

ByteStream parse(const std::string& stored) {
  ByteReader reader(stored);
  ByteStream stream = ByteStream::get(reader);
  EXPECT_TRUE(reader.at_end());
  return stream;
}

TEST(ByteStream, RoundTripsEveryMethodAroundFrameBoundaries) {
  for (const int level : {0, 1, 2, 4}) {
    for (const size_t count : {size_t{0}, size_t{1}, size_t{63}, kFrameBytes - 1, kFrameBytes,
                               kFrameBytes + 1, 3 * kFrameBytes + 5}) {
      for (const std::string& raw : {counting_text(count), random_bytes(count)}) {
        std::string stored;
        put_byte_stream(raw, level, 10, stored);
        ByteStream stream = parse(stored);
        ASSERT_EQ(stream.raw_bytes(), raw.size());
        std::string out(count, 0);
        stream.decode(out.data());
        ASSERT_EQ(out, raw);
        ASSERT_EQ(stream.all(), raw);
      }
    }
  }
}

TEST(ByteStream, ReadsRangesAcrossFrames) {
  const std::string raw = counting_text(4 * kFrameBytes + 100);
  std::string stored;
  put_byte_stream(raw, 1, 10, stored);
  ByteStream stream = parse(stored);
  ASSERT_TRUE(stream.is_compressed());
  EXPECT_EQ(stream.range(3 * kFrameBytes - 4, 8), raw.substr(3 * kFrameBytes - 4, 8));
  EXPECT_EQ(stream.range(kFrameBytes, 0), "");
  EXPECT_EQ(stream.range(raw.size(), 0), "");
  EXPECT_EQ(stream.range(0, 5), raw.substr(0, 5));
  EXPECT_EQ(stream.range(4 * kFrameBytes, 100), raw.substr(4 * kFrameBytes));
}

TEST(ByteStream, KeepsWhatDoesNotCompressAsItIs) {
  std::string stored;
  put_byte_stream(random_bytes(10'000), 1, 10, stored);
  EXPECT_FALSE(parse(stored).is_compressed());
  EXPECT_EQ(stored.size(), 10'000U + 3);
}

TEST(ByteStream, RefusesUnknownMethodsAndShortInput) {
  std::string stored;
  put_byte_stream(counting_text(1000), 1, 10, stored);
  for (size_t bytes = 0; bytes < stored.size(); ++bytes) {
    const std::string cut = stored.substr(0, bytes);
    ByteReader reader(cut);
    EXPECT_THROW(ByteStream::get(reader), Error) << bytes;
  }
  stored[0] = 9;
  ByteReader reader(stored);
  EXPECT_THROW(ByteStream::get(reader), Error);
}

}  // namespace
}  // namespace freshet
