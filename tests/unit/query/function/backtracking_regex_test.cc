// The backtracking matcher finds what RE2 finds, or declines.

#include "query/function/backtracking_regex.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "storage/base/random.h"

namespace freshet {
namespace {

using Outcome = BacktrackingRegex::Outcome;
using re2::RE2;
using re2::StringPiece;

constexpr size_t kPlentyOfSteps = 10'000'000;

RE2::Options sql_options() {
  RE2::Options options(RE2::Quiet);
  options.set_dot_nl(true);
  return options;
}

// The groups as "1-3 1-2 none", or "no match".
std::string describe(std::string_view text, bool found, const std::vector<StringPiece>& groups) {
  if (!found) return "no match";
  std::string result;
  for (const StringPiece& group : groups) {
    if (!result.empty()) result += ' ';
    if (group.data() == nullptr) {
      result += "none";
      continue;
    }
    const auto begin = group.data() - text.data();
    result += std::to_string(begin) + '-' + std::to_string(begin + std::ssize(group));
  }
  return result;
}

// What both find from every place of the text on. True when there was a match.
bool expect_as_re2(const RE2& re2, const BacktrackingRegex& regex, std::string_view text) {
  bool any = false;
  const auto group_count = static_cast<size_t>(re2.NumberOfCapturingGroups());
  for (size_t from = 0; from <= text.size(); ++from) {
    // One more than there are.
    std::vector<StringPiece> expected(group_count + 2);
    const bool matches = re2.Match({text.data(), text.size()}, from, text.size(), RE2::UNANCHORED,
                                   expected.data(), static_cast<int>(expected.size()));
    std::vector<StringPiece> found(group_count + 2);
    size_t steps_left = kPlentyOfSteps;
    const Outcome outcome = regex.find(text, from, steps_left, found);
    EXPECT_NE(outcome, Outcome::OutOfSteps);
    EXPECT_EQ(describe(text, outcome == Outcome::Found, found), describe(text, matches, expected))
        << "pattern " << re2.pattern() << " in '" << text << "' from " << from;
    any |= matches;
  }
  return any;
}

// Patterns of everything that the matcher has, over few letters so that they match.
class PatternMaker {
 public:
  explicit PatternMaker(Random& random) : random_(random) {}

  std::string make() {
    std::string pattern = random_.chance(0.2) ? "^" : "";
    pattern += sequence(3);
    if (random_.chance(0.3)) pattern += "$";
    return pattern;
  }

 private:
  std::string pick(std::initializer_list<const char*> choices) {
    return choices.begin()[random_.below(choices.size())];
  }

  std::string sequence(int depth) {
    std::string result;
    for (uint64_t left = random_.below(5); left > 0; --left) {
      if (depth > 0 && random_.chance(0.3)) {
        result += pick({"(", "(?:"}) + sequence(depth - 1) + ")" + pick({"", "", "?", "??"});
      } else if (random_.chance(0.03)) {
        result += pick({"^", "$"});
      } else {
        result += single() + pick({"", "", "", "?", "*", "+", "??", "*?", "+?"});
      }
    }
    return result;
  }

  std::string single() {
    return random_.chance(0.5)
               ? pick({"a", "b", "1", "/", "\\.", "-", "\\n", "]", "}", " "})
               : pick({".",    "[ab]",    "[^a]",   "[a-c1]",  "[^/]",  "[]a]",  "[^]b-]",
                       "[-a]", "[a\\-1]", "[\\d/]", "[^\\w.]", "[\\S]", "[\\D]", "[+--]",
                       "\\d",  "\\w",     "\\s",    "\\D",     "\\W",   "\\S",   "[^\\s\\S]"});
  }

