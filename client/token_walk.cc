#include "client/token_walk.h"

#include <algorithm>
#include <cctype>

namespace freshet {

namespace {

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

Token TokenWalk::next() {
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

Token TokenWalk::token(Token::Kind kind, size_t begin) const {
  return {kind, text_.substr(begin, at_ - begin)};
}

// Blanks and comments; false when a comment is not closed.
bool TokenWalk::skip_blanks() {
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

bool TokenWalk::skip_quoted(char quote) {
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
size_t TokenWalk::heredoc_tag_bytes() const {
  size_t end = at_ + 1;
  while (end < text_.size() && is_word_character(text_[end]) && text_[end] != '$') ++end;
  return end < text_.size() && text_[end] == '$' ? end + 1 - at_ : 0;
}

bool is_word(const Token& token, std::string_view upper) {
  return token.kind == Token::Kind::Word &&
         std::ranges::equal(token.text, upper, [](char a, char b) {
           return std::toupper(static_cast<unsigned char>(a)) == b;
         });
}

}  // namespace freshet
