#include <vector>

#include "query/sql/keywords.h"
#include "query/sql/lexer.h"
#include "query/sql/parser.h"

namespace freshet {

namespace {

// What the tokens of one statement tell about where it ends.
class StatementScan {
 public:
  explicit StatementScan(std::string_view script) : script_(script) {}

  bool empty() const { return !seen_; }
  uint32_t begin() const { return begin_; }

  void see(const Token& token) {
    const std::string_view text = script_.substr(token.begin, token.end - token.begin);
    const bool is_word = token.kind == TokenKind::Word;
    if (!seen_) {
      begin_ = token.begin;
      is_insert_ = is_word && same_keyword(text, "INSERT");
    }
    seen_ = true;
    if (after_format_) data_begins_ = is_word && !same_keyword(text, "VALUES");
    // `INSERT INTO format`: here FORMAT is a name.
    after_format_ =
        is_insert_ && is_word && !may_be_name_ && !is_select_ && same_keyword(text, "FORMAT");
    may_be_name_ = token.kind == TokenKind::Dot ||
                   (is_word && (same_keyword(text, "INTO") || same_keyword(text, "TABLE")));
    if (is_word && (same_keyword(text, "SELECT") || same_keyword(text, "VALUES")))
      is_select_ = true;
  }

  // Everything after the last token seen is data of an INSERT.
  bool data_begins() const { return data_begins_; }

 private:
  std::string_view script_;
  uint32_t begin_ = 0;
  bool seen_ = false;
  bool is_insert_ = false;
  bool is_select_ = false;  // SELECT or VALUES came: a later FORMAT is no data format
  bool after_format_ = false;
  bool may_be_name_ = false;
  bool data_begins_ = false;
};

}  // namespace

std::vector<SourceRange> split_statements(std::string_view script) {
  std::vector<SourceRange> statements;
  Lexer lexer(script);
  StatementScan scan(script);
  uint32_t end = 0;
  while (true) {
    const Token token = lexer.next();
    const bool ends = token.kind == TokenKind::Semicolon || token.kind == TokenKind::End;
    if (ends && !scan.empty()) statements.push_back({scan.begin(), end});
    if (token.kind == TokenKind::End) return statements;
    if (ends) {
      scan = StatementScan(script);
      continue;
    }
    scan.see(token);
    end = token.end;
    if (scan.data_begins()) {
      statements.push_back({scan.begin(), static_cast<uint32_t>(script.size())});
      return statements;
    }
  }
}

}  // namespace freshet
