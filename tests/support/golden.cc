#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

namespace freshet {

namespace {

struct Block {
  std::string question;  // with its comments and the `;`
  std::string answer;
};

std::vector<Block> read_blocks(std::istream& in) {
  std::vector<Block> blocks;
  bool in_question = false;
  bool in_answer = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) {
      in_question = in_answer = false;
    } else if (in_answer) {
      blocks.back().answer += line + "\n";
    } else {
      if (!in_question) blocks.emplace_back();
      in_question = true;
      blocks.back().question += line + "\n";
      in_answer = line.ends_with(';');
    }
  }
  return blocks;
}

// The question's text: no comments, no `;`, one line.
std::string text_of(const std::string& question) {
  std::istringstream lines(question);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("--")) continue;
    if (!text.empty()) text += ' ';
    text += line;
  }
  if (text.ends_with(';')) text.pop_back();
  return text;
}

}  // namespace

void check_golden(const std::string& path,
                  const std::function<std::string(const std::string& question)>& answer) {
  std::ifstream in(path);
  ASSERT_TRUE(in.is_open()) << path;
  const std::vector<Block> blocks = read_blocks(in);
  ASSERT_FALSE(blocks.empty()) << path;
  const char* update = std::getenv("FRESHET_UPDATE_GOLDEN");
  if (update == nullptr || std::string(update) != "1") {
    for (const Block& block : blocks) {
      EXPECT_EQ(answer(text_of(block.question)), block.answer) << path << "\n" << block.question;
    }
    return;
  }
  std::string text;
  for (const Block& block : blocks) {
    if (!text.empty()) text += "\n";
    text += block.question + answer(text_of(block.question));
  }
  std::ofstream(path) << text;
}

}  // namespace freshet