  Random& random_;
};

std::string make_text(Random& random) {
  constexpr std::string_view kLetters = "aaabb1/.-]\n }";
  std::string text(random.below(13), ' ');
  for (char& c : text) c = kLetters[random.below(kLetters.size())];
  return text;
}

TEST(BacktrackingRegex, FindsWhatRe2FindsForGeneratedPatterns) {
  Random random(20220601);
  PatternMaker maker(random);
  size_t match_count = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string pattern = maker.make();
    const RE2 re2(pattern, sql_options());
    ASSERT_TRUE(re2.ok()) << pattern << ": " << re2.error();
    const auto regex = BacktrackingRegex::try_compile(pattern);
    ASSERT_TRUE(regex) << pattern;
    for (int texts = 0; texts < 8; ++texts)
      match_count += expect_as_re2(re2, *regex, make_text(random));
    if (HasFailure()) return;
  }
  EXPECT_GT(match_count, 10'000u);
}

TEST(BacktrackingRegex, FindsWhatRe2FindsInLinesOfLogs) {
  const std::array patterns = {
      R"(^https?://(?:www\.)?([^/]+)/.*$)",
      R"(^(\w+)://(?:([^/:@]+)(?::([^/@]+))?@)?([^/:?#]+)(?::(\d+))?(/[^?#]*)?(\?[^#]*)?(#.*)?$)",
      R"((\d+)-(\d+)-(\d+)[ T](\d+):(\d+):(\d+))",
      R"re("([^"]*)" (\d+) (-)?)re",
      R"(.*/([^/]*)\.(\w+)$)",
      R"(([\w.+-]+)@([\w-]+\.)?([\w-]+)\.com)",
      R"(.*?([a-z]+)=(.*?)&)",
      R"(=([^&]*))",
      R"(\s+)",
      R"()",
  };
  const std::array texts = {
      "https://www.shop.example/a/b.html?x=1&yy=22&z=#top",
      "http://www.x/",
      "http://user:secret@host:8080/a/b.c?d#e",
      "ftp://host",
      "2024-02-29 23:59:59 GET \"/index.html\" 200 -",
      "mail someone.else+tag@mail.example.com, or other@example.com&a=1",
      "/var/log/freshet/server.log.1",
      "",
      "\n",
  };
  for (const char* pattern : patterns) {
    const RE2 re2(pattern, sql_options());
    const auto regex = BacktrackingRegex::try_compile(pattern);
    ASSERT_TRUE(regex) << pattern;
    for (const char* text : texts) expect_as_re2(re2, *regex, text);
  }
}

TEST(BacktrackingRegex, DeclinesWhatIsBeyondIt) {
  for (const char* pattern : {"a|b", "(a|b)", "a{2}", "(a)*", "(?:ab)+", "(a*)*b", "(?i)a",
                              "(?P<name>a)", "\\bword", "\\x41", "\\pL", "[[:alpha:]]", "\xC3\xA9",
                              "[\xC3\xA9]", "\\101", "\\Qa\\E", "\\Aa\\z", "^*", "(?:$)+"}) {
    EXPECT_FALSE(BacktrackingRegex::try_compile(pattern)) << pattern;
  }
}

TEST(BacktrackingRegex, DeclinesWhatIsTooLarge) {
  std::string groups;
  for (int i = 0; i < 17; ++i) groups += "(a)";
  EXPECT_FALSE(BacktrackingRegex::try_compile(groups));
  std::string choices;
  for (int i = 0; i < 200; ++i) choices += "a?";
  EXPECT_FALSE(BacktrackingRegex::try_compile(choices));
}

std::string repeat(std::string_view text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

// Takes the steps of a text, and says how it ended.
Outcome search(const std::string& pattern, const std::string& text, size_t& steps_left) {
  const auto regex = BacktrackingRegex::try_compile(pattern);
  EXPECT_TRUE(regex) << pattern;
  steps_left = regex->steps_max(text.size());
  std::vector<StringPiece> groups(1);
  return regex->find(text, 0, steps_left, groups);
}

// Without a bound these take as many steps as there are ways to split the text.
TEST(BacktrackingRegex, GivesUpWhenItsStepsAreUsedUp) {
  size_t steps_left = 0;
  EXPECT_EQ(search(repeat("a?", 30) + repeat("a", 30), repeat("a", 30), steps_left),
            Outcome::OutOfSteps);
  EXPECT_EQ(search(repeat("(a*)", 8) + "b", repeat("a", 500), steps_left), Outcome::OutOfSteps);
  EXPECT_EQ(search(repeat("(?:aa*)?", 20) + "b", repeat("a", 100) + "c", steps_left),
            Outcome::OutOfSteps);
  EXPECT_EQ(search(".*a.*a.*a.*b", repeat("a", 1000), steps_left), Outcome::OutOfSteps);
  EXPECT_EQ(steps_left, 0u);
}

// Steps are a few per byte even where a match fails at each place.
TEST(BacktrackingRegex, TakesLinearStepsForCommonPatterns) {
  const std::string text = repeat("word/", 2000);
  for (const char* pattern : {"[^@]+@", ".*@", ".*?@", "/([a-z]+)@", "([a-z]*)/@", "^(.*)/x$"}) {
    size_t steps_left = 0;
    EXPECT_EQ(search(pattern, text, steps_left), Outcome::NotFound) << pattern;
    const auto regex = BacktrackingRegex::try_compile(pattern);
    EXPECT_LE(regex->steps_max(text.size()) - steps_left, 5 * text.size()) << pattern;
  }
}

}  // namespace
}  // namespace freshet
