// Lexer cuts SQL text into tokens, one at a time and only as far as it is asked: what follows
// `INSERT ... FORMAT x` is data and must never be read as SQL.
//
// Path:      SQL text -> Lexer -> TokenCursor -> parser
// Owns:      nothing; the text must outlive the lexer.
// Errors:    SyntaxError at unclosed quotes and comments, broken numbers and unknown characters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet {

enum class TokenKind : uint8_t {
  End,
  Word,        // keyword or plain identifier
  QuotedName,  // `name` or "name"
  Number,      // without sign
  String,      // 'text', x'6162', b'01', $tag$text$tag$
  LeftParenthesis,
  RightParenthesis,
  LeftBracket,
  RightBracket,
  LeftBrace,
  RightBrace,
  Comma,
  Semicolon,
  Dot,
  Asterisk,
  Arrow,
  QuestionMark,
  Colon,
  DoubleColon,
  Equals,  // = only; == is Operator
  Plus,
  Minus,
  Operator  // any other operator; its text tells which
};

// What an error message calls the kind.
std::string_view token_kind_name(TokenKind kind);

// Bytes [begin, end) of the text; an End token is empty and lies at the end.
struct Token {
  TokenKind kind = TokenKind::End;
  uint32_t begin = 0;
  uint32_t end = 0;
};

class Lexer {
 public:
  // Requires: text shorter than 4 GiB.
  explicit Lexer(std::string_view text) : text_(text) {}

  // The next token; after the last one always End.
  Token next();

 private:
  char at(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }
  void skip_blanks();
  Token number();
  Token quoted(char quote, TokenKind kind, std::string_view what);
  Token heredoc_or_word();
  Token symbol();
  Token token(TokenKind kind, std::size_t end);
  [[noreturn]] void fail(std::size_t begin, std::size_t end, std::string_view what) const;

  std::string_view text_;
  std::size_t offset_ = 0;
  // Decides whether `.1` is a number or the first element of a tuple.
  TokenKind previous_ = TokenKind::End;
};

// The bytes that a String token's text stands for.
std::string decode_string_token(std::string_view token);
// The name that a QuotedName token's text stands for.
std::string decode_quoted_name(std::string_view token);

}  // namespace freshet
