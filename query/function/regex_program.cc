#include "query/function/regex_program.h"

#include <algorithm>
#include <utility>

namespace freshet {

namespace {

using Op = RegexInstruction::Op;

constexpr size_t kAsciiCount = 128;

bool is_regex_quantifier(char c) { return c == '*' || c == '+' || c == '?'; }
bool is_ascii_char(char c) { return static_cast<uint8_t>(c) < kAsciiCount; }

void add_range(ByteSet& set, char first, char last) {
  for (int byte = first; byte <= last; ++byte) set[static_cast<size_t>(byte)] = true;
}

void add_all(ByteSet& set, const ByteSet& other) {
  for (size_t byte = 0; byte < set.size(); ++byte) set[byte] |= other[byte];
}

ByteSet complement(const ByteSet& set) {
  ByteSet others{};
  for (size_t byte = 0; byte < kAsciiCount; ++byte) others[byte] = !set[byte];
  return others;
}

bool disjoint(const ByteSet& a, const ByteSet& b) {
  for (size_t byte = 0; byte < kAsciiCount; ++byte) {
    if (a[byte] && b[byte]) return false;
  }
  return true;
}

// The class of \d, \w, \s and their complements.
std::optional<ByteSet> class_of_letter(char letter) {
  ByteSet set{};
  switch (letter) {
    case 'd':
    case 'D':
      add_range(set, '0', '9');
      break;
    case 'w':
    case 'W':
      add_range(set, '0', '9');
      add_range(set, 'A', 'Z');
      add_range(set, 'a', 'z');
      add_range(set, '_', '_');
      break;
    case 's':
    case 'S':
      for (const char c : {' ', '\t', '\n', '\f', '\r'}) add_range(set, c, c);
      break;
    default:
      return std::nullopt;
  }
  return letter >= 'a' ? set : complement(set);
}

// The character that an escape means, when it means one.
std::optional<char> escaped_character(char c) {
  switch (c) {
    case 'a':
      return '\a';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      break;
  }
  const bool is_punctuation =
      c > ' ' && c < 0x7F && c != '_' && (*class_of_letter('W'))[static_cast<size_t>(c)];
  if (!is_punctuation) return std::nullopt;
  return c;
}

// Turns the text of an expression into instructions, from left to right.
class RegexProgramParser {
 public:
  explicit RegexProgramParser(std::string_view pattern) : pattern_(pattern) {}

  std::optional<RegexProgram> parse() {
    while (at_ < pattern_.size()) {
      if (!parse_next() || program_.instructions.size() >= RegexProgram::kInstructionsMax) {
        return std::nullopt;
      }
    }
    if (!open_groups_.empty()) return std::nullopt;
    emit({.op = Op::Match});
    program_.group_count = next_slot_ / 2;
    return std::move(program_);
  }

 private:
  struct OpenGroup {
    std::optional<uint8_t> slot;  // nothing: (?:
    size_t body;                  // the first instruction
    uint8_t next_slot;            // of the first group in it
  };

  bool more() const { return at_ < pattern_.size(); }
  bool next_is(char c) const { return more() && pattern_[at_] == c; }
  bool take(char c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }

  bool parse_next() {
    const char c = pattern_[at_++];
    switch (c) {
      case '(':
        return open_group();
      case ')':
        return close_group();
      case '[':
        return parse_class();
      case '\\':
        return parse_escape();
      case '.':
        return add_set(complement({}));
      case '^':
        return add_anchor(Op::TextBegin);
      case '$':
        return add_anchor(Op::TextEnd);
      case '|':
      case '*':
      case '+':
      case '?':
      case '{':
        return false;
      default:
        return add_character(c);
    }
  }

  void emit(RegexInstruction instruction) {
    program_.instructions.push_back(instruction);
    literal_open_ = instruction.op == Op::Literal;
  }

  uint16_t index_of_new_set(const ByteSet& set) {
    program_.sets.push_back(set);
    return static_cast<uint16_t>(program_.sets.size() - 1);
  }

  bool add_anchor(Op op) {
    emit({.op = op});
    return !more() || !is_regex_quantifier(pattern_[at_]);
  }

