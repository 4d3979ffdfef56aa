#include "client/session_statement.h"

#include <cstddef>

#include "client/token_walk.h"

namespace freshet {

namespace {

bool is_mark(const Token& token, char mark) {
  return token.kind == Token::Kind::Symbol && token.text[0] == mark;
}

// What no name and no value has in it.
bool ends_part(const Token& token) {
  return token.text.empty() || is_mark(token, ',') || is_mark(token, '=') || is_mark(token, ';');
}

// 'it\'s' -> it's; the quotes are those of the token.
void append_unquoted(std::string& out, std::string_view quoted) {
  quoted = quoted.substr(1, quoted.size() - 2);
  for (size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
    out += quoted[i];
  }
}

// The parts of a statement that the server has accepted: names, values, marks.
class Parts {
 public:
  explicit Parts(std::string_view text) : walk_(text) {}

  bool take_word(std::string_view upper_word) {
    return take_if([&](const Token& token) { return is_word(token, upper_word); });
  }
  bool take_mark(char mark) {
    return take_if([&](const Token& token) { return is_mark(token, mark); });
  }
  // What stands in quotes, or all up to a blank or a mark: `-1.5`; empty at the end.
  std::string take() {
    std::string part;
    if (!take_if([](const Token& token) { return !ends_part(token); })) return part;
    const Token first = last_;
    const bool is_quoted = first.kind == Token::Kind::Quoted && first.text[0] != '$';
    const auto goes_on = [&](const Token& token) {
      if (ends_part(token) || token.text.data() != last_.text.data() + last_.text.size())
        return false;
      return !is_quoted || token.text[0] == first.text[0];
    };
    if (!is_quoted) {
      do part += last_.text;
      while (take_if(goes_on));
      return part;
    }
    append_unquoted(part, first.text);
    while (take_if(goes_on)) {
      part += first.text[0];  // a doubled quote stands for itself
      append_unquoted(part, last_.text);
    }
    return part;
  }

 private:
  template <class Wanted>
  bool take_if(const Wanted& wanted) {
    TokenWalk ahead = walk_;
    const Token token = ahead.next();
    if (!wanted(token)) return false;
    walk_ = ahead;
    last_ = token;
    return true;
  }

  TokenWalk walk_;
  Token last_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> settings_of_set(std::string_view statement) {
  std::vector<std::pair<std::string, std::string>> settings;
  Parts parts(statement);
  if (!parts.take_word("SET")) return settings;
  do {
    std::string name = parts.take();
    if (parts.take_mark('=')) {
      settings.emplace_back(std::move(name), parts.take());
    } else if (settings.empty() && (name == "ROLE" || name == "role")) {
      return settings;
    } else if (!name.empty()) {
      settings.emplace_back(std::move(name), "1");
    }
  } while (parts.take_mark(','));
  return settings;
}

std::string database_of_use(std::string_view statement) {
  Parts parts(statement);
  if (!parts.take_word("USE")) return {};
  std::string name = parts.take();
  const bool is_keyword = name == "DATABASE" || name == "database";
  const std::string next = parts.take();
  return is_keyword && !next.empty() ? next : name;
}

}  // namespace freshet
