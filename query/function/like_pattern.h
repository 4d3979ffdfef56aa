// LikePattern is a LIKE pattern made ready: %, _ and what a backslash takes the meaning from.
//
// Most patterns need no general matcher: 'abc' is equality, 'abc%' a prefix, '%abc%' a substring.
//
// Threads:   immutable, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/function/substring_search.h"
#include "storage/base/buffer.h"
#include "storage/column/string_column.h"

namespace freshet {

class LikePattern {
 public:
  // Throws CannotParseEscapeSequence for a backslash at the end.
  LikePattern(std::string_view pattern, bool any_case);

  bool matches(std::string_view text) const;
  // out[i] = 1 when cell i matches, 0 when not; the other way round when negated.
  void match_cells(const StringColumn& cells, bool negated, uint8_t* out) const;

 private:
  // A piece of pattern between two %. `wild` says which characters stand for any one code point.
  struct Piece {
    std::string text;
    std::vector<bool> wild;  // empty: none
  };

  static constexpr size_t kNone = std::string_view::npos;

  bool matches_folded(std::string_view text) const;
  // The end of the piece matched at `offset`, or kNone.
  static size_t match_piece(const Piece& piece, std::string_view text, size_t offset);
  void match_substring(const StringColumn& cells, bool negated, uint8_t* out) const;

  bool any_case_;
  bool anchored_front_ = true;  // no % in front
  bool anchored_back_ = true;
  bool has_wild_ = false;
  std::vector<Piece> pieces_;
  std::vector<SubstringSearcher> searchers_;  // of pieces_, when !has_wild_
};

// Text in lower case, for comparisons without case.
std::string fold_case(std::string_view text);

}  // namespace freshet
