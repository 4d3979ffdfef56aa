// Number stream: the fixed-width cells of one block, in the codec that suits them best, with
// general compression on top where it pays.
//
// Path:      storage/segment column writer -> number_stream -> column reader
// Errors:    damage throws CorruptedData or CannotDecompress.
// Layout:    codec (u8), its bytes as a byte stream
#pragma once

#include <span>
#include <string>

#include "storage/codec/byte_stream.h"
#include "storage/codec/codec.h"

namespace freshet {

template <class U>
void put_number_stream(std::span<const U> cells, CellKind kind, CompressionLevel level,
                       std::string& out);

// Parsed but not decoded.
// Threads: one at a time.
template <class U>
class NumberStream {
 public:
  // `count` is how many cells were put; the stream does not know.
  static NumberStream get(ByteReader& reader, size_t count);

  size_t count() const { return count_; }
  CodecId codec() const { return codec_->id; }
  std::string_view codec_name() const { return codec_->name; }
  Compression method() const { return bytes_.method(); }
  // All cells are equal, and there is one.
  bool is_constant() const { return codec_->id == CodecId::Constant && count_ > 0; }
  // Requires: out.size() == count().
  void decode(std::span<U> out);
  // Requires: `rows` ascend and are below count(); room for rows.size() cells.
  void decode_selected(std::span<const RowIndex> rows, U* out);

 private:
  NumberStream(const NumberCodec<U>& codec, ByteStream bytes, size_t count)
      : codec_(&codec), bytes_(std::move(bytes)), count_(count) {}

  const NumberCodec<U>* codec_;
  ByteStream bytes_;
  size_t count_;
};

}  // namespace freshet
