#include "query/function/regex.h"

#include "query/function/utf8.h"

namespace freshet {

namespace {

re2::RE2::Options sql_regex_options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  return options;
}

}  // namespace

Regex::Regex(std::string_view pattern, ErrorCode code)
    : re2_(as_piece(pattern), sql_regex_options()) {
  if (!re2_.ok()) {
    throw Error(code,
                "Not a regular expression (" + re2_.error() + "): '" + std::string(pattern) + "'");
  }
  backtracking_ = BacktrackingRegex::try_compile(pattern);
}

bool Regex::find(std::string_view text, std::span<re2::StringPiece> groups) const {
  return RegexSearch(*this, text).find(0, groups);
}

RegexSearch::RegexSearch(const Regex& regex, std::string_view text) : regex_(regex), text_(text) {
  if (!regex.backtracking_ || text.data() == nullptr || !is_ascii(text)) return;
  backtracking_ = &*regex.backtracking_;
  steps_left_ = backtracking_->steps_max(text.size());
}

bool RegexSearch::find(size_t from, std::span<re2::StringPiece> groups) {
  if (backtracking_ != nullptr) {
    const auto outcome = backtracking_->find(text_, from, steps_left_, groups);
    if (outcome != BacktrackingRegex::Outcome::OutOfSteps) {
      return outcome == BacktrackingRegex::Outcome::Found;
    }
    backtracking_ = nullptr;
  }
  return regex_.re2_.Match(as_piece(text_), from, text_.size(), re2::RE2::UNANCHORED, groups.data(),
                           static_cast<int>(groups.size()));
}

std::shared_ptr<const Regex> compile_regex(std::string_view pattern, ErrorCode code) {
  return std::make_shared<const Regex>(pattern, code);
}

}  // namespace freshet
