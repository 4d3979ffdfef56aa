#include "client/statement_splitter.h"

#include <algorithm>
#include <cctype>

namespace freshet {

namespace {

bool is_blank(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
}

// "INSERT ... FORMAT" before any `;`.
bool is_insert_with_format(std::string_view text) {
  std::string upper(text.substr(0, 4096));
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const size_t first = upper.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || upper.compare(first, 6, "INSERT") != 0) return false;
  const size_t end = upper.find(';');
  const size_t format = upper.find("FORMAT");
  return format != std::string::npos && format < end && upper.find("SELECT") > format;
}

}  // namespace

std::optional<size_t> find_statement_end(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ';') return i + 1;
    if (c == '\'' || c == '"' || c == '`') {
      for (++i; i < text.size() && text[i] != c; ++i) {
        if (text[i] == '\\') ++i;
      }
    } else if (c == '-' && text.substr(i).starts_with("--")) {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '/' && text.substr(i).starts_with("/*")) {
      const size_t end = text.find("*/", i + 2);
      if (end == std::string_view::npos) return std::nullopt;
      i = end + 1;
    }
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
