// ByteCursor reads little-endian bytes of untrusted input: a read past the end says so instead of
// throwing, because an input may simply not be complete yet.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace freshet {

class ByteCursor {
 public:
  explicit ByteCursor(std::string_view bytes)
      : begin_(bytes.data()), at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  size_t offset() const { return static_cast<size_t>(at_ - begin_); }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  const char* at() const { return at_; }

  bool skip(uint64_t count) {
    if (count > remaining()) return false;
    at_ += count;
    return true;
  }
  template <class T>
  bool read(T& value) {
    if (sizeof(T) > remaining()) return false;
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return true;
  }
  bool read_varint(uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      uint8_t byte;
      if (!read(byte)) return false;
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  // A view into the input.
  bool read_bytes(uint64_t count, std::string_view& bytes) {
    if (count > remaining()) return false;
    bytes = {at_, static_cast<size_t>(count)};
    at_ += count;
    return true;
  }
  bool read_string(std::string_view& bytes) {
    uint64_t size;
    return read_varint(size) && read_bytes(size, bytes);
  }

 private:
  const char* begin_;
  const char* at_;
  const char* end_;
};

}  // namespace freshet
