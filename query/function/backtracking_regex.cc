#include "query/function/backtracking_regex.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace freshet {

namespace {

using Op = RegexInstruction::Op;

constexpr size_t kStepsPerByte = 16;
constexpr size_t kStepsPerText = 256;

bool has(const ByteSet& set, char c) { return set[static_cast<uint8_t>(c)]; }

const char* run_end(const ByteSet& set, const char* begin, const char* end) {
  while (begin < end && has(set, *begin)) ++begin;
  return begin;
}

// One thread of matching, and the ways that it left untried.
class RegexThread {
 public:
  RegexThread(const RegexProgram& program, std::string_view text, size_t steps_left)
      : program_(program),
        begin_(text.data()),
        end_(text.data() + text.size()),
        steps_left_(static_cast<ptrdiff_t>(steps_left)) {}

  size_t steps_left() const { return static_cast<size_t>(std::max<ptrdiff_t>(steps_left_, 0)); }
  void take_steps(ptrdiff_t count) { steps_left_ -= count; }

  // True when the expression matches at `start`. False also when the steps are used up.
  bool match_at(const char* start) {
    at_ = start;
    next_ = 0;
    choice_count_ = 0;
    for (;;) {
      const RegexInstruction& instruction = program_.instructions[next_];
      if (instruction.op == Op::Match) return true;
      --steps_left_;
      ++next_;
      if (!step(instruction) && !go_back()) return false;
    }
  }

  // After match_at() was true.
  const char* match_end() const { return at_; }
  re2::StringPiece group(size_t index) const {
    const char* begin = slots_[2 * (index - 1)];
    const char* end = slots_[2 * (index - 1) + 1];
    if (begin == nullptr) return {};
    return {begin, static_cast<size_t>(end - begin)};
  }

 private:
  // A run that can end elsewhere, between `at` and `last`; or the other way of an optional group.
  struct Choice {
    size_t instruction;
    const char* at;
    const char* last;
  };

  // Carries out an instruction. False when it does not match.
  bool step(const RegexInstruction& instruction) {
    switch (instruction.op) {
      case Op::Literal:
        return step_literal(instruction);
      case Op::OneOf:
        if (at_ == end_ || !has(program_.sets[instruction.set], *at_)) return false;
        ++at_;
        return true;
      case Op::Run:
        return step_run(instruction);
      case Op::Optional:
        step_optional(instruction);
        return true;
      case Op::Save:
        slots_[instruction.slot] = at_;
        return true;
      case Op::TextBegin:
        return at_ == begin_;
      case Op::TextEnd:
        return at_ == end_;
      case Op::Match:
        break;
    }
    return true;
  }

  // Literals are too short for a call of memcmp.
  bool step_literal(const RegexInstruction& literal) {
    const size_t bytes = literal.literal_bytes;
    if (static_cast<size_t>(end_ - at_) < bytes) return false;
    const char* expected = program_.literals.data() + literal.literal_offset;
    for (size_t i = 0; i < bytes; ++i) {
      if (at_[i] != expected[i]) return false;
    }
    at_ += bytes;
    return true;
  }

  void step_optional(const RegexInstruction& optional) {
    if (optional.literal_body && !optional.lazy) {
      const char* before = at_;
      if (!step_literal(program_.instructions[next_])) {
        ++next_;
        return;
      }
      choices_[choice_count_++] = {next_ - 1, before, before};
      ++next_;
      return;
    }
    choices_[choice_count_++] = {next_ - 1, at_, at_};
    if (optional.lazy) skip_body(optional);
  }

  bool step_run(const RegexInstruction& run) {
    const char* longest = run.unlimited || at_ == end_ ? end_ : at_ + 1;
    if (run.stop != 0) {
      const void* stop = std::memchr(at_, run.stop, static_cast<size_t>(end_ - at_));
      if (stop != nullptr) longest = static_cast<const char*>(stop);
      steps_left_ -= longest - at_;
    } else if (!run.any) {
      longest = run_end(program_.sets[run.set], at_, longest);
      steps_left_ -= longest - at_;
    }
    if (longest - at_ < run.count_min) return false;
    const char* shortest = at_ + run.count_min;
    at_ = run.lazy ? shortest : longest;
    if (!run.decided && shortest < longest) {
      choices_[choice_count_++] = {next_ - 1, at_, run.lazy ? longest : shortest};
    }
    return true;
  }

