// TokenCursor walks the tokens of one text for the recursive-descent parsers and remembers what
// they hoped to find, so that errors can say what was expected.
//
// Path:      SQL text -> Lexer -> TokenCursor -> parsers
// Owns:      the tokens read so far; text and options must outlive it.
// Errors:    SyntaxError; TooDeepRecursion when Nesting goes too deep.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "query/sql/expression_ast.h"
#include "query/sql/lexer.h"
#include "query/sql/parse_options.h"

namespace freshet {

class TokenCursor {
 public:
  TokenCursor(std::string_view text, const ParseOptions& options)
      : text_(text), options_(options), lexer_(text) {
    tokens_.reserve(kTokensAtFirst);
    expected_.reserve(kTokensAtFirst);
  }

  std::string_view text() const { return text_; }

  // The token `ahead` places from here; valid until more are read. Reads the text up to its end,
  // not further.
  [[gnu::always_inline]] inline const Token& peek(std::size_t ahead = 0) {
    if (tokens_.size() <= index_ + ahead) [[unlikely]] {
      read_tokens(index_ + ahead);
    }
    return tokens_[index_ + ahead];
  }
  std::string_view peek_text(std::size_t ahead = 0);
  bool at(TokenKind kind, std::size_t ahead = 0) { return peek(ahead).kind == kind; }
  // Keywords and operators are given in upper case, words separated by one blank: "GROUP BY".
  bool at(std::string_view words, std::size_t ahead = 0) { return match(words, ahead) > 0; }
  bool at_name(std::size_t ahead = 0);

  Token take();
  // Steps over the token if it is here; else notes that it was expected. Expectations are not
  // copied: they must be string literals.
  bool accept(TokenKind kind);
  bool accept(std::string_view words);
  // Same, but fails if it is not here.
  void expect(TokenKind kind);
  void expect(std::string_view words);

  // A plain or quoted name, or the value of `{x:Identifier}`.
  std::string take_name(std::string_view expected = "identifier");
  std::string take_string(std::string_view expected = "string literal");
  // A plain word as written.
  std::string take_word(std::string_view expected);

  // Throws SyntaxError at the current token.
  [[noreturn]] void fail(std::string_view expected = {});
  // Throws SyntaxError about something already read.
  [[noreturn]] void fail_at(SourceRange place, std::string_view kind) const;
  // Throws NotImplemented naming the current token's text.
  [[noreturn]] void refuse(std::string_view what);

  // Where the current token begins; where the last taken one ended.
  uint32_t begin() { return peek().begin; }
  SourceRange since(uint32_t begin) const { return {begin, last_end_}; }
  uint32_t last_end() const { return last_end_; }

  // Counts the parser's own recursion while it lives.
  class Nesting {
   public:
    explicit Nesting(TokenCursor& cursor);
    ~Nesting() { --cursor_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    TokenCursor& cursor_;
  };

 private:
  // What most queries have no more of.
  static constexpr std::size_t kTokensAtFirst = 64;

  // Parsers ask for many words at each token. The first letter answers nearly all of them.
  [[gnu::always_inline]] inline std::size_t match(std::string_view words, std::size_t ahead) {
    const uint32_t begin = peek(ahead).begin;
    if (begin == text_.size()) return 0;
    const char first = text_[begin];
    const char upper = first >= 'a' && first <= 'z' ? static_cast<char>(first - 0x20) : first;
    return upper == words[0] ? match_words(words, ahead) : 0;
  }
  // How many tokens `words` cover here; 0: they are not here.
  std::size_t match_words(std::string_view words, std::size_t ahead);
  // Up to the one at `index`.
  void read_tokens(std::size_t index);
  void fail_if_brackets_unmatched();

  std::string_view text_;
  const ParseOptions& options_;
  Lexer lexer_;
  std::vector<Token> tokens_;
  std::size_t index_ = 0;
  uint32_t last_end_ = 0;
  std::size_t depth_ = 0;
  std::vector<std::string_view> expected_;
};

}  // namespace freshet
