// String stream: the strings of one block, side by side or, where they repeat, each distinct one
// once.
//
// Path:      storage/segment column writer -> string_stream -> column reader
// Errors:    damage throws CorruptedData or CannotDecompress.
// Layout:    form (u8), then
//            Plain:     lengths as a number stream of uint32_t, bytes as a byte stream;
//            Distinct:  count of distinct strings (varint), a position among them for each row as a
//                       number stream of uint32_t, then the distinct strings' lengths and bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "storage/codec/number_stream.h"

namespace freshet {

enum class StringForm : uint8_t { Plain = 0, Distinct = 1 };

// String i is bytes [offsets[i], offsets[i + 1]) of `bytes`; one offset more than strings.
void put_string_stream(std::span<const uint32_t> offsets, std::string_view bytes,
                       CompressionLevel level, std::string& out);

struct DecodedStrings {
  Buffer<uint32_t> offsets;
  Buffer<char> bytes;
};

// Parsed but not decoded.
// Threads: one at a time.
class StringStream {
 public:
  // `count` is how many strings were put.
  static StringStream get(ByteReader& reader, size_t count);

  StringForm form() const { return form_; }
  // Of the strings' bytes.
  Compression method() const { return bytes_.method(); }
  // All strings are equal, and there is one.
  bool is_constant() const;
  // Requires: is_constant().
  std::string constant();
  DecodedStrings decode();
  // How long each string is, without looking at its bytes. With `rows`, as decode_selected().
  Buffer<uint64_t> decode_lengths(std::optional<std::span<const RowIndex>> rows);
  // Requires: `rows` ascend and are below the count.
  DecodedStrings decode_selected(std::span<const RowIndex> rows);

 private:
  StringStream(StringForm form, size_t count, size_t stored_count,
               std::optional<NumberStream<uint32_t>> codes, NumberStream<uint32_t> lengths,
               ByteStream bytes);
  // Where each stored string starts, and where the last ends. Verifies the lengths.
  Buffer<uint32_t> decode_offsets();
  void require_position(uint32_t position) const;
  DecodedStrings gather(std::span<const uint32_t> stored);

  StringForm form_;
  size_t count_;
  size_t stored_count_;  // Distinct: of distinct strings
  std::optional<NumberStream<uint32_t>> codes_;
  NumberStream<uint32_t> lengths_;
  ByteStream bytes_;
};

}  // namespace freshet
