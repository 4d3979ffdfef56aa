#include "server/http/content_encoding.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "server/http/http_request.h"
#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {
namespace {

constexpr std::size_t kStepBytes = 64 * kKiB;

[[noreturn]] void throw_damaged(std::string_view encoding, std::string_view detail) {
  throw Error(ErrorCode::CannotDecompress, "Cannot decompress the request body, encoding " +
                                               std::string(encoding) + ": " + std::string(detail));
}

struct ExpandStep {
  std::size_t consumed;
  std::size_t produced;
  bool frame_end;
};

// One compressed format, expanded piece by piece.
class Expander {
 public:
  virtual ~Expander() = default;
  // Called again with empty input while it still produces.
  virtual ExpandStep step(std::string_view input, std::span<char> output) = 0;
  // Before another frame after the end of one.
  virtual void restart() = 0;
};

class ZlibExpander : public Expander {
 public:
  ZlibExpander() {
    constexpr int kGzipOrZlib = 15 + 32;
    CHECK(::inflateInit2(&stream_, kGzipOrZlib) == Z_OK);
  }
  ~ZlibExpander() override { ::inflateEnd(&stream_); }

  ExpandStep step(std::string_view input, std::span<char> output) override {
    const std::size_t room = std::min(output.size(), kGiB);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      throw_damaged("gzip", stream_.msg != nullptr ? stream_.msg : "damaged data");
    }
    return {input.size() - stream_.avail_in, room - stream_.avail_out, result == Z_STREAM_END};
  }
  void restart() override { ::inflateReset(&stream_); }

 private:
  z_stream stream_{};
};

class ZstdExpander : public Expander {
 public:
  ExpandStep step(std::string_view input, std::span<char> output) override {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const std::size_t result = ::ZSTD_decompressStream(stream_.get(), &out, &in);
    if (::ZSTD_isError(result)) throw_damaged("zstd", ::ZSTD_getErrorName(result));
    return {in.pos, out.pos, result == 0};
  }
  void restart() override { ::ZSTD_DCtx_reset(stream_.get(), ZSTD_reset_session_only); }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* stream) const { ::ZSTD_freeDCtx(stream); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> stream_{::ZSTD_createDCtx()};
};

class Lz4Expander : public Expander {
 public:
  Lz4Expander() {
    CHECK(!::LZ4F_isError(::LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)));
  }
  ~Lz4Expander() override { ::LZ4F_freeDecompressionContext(context_); }

  ExpandStep step(std::string_view input, std::span<char> output) override {
    std::size_t consumed = input.size();
    std::size_t produced = output.size();
    const std::size_t result =
        ::LZ4F_decompress(context_, output.data(), &produced, input.data(), &consumed, nullptr);
    if (::LZ4F_isError(result)) throw_damaged("lz4", ::LZ4F_getErrorName(result));
    return {consumed, produced, result == 0};
  }
  void restart() override { ::LZ4F_resetDecompressionContext(context_); }

 private:
  LZ4F_dctx* context_ = nullptr;
};

// A body may be several frames back to back, and may be empty.
class ExpandingSource : public BodySource {
 public:
  ExpandingSource(std::string_view name, std::unique_ptr<Expander> expander, BodySource& raw,
                  std::unique_ptr<BodySource> owned_raw)
      : name_(name), expander_(std::move(expander)), raw_(&raw), owned_raw_(std::move(owned_raw)) {}

  std::size_t read(std::span<char> space) override {
    while (true) {
      if (input_.empty() && !raw_ended_) refill();
      if (input_.empty() && between_frames_) return 0;
      if (between_frames_ && frames_seen_) expander_->restart();
      between_frames_ = false;
      frames_seen_ = true;
      const ExpandStep step = expander_->step(input_, space);
      input_.remove_prefix(step.consumed);
      between_frames_ = step.frame_end;
      if (step.produced > 0) return step.produced;
      if (!step.frame_end && step.consumed == 0) {
        throw_damaged(name_, input_.empty() ? "the data ends early" : "damaged data");
      }
    }
  }

 private:
  void refill() {
    const std::size_t got = raw_->read(buffer_);
    raw_ended_ = got == 0;
    input_ = std::string_view(buffer_.data(), got);
  }

  std::string_view name_;
  std::unique_ptr<Expander> expander_;
  BodySource* raw_;
  std::unique_ptr<BodySource> owned_raw_;  // set when raw_ is itself a decoder
  std::vector<char> buffer_ = std::vector<char>(kStepBytes);
  std::string_view input_;  // not yet expanded part of buffer_
  bool raw_ended_ = false;
  bool between_frames_ = true;
  bool frames_seen_ = false;
};

