// RegexProgram is the form of a regular expression that BacktrackingRegex runs: a sequence of
// instructions without backward jumps, because only single characters repeat.
//
//   (\d+)(?:px)?$       0  save 0
//                       1  run of 0-9, 1 or more
//                       2  save 1
//                       3  optional, goes on at 5
//                       4  literal "px"
//                       5  end of the text
//                       6  match
//
// Texts are ASCII, so that a byte is a character. Left to RE2 are: alternation, counted repetition,
// repeated groups, flags, named groups, \b and other letters behind a backslash, named classes,
// characters beyond ASCII.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet {

using ByteSet = std::array<bool, 256>;

struct RegexInstruction {
  enum class Op : uint8_t { Literal, OneOf, Run, Optional, Save, TextBegin, TextEnd, Match };

  Op op;
  // Run, Optional: less is tried before more.
  bool lazy = false;
  // Run: at least `count_min` bytes, at most one when not unlimited.
  uint8_t count_min = 0;
  bool unlimited = false;
  // Run: of any bytes, whatever `set`.
  bool any = false;
  // Run: the length tried first is the only one that can lead to a match.
  bool decided = false;
  // OneOf, Run: which bytes; an index into RegexProgram::sets.
  uint16_t set = 0;
  // Run: the only ASCII character that is not of the set; 0: there are several, or none.
  char stop = 0;
  // Run: which bytes can come next; an index likewise.
  uint16_t follow_set = 0;
  // Literal: a range of RegexProgram::literals.
  uint16_t literal_offset = 0;
  uint16_t literal_bytes = 0;
  // Optional: how many instructions of a body follow.
  uint16_t body_count = 0;
  // Optional: the body is a literal, so that it can be looked at before a way is chosen.
  bool literal_body = false;
  // Save: the slot. Optional: the slots of the groups in its body. Group g > 0 begins at what is
  // saved in slot 2 * (g - 1), and ends at that in the next.
  uint8_t slot = 0;
  uint8_t slot_end = 0;
};

struct RegexProgram {
  static constexpr size_t kInstructionsMax = 128;
  static constexpr size_t kGroupsMax = 16;

  std::vector<RegexInstruction> instructions;
  std::vector<ByteSet> sets;
  std::string literals;
  size_t group_count = 0;

  // How a match begins: at the text's begin only, or with a literal, or with one of `first_set`.
  bool anchored = false;
  std::string first_literal;
  std::optional<ByteSet> first_set;
  // The set of the unlimited run that a match begins with.
  std::optional<ByteSet> first_run;
};

// Nothing when the expression needs more than these instructions.
// Requires: RE2 takes `pattern`. What it refuses may be taken here.
std::optional<RegexProgram> try_compile_regex_program(std::string_view pattern);

}  // namespace freshet
