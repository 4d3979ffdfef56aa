#include "query/sql/token_cursor.h"

#include <algorithm>
#include <cctype>

#include "query/sql/keywords.h"
#include "query/sql/syntax_error.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {

namespace {

// `a = (b ...` takes two steps of recursion for one level of the tree.
constexpr std::size_t kRecursionStepsMax = 2 * kQueryDepthMax;

bool is_opening(TokenKind kind) {
  return kind == TokenKind::LeftParenthesis || kind == TokenKind::LeftBracket ||
         kind == TokenKind::LeftBrace;
}

TokenKind opening_of(TokenKind kind) {
  if (kind == TokenKind::RightParenthesis) return TokenKind::LeftParenthesis;
  if (kind == TokenKind::RightBracket) return TokenKind::LeftBracket;
  if (kind == TokenKind::RightBrace) return TokenKind::LeftBrace;
  return TokenKind::End;
}

}  // namespace

TokenCursor::Nesting::Nesting(TokenCursor& cursor) : cursor_(cursor) {
  if (cursor.depth_ >= kRecursionStepsMax) {
    throw Error{ErrorCode::TooDeepRecursion,
                "Query is nested too deeply; levels allowed: " + std::to_string(kQueryDepthMax)};
  }
  ++cursor.depth_;
}

void TokenCursor::read_tokens(std::size_t index) {
  while (tokens_.size() <= index) tokens_.push_back(lexer_.next());
}

std::string_view TokenCursor::peek_text(std::size_t ahead) {
  const Token token = peek(ahead);
  return text_.substr(token.begin, token.end - token.begin);
}

std::size_t TokenCursor::match_words(std::string_view words, std::size_t ahead) {
  std::size_t count = 0;
  while (true) {
    const std::size_t blank = std::min(words.find(' '), words.size());
    const TokenKind kind = peek(ahead + count).kind;
    if (kind == TokenKind::QuotedName || kind == TokenKind::String) return 0;
    if (!same_keyword(peek_text(ahead + count), words.substr(0, blank))) return 0;
    ++count;
    if (blank == words.size()) return count;
    words.remove_prefix(blank + 1);
  }
}

bool TokenCursor::at_name(std::size_t ahead) {
  const TokenKind kind = peek(ahead).kind;
  if (kind == TokenKind::Word || kind == TokenKind::QuotedName) return true;
  return kind == TokenKind::LeftBrace && at(TokenKind::Word, ahead + 1) &&
         at(TokenKind::Colon, ahead + 2) && at("IDENTIFIER", ahead + 3) &&
         at(TokenKind::RightBrace, ahead + 4);
}

Token TokenCursor::take() {
  const Token token = peek();
  last_end_ = token.end;
  if (token.kind != TokenKind::End) ++index_;
  expected_.clear();
  return token;
}

bool TokenCursor::accept(TokenKind kind) {
  if (at(kind)) {
    take();
    return true;
  }
  expected_.push_back(token_kind_name(kind));
  return false;
}

bool TokenCursor::accept(std::string_view words) {
  const std::size_t count = match(words, 0);
  for (std::size_t i = 0; i < count; ++i) take();
  if (count == 0) expected_.push_back(words);
  return count > 0;
}

void TokenCursor::expect(TokenKind kind) {
  if (!accept(kind)) fail();
}

void TokenCursor::expect(std::string_view words) {
  if (!accept(words)) fail();
}

std::string TokenCursor::take_name(std::string_view expected) {
  if (!at_name()) fail(expected);
  const std::string_view text = peek_text();
  const Token token = take();
  if (token.kind == TokenKind::Word) return std::string(text);
  if (token.kind == TokenKind::QuotedName) {
    std::string name = decode_quoted_name(text);
    if (name.empty()) fail_at({token.begin, token.end}, "Empty name");
    return name;
  }
  const std::string parameter(peek_text());
  for (int i = 0; i < 4; ++i) take();
  const auto value = options_.identifier_parameters.find(parameter);
  if (value == options_.identifier_parameters.end()) {
    throw Error{ErrorCode::UnknownQueryParameter, "Substitution is not set: " + parameter};
  }
  if (value->second.empty()) {
    throw Error{ErrorCode::BadQueryParameter,
                "Identifier is empty in query parameter " + parameter};
  }
  return value->second;
}

std::string TokenCursor::take_string(std::string_view expected) {
  if (!at(TokenKind::String)) fail(expected);
  const std::string_view text = peek_text();
  take();
  return decode_string_token(text);
}

std::string TokenCursor::take_word(std::string_view expected) {
  if (!at(TokenKind::Word)) fail(expected);
  const std::string_view text = peek_text();
  take();
  return std::string(text);
}

void TokenCursor::fail(std::string_view expected) {
  fail_if_brackets_unmatched();
  if (!expected.empty()) expected_.push_back(expected);
  std::vector<std::string_view> distinct;
  for (const std::string_view each : expected_) {
    if (std::find(distinct.begin(), distinct.end(), each) == distinct.end())
      distinct.push_back(each);
  }
  std::string hint = distinct.size() == 1 ? "Expected " : "Expected one of: ";
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    if (i > 0) hint += ", ";
    const bool is_symbol = !std::isalpha(static_cast<unsigned char>(distinct[i][0]));
    hint += is_symbol ? "'" + std::string(distinct[i]) + "'" : std::string(distinct[i]);
  }
  if (distinct.empty()) hint.clear();
  const Token token = peek();
  throw_syntax_error(text_, {token.begin, token.end}, "", hint);
}

// A wrong bracket is most often the cause of an error at a closing bracket or at the end.
void TokenCursor::fail_if_brackets_unmatched() {
  const Token last = peek();
  std::vector<Token> open;
  for (std::size_t i = 0; i <= index_; ++i) {
    const Token token = tokens_[i];
    const TokenKind opening = opening_of(token.kind);
    if (is_opening(token.kind)) {
      open.push_back(token);
    } else if (opening != TokenKind::End) {
      if (open.empty() || open.back().kind != opening) {
        throw_syntax_error(text_, {token.begin, token.end}, "",
                           "Unmatched parentheses: " + std::string(token_kind_name(token.kind)));
      }
      open.pop_back();
    }
  }
  if (last.kind == TokenKind::End && !open.empty()) {
    throw_syntax_error(text_, {open.back().begin, open.back().end}, "",
                       "Unmatched parentheses: " + std::string(token_kind_name(open.back().kind)));
  }
}

void TokenCursor::fail_at(SourceRange place, std::string_view kind) const {
  throw_syntax_error(text_, place, kind, "");
}

void TokenCursor::refuse(std::string_view what) {
  throw Error{ErrorCode::NotImplemented,
              std::string(what) + " is not supported: " + std::string(peek_text())};
}

}  // namespace freshet
