// Finding text in text: position, LIKE, tokens, several needles.
#include <algorithm>

#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/letter_case.h"
#include "query/function/like_pattern.h"
#include "query/function/regex.h"
#include "query/function/substring_search.h"
#include "query/function/utf8.h"

namespace freshet {

namespace {

enum class LetterCase : uint8_t { Exact, Ascii, Utf8 };

std::string folded(std::string_view text, LetterCase letters) {
  if (letters == LetterCase::Exact) return std::string(text);
  if (letters == LetterCase::Utf8) return fold_case(text);
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

// Searches with one needle at a time; the needle's preparation is kept while it stays the same.
class Finder {
 public:
  explicit Finder(LetterCase letters) : letters_(letters), searcher_(std::string()) {}

  // The text to search in: itself, or in lower case. Valid until the next call.
  std::string_view prepare(std::string_view text) {
    if (letters_ == LetterCase::Exact) return text;
    folded_ = folded(text, letters_);
    return folded_;
  }

  const SubstringSearcher& searcher(std::string_view needle) {
    if (needle_ != needle) {
      needle_ = needle;
      searcher_ = SubstringSearcher(folded(needle, letters_));
    }
    return searcher_;
  }

 private:
  LetterCase letters_;
  std::string needle_;
  SubstringSearcher searcher_;
  std::string folded_;
};

void check_texts(std::string_view name, FunctionArguments arguments, size_t count) {
  for (size_t i = 0; i < count; ++i) check_string(name, arguments, i);
}

// --- position

struct Position {
  LetterCase letters;
  bool utf8;

  // The 1-based place of `needle` at or after place `start`; 0 when it is not there.
  uint64_t operator()(Finder& finder, std::string_view text, std::string_view needle,
                      int64_t start) const {
    const std::string_view prepared = finder.prepare(text);
    size_t from = start <= 1 ? 0 : static_cast<size_t>(start) - 1;
    if (utf8 && from > 0) {
      if (from > utf8_count(prepared)) return 0;
      from = utf8_offset(prepared, from);
    }
    const size_t found = finder.searcher(needle).find(prepared, from);
    if (found == SubstringSearcher::kNone) return 0;
    return (utf8 ? utf8_count(prepared.substr(0, found)) : found) + 1;
  }
};

// position(text, needle[, start]); locate swaps the first two.
BoundFunction bind_position(std::string_view name, Position position, bool swapped,
                            FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 3);
  check_texts(name, arguments, 2);
  if (arguments.size() > 2) check_integer(name, arguments, 2);
  return {simple_type(TypeId::UInt64),
          [position, swapped](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells texts(*columns[swapped ? 1 : 0]);
            const StringCells needles(*columns[swapped ? 0 : 1]);
            std::optional<IntegerCells> starts;
            if (columns.size() > 2) starts.emplace(*columns[2]);
            Finder finder(position.letters);
            return make_numbers<uint64_t>(row_count, [&](size_t i) {
              return position(finder, texts[i], needles[i], starts ? (*starts)[i] : 1);
            });
          }};
}

#define POSITION(NAME, LETTERS, UTF8, SWAPPED)                                   \
  [](const FunctionContext&, FunctionArguments arguments) {                      \
    return bind_position(NAME, {LetterCase::LETTERS, UTF8}, SWAPPED, arguments); \
  }

// --- LIKE

BoundFunction bind_like(std::string_view name, bool any_case, bool negated,
                        FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  check_texts(name, arguments, 2);
  std::shared_ptr<const LikePattern> constant;
  if (arguments[1].constant) {
    constant = std::make_shared<LikePattern>(constant_string(name, arguments, 1), any_case);
  }
  return {simple_type(TypeId::UInt8), [=](std::span<const ColumnPtr> columns, size_t row_count) {
            const Column& texts = *columns[0];
            if (constant && texts.kind() == PhysicalKind::String && !is_constant(texts)) {
              Buffer<uint8_t> out(row_count);
              constant->match_cells(static_cast<const StringColumn&>(texts), negated, out.data());
              return make_number_column<uint8_t>(std::move(out));
            }
            const StringCells cells(texts);
            const StringCells patterns(*columns[1]);
            std::shared_ptr<const LikePattern> pattern = constant;
            std::string pattern_text;
            return make_numbers<uint8_t>(row_count, [&](size_t i) {
              if (!constant && (!pattern || pattern_text != patterns[i])) {
                pattern_text = patterns[i];
                pattern = std::make_shared<LikePattern>(pattern_text, any_case);
              }
              return pattern->matches(cells[i]) != negated;
            });
          }};
}

#define LIKE(NAME, ANY_CASE, NEGATED)                       \
  [](const FunctionContext&, FunctionArguments arguments) { \
    return bind_like(NAME, ANY_CASE, NEGATED, arguments);   \
  }

// --- counting

BoundFunction bind_count(std::string_view name, LetterCase letters, FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 3);
  check_texts(name, arguments, 2);
  if (arguments.size() > 2) check_integer(name, arguments, 2);
  return {simple_type(TypeId::UInt64),
          [letters](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells texts(*columns[0]);
            const StringCells needles(*columns[1]);
            std::optional<IntegerCells> starts;
            if (columns.size() > 2) starts.emplace(*columns[2]);
            Finder finder(letters);
            return make_numbers<uint64_t>(row_count, [&](size_t i) -> uint64_t {
              if (needles[i].empty()) return 0;
              const std::string_view text = finder.prepare(texts[i]);
              const SubstringSearcher& searcher = finder.searcher(needles[i]);
              const int64_t start = starts ? (*starts)[i] : 1;
              size_t from = start <= 1 ? 0 : static_cast<size_t>(start) - 1;
              uint64_t count = 0;
              while ((from = searcher.find(text, from)) != SubstringSearcher::kNone) {
                ++count;
                from += searcher.needle().size();
              }
              return count;
            });
          }};
}

#define COUNT(NAME, LETTERS)                                 \
  [](const FunctionContext&, FunctionArguments arguments) {  \
    return bind_count(NAME, LetterCase::LETTERS, arguments); \
  }

// --- prefixes and suffixes without case

template <bool kSuffix>
BoundFunction bind_edge(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  check_texts(name, arguments, 2);
  return {simple_type(TypeId::UInt8), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells texts(*columns[0]);
            const StringCells parts(*columns[1]);
            return make_numbers<uint8_t>(row_count, [&](size_t i) {
              const std::string text = folded(texts[i], LetterCase::Ascii);
              const std::string part = folded(parts[i], LetterCase::Ascii);
              return kSuffix ? text.ends_with(part) : text.starts_with(part);
            });
          }};
}

