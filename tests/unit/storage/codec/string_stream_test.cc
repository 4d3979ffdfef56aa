#include "storage/codec/string_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/base/error.h"
#include "storage/base/random.h"

namespace freshet {
namespace {

std::string stored(const std::vector<std::string>& strings, CompressionLevel level) {
  std::vector<uint32_t> offsets = {0};
  std::string bytes;
  for (const std::string& text : strings) {
    bytes += text;
    offsets.push_back(static_cast<uint32_t>(bytes.size()));
  }
  std::string out;
  put_string_stream(offsets, bytes, level, out);
  return out;
}

std::vector<std::string> unpack(const DecodedStrings& decoded) {
  std::vector<std::string> strings;
  for (size_t i = 0; i + 1 < decoded.offsets.size(); ++i) {
    strings.emplace_back(decoded.bytes.data() + decoded.offsets[i],
                         decoded.offsets[i + 1] - decoded.offsets[i]);
  }
  return strings;
}

StringStream parse(const std::string& bytes, size_t count) {
  ByteReader reader(bytes);
  StringStream stream = StringStream::get(reader, count);
  EXPECT_TRUE(reader.at_end());
  return stream;
}

std::vector<std::string> unique_strings(size_t count) {
  Random random(6);
  std::vector<std::string> strings;
  for (size_t i = 0; i < count; ++i) {
    strings.push_back("https://example.com/" + std::to_string(i) + "/" +
                      std::string(random.below(60), 'x'));
  }
  return strings;
}

std::vector<std::string> repeated_strings(size_t count) {
  Random random(7);
  const std::vector<std::string> pool = unique_strings(300);
  std::vector<std::string> strings;
  for (size_t i = 0; i < count; ++i) strings.push_back(pool[random.below(pool.size())]);
  return strings;
}

Buffer<uint64_t> lengths_of(const std::vector<std::string>& strings) {
  Buffer<uint64_t> lengths;
  for (const std::string& string : strings) lengths.push_back(string.size());
  return lengths;
}

TEST(StringStream, RoundTripsBothFormsAtEveryLevel) {
  const std::vector<std::vector<std::string>> blocks = {
      {},
      {""},
      {"a"},
      {"", "", ""},
      {"a", "", std::string("\0\xFF", 2), std::string(200'000, 'z')},
      unique_strings(16'384),
      repeated_strings(16'384)};
  for (const std::vector<std::string>& strings : blocks) {
    for (const int level : {0, 1, 3}) {
      const std::string bytes = stored(strings, level);
      EXPECT_EQ(unpack(parse(bytes, strings.size()).decode()), strings);
      EXPECT_EQ(parse(bytes, strings.size()).decode_lengths({}), lengths_of(strings));
      for (const size_t step : {size_t{1}, size_t{7}, size_t{4000}}) {
        std::vector<RowIndex> rows;
        std::vector<std::string> expected;
        for (size_t row = 0; row < strings.size(); row += step) {
          rows.push_back(static_cast<RowIndex>(row));
          expected.push_back(strings[row]);
        }
        EXPECT_EQ(unpack(parse(bytes, strings.size()).decode_selected(rows)), expected);
        EXPECT_EQ(parse(bytes, strings.size()).decode_lengths(rows), lengths_of(expected));
      }
    }
  }
}

TEST(StringStream, StoresRepeatedStringsOnce) {
  const std::vector<std::string> strings = repeated_strings(16'384);
  const std::string bytes = stored(strings, 0);
  EXPECT_EQ(parse(bytes, strings.size()).form(), StringForm::Distinct);
  EXPECT_LT(bytes.size(), 60'000U);
  const std::vector<std::string> unique = unique_strings(1000);
  EXPECT_EQ(parse(stored(unique, 0), unique.size()).form(), StringForm::Plain);
}

TEST(StringStream, KnowsAConstantBlock) {
  const std::vector<std::string> strings(1000, "same");
  const std::string bytes = stored(strings, 1);
  EXPECT_LT(bytes.size(), 40U);
  StringStream stream = parse(bytes, 1000);
  ASSERT_TRUE(stream.is_constant());
  EXPECT_EQ(stream.constant(), "same");
}

TEST(StringStream, ThrowsOnShortInputAndWrongCounts) {
  const std::vector<std::string> strings = repeated_strings(3000);
  const std::string bytes = stored(strings, 1);
  for (size_t kept = 0; kept < bytes.size(); kept += 1 + kept / 8) {
    const std::string cut = bytes.substr(0, kept);
    ByteReader reader(cut);
    EXPECT_THROW(StringStream::get(reader, 3000), Error) << kept;
  }
  const std::string unique = stored(unique_strings(100), 0);
  ByteReader reader(unique);
  StringStream stream = StringStream::get(reader, 90);
  EXPECT_THROW(stream.decode(), Error);
}

}  // namespace
}  // namespace freshet