class ZlibEncoder : public BodyEncoder {
 public:
  ZlibEncoder(int window_bits, int level) {
    CHECK(::deflateInit2(&stream_, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~ZlibEncoder() override { ::deflateEnd(&stream_); }

  void encode(std::string_view bytes, std::string& out) override { run(bytes, Z_NO_FLUSH, out); }
  void flush(std::string& out) override { run({}, Z_SYNC_FLUSH, out); }
  void finish(std::string& out) override { run({}, Z_FINISH, out); }

 private:
  void run(std::string_view bytes, int mode, std::string& out) {
    do {
      const std::string_view slice = bytes.substr(0, kMiB);
      bytes.remove_prefix(slice.size());
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(slice.data()));
      stream_.avail_in = static_cast<uInt>(slice.size());
      do {
        const std::size_t old_bytes = out.size();
        out.resize(old_bytes + kRoomBytes);
        stream_.next_out = reinterpret_cast<Bytef*>(out.data() + old_bytes);
        stream_.avail_out = static_cast<uInt>(kRoomBytes);
        const int result = ::deflate(&stream_, mode);
        CHECK(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
        out.resize(old_bytes + kRoomBytes - stream_.avail_out);
      } while (stream_.avail_out == 0);
    } while (!bytes.empty());
  }

  static constexpr std::size_t kRoomBytes = 16 * kKiB;
  z_stream stream_{};
};

class ZstdEncoder : public BodyEncoder {
 public:
  explicit ZstdEncoder(int level) {
    ::ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_compressionLevel, level);
  }

  void encode(std::string_view bytes, std::string& out) override {
    run(bytes, ZSTD_e_continue, out);
  }
  void flush(std::string& out) override { run({}, ZSTD_e_flush, out); }
  void finish(std::string& out) override { run({}, ZSTD_e_end, out); }

 private:
  void run(std::string_view bytes, ZSTD_EndDirective mode, std::string& out) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t pending = 0;
    do {
      const std::size_t old_bytes = out.size();
      const std::size_t room = 16 * kKiB;
      out.resize(old_bytes + room);
      ZSTD_outBuffer piece{out.data() + old_bytes, room, 0};
      pending = ::ZSTD_compressStream2(stream_.get(), &piece, &in, mode);
      CHECK(!::ZSTD_isError(pending));
      out.resize(old_bytes + piece.pos);
    } while (mode == ZSTD_e_continue ? in.pos < in.size : pending > 0);
  }

  struct Free {
    void operator()(ZSTD_CCtx* stream) const { ::ZSTD_freeCCtx(stream); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> stream_{::ZSTD_createCCtx()};
};

class Lz4Encoder : public BodyEncoder {
 public:
  explicit Lz4Encoder(int level) {
    preferences_.compressionLevel = level;
    CHECK(!::LZ4F_isError(::LZ4F_createCompressionContext(&context_, LZ4F_VERSION)));
  }
  ~Lz4Encoder() override { ::LZ4F_freeCompressionContext(context_); }

  void encode(std::string_view bytes, std::string& out) override {
    begin(out);
    while (!bytes.empty()) {
      const std::string_view slice = bytes.substr(0, kStepBytes);
      bytes.remove_prefix(slice.size());
      append(::LZ4F_compressBound(slice.size(), &preferences_), out,
             [&](char* place, std::size_t room) {
               return ::LZ4F_compressUpdate(context_, place, room, slice.data(), slice.size(),
                                            nullptr);
             });
    }
  }
  void flush(std::string& out) override {
    begin(out);
    append(::LZ4F_compressBound(0, &preferences_), out, [&](char* place, std::size_t room) {
      return ::LZ4F_flush(context_, place, room, nullptr);
    });
  }
  void finish(std::string& out) override {
    begin(out);
    append(::LZ4F_compressBound(0, &preferences_), out, [&](char* place, std::size_t room) {
      return ::LZ4F_compressEnd(context_, place, room, nullptr);
    });
  }

 private:
  void begin(std::string& out) {
    if (begun_) return;
    begun_ = true;
    append(LZ4F_HEADER_SIZE_MAX, out, [&](char* place, std::size_t room) {
      return ::LZ4F_compressBegin(context_, place, room, &preferences_);
    });
  }
  template <class Write>
  void append(std::size_t room, std::string& out, Write write) {
    const std::size_t old_bytes = out.size();
    out.resize(old_bytes + room);
    const std::size_t written = write(out.data() + old_bytes, room);
    CHECK(!::LZ4F_isError(written));
    out.resize(old_bytes + written);
  }

  LZ4F_preferences_t preferences_{};
  LZ4F_cctx* context_ = nullptr;
  bool begun_ = false;
};

struct EncodingRow {
  std::string_view name;
  ContentEncoding encoding;
};

// In the order in which answers prefer them.
constexpr EncodingRow kEncodings[] = {
    {"zstd", ContentEncoding::Zstd},       {"lz4", ContentEncoding::Lz4},
    {"gzip", ContentEncoding::Gzip},       {"x-gzip", ContentEncoding::Gzip},
    {"deflate", ContentEncoding::Deflate}, {"identity", ContentEncoding::Identity},
};

const EncodingRow* find_encoding(std::string_view name) {
  for (const EncodingRow& row : kEncodings) {
    if (equals_ignoring_case(row.name, name)) return &row;
  }
  return nullptr;
}

std::unique_ptr<Expander> make_expander(ContentEncoding encoding) {
  switch (encoding) {
    case ContentEncoding::Zstd:
      return std::make_unique<ZstdExpander>();
    case ContentEncoding::Lz4:
      return std::make_unique<Lz4Expander>();
    case ContentEncoding::Gzip:
    case ContentEncoding::Deflate:
      return std::make_unique<ZlibExpander>();
    case ContentEncoding::Identity:
      break;
  }
  return nullptr;
}

// "q=0", "q=0.0": the client refuses the encoding.
bool is_refused(std::string_view attributes) {
  return attributes.starts_with("q=0") &&
         attributes.find_first_of("123456789", 2) == std::string_view::npos;
}

}  // namespace

std::string_view encoding_name(ContentEncoding encoding) {
  for (const EncodingRow& row : kEncodings) {
    if (row.encoding == encoding) return row.name;
  }
  return "identity";
}

ContentEncoding choose_encoding(std::string_view accept_encoding) {
  const EncodingRow* best = nullptr;
  for_each_list_element(accept_encoding, [&](std::string_view name, std::string_view attributes) {
    const EncodingRow* row = find_encoding(name);
    if (row == nullptr || row->encoding == ContentEncoding::Identity) return;
    if (is_refused(attributes)) return;
    if (best == nullptr || row < best) best = row;
  });
  return best == nullptr ? ContentEncoding::Identity : best->encoding;
}

std::unique_ptr<BodySource> make_decoder(std::string_view encoding, BodySource& raw) {
  std::vector<const EncodingRow*> applied;
  for_each_list_element(encoding, [&](std::string_view name, std::string_view) {
    const EncodingRow* row = find_encoding(name);
    if (row == nullptr) {
      throw Error(ErrorCode::NotImplemented,
                  "The Content-Encoding of the request is not supported: " + std::string(name));
    }
    if (row->encoding != ContentEncoding::Identity) applied.push_back(row);
  });
  constexpr std::size_t kEncodingsMax = 3;
  if (applied.size() > kEncodingsMax) {
    throw Error(ErrorCode::NotImplemented,
                "The request body is compressed too many times: " + std::string(encoding));
  }
  std::unique_ptr<BodySource> decoder;
  for (auto row = applied.rbegin(); row != applied.rend(); ++row) {
    BodySource& source = decoder ? *decoder : raw;
    decoder = std::make_unique<ExpandingSource>((*row)->name, make_expander((*row)->encoding),
                                                source, std::move(decoder));
  }
  return decoder;
}

std::unique_ptr<BodyEncoder> make_encoder(ContentEncoding encoding, int level) {
  constexpr int kZlibBits = 15;
  constexpr int kGzipBits = kZlibBits + 16;
  // Answers are made while the client waits: fast levels.
  const int zlib_level = level == 0 ? 3 : std::clamp(level, 1, 9);
  switch (encoding) {
    case ContentEncoding::Zstd:
      return std::make_unique<ZstdEncoder>(level == 0 ? 1 : std::clamp(level, 1, 19));
    case ContentEncoding::Lz4:
      return std::make_unique<Lz4Encoder>(level);
    case ContentEncoding::Gzip:
      return std::make_unique<ZlibEncoder>(kGzipBits, zlib_level);
    case ContentEncoding::Deflate:
      return std::make_unique<ZlibEncoder>(kZlibBits, zlib_level);
    case ContentEncoding::Identity:
      break;
  }
  throw Error(ErrorCode::LogicalError, "Identity needs no encoder");
}

}  // namespace freshet
