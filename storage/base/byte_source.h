// ByteSource: bytes that arrive in pieces: a request's body, a file, a socket.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace freshet {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills up to `buffer.size()` bytes and says how many; 0: the end. Waits for at least one byte.
  // Throws Error when the bytes cannot be had (timeout, damaged encoding, limit).
  virtual size_t read(std::span<char> buffer) = 0;
};

// Bytes that are all there; `text` must outlive the source.
class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string_view text) : text_(text) {}
  size_t read(std::span<char> buffer) override {
    const size_t bytes = std::min(buffer.size(), text_.size());
    std::memcpy(buffer.data(), text_.data(), bytes);
    text_.remove_prefix(bytes);
    return bytes;
  }

 private:
  std::string_view text_;
};

}  // namespace freshet
