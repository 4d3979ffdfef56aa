#include "client/statement_splitter.h"

#include <algorithm>
#include <cctype>

#include "client/token_walk.h"

namespace freshet {

namespace {

bool is_blank(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
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
