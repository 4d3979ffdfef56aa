// LineEditor: reads lines with editing, history and completion (libedit).
//
// Threads:   one; there is one terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace freshet {

class LineEditor {
 public:
  // History is kept in `history_path`; empty: not kept.
  explicit LineEditor(std::string history_path);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // Words that Tab completes, any letter case.
  void set_words(std::vector<std::string> words);
  // One line without its end; nothing at the end of input (Ctrl-D). Ctrl-C drops what was typed and
  // gives an empty line, and interrupted() is true then.
  std::optional<std::string> read_line(const std::string& prompt);
  bool interrupted() const { return interrupted_; }
  void remember(const std::string& statement);

 private:
  std::string history_path_;
  bool interrupted_ = false;
};

}  // namespace freshet
