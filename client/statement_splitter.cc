#include "client/statement_splitter.h"

#include <algorithm>
#include <cctype>

namespace freshet {

namespace {

bool is_blank(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
}

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// As much of SQL's tokens as it takes to see where a statement ends.
struct Token {
  enum class Kind : uint8_t {
    Word,
    Quoted,  // 'text', "name", `name`, $tag$text$tag$
    Symbol,  // one character
    Open,    // a quote or comment that does not close; the text ends in it
    End,
  };
  Kind kind = Kind::End;
  std::string_view text;
};

class TokenWalk {
 public:
  explicit TokenWalk(std::string_view text) : text_(text) {}

  // Behind the token given last.
  size_t offset() const { return at_; }

  Token next() {
    if (!skip_blanks()) return {Token::Kind::Open, {}};
    if (at_ == text_.size()) return {};
    const size_t begin = at_;
    const char c = text_[at_];
    if (c == '\'' || c == '"' || c == '`') {
      return skip_quoted(c) ? token(Token::Kind::Quoted, begin) : Token{Token::Kind::Open, {}};
    }
    if (!is_word_character(c)) {
      ++at_;
      return token(Token::Kind::Symbol, begin);
    }
    if (c == '$') {
      if (const size_t tag_bytes = heredoc_tag_bytes(); tag_bytes != 0) {
        const size_t close = text_.find(text_.substr(at_, tag_bytes), at_ + tag_bytes);
        if (close == std::string_view::npos) return {Token::Kind::Open, {}};
        at_ = close + tag_bytes;
        return token(Token::Kind::Quoted, begin);
      }
    }
    while (at_ < text_.size() && is_word_character(text_[at_])) ++at_;
    return token(Token::Kind::Word, begin);
  }

 private:
  Token token(Token::Kind kind, size_t begin) const {
    return {kind, text_.substr(begin, at_ - begin)};
  }

  // Blanks and comments; false when a comment is not closed.
  bool skip_blanks() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (std::isspace(static_cast<unsigned char>(rest[0])) != 0) {
        ++at_;
      } else if (rest.starts_with("--") || rest.starts_with("# ") || rest.starts_with("#!")) {
        at_ += std::min(rest.find('\n'), rest.size());
      } else if (rest.starts_with("/*")) {
        const size_t end = rest.find("*/", 2);
        if (end == std::string_view::npos) return false;
        at_ += end + 2;
      } else {
        return true;
      }
    }
    return true;
  }

  bool skip_quoted(char quote) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == quote) {
        ++at_;
        return true;
      }
    }
    return false;
  }

  // Bytes of "$tag$" here; 0: none begins.
  size_t heredoc_tag_bytes() const {
    size_t end = at_ + 1;
    while (end < text_.size() && is_word_character(text_[end]) && text_[end] != '$') ++end;
    return end < text_.size() && text_[end] == '$' ? end + 1 - at_ : 0;
  }

  std::string_view text_;
  size_t at_ = 0;
};

bool is_word(const Token& token, std::string_view upper) {
  return token.kind == Token::Kind::Word &&
         std::ranges::equal(token.text, upper, [](char a, char b) {
           return std::toupper(static_cast<unsigned char>(a)) == b;
         });
}

// INSERT INTO name (columns) SETTINGS .. FORMAT f, where f is not Values: what follows is data.
bool is_insert_with_format(std::string_view text) {
  TokenWalk walk(text);
  if (!is_word(walk.next(), "INSERT") || !is_word(walk.next(), "INTO")) return false;
  Token token = walk.next();
  while (is_word(token, "TABLE") || is_word(token, "FUNCTION")) token = walk.next();
  // `token` is the table's name, whatever it is.
  size_t depth = 0;
  for (token = walk.next(); token.kind != Token::Kind::End && token.kind != Token::Kind::Open;
       token = walk.next()) {
    if (token.text == ";") return false;
    if (token.text == "(") ++depth;
    if (token.text == ")" && depth > 0) --depth;
    if (depth > 0) continue;
    if (is_word(token, "VALUES") || is_word(token, "SELECT") || is_word(token, "WITH"))
      return false;
    if (is_word(token, "FORMAT")) return !is_word(walk.next(), "VALUES");
  }
  return false;
}

}  // namespace

std::optional<size_t> find_statement_end(std::string_view text) {
  TokenWalk walk(text);
  for (Token token = walk.next(); token.kind != Token::Kind::End; token = walk.next()) {
    if (token.kind == Token::Kind::Open) return std::nullopt;
    if (token.text == ";") return walk.offset();
  }
  return std::nullopt;
}

std::vector<std::string> split_statements_of(std::string_view script) {
  std::vector<std::string> statements;
  while (!is_blank(script)) {
    if (is_insert_with_format(script)) {
      statements.emplace_back(script);
      break;
    }
    const std::optional<size_t> end = find_statement_end(script);
    const std::string_view statement = script.substr(0, end ? *end - 1 : script.size());
    if (!is_blank(statement)) statements.emplace_back(statement);
    if (!end) break;
    script.remove_prefix(*end);
  }
  return statements;
}

}  // namespace freshet
