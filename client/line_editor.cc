#include "client/line_editor.h"

#include <editline/readline.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace freshet {

namespace {

constexpr int kHistoryLinesMax = 10'000;

// libedit calls completion through a plain function pointer, so the words must be reachable
// without an object; there is one terminal and one editor.
std::vector<std::string>& completion_words() {
  static std::vector<std::string> words;
  return words;
}

bool starts_with_any_case(const std::string& word, const char* prefix, size_t length) {
  if (word.size() < length) return false;
  for (size_t i = 0; i < length; ++i) {
    if (std::tolower(static_cast<unsigned char>(word[i])) !=
        std::tolower(static_cast<unsigned char>(prefix[i]))) {
      return false;
    }
  }
  return true;
}

char* next_match(const char* prefix, int state) {
  static size_t position = 0;
  if (state == 0) position = 0;
  const std::vector<std::string>& words = completion_words();
  const size_t length = std::strlen(prefix);
  while (position < words.size()) {
    const std::string& word = words[position++];
    if (starts_with_any_case(word, prefix, length)) return strdup(word.c_str());
  }
  return nullptr;
}

char** complete(const char* text, int, int) {
  rl_attempted_completion_over = 1;  // never file names
  return rl_completion_matches(text, next_match);
}

}  // namespace

LineEditor::LineEditor(std::string history_path) : history_path_(std::move(history_path)) {
  rl_initialize();
  using_history();
  stifle_history(kHistoryLinesMax);
  if (!history_path_.empty()) read_history(history_path_.c_str());
  rl_attempted_completion_function = complete;
}

LineEditor::~LineEditor() {
  if (!history_path_.empty()) write_history(history_path_.c_str());
}

void LineEditor::set_words(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  completion_words() = std::move(words);
}

std::optional<std::string> LineEditor::read_line(const std::string& prompt) {
  errno = 0;
  char* line = readline(prompt.c_str());
  interrupted_ = line == nullptr && errno == EINTR;
  if (interrupted_) {
    std::fputs("^C\n", stdout);
    return std::string();
  }
  if (line == nullptr) return std::nullopt;
  std::string text(line);
  std::free(line);
  return text;
}

void LineEditor::remember(const std::string& statement) {
  std::string line = statement;
  std::ranges::replace(line, '\n', ' ');
  add_history(line.c_str());
}

}  // namespace freshet