  bool add_character(char c) {
    if (!is_ascii_char(c)) return false;
    if (more() && is_regex_quantifier(pattern_[at_])) {
      ByteSet set{};
      add_range(set, c, c);
      return add_set(set);
    }
    if (!literal_open_) {
      const size_t offset = program_.literals.size();
      if (offset > UINT16_MAX) return false;
      emit({.op = Op::Literal, .literal_offset = static_cast<uint16_t>(offset)});
    }
    RegexInstruction& literal = program_.instructions.back();
    program_.literals.push_back(c);
    return literal.literal_bytes++ < UINT16_MAX;
  }

  // A class with the quantifier behind it.
  bool add_set(const ByteSet& set) {
    RegexInstruction instruction{.op = Op::OneOf, .set = index_of_new_set(set)};
    if (more() && is_regex_quantifier(pattern_[at_])) {
      const char quantifier = pattern_[at_++];
      instruction.op = Op::Run;
      instruction.count_min = quantifier == '+' ? 1 : 0;
      instruction.unlimited = quantifier != '?';
      instruction.any = set == complement({});
      instruction.lazy = take('?');
    }
    emit(instruction);
    return true;
  }

  bool parse_escape() {
    if (!more()) return false;
    const char c = pattern_[at_++];
    if (const auto set = class_of_letter(c)) return add_set(*set);
    const auto character = escaped_character(c);
    return character && add_character(*character);
  }

  bool parse_class() {
    const bool negated = take('^');
    ByteSet set{};
    // A ] in front is a member.
    for (bool first = true; first || !next_is(']'); first = false) {
      if (!more() || !parse_class_member(set)) return false;
    }
    ++at_;
    return add_set(negated ? complement(set) : set);
  }

  // A character, a range of them, or the class of a letter.
  bool parse_class_member(ByteSet& set) {
    if (next_is('\\') && at_ + 1 < pattern_.size()) {
      if (const auto letters = class_of_letter(pattern_[at_ + 1])) {
        at_ += 2;
        add_all(set, *letters);
        return true;
      }
    }
    const auto low = parse_class_character();
    if (!low) return false;
    auto high = low;
    const std::string_view rest = pattern_.substr(at_);
    if (rest.size() >= 2 && rest[0] == '-' && rest[1] != ']') {
      ++at_;
      high = parse_class_character();
      if (!high) return false;
    }
    add_range(set, *low, *high);
    return true;
  }

  std::optional<char> parse_class_character() {
    if (pattern_.substr(at_).starts_with("[:")) return std::nullopt;
    const char c = pattern_[at_++];
    if (!is_ascii_char(c)) return std::nullopt;
    if (c != '\\') return c;
    return more() ? escaped_character(pattern_[at_++]) : std::nullopt;
  }

  bool open_group() {
    OpenGroup group{.slot = {}, .body = program_.instructions.size(), .next_slot = next_slot_};
    literal_open_ = false;
    if (take('?')) {
      if (!take(':')) return false;
    } else {
      if (next_slot_ == 2 * RegexProgram::kGroupsMax) return false;
      group.slot = next_slot_;
      next_slot_ = static_cast<uint8_t>(next_slot_ + 2);
      emit({.op = Op::Save, .slot = *group.slot});
    }
    open_groups_.push_back(group);
    return true;
  }

  bool close_group() {
    if (open_groups_.empty()) return false;
    const OpenGroup group = open_groups_.back();
    open_groups_.pop_back();
    if (group.slot) emit({.op = Op::Save, .slot = static_cast<uint8_t>(*group.slot + 1)});
    literal_open_ = false;
    if (next_is('*') || next_is('+')) return false;
    if (take('?')) {
      auto& instructions = program_.instructions;
      const RegexInstruction optional{
          .op = Op::Optional,
          .lazy = take('?'),
          .body_count = static_cast<uint16_t>(instructions.size() - group.body),
          .slot = group.next_slot,
          .slot_end = next_slot_};
      instructions.insert(instructions.begin() + static_cast<ptrdiff_t>(group.body), optional);
    }
    return true;
  }

