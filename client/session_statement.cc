#include "client/session_statement.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace freshet {

namespace {

// The parts of a statement that the server has accepted: words, quoted texts, marks.
class Parts {
 public:
  explicit Parts(std::string_view text) : text_(text) {}

  // Takes the word, whatever its case.
  bool take_word(std::string_view upper_word) {
    const size_t start = position_;
    std::string word = take();
    for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (word == upper_word) return true;
    position_ = start;
    return false;
  }
  bool take_mark(char mark) {
    skip_blanks();
    if (position_ >= text_.size() || text_[position_] != mark) return false;
    ++position_;
    return true;
  }
  // A word, or what stands in quotes; empty at the end.
  std::string take() {
    skip_blanks();
    if (position_ >= text_.size()) return {};
    const char first = text_[position_];
    if (first == '\'' || first == '"' || first == '`') return take_quoted(first);
    std::string word;
    while (position_ < text_.size() && !is_blank(text_[position_]) && text_[position_] != ',' &&
           text_[position_] != '=' && text_[position_] != ';') {
      word += text_[position_++];
    }
    return word;
  }

 private:
  static bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

  void skip_blanks() {
    while (position_ < text_.size()) {
      if (is_blank(text_[position_])) {
        ++position_;
      } else if (text_.substr(position_).starts_with("--")) {
        position_ = std::min(text_.find('\n', position_), text_.size());
      } else if (text_.substr(position_).starts_with("/*")) {
        const size_t end = text_.find("*/", position_);
        position_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  // A doubled quote stands for itself, as does what follows a backslash.
  std::string take_quoted(char quote) {
    std::string text;
    for (++position_; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      const bool more = position_ + 1 < text_.size();
      if (c == '\\' && more) {
        text += text_[++position_];
      } else if (c != quote) {
        text += c;
      } else if (more && text_[position_ + 1] == quote) {
        text += text_[++position_];
      } else {
        ++position_;
        break;
      }
    }
    return text;
  }

  std::string_view text_;
  size_t position_ = 0;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> settings_of_set(std::string_view statement) {
  std::vector<std::pair<std::string, std::string>> settings;
  Parts parts(statement);
  if (!parts.take_word("SET")) return settings;
  do {
    std::string name = parts.take();
    if (parts.take_mark('=')) {
      settings.emplace_back(std::move(name), parts.take());
    } else if (settings.empty() && (name == "ROLE" || name == "role")) {
      return settings;
    } else if (!name.empty()) {
      settings.emplace_back(std::move(name), "1");
    }
  } while (parts.take_mark(','));
  return settings;
}

std::string database_of_use(std::string_view statement) {
  Parts parts(statement);
  if (!parts.take_word("USE")) return {};
  std::string name = parts.take();
  const bool is_keyword = name == "DATABASE" || name == "database";
  const std::string next = parts.take();
  return is_keyword && !next.empty() ? next : name;
}

}  // namespace freshet