  void skip_body(const RegexInstruction& optional) {
    std::fill(slots_ + optional.slot, slots_ + optional.slot_end, nullptr);
    next_ += optional.body_count;
  }

  // Takes the way that was left last. False when there is none, or no step.
  bool go_back() {
    if (choice_count_ == 0 || steps_left_ <= 0) return false;
    Choice& choice = choices_[choice_count_ - 1];
    const RegexInstruction& instruction = program_.instructions[choice.instruction];
    next_ = choice.instruction + 1;
    if (instruction.op == Op::Run) {
      next_end(instruction, choice);
    } else {
      at_ = choice.at;
      if (!instruction.lazy) skip_body(instruction);
    }
    if (at_ == choice.last) --choice_count_;
    return true;
  }

  // Moves to the next end of a run behind which something can match, or to the last.
  void next_end(const RegexInstruction& run, Choice& choice) {
    const ByteSet& follow = program_.sets[run.follow_set];
    const ptrdiff_t direction = run.lazy ? 1 : -1;
    at_ = choice.at;
    do {
      at_ += direction;
    } while (at_ != choice.last && !has(follow, *at_));
    steps_left_ -= direction * (at_ - choice.at);
    choice.at = at_;
  }

  const RegexProgram& program_;
  const char* begin_;
  const char* end_;
  ptrdiff_t steps_left_;

  const char* at_ = nullptr;
  size_t next_ = 0;  // the instruction to carry out
  const char* slots_[2 * RegexProgram::kGroupsMax];
  Choice choices_[RegexProgram::kInstructionsMax];
  size_t choice_count_ = 0;
};

// Where a match can begin, from `start` on; null when nowhere.
const char* next_start(const RegexProgram& program, const char* start, const char* end) {
  if (program.anchored) return start;
  const std::string& literal = program.first_literal;
  const auto bytes = static_cast<size_t>(end - start);
  if (literal.size() == 1) {
    return bytes == 0 ? nullptr
                      : static_cast<const char*>(std::memchr(start, literal.front(), bytes));
  }
  if (!literal.empty()) {
    return static_cast<const char*>(memmem(start, bytes, literal.data(), literal.size()));
  }
  if (!program.first_set) return start;
  while (start < end && !has(*program.first_set, *start)) ++start;
  return start < end ? start : nullptr;
}

void write_groups(const RegexProgram& program, const RegexThread& thread, const char* start,
                  std::span<re2::StringPiece> groups) {
  for (size_t g = 1; g < groups.size(); ++g) {
    groups[g] = g <= program.group_count ? thread.group(g) : re2::StringPiece();
  }
  if (!groups.empty()) groups[0] = {start, static_cast<size_t>(thread.match_end() - start)};
}

}  // namespace

std::optional<BacktrackingRegex> BacktrackingRegex::try_compile(std::string_view pattern) {
  auto program = try_compile_regex_program(pattern);
  if (!program) return std::nullopt;
  return BacktrackingRegex(*std::move(program));
}

size_t BacktrackingRegex::steps_max(size_t text_bytes) const {
  return kStepsPerText + text_bytes * (kStepsPerByte + program_.instructions.size());
}

BacktrackingRegex::Outcome BacktrackingRegex::find(std::string_view text, size_t from,
                                                   size_t& steps_left,
                                                   std::span<re2::StringPiece> groups) const {
  if (program_.anchored && from > 0) return Outcome::NotFound;
  RegexThread thread(program_, text, steps_left);
  Outcome outcome = Outcome::NotFound;
  const char* end = text.data() + text.size();
  const char* from_here = text.data() + from;
  while (const char* start = next_start(program_, from_here, end)) {
    thread.take_steps(start - from_here);
    if (thread.match_at(start)) {
      outcome = Outcome::Found;
      write_groups(program_, thread, start, groups);
      break;
    }
    if (thread.steps_left() == 0) {
      outcome = Outcome::OutOfSteps;
      break;
    }
    if (program_.anchored) break;
    // A run in front was followed by every place up to its end, in vain: none is a better start.
    const char* tried = program_.first_run ? run_end(*program_.first_run, start, end) : start;
    if (tried == end) break;
    from_here = tried + 1;
  }
  steps_left = thread.steps_left();
  return outcome;
}

}  // namespace freshet
