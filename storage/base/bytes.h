// ByteWriter and ByteReader: the little-endian byte forms that every on-disk structure is made of.
//
// Owns:   nothing; the output and the input must outlive them.
// Errors: a read past the end throws CorruptedData naming the offset.
// Layout: integers are little endian; a varint is LEB128 (7 bits a byte, low bits first, at most
//         10 bytes); a string is its length as a varint, then its bytes.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "storage/base/buffer.h"

namespace freshet {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored integers are copied as they are");

// `Out` is std::string or Buffer<char>.
template <class Out>
class BasicByteWriter {
 public:
  explicit BasicByteWriter(Out& out) : out_(&out) {}

  void put_u8(uint8_t value) { put_fixed(value); }
  void put_u16(uint16_t value) { put_fixed(value); }
  void put_u32(uint32_t value) { put_fixed(value); }
  void put_u64(uint64_t value) { put_fixed(value); }
  void put_varint(uint64_t value) {
    while (value >= 0x80) {
      out_->push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_->push_back(static_cast<char>(value));
  }
  void put_string(std::string_view bytes) {
    put_varint(bytes.size());
    put_bytes(bytes);
  }
  void put_bytes(std::string_view bytes) { out_->insert(out_->end(), bytes.begin(), bytes.end()); }

  // Bytes in the output so far, including what it held before this writer.
  std::size_t offset() const { return out_->size(); }

 private:
  template <class T>
  void put_fixed(T value) {
    if constexpr (sizeof(T) == 1) {
      out_->push_back(static_cast<char>(value));
      return;
    }
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out_->insert(out_->end(), bytes, bytes + sizeof(T));
  }

  Out* out_;
};

using ByteWriter = BasicByteWriter<std::string>;
using BufferWriter = BasicByteWriter<Buffer<char>>;

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  uint8_t get_u8() { return get_fixed<uint8_t>(); }
  uint16_t get_u16() { return get_fixed<uint16_t>(); }
  uint32_t get_u32() { return get_fixed<uint32_t>(); }
  uint64_t get_u64() { return get_fixed<uint64_t>(); }
  uint64_t get_varint();
  // Both return views into the input.
  std::string_view get_string() { return get_bytes(get_varint()); }
  std::string_view get_bytes(uint64_t count) {
    require(count);
    std::string_view result = bytes_.substr(offset_, count);
    offset_ += count;
    return result;
  }

  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return bytes_.size() - offset_; }
  bool at_end() const { return remaining() == 0; }
  // For counts read from the input: throws unless `count` elements of at least
  // `element_bytes_min` each may still follow, so that damage never asks for a huge allocation.
  void require_elements(uint64_t count, std::size_t element_bytes_min) const;

 private:
  template <class T>
  T get_fixed() {
    require(sizeof(T));
    T value;
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
    return value;
  }
  void require(uint64_t count) const {
    if (count > remaining()) [[unlikely]]
      throw_short(count);
  }
  [[noreturn]] void throw_short(uint64_t count) const;

  std::string_view bytes_;
  std::size_t offset_ = 0;
};

}  // namespace freshet
