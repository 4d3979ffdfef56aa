// BacktrackingRegex finds matches and groups of simple regular expressions in ASCII texts, several
// times faster than an engine that keeps all threads of a match in step.
//
// Path:      query/function/regex -> BacktrackingRegex; RE2 answers for everything else.
// Technique: the recursive backtracking machine of Thompson and Cox ("Regular Expression Matching:
//            the Virtual Machine Approach"): one thread at a time, of two ways the preferred one
//            first, so that the first match found is the leftmost-first one of RE2 and Perl. Memory
//            is bounded as in RE2's BitState; here by the program, since without backward jumps an
//            instruction has at most one way left to try. A thread may be tried again at a place
//            where it failed before, which BitState's bitmap prevents; so steps are counted, and a
//            text that takes too many is given up.
// Threads:   immutable; any number at once.
#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "query/function/regex_program.h"

namespace freshet {

class BacktrackingRegex {
 public:
  enum class Outcome { Found, NotFound, OutOfSteps };

  // Requires: RE2 takes `pattern`. Nothing when it needs more than RegexProgram has.
  static std::optional<BacktrackingRegex> try_compile(std::string_view pattern);

  // Steps (instructions and bytes of runs) that all calls for one text may take together: a match
  // at each byte, and some backtracking.
  size_t steps_max(size_t text_bytes) const;

  // The first match that begins at `from` or behind it: groups[0] is the match, groups[g] group g;
  // those that took no part, or do not exist, have null data. What is in `groups` is undefined
  // unless Found. Takes its steps off `steps_left`.
  // Requires: `text` is ASCII and not null, from <= text.size().
  Outcome find(std::string_view text, size_t from, size_t& steps_left,
               std::span<re2::StringPiece> groups) const;

 private:
  explicit BacktrackingRegex(RegexProgram program) : program_(std::move(program)) {}

  RegexProgram program_;
};

}  // namespace freshet
