// Byte stream: bytes with general compression where it pays, in frames that decode one by one, so
// that reading a few strings of a block unpacks a few frames.
//
// Path:      number_stream, string_stream -> byte_stream -> storage/base/compress
// Errors:    damage throws CorruptedData or CannotDecompress.
// Layout:    method (u8), raw bytes (varint), then
//            None:  the bytes;
//            else:  packed bytes of each frame (varint each), the frames. A frame is 64 KiB raw,
//                   the last one shorter; one whose packed bytes equal its raw bytes is raw.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/buffer.h"
#include "storage/base/bytes.h"
#include "storage/base/compress.h"

namespace freshet {

// Matches LZ4's window: longer frames would hardly pack better, shorter ones would pack worse.
inline constexpr size_t kFrameBytes = 64 * 1024;

// General compression on top of the light encodings: 0 none, 1 LZ4, 2 and up ZSTD of level - 1.
using CompressionLevel = int;

// Appends `raw`, compressed when that saves at least `saving_percent_min` of its bytes.
void put_byte_stream(std::string_view raw, CompressionLevel level, unsigned saving_percent_min,
                     std::string& out);

// Views stay valid while the stream and the bytes that it was read from live.
// Threads: one at a time.
class ByteStream {
 public:
  ByteStream() = default;
  static ByteStream get(ByteReader& reader);

  size_t raw_bytes() const { return raw_bytes_; }
  bool is_compressed() const { return method_ != Compression::None; }
  Compression method() const { return method_; }
  // Writes all bytes. Requires: room for raw_bytes().
  void decode(char* out) const;
  std::string_view all() { return range(0, raw_bytes_); }
  // Requires: offset + count <= raw_bytes().
  std::string_view range(size_t offset, size_t count);

 private:
  struct Frame {
    std::string_view packed;
    bool is_decoded = false;
  };
  size_t frame_raw_bytes(size_t frame) const;
  void decode_frame(size_t frame, char* out) const;

  Compression method_ = Compression::None;
  size_t raw_bytes_ = 0;
  std::string_view raw_;       // None: the bytes
  std::vector<Frame> frames_;  // otherwise
  Buffer<char> decoded_;       // frames asked for so far, at their places
};

}  // namespace freshet
