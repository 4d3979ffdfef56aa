// Whichever matcher answers, a search finds what RE2 does.

#include "query/function/regex.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace freshet {
namespace {

// The matches of a text, each with its groups: "[a=1|a|1][b=2|b|2]".
std::string matches(std::string_view pattern, std::string_view text) {
  const Regex regex(pattern, ErrorCode::CannotParseRegexp);
  RegexSearch search(regex, text);
  std::vector<re2::StringPiece> groups(regex.group_count() + 1);
  std::string result;
  size_t from = 0;
  while (from <= text.size() && search.find(from, groups)) {
    std::string match;
    for (const auto& group : groups) {
      match += match.empty() ? '[' : '|';
      match += group.data() == nullptr ? "none" : as_view(group);
    }
    result += match + ']';
    from = static_cast<size_t>(groups[0].data() - text.data()) + groups[0].size();
    from += groups[0].empty();
  }
  return result;
}

TEST(Regex, FindsOneMatchAfterAnother) {
  EXPECT_EQ(matches(R"((\w+)=(\d+))", "a=1, bc=23 d="), "[a=1|a|1][bc=23|bc|23]");
  EXPECT_EQ(matches("^a", "aaa"), "[a]");
  EXPECT_EQ(matches("a$", "aaa"), "[a]");
  EXPECT_EQ(matches("x*", "axx"), "[][xx][]");
  EXPECT_EQ(matches("(a)?(b)?c", "acbcc"), "[ac|a|none][bc|none|b][c|none|none]");
}

TEST(Regex, FindsNothingInNothing) {
  re2::StringPiece match;
  for (const std::string_view empty : {std::string_view(), std::string_view("")}) {
    EXPECT_TRUE(Regex("^x*$", ErrorCode::BadArguments).find(empty, std::span(&match, 1)));
    EXPECT_EQ(match.size(), 0u);
    EXPECT_FALSE(Regex("x", ErrorCode::BadArguments).find(empty, std::span(&match, 1)));
  }
}

TEST(Regex, CharactersBeyondAsciiAreWhole) {
  EXPECT_EQ(matches("^(.)(.)$", "\xC3\xA9x"), "[\xC3\xA9x|\xC3\xA9|x]");
  EXPECT_EQ(matches("[^/]", "\xE2\x82\xAC/a"), "[\xE2\x82\xAC][a]");
  EXPECT_EQ(matches("(a+)",
                    "aa\xC3\xA9"
                    "a"),
            "[aa|aa][a|a]");
  EXPECT_EQ(matches("\xC3\xA9+", "\xC3\xA9\xC3\xA9"), "[\xC3\xA9\xC3\xA9]");
}

TEST(Regex, FindsWhatOnlyRe2Can) {
  EXPECT_EQ(matches("(a|bc)+", "abca"), "[abca|a]");
  EXPECT_EQ(matches("(?i)(X{2})", "axX"), "[xX|xX]");
}

// Where the backtracking ends, RE2 goes on: with the match at hand, and with those behind it.
TEST(Regex, FindsMatchesThatTakeManySteps) {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "a?";
  const std::string letters(30, 'a');
  pattern += letters;
  EXPECT_EQ(matches("(" + pattern + ")", letters + "b" + letters),
            "[" + letters + "|" + letters + "][" + letters + "|" + letters + "]");
}

TEST(Regex, RefusesWhatIsNoExpression) {
  for (const char* pattern : {"(", "a)", "*", "a**", "[a", "[b-a]", "\\", "(?<a", "a{1001}"}) {
    EXPECT_THROW(Regex(pattern, ErrorCode::BadArguments), Error) << pattern;
  }
}

}  // namespace
}  // namespace freshet
