// SubstringSearcher finds one needle in many bytes: vector code compares its first and last byte at
// 32 places at once and looks closer where both agree.
//
// Threads:   immutable, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace freshet {

class SubstringSearcher {
 public:
  static constexpr size_t kNone = std::string_view::npos;

  explicit SubstringSearcher(std::string needle);

  const std::string& needle() const { return needle_; }
  // Offset of the first occurrence at or after `from`, or kNone. An empty needle is at `from`.
  size_t find(std::string_view text, size_t from = 0) const;
  bool contains(std::string_view text) const { return find(text) != kNone; }

 private:
  using Find = size_t (*)(const char* text, size_t size, const char* needle, size_t needle_size);

  std::string needle_;
  Find find_;
};

}  // namespace freshet