  std::string_view pattern_;
  size_t at_ = 0;
  RegexProgram program_;
  std::vector<OpenGroup> open_groups_;
  uint8_t next_slot_ = 0;
  // The last instruction is a literal to which a character can be added.
  bool literal_open_ = false;
};

// What can be in front of an instruction when it and those behind it are to match: an upper bound.
struct RegexOutlook {
  ByteSet bytes{};
  bool end = false;
  // A match is certain, whatever comes.
  bool accepts = false;
};

RegexOutlook either(RegexOutlook a, const RegexOutlook& b) {
  add_all(a.bytes, b.bytes);
  return {a.bytes, a.end || b.end, a.accepts || b.accepts};
}

// Tells a run what can follow it. When the set of the run has none of that, a shorter run is
// followed by a byte of its own set, and cannot lead to a match: only the longest can.
void decide_run(RegexProgram& program, RegexInstruction& run, const RegexOutlook& next) {
  if (next.accepts) {
    run.decided = true;
  } else if (disjoint(program.sets[run.set], next.bytes)) {
    run.decided = true;
    run.lazy = false;
  }
  program.sets.push_back(next.accepts ? complement({}) : next.bytes);
  run.follow_set = static_cast<uint16_t>(program.sets.size() - 1);
}

// What the matcher can do faster for some instructions.
void find_short_cuts(RegexProgram& program) {
  auto& instructions = program.instructions;
  for (size_t i = 0; i < instructions.size(); ++i) {
    RegexInstruction& instruction = instructions[i];
    if (instruction.op == Op::Optional) {
      instruction.literal_body =
          instruction.body_count == 1 && instructions[i + 1].op == Op::Literal;
    } else if (instruction.op == Op::Run && instruction.unlimited) {
      const ByteSet& set = program.sets[instruction.set];
      const auto last_outside = std::find(set.rbegin() + kAsciiCount, set.rend(), false);
      const bool only_one = std::count(set.begin(), set.begin() + kAsciiCount, false) == 1;
      if (only_one) instruction.stop = static_cast<char>(set.rend() - last_outside - 1);
    }
  }
}

// Walks the instructions from the last to the first; the outlook of the first.
RegexOutlook decide_runs(RegexProgram& program) {
  auto& instructions = program.instructions;
  std::vector<RegexOutlook> outlooks(instructions.size());
  for (size_t i = instructions.size(); i-- > 0;) {
    RegexInstruction& instruction = instructions[i];
    RegexOutlook& outlook = outlooks[i];
    switch (instruction.op) {
      case Op::Literal:
        outlook.bytes[static_cast<uint8_t>(program.literals[instruction.literal_offset])] = true;
        break;
      case Op::OneOf:
        outlook.bytes = program.sets[instruction.set];
        break;
      case Op::Run:
        decide_run(program, instruction, outlooks[i + 1]);
        outlook.bytes = program.sets[instruction.set];
        if (instruction.count_min == 0) outlook = either(outlook, outlooks[i + 1]);
        break;
      case Op::Optional:
        outlook = either(outlooks[i + 1], outlooks[i + 1 + instruction.body_count]);
        break;
      case Op::Save:
        outlook = outlooks[i + 1];
        break;
      case Op::TextBegin:
        outlook.bytes = complement({});
        outlook.end = true;
        break;
      case Op::TextEnd:
        outlook.end = true;
        break;
      case Op::Match:
        outlook.accepts = true;
        break;
    }
  }
  return outlooks.front();
}

void find_first(RegexProgram& program, const RegexOutlook& outlook) {
  const auto first =
      std::find_if(program.instructions.begin(), program.instructions.end(),
                   [](const auto& instruction) { return instruction.op != Op::Save; });
  program.anchored = first->op == Op::TextBegin;
  if (first->op == Op::Literal) {
    program.first_literal = program.literals.substr(first->literal_offset, first->literal_bytes);
  } else if (!outlook.accepts && !outlook.end) {
    program.first_set = outlook.bytes;
  }
  if (first->op == Op::Run && first->unlimited) program.first_run = program.sets[first->set];
}

}  // namespace

std::optional<RegexProgram> try_compile_regex_program(std::string_view pattern) {
  std::optional<RegexProgram> program = RegexProgramParser(pattern).parse();
  if (!program) return program;
  find_first(*program, decide_runs(*program));
  find_short_cuts(*program);
  return program;
}

}  // namespace freshet
