// ByteSource: bytes that arrive in pieces: a request's body, a file, a socket.
#pragma once

#include <cstddef>
#include <span>

namespace freshet {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills up to `buffer.size()` bytes and says how many; 0: the end. Waits for at least one byte.
  // Throws Error when the bytes cannot be had (timeout, damaged encoding, limit).
  virtual size_t read(std::span<char> buffer) = 0;
};

}  // namespace freshet
