// Regular expressions of SQL: RE2's syntax and matches, where a dot matches every character.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "query/function/backtracking_regex.h"
#include "storage/base/error.h"

namespace freshet {

inline re2::StringPiece as_piece(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view as_view(const re2::StringPiece& piece) {
  return {piece.data() == nullptr ? "" : piece.data(), piece.size()};
}

// An expression as RE2 has it, with a faster matcher when it is simple enough for one.
//
// Threads: immutable; any number at once.
class Regex {
 public:
  // Throws `code` with the pattern when it is no regular expression.
  Regex(std::string_view pattern, ErrorCode code);

  const std::string& pattern() const { return re2_.pattern(); }
  size_t group_count() const { return static_cast<size_t>(re2_.NumberOfCapturingGroups()); }

  // Whether it matches a part of the text. RE2's automaton is the fastest to say only that.
  bool matches(std::string_view text) const { return re2::RE2::PartialMatch(as_piece(text), re2_); }
  // The first match in the text: RegexSearch(*this, text).find(0, groups).
  bool find(std::string_view text, std::span<re2::StringPiece> groups) const;

 private:
  friend class RegexSearch;

  re2::RE2 re2_;
  std::optional<BacktrackingRegex> backtracking_;
};

// Finds the matches of an expression in one text. Both must outlive it.
class RegexSearch {
 public:
  RegexSearch(const Regex& regex, std::string_view text);

  // The first match that begins at `from` or behind it: groups[0] is the match, groups[g] group g,
  // with null data when it took no part. For ^ the text begins where it does, not at `from`.
  // Requires: from <= text.size().
  bool find(size_t from, std::span<re2::StringPiece> groups);

 private:
  const Regex& regex_;
  std::string_view text_;
  // Until it has no steps left; null: RE2 answers.
  const BacktrackingRegex* backtracking_ = nullptr;
  size_t steps_left_ = 0;
};

// Throws `code` with the pattern when it is no regular expression.
std::shared_ptr<const Regex> compile_regex(std::string_view pattern,
                                           ErrorCode code = ErrorCode::CannotParseRegexp);

// The expression of each row, compiled anew only when the pattern changes.
class RegexOfRow {
 public:
  explicit RegexOfRow(ErrorCode code = ErrorCode::CannotParseRegexp) : code_(code) {}
  const Regex& operator()(std::string_view pattern) {
    if (!regex_ || pattern_ != pattern) {
      regex_ = compile_regex(pattern, code_);
      pattern_ = pattern;
    }
    return *regex_;
  }
  // For a pattern known beforehand.
  void set(std::string pattern, std::shared_ptr<const Regex> regex) {
    pattern_ = std::move(pattern);
    regex_ = std::move(regex);
  }

 private:
  ErrorCode code_;
  std::string pattern_;
  std::shared_ptr<const Regex> regex_;
};

}  // namespace freshet
