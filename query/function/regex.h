// Regular expressions of SQL: RE2's syntax, where a dot matches every character.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>

#include "storage/base/error.h"

namespace freshet {

// Throws `code` with the pattern when it is no regular expression.
std::shared_ptr<const re2::RE2> compile_regex(std::string_view pattern,
                                              ErrorCode code = ErrorCode::CannotParseRegexp);

// The expression of each row, compiled anew only when the pattern changes.
class RegexOfRow {
 public:
  explicit RegexOfRow(ErrorCode code = ErrorCode::CannotParseRegexp) : code_(code) {}
  const re2::RE2& operator()(std::string_view pattern) {
    if (!regex_ || pattern_ != pattern) {
      regex_ = compile_regex(pattern, code_);
      pattern_ = pattern;
    }
    return *regex_;
  }
  // For a pattern known beforehand.
  void set(std::string pattern, std::shared_ptr<const re2::RE2> regex) {
    pattern_ = std::move(pattern);
    regex_ = std::move(regex);
  }

 private:
  ErrorCode code_;
  std::string pattern_;
  std::shared_ptr<const re2::RE2> regex_;
};

inline re2::StringPiece as_piece(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view as_view(const re2::StringPiece& piece) {
  return {piece.data() == nullptr ? "" : piece.data(), piece.size()};
}

}  // namespace freshet