BoundFunction bind_starts_with_any_case(const FunctionContext&, FunctionArguments arguments) {
  return bind_edge<false>("startsWithCaseInsensitive", arguments);
}

BoundFunction bind_ends_with_any_case(const FunctionContext&, FunctionArguments arguments) {
  return bind_edge<true>("endsWithCaseInsensitive", arguments);
}

// --- tokens

bool is_token_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<uint8_t>(c) >= 0x80;
}

bool has_token(const SubstringSearcher& searcher, std::string_view text) {
  size_t from = 0;
  while ((from = searcher.find(text, from)) != SubstringSearcher::kNone) {
    const size_t end = from + searcher.needle().size();
    const bool begins = from == 0 || !is_token_byte(text[from - 1]);
    const bool ends = end == text.size() || !is_token_byte(text[end]);
    if (begins && ends) return true;
    ++from;
  }
  return false;
}

// A token that is none gives NULL when `or_null`, else an error.
BoundFunction bind_has_token(std::string_view name, LetterCase letters, bool or_null,
                             FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  check_string(name, arguments, 0);
  const std::string token = constant_string(name, arguments, 1);
  const bool is_token = !token.empty() && std::all_of(token.begin(), token.end(), is_token_byte);
  const DataTypePtr type = simple_type(TypeId::UInt8);
  const DataTypePtr nullable = nullable_type(type);
  if (!is_token && !or_null) {
    throw Error(ErrorCode::BadArguments, "Argument 2 of function " + std::string(name) +
                                             " must be one token: '" + token + "'");
  }
  if (!is_token) {
    return {nullable, [nullable](std::span<const ColumnPtr>, size_t row_count) {
              return null_column(*nullable, row_count);
            }};
  }
  return {or_null ? nullable : type, [=, searcher = SubstringSearcher(folded(token, letters))](
                                         std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            const ColumnPtr found = make_numbers<uint8_t>(row_count, [&](size_t i) {
              return letters == LetterCase::Exact ? has_token(searcher, cells[i])
                                                  : has_token(searcher, folded(cells[i], letters));
            });
            return or_null ? make_nullable(found, {}) : found;
          }};
}

