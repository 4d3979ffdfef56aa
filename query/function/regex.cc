#include "query/function/regex.h"

namespace freshet {

std::shared_ptr<const re2::RE2> compile_regex(std::string_view pattern, ErrorCode code) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  auto regex = std::make_shared<const re2::RE2>(as_piece(pattern), options);
  if (!regex->ok()) {
    throw Error(
        code, "Not a regular expression (" + regex->error() + "): '" + std::string(pattern) + "'");
  }
  return regex;
}

}  // namespace freshet
