#include "query/function/sip_hash.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace freshet {

namespace {

class SipState {
 public:
  void compress(uint64_t word) {
    d_ ^= word;
    rounds(2);
    a_ ^= word;
  }

  uint64_t finish() {
    c_ ^= 0xFF;
    rounds(4);
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  void rounds(int count) {
    for (; count > 0; --count) {
      a_ += b_;
      b_ = std::rotl(b_, 13) ^ a_;
      a_ = std::rotl(a_, 32);
      c_ += d_;
      d_ = std::rotl(d_, 16) ^ c_;
      a_ += d_;
      d_ = std::rotl(d_, 21) ^ a_;
      c_ += b_;
      b_ = std::rotl(b_, 17) ^ c_;
      c_ = std::rotl(c_, 32);
    }
  }

  // "somepseudorandomlygeneratedbytes", the algorithm's own start.
  uint64_t a_ = 0x736F6D6570736575ULL;
  uint64_t b_ = 0x646F72616E646F6DULL;
  uint64_t c_ = 0x6C7967656E657261ULL;
  uint64_t d_ = 0x7465646279746573ULL;
};

}  // namespace

uint64_t sip_hash64(std::string_view bytes) {
  SipState state;
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof(word));
    state.compress(word);
  }
  // The last word: the bytes that are left, and the count of all in its top byte.
  uint64_t word = uint64_t{bytes.size()} << 56;
  for (size_t i = 0; at + i < bytes.size(); ++i) {
    word |= uint64_t{static_cast<uint8_t>(bytes[at + i])} << (8 * i);
  }
  state.compress(word);
  return state.finish();
}

}  // namespace freshet