#define TOKEN(NAME, LETTERS, OR_NULL)                                     \
  [](const FunctionContext&, FunctionArguments arguments) {               \
    return bind_has_token(NAME, LetterCase::LETTERS, OR_NULL, arguments); \
  }

// --- several needles

std::vector<std::string> constant_strings(std::string_view name, FunctionArguments arguments,
                                          size_t index) {
  const DataType& type = *arguments[index].type;
  const bool is_list = type.id() == TypeId::Array && (is_string_like(*type.argument(0)) ||
                                                      type.argument(0)->id() == TypeId::Nothing);
  if (!is_list) throw_illegal_type(name, arguments, index);
  if (!arguments[index].constant) {
    throw Error(ErrorCode::IllegalColumn, "Argument " + std::to_string(index + 1) +
                                              " of function " + std::string(name) +
                                              " must be constant");
  }
  std::vector<std::string> texts;
  if (type.argument(0)->id() == TypeId::Nothing) return texts;
  const auto& array = static_cast<const ArrayColumn&>(flat_cells(*arguments[index].constant));
  const StringCells cells(*array.elements());
  for (size_t i = 0; i < array.elements()->size(); ++i) texts.emplace_back(cells[i]);
  return texts;
}

std::vector<SubstringSearcher> needle_searchers(std::string_view name, FunctionArguments arguments,
                                                LetterCase letters) {
  check_argument_count(name, arguments, 2, 2);
  check_string(name, arguments, 0);
  std::vector<SubstringSearcher> searchers;
  for (const std::string& needle : constant_strings(name, arguments, 1)) {
    searchers.emplace_back(folded(needle, letters));
  }
  return searchers;
}

// compute(searchers, text) -> number, for each row.
template <class T, class Compute>
BoundFunction bind_multi_search(std::string_view name, TypeId type, LetterCase letters,
                                FunctionArguments arguments, Compute compute) {
  return {simple_type(type),
          [letters, compute, searchers = needle_searchers(name, arguments, letters)](
              std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_numbers<T>(row_count, [&](size_t i) {
              return letters == LetterCase::Exact ? compute(searchers, cells[i])
                                                  : compute(searchers, folded(cells[i], letters));
            });
          }};
}

using Searchers = std::vector<SubstringSearcher>;

bool contains_any(const Searchers& searchers, std::string_view text) {
  return std::any_of(searchers.begin(), searchers.end(),
                     [&](const SubstringSearcher& s) { return s.contains(text); });
}

uint64_t first_needle(const Searchers& searchers, std::string_view text) {
  for (size_t i = 0; i < searchers.size(); ++i) {
    if (searchers[i].contains(text)) return i + 1;
  }
  return 0;
}

uint64_t first_place(const Searchers& searchers, std::string_view text) {
  size_t first = SubstringSearcher::kNone;
  for (const SubstringSearcher& searcher : searchers) {
    first = std::min(first, searcher.find(text));
  }
  return first == SubstringSearcher::kNone ? 0 : first + 1;
}

#define MULTI(NAME, OUT, TYPE, LETTERS, COMPUTE)                                                \
  [](const FunctionContext&, FunctionArguments arguments) {                                     \
    return bind_multi_search<OUT>(NAME, TypeId::TYPE, LetterCase::LETTERS, arguments, COMPUTE); \
  }

// multiMatchAny(text, [patterns]).
template <bool kIndex>
BoundFunction bind_multi_match(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  check_string(name, arguments, 0);
  std::vector<std::shared_ptr<const Regex>> patterns;
  for (const std::string& pattern : constant_strings(name, arguments, 1)) {
    patterns.push_back(compile_regex(pattern));
  }
  using Out = std::conditional_t<kIndex, uint64_t, uint8_t>;
  return {simple_type(kIndex ? TypeId::UInt64 : TypeId::UInt8),
          [patterns](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_numbers<Out>(row_count, [&](size_t i) -> size_t {
              for (size_t index = 0; index < patterns.size(); ++index) {
                if (patterns[index]->matches(cells[i])) return kIndex ? index + 1 : 1;
              }
              return 0;
            });
          }};
}

BoundFunction bind_multi_match_any(const FunctionContext&, FunctionArguments arguments) {
  return bind_multi_match<false>("multiMatchAny", arguments);
}

