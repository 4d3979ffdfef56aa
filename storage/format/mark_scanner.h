// MarkScanner walks over the bytes of a text that matter to a format: delimiters, line ends,
// escapes. It compares 64 bytes at a time and then hops from mark to mark, so that long cells and
// runs of short ones both cost little.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace freshet {

class MarkScanner {
 public:
  // Marks may be equal when fewer than three are wanted.
  MarkScanner(const char* begin, const char* end, char mark1, char mark2, char mark3)
      : end_(end), marks_{mark1, mark2, mark3} {
    restart(begin);
  }

  // Goes on at `at`, forward or back.
  void restart(const char* at) {
    block_ = at;
    bits_ = at < end_ ? find_marks(at) : 0;
  }

  // The next mark, or the end.
  const char* next() {
    while (bits_ == 0) {
      if (end_ - block_ <= kBlockBytes) {
        block_ = end_;
        return end_;
      }
      block_ += kBlockBytes;
      bits_ = find_marks(block_);
    }
    const char* mark = block_ + std::countr_zero(bits_);
    bits_ &= bits_ - 1;
    return mark;
  }

 private:
  static constexpr std::ptrdiff_t kBlockBytes = 64;

  // Bit i: byte i of the block is a mark.
  uint64_t find_marks(const char* block) const {
    if (end_ - block >= kBlockBytes) return compare_block(block);
    char padded[kBlockBytes] = {};
    const auto count = static_cast<size_t>(end_ - block);
    std::memcpy(padded, block, count);
    return compare_block(padded) & ((uint64_t{1} << count) - 1);
  }

#ifdef __SSE2__
  uint64_t compare_block(const char* block) const {
    const __m128i mark1 = _mm_set1_epi8(marks_[0]);
    const __m128i mark2 = _mm_set1_epi8(marks_[1]);
    const __m128i mark3 = _mm_set1_epi8(marks_[2]);
    uint64_t bits = 0;
    for (int i = 0; i < 4; ++i) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
      const __m128i hits = _mm_or_si128(
          _mm_or_si128(_mm_cmpeq_epi8(bytes, mark1), _mm_cmpeq_epi8(bytes, mark2)),
          _mm_cmpeq_epi8(bytes, mark3));
      bits |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(hits))) << (16 * i);
    }
    return bits;
  }
#else
  uint64_t compare_block(const char* block) const {
    uint64_t bits = 0;
    for (int i = 0; i < kBlockBytes; ++i) {
      const char c = block[i];
      const bool hit = c == marks_[0] || c == marks_[1] || c == marks_[2];
      bits |= static_cast<uint64_t>(hit) << i;
    }
    return bits;
  }
#endif

  const char* block_ = nullptr;
  const char* end_;
  uint64_t bits_ = 0;
  char marks_[3];
};

}  // namespace freshet
