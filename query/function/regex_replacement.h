// The replacement of replaceRegexpOne and replaceRegexpAll: text with \1 for the first group.
#pragma once

#include <re2/re2.h>

#include <string>
#include <string_view>
#include <vector>

#include "query/function/regex.h"
#include "storage/base/buffer.h"

namespace freshet {

class RegexReplacement {
 public:
  // Throws BadArguments for a group that the expression has not.
  RegexReplacement(std::string_view replacement, size_t group_count);

  // How many groups of a match are needed: the highest one, and one for the whole match.
  size_t match_count() const { return match_count_; }
  void append(const re2::StringPiece* groups, Buffer<char>& out) const;

 private:
  struct Piece {
    int group;         // -1: literal
    std::string text;  // of a literal
  };

  std::vector<Piece> pieces_;
  size_t match_count_ = 1;
};

// Appends `text` with its first match, or all, replaced.
void replace_first(const Regex& regex, const RegexReplacement& replacement, std::string_view text,
                   Buffer<char>& out);
void replace_all(const Regex& regex, const RegexReplacement& replacement, std::string_view text,
                 Buffer<char>& out);

}  // namespace freshet
