#include "server/http/content_encoding.h"

#include <gtest/gtest.h>

#include <cstring>

#include "storage/base/error.h"
#include "storage/base/random.h"

namespace freshet {
namespace {

// Hands out `text` in pieces of at most `piece_bytes`.
class PiecewiseSource : public BodySource {
 public:
  PiecewiseSource(std::string text, std::size_t piece_bytes)
      : text_(std::move(text)), piece_bytes_(piece_bytes) {}

  std::size_t read(std::span<char> space) override {
    const std::size_t got = std::min({space.size(), piece_bytes_, text_.size() - offset_});
    std::memcpy(space.data(), text_.data() + offset_, got);
    offset_ += got;
    return got;
  }

 private:
  std::string text_;
  std::size_t piece_bytes_;
  std::size_t offset_ = 0;
};

std::string encode(ContentEncoding encoding, std::string_view text, std::size_t piece_bytes) {
  const auto encoder = make_encoder(encoding);
  std::string out;
  while (!text.empty()) {
    encoder->encode(text.substr(0, piece_bytes), out);
    text.remove_prefix(std::min(piece_bytes, text.size()));
  }
  encoder->finish(out);
  return out;
}

std::string decode(std::string_view encoding, const std::string& packed, std::size_t piece_bytes) {
  PiecewiseSource raw(packed, piece_bytes);
  const auto decoder = make_decoder(encoding, raw);
  return read_all(*decoder, 1 << 30);
}

constexpr ContentEncoding kAll[] = {ContentEncoding::Zstd, ContentEncoding::Lz4,
                                    ContentEncoding::Gzip, ContentEncoding::Deflate};

std::string sample_text() {
  Random random(7);
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += "row " + std::to_string(random.below(1000)) + "\n";
  return text;
}

TEST(ContentEncoding, RoundTripsWhateverThePieces) {
  const std::string text = sample_text();
  for (const ContentEncoding encoding : kAll) {
    for (const std::size_t piece_bytes : {1u, 777u, 1u << 20}) {
      const std::string packed = encode(encoding, text, piece_bytes);
      EXPECT_LT(packed.size(), text.size());
      EXPECT_EQ(decode(encoding_name(encoding), packed, piece_bytes), text)
          << encoding_name(encoding) << ' ' << piece_bytes;
    }
  }
}

TEST(ContentEncoding, FlushedBytesCanBeReadBeforeTheEnd) {
  for (const ContentEncoding encoding : kAll) {
    const auto encoder = make_encoder(encoding);
    std::string packed;
    encoder->encode("first", packed);
    encoder->flush(packed);
    PiecewiseSource raw(packed, 1 << 20);
    const auto decoder = make_decoder(encoding_name(encoding), raw);
    std::string space(100, ' ');
    EXPECT_EQ(space.substr(0, decoder->read(space)), "first") << encoding_name(encoding);
  }
}

TEST(ContentEncoding, ReadsFramesBackToBackAndEmptyBodies) {
  for (const ContentEncoding encoding : kAll) {
    const std::string packed = encode(encoding, "one,", 9) + encode(encoding, "two", 9);
    EXPECT_EQ(decode(encoding_name(encoding), packed, 3), "one,two") << encoding_name(encoding);
    EXPECT_EQ(decode(encoding_name(encoding), "", 3), "") << encoding_name(encoding);
  }
}

TEST(ContentEncoding, ReportsDamagedAndCutBodies) {
  const std::string text = sample_text();
  for (const ContentEncoding encoding : kAll) {
    const std::string packed = encode(encoding, text, 1 << 20);
    EXPECT_THROW(decode(encoding_name(encoding), packed.substr(0, packed.size() / 2), 999), Error)
        << encoding_name(encoding);
    EXPECT_THROW(decode(encoding_name(encoding), "not compressed at all", 999), Error)
        << encoding_name(encoding);
  }
}

TEST(ContentEncoding, UndoesSeveralEncodingsInReverse) {
  const std::string packed =
      encode(ContentEncoding::Gzip, encode(ContentEncoding::Zstd, "x", 9), 9);
  EXPECT_EQ(decode("zstd, gzip", packed, 9), "x");
  PiecewiseSource raw("x", 9);
  EXPECT_EQ(make_decoder("identity", raw), nullptr);
  EXPECT_THROW(make_decoder("snappy", raw), Error);
}

TEST(ContentEncoding, AnswersPreferTheFastestAcceptedOne) {
  EXPECT_EQ(choose_encoding("gzip, deflate, br, zstd"), ContentEncoding::Zstd);
  EXPECT_EQ(choose_encoding("lz4,gzip"), ContentEncoding::Lz4);
  EXPECT_EQ(choose_encoding("gzip;q=0, deflate;q=0.5"), ContentEncoding::Deflate);
  EXPECT_EQ(choose_encoding("br"), ContentEncoding::Identity);
  EXPECT_EQ(choose_encoding(""), ContentEncoding::Identity);
}

}  // namespace
}  // namespace freshet