BoundFunction bind_multi_match_any_index(const FunctionContext&, FunctionArguments arguments) {
  return bind_multi_match<true>("multiMatchAnyIndex", arguments);
}

BoundFunction bind_multi_positions(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "multiSearchAllPositions";
  return {array_type(simple_type(TypeId::UInt64)),
          [searchers = needle_searchers(kName, arguments, LetterCase::Exact)](
              std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const StringCells cells(*columns[0]);
            Buffer<uint64_t> places;
            Buffer<uint32_t> offsets(1, 0);
            for (size_t i = 0; i < row_count; ++i) {
              for (const SubstringSearcher& searcher : searchers) {
                const size_t found = searcher.find(cells[i]);
                places.push_back(found == SubstringSearcher::kNone ? 0 : found + 1);
              }
              offsets.push_back(static_cast<uint32_t>(places.size()));
            }
            return std::make_shared<ArrayColumn>(make_number_column<uint64_t>(std::move(places)),
                                                 std::move(offsets));
          }};
}

#define SEARCH(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)                      \
  {                                                                                     \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION,         \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "String search" \
  }

const FunctionEntry kStringSearchFunctions[] = {
    {.name = "position",
     .bind = POSITION("position", Exact, false, false),
     .syntax = "position(text, needle[, start])",
     .description = "Where the needle is in the text, in bytes from 1; 0 when it is not there.",
     .example = "SELECT position('hello', 'l'), position('hello', 'z')",
     .example_result = "3\t0",
     .category = "String search",
     .case_insensitive = true},
    function_alias("instr", "position", true),
    {.name = "locate",
     .bind = POSITION("locate", Exact, false, true),
     .syntax = "locate(needle, text[, start])",
     .description = "Where the needle is in the text; position with its arguments swapped.",
     .example = "SELECT locate('l', 'hello')",
     .example_result = "3",
     .category = "String search",
     .case_insensitive = true},
    SEARCH("positionCaseInsensitive", POSITION("positionCaseInsensitive", Ascii, false, false),
           "positionCaseInsensitive(text, needle[, start])",
           "Like position, for ASCII letters of any case.", "positionCaseInsensitive('HELLO', 'l')",
           "3"),
    SEARCH("positionUTF8", POSITION("positionUTF8", Exact, true, false),
           "positionUTF8(text, needle[, start])", "Like position, counted in code points.",
           "positionUTF8('héllo', 'l')", "3"),
    SEARCH("positionCaseInsensitiveUTF8",
           POSITION("positionCaseInsensitiveUTF8", Utf8, true, false),
           "positionCaseInsensitiveUTF8(text, needle[, start])",
           "Like positionUTF8, for letters of any case.",
           "positionCaseInsensitiveUTF8('HÉLLO', 'é')", "2"),
    SEARCH("like", LIKE("like", false, false), "like(text, pattern)",
           "1 when the text is like the pattern, in which % is any text and _ any character.",
           "'hello' LIKE 'h%o', 'hello' LIKE 'h_o'", "1\t0"),
    SEARCH("notLike", LIKE("notLike", false, true), "notLike(text, pattern)",
           "1 when the text is not like the pattern.", "'hello' NOT LIKE 'h%o'", "0"),
    SEARCH("ilike", LIKE("ilike", true, false), "ilike(text, pattern)",
           "Like like, for letters of any case.", "'HELLO' ILIKE 'h%o'", "1"),
    SEARCH("notILike", LIKE("notILike", true, true), "notILike(text, pattern)",
           "1 when the text is not like the pattern, whatever the letters' case.",
           "'HELLO' NOT ILIKE 'h%o'", "0"),
    SEARCH("countSubstrings", COUNT("countSubstrings", Exact),
           "countSubstrings(text, needle[, start])",
           "How often the needle is in the text, without overlaps.",
           "countSubstrings('aaaa', 'aa')", "2"),
    SEARCH("countSubstringsCaseInsensitive", COUNT("countSubstringsCaseInsensitive", Ascii),
           "countSubstringsCaseInsensitive(text, needle[, start])",
           "Like countSubstrings, for ASCII letters of any case.",
           "countSubstringsCaseInsensitive('AaAa', 'aa')", "2"),
    SEARCH("countSubstringsCaseInsensitiveUTF8", COUNT("countSubstringsCaseInsensitiveUTF8", Utf8),
           "countSubstringsCaseInsensitiveUTF8(text, needle[, start])",
           "Like countSubstrings, for letters of any case.",
           "countSubstringsCaseInsensitiveUTF8('ÄäÄ', 'ä')", "3"),
    SEARCH("startsWithCaseInsensitive", bind_starts_with_any_case,
           "startsWithCaseInsensitive(text, prefix)",
           "1 when the text begins with the prefix, whatever the letters' case.",
           "startsWithCaseInsensitive('Hello', 'hE')", "1"),
    SEARCH("endsWithCaseInsensitive", bind_ends_with_any_case,
           "endsWithCaseInsensitive(text, suffix)",
           "1 when the text ends with the suffix, whatever the letters' case.",
           "endsWithCaseInsensitive('Hello', 'LO')", "1"),
    SEARCH("hasToken", TOKEN("hasToken", Exact, false), "hasToken(text, token)",
           "1 when the token is a whole word of the text.",
           "hasToken('hello world', 'world'), hasToken('hello world', 'wor')", "1\t0"),
    SEARCH("hasTokenOrNull", TOKEN("hasTokenOrNull", Exact, true), "hasTokenOrNull(text, token)",
           "Like hasToken; NULL when the token is not one word.", "hasTokenOrNull('a b', 'a b')",
           "\\N"),
    SEARCH("hasTokenCaseInsensitive", TOKEN("hasTokenCaseInsensitive", Ascii, false),
           "hasTokenCaseInsensitive(text, token)", "Like hasToken, for ASCII letters of any case.",
           "hasTokenCaseInsensitive('Hello World', 'world')", "1"),
    SEARCH("multiSearchAny", MULTI("multiSearchAny", uint8_t, UInt8, Exact, contains_any),
           "multiSearchAny(text, needles)", "1 when any of the needles is in the text.",
           "multiSearchAny('hello', ['x', 'll'])", "1"),
    SEARCH("multiSearchAnyCaseInsensitive",
           MULTI("multiSearchAnyCaseInsensitive", uint8_t, UInt8, Ascii, contains_any),
           "multiSearchAnyCaseInsensitive(text, needles)",
           "Like multiSearchAny, for ASCII letters of any case.",
           "multiSearchAnyCaseInsensitive('HELLO', ['ll'])", "1"),
    SEARCH("multiSearchAnyCaseInsensitiveUTF8",
           MULTI("multiSearchAnyCaseInsensitiveUTF8", uint8_t, UInt8, Utf8, contains_any),
           "multiSearchAnyCaseInsensitiveUTF8(text, needles)",
           "Like multiSearchAny, for letters of any case.",
           "multiSearchAnyCaseInsensitiveUTF8('HÉLLO', ['é'])", "1"),
    SEARCH("multiSearchFirstIndex",
           MULTI("multiSearchFirstIndex", uint64_t, UInt64, Exact, first_needle),
           "multiSearchFirstIndex(text, needles)",
           "The place of the first needle that is in the text, from 1; 0 when none is.",
           "multiSearchFirstIndex('hello', ['x', 'll'])", "2"),
    SEARCH("multiSearchFirstPosition",
           MULTI("multiSearchFirstPosition", uint64_t, UInt64, Exact, first_place),
           "multiSearchFirstPosition(text, needles)",
           "Where the leftmost of the needles is in the text; 0 when none is.",
           "multiSearchFirstPosition('hello', ['o', 'l'])", "3"),
    SEARCH("multiSearchAllPositions", bind_multi_positions,
           "multiSearchAllPositions(text, needles)",
           "Where each needle is in the text; 0 when not.",
           "multiSearchAllPositions('hello', ['o', 'x'])", "[5,0]"),
    SEARCH("multiMatchAny", bind_multi_match_any, "multiMatchAny(text, patterns)",
           "1 when any of the regular expressions matches a part of the text.",
           "multiMatchAny('hello', ['x', 'l+'])", "1"),
    SEARCH("multiMatchAnyIndex", bind_multi_match_any_index, "multiMatchAnyIndex(text, patterns)",
           "The place of a regular expression that matches, from 1; 0 when none does.",
           "multiMatchAnyIndex('hello', ['x', 'l+'])", "2"),
};
#undef SEARCH
#undef MULTI
#undef TOKEN
#undef COUNT
#undef LIKE
#undef POSITION

}  // namespace

std::span<const FunctionEntry> string_search_functions() { return kStringSearchFunctions; }

}  // namespace freshet
