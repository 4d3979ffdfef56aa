// SQL text as tokens, as far as the shell must see them: where statements end, what SET sets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace freshet {

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

// Tokens one after the other, without blanks and comments. Copying it is how one looks ahead.
class TokenWalk {
 public:
  // `text` must outlive the walk and its tokens.
  explicit TokenWalk(std::string_view text) : text_(text) {}

  // Behind the token given last.
  size_t offset() const { return at_; }
  Token next();

 private:
  Token token(Token::Kind kind, size_t begin) const;
  bool skip_blanks();
  bool skip_quoted(char quote);
  size_t heredoc_tag_bytes() const;

  std::string_view text_;
  size_t at_ = 0;
};

// Whether it is that word, whatever its case. Not a quoted one.
bool is_word(const Token& token, std::string_view upper);

}  // namespace freshet
