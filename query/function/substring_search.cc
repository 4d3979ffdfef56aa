#include "query/function/substring_search.h"

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace freshet {

namespace {

constexpr size_t kNone = SubstringSearcher::kNone;

size_t find_byte(const char* text, size_t size, const char* needle, size_t) {
  const void* found = std::memchr(text, needle[0], size);
  return found == nullptr ? kNone : static_cast<size_t>(static_cast<const char*>(found) - text);
}

size_t find_plain(const char* text, size_t size, const char* needle, size_t needle_size) {
  const void* found = memmem(text, size, needle, needle_size);
  return found == nullptr ? kNone : static_cast<size_t>(static_cast<const char*>(found) - text);
}

#if defined(__x86_64__)
// Requires: needle_size >= 2.
__attribute__((target("avx2"))) size_t find_avx2(const char* text, size_t size, const char* needle,
                                                 size_t needle_size) {
  constexpr size_t kWidth = 32;
  const __m256i first = _mm256_set1_epi8(needle[0]);
  const __m256i last = _mm256_set1_epi8(needle[needle_size - 1]);
  size_t offset = 0;
  while (offset + needle_size - 1 + kWidth <= size) {
    const char* at = text + offset;
    const __m256i heads = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i tails =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + needle_size - 1));
    const __m256i both =
        _mm256_and_si256(_mm256_cmpeq_epi8(first, heads), _mm256_cmpeq_epi8(last, tails));
    auto candidates = static_cast<uint32_t>(_mm256_movemask_epi8(both));
    while (candidates != 0) {
      const auto place = static_cast<size_t>(__builtin_ctz(candidates));
      if (std::memcmp(at + place + 1, needle + 1, needle_size - 2) == 0) return offset + place;
      candidates &= candidates - 1;
    }
    offset += kWidth;
  }
  const size_t rest = find_plain(text + offset, size - offset, needle, needle_size);
  return rest == kNone ? kNone : offset + rest;
}
#endif

}  // namespace

SubstringSearcher::SubstringSearcher(std::string needle) : needle_(std::move(needle)) {
  find_ = needle_.size() == 1 ? find_byte : find_plain;
#if defined(__x86_64__)
  if (needle_.size() > 1 && __builtin_cpu_supports("avx2")) find_ = find_avx2;
#endif
}

size_t SubstringSearcher::find(std::string_view text, size_t from) const {
  if (from > text.size()) return kNone;
  if (needle_.empty()) return from;
  if (text.size() - from < needle_.size()) return kNone;
  const size_t found =
      find_(text.data() + from, text.size() - from, needle_.data(), needle_.size());
  return found == kNone ? kNone : from + found;
}

}  // namespace freshet
