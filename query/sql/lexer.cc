#include "query/sql/lexer.h"

#include <algorithm>
#include <array>

#include "query/sql/syntax_error.h"
#include "storage/base/escape_sequence.h"

namespace freshet {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

unsigned hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

// Blanks that editors and web pages leave in pasted queries.
constexpr std::array<std::string_view, 4> kUnicodeBlanks = {"\xC2\xA0", "\xE2\x80\x8B",
                                                            "\xE3\x80\x80", "\xEF\xBB\xBF"};

struct Symbol {
  std::string_view text;
  TokenKind kind;
};

// Longer ones first.
constexpr std::array<Symbol, 30> kSymbols = {{
    {"<=>", TokenKind::Operator},
    {"->", TokenKind::Arrow},
    {"::", TokenKind::DoubleColon},
    {"==", TokenKind::Operator},
    {"!=", TokenKind::Operator},
    {"<>", TokenKind::Operator},
    {"<=", TokenKind::Operator},
    {">=", TokenKind::Operator},
    {"||", TokenKind::Operator},
    {"(", TokenKind::LeftParenthesis},
    {")", TokenKind::RightParenthesis},
    {"[", TokenKind::LeftBracket},
    {"]", TokenKind::RightBracket},
    {"{", TokenKind::LeftBrace},
    {"}", TokenKind::RightBrace},
    {",", TokenKind::Comma},
    {";", TokenKind::Semicolon},
    {".", TokenKind::Dot},
    {"*", TokenKind::Asterisk},
    {"?", TokenKind::QuestionMark},
    {":", TokenKind::Colon},
    {"=", TokenKind::Equals},
    {"+", TokenKind::Plus},
    {"-", TokenKind::Minus},
    {"\xE2\x88\x92", TokenKind::Minus},
    {"/", TokenKind::Operator},
    {"%", TokenKind::Operator},
    {"<", TokenKind::Operator},
    {">", TokenKind::Operator},
    {"@", TokenKind::Operator},
}};

// What stands for the letter after a backslash; others stand for themselves.

// The text between quotes, with backslash escapes and doubled quotes resolved.
std::string unquote(std::string_view body, char quote) {
  std::string out;
  out.reserve(body.size());
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == quote) {
      ++i;
      out += quote;
    } else if (c != '\\' || i + 1 >= body.size()) {
      out += c;
    } else if (const char next = body[++i]; next == 'x' && i + 2 < body.size() &&
                                            is_hex_digit(body[i + 1]) &&
                                            is_hex_digit(body[i + 2])) {
      out += static_cast<char>(hex_value(body[i + 1]) * 16 + hex_value(body[i + 2]));
      i += 2;
    } else if (next != 'N') {  // \N is the empty string
      append_escaped(out, next);
    }
  }
  return out;
}

std::string decode_hex(std::string_view digits) {
  std::string out;
  std::size_t i = 0;
  if (digits.size() % 2 == 1) out += static_cast<char>(hex_value(digits[i++]));
  for (; i < digits.size(); i += 2) {
    out += static_cast<char>(hex_value(digits[i]) * 16 + hex_value(digits[i + 1]));
  }
  return out;
}

std::string decode_binary(std::string_view digits) {
  std::string out;
  unsigned byte = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    byte = byte * 2 + static_cast<unsigned>(digits[i] - '0');
    if ((digits.size() - i) % 8 == 1) {
      out += static_cast<char>(byte);
      byte = 0;
    }
  }
  return out;
}

}  // namespace

std::string_view token_kind_name(TokenKind kind) {
  switch (kind) {
    case TokenKind::End:
      return "end of query";
    case TokenKind::Word:
    case TokenKind::QuotedName:
      return "identifier";
    case TokenKind::Number:
      return "number";
    case TokenKind::String:
      return "string literal";
    case TokenKind::Operator:
      return "operator";
    default:
      break;
  }
  for (const auto& symbol : kSymbols) {
    if (symbol.kind == kind) return symbol.text;
  }
  return "token";
}

Token Lexer::next() {
  skip_blanks();
  const char c = at(offset_);
  if (offset_ >= text_.size()) return token(TokenKind::End, offset_);
  if (c == '\'') return quoted('\'', TokenKind::String, "Single quoted string is not closed");
  if (c == '"') return quoted('"', TokenKind::QuotedName, "Double quoted string is not closed");
  if (c == '`') return quoted('`', TokenKind::QuotedName, "Back quoted string is not closed");
  const bool element_access =
      previous_ == TokenKind::Dot || previous_ == TokenKind::Word ||
      previous_ == TokenKind::QuotedName || previous_ == TokenKind::Number ||
      previous_ == TokenKind::RightParenthesis || previous_ == TokenKind::RightBracket;
  if (is_digit(c) || (c == '.' && is_digit(at(offset_ + 1)) && !element_access)) return number();
  if (is_word(c)) return heredoc_or_word();
  return symbol();
}

Token Lexer::token(TokenKind kind, std::size_t end) {
  const Token token{kind, static_cast<uint32_t>(offset_), static_cast<uint32_t>(end)};
  offset_ = end;
  previous_ = kind;
  return token;
}

void Lexer::fail(std::size_t begin, std::size_t end, std::string_view what) const {
  throw_syntax_error(text_, SourceRange{static_cast<uint32_t>(begin), static_cast<uint32_t>(end)},
                     what, "");
}

void Lexer::skip_blanks() {
  while (offset_ < text_.size()) {
    const std::string_view rest = text_.substr(offset_);
    if (is_blank(rest[0])) {
      ++offset_;
    } else if (rest.starts_with("--") || rest.starts_with("# ") || rest.starts_with("#!")) {
      offset_ += std::min(rest.find('\n'), rest.size());
    } else if (rest.starts_with("/*")) {
      const std::size_t end = rest.find("*/", 2);
      if (end == std::string_view::npos)
        fail(offset_, text_.size(), "Multiline comment is not closed");
      offset_ += end + 2;
    } else {
      const auto blank = std::find_if(kUnicodeBlanks.begin(), kUnicodeBlanks.end(),
                                      [&](std::string_view b) { return rest.starts_with(b); });
      if (blank == kUnicodeBlanks.end()) return;
      offset_ += blank->size();
    }
  }
}

Token Lexer::number() {
  std::size_t end = offset_;
  auto digits = [&](auto is_one) {
    const std::size_t begin = end;
    while (is_one(at(end)) || (end > begin && at(end) == '_' && is_one(at(end + 1)))) ++end;
    return end > begin;
  };
  auto exponent = [&](char letter) {
    if ((at(end) | 0x20) != letter) return;
    const std::size_t sign = at(end + 1) == '+' || at(end + 1) == '-' ? 1 : 0;
    if (!is_digit(at(end + 1 + sign))) return;
    end += 1 + sign;
    digits(is_digit);
  };
  const char radix = static_cast<char>(at(offset_ + 1) | 0x20);
  if (previous_ == TokenKind::Dot) {
    digits(is_digit);  // tuple.1.2: the second dot is not a decimal point
  } else if (at(offset_) == '0' && radix == 'x' && is_hex_digit(at(offset_ + 2))) {
    end += 2;
    digits(is_hex_digit);
    if (at(end) == '.' && is_hex_digit(at(end + 1))) {
      ++end;
      digits(is_hex_digit);
    }
    exponent('p');
  } else if (at(offset_) == '0' && radix == 'b' &&
             (at(offset_ + 2) == '0' || at(offset_ + 2) == '1')) {
    end += 2;
    digits([](char c) { return c == '0' || c == '1'; });
  } else {
    digits(is_digit);
    if (at(end) == '.') {
      ++end;
      digits(is_digit);
    }
    exponent('e');
  }
  if (!is_word(at(end))) return token(TokenKind::Number, end);
  // 1a is a name; 1.5a and 0b12 are mistakes.
  while (is_word(at(end))) ++end;
  const std::string_view text = text_.substr(offset_, end - offset_);
  const bool binary = text.size() > 2 && radix == 'b' && is_digit(text[2]);
  if (binary || !std::all_of(text.begin(), text.end(), is_word)) fail(offset_, end, "Wrong number");
  return token(TokenKind::Word, end);
}

Token Lexer::quoted(char quote, TokenKind kind, std::string_view what) {
  std::size_t end = offset_ + 1;
  while (end < text_.size()) {
    if (text_[end] == '\\') {
      end += 2;
    } else if (text_[end] != quote) {
      ++end;
    } else if (at(end + 1) == quote) {
      end += 2;
    } else {
      if (kind == TokenKind::QuotedName && end == offset_ + 1) fail(offset_, end + 1, "Empty name");
      return token(kind, end + 1);
    }
  }
  fail(offset_, text_.size(), what);
}

Token Lexer::heredoc_or_word() {
  const char first = at(offset_);
  if (first == '$') {
    std::size_t tag_end = offset_ + 1;
    while (is_word(at(tag_end)) && at(tag_end) != '$') ++tag_end;
    if (at(tag_end) == '$') {
      const std::string_view tag = text_.substr(offset_, tag_end + 1 - offset_);
      const std::size_t close = text_.find(tag, tag_end + 1);
      if (close == std::string_view::npos) fail(offset_, tag_end + 1, "Heredoc is not closed");
      return token(TokenKind::String, close + tag.size());
    }
  }
  const char radix = static_cast<char>(first | 0x20);
  if ((radix == 'x' || radix == 'b') && at(offset_ + 1) == '\'') {
    const std::size_t close = text_.find('\'', offset_ + 2);
    if (close == std::string_view::npos) {
      fail(offset_, text_.size(), "Single quoted string is not closed");
    }
    const std::string_view body = text_.substr(offset_ + 2, close - offset_ - 2);
    const bool valid = std::all_of(body.begin(), body.end(), [&](char c) {
      return radix == 'x' ? is_hex_digit(c) : c == '0' || c == '1';
    });
    if (!valid) fail(offset_, close + 1, "Wrong digit in string of bytes");
    return token(TokenKind::String, close + 1);
  }
  std::size_t end = offset_;
  while (is_word(at(end))) ++end;
  return token(TokenKind::Word, end);
}

Token Lexer::symbol() {
  const std::string_view rest = text_.substr(offset_);
  for (const auto& symbol : kSymbols) {
    if (rest[0] != symbol.text[0]) continue;
    if (rest.starts_with(symbol.text)) return token(symbol.kind, offset_ + symbol.text.size());
  }
  std::size_t end = offset_ + 1;
  while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
  fail(offset_, end, "Unrecognized token");
}

std::string decode_string_token(std::string_view token) {
  if (token[0] == '$') {
    const std::size_t tag = token.find('$', 1) + 1;
    return std::string(token.substr(tag, token.size() - 2 * tag));
  }
  if (token[0] != '\'') {
    const std::string_view digits = token.substr(2, token.size() - 3);
    return (token[0] | 0x20) == 'x' ? decode_hex(digits) : decode_binary(digits);
  }
  return unquote(token.substr(1, token.size() - 2), '\'');
}

std::string decode_quoted_name(std::string_view token) {
  return unquote(token.substr(1, token.size() - 2), token[0]);
}

}  // namespace freshet
