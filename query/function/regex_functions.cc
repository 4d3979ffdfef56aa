// Regular expressions: match, extract and its many forms, replaceRegexp.
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/regex.h"
#include "query/function/regex_replacement.h"

namespace freshet {

namespace {

using re2::StringPiece;

// The compiled pattern argument when it is constant.
std::shared_ptr<const Regex> constant_regex(std::string_view name, FunctionArguments arguments,
                                            size_t index,
                                            ErrorCode code = ErrorCode::CannotParseRegexp) {
  check_string(name, arguments, index);
  if (!arguments[index].constant) return nullptr;
  return compile_regex(constant_string(name, arguments, index), code);
}

std::shared_ptr<const Regex> require_regex(std::string_view name, FunctionArguments arguments,
                                           size_t index) {
  return compile_regex(constant_string(name, arguments, index));
}

BoundFunction bind_match(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("match", arguments, 2, 2);
  check_string("match", arguments, 0);
  return {simple_type(TypeId::UInt8), [constant = constant_regex("match", arguments, 1)](
                                          std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            const StringCells patterns(*columns[1]);
            RegexOfRow regex_of;
            return make_numbers<uint8_t>(row_count, [&](size_t i) {
              const Regex& regex = constant ? *constant : regex_of(patterns[i]);
              return regex.matches(cells[i]);
            });
          }};
}

// How often the pattern matches, without overlaps.
BoundFunction bind_count_matches(std::string_view name, std::string_view flags,
                                 FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  check_string(name, arguments, 0);
  const auto regex = compile_regex(std::string(flags) + constant_string(name, arguments, 1));
  return {simple_type(TypeId::UInt64),
          [regex](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_numbers<uint64_t>(row_count, [&](size_t i) {
              const std::string_view text = cells[i];
              RegexSearch search(*regex, text);
              uint64_t count = 0;
              size_t from = 0;
              StringPiece found;
              while (from < text.size() && search.find(from, std::span(&found, 1))) {
                count += !found.empty();
                from = static_cast<size_t>(found.data() - text.data()) + found.size();
                from += found.empty();
              }
              return count;
            });
          }};
}

BoundFunction bind_count_matches_exact(const FunctionContext&, FunctionArguments arguments) {
  return bind_count_matches("countMatches", "", arguments);
}

BoundFunction bind_count_matches_any_case(const FunctionContext&, FunctionArguments arguments) {
  return bind_count_matches("countMatchesCaseInsensitive", "(?i)", arguments);
}

// The first match: its first group when the pattern has one.
BoundFunction bind_extract(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("extract", arguments, 2, 2);
  check_string("extract", arguments, 0);
  const auto regex = require_regex("extract", arguments, 1);
  return {simple_type(TypeId::String),
          [regex](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            const size_t group = regex->group_count() > 0 ? 1 : 0;
            return make_strings(row_count, 0, [&](size_t i, Buffer<char>& out) {
              StringPiece groups[2];
              if (regex->find(cells[i], std::span(groups, group + 1))) {
                append_bytes(out, as_view(groups[group]));
              }
            });
          }};
}

BoundFunction bind_regexp_extract(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "regexpExtract";
  check_argument_count(kName, arguments, 2, 3);
  check_string(kName, arguments, 0);
  const auto regex = require_regex(kName, arguments, 1);
  const auto groups = static_cast<int64_t>(regex->group_count());
  const int64_t index =
      arguments.size() > 2 ? constant_integer(kName, arguments, 2) : (groups > 0 ? 1 : 0);
  if (index < 0 || index > groups) {
    throw Error(ErrorCode::ArgumentOutOfBound, "The regular expression has " +
                                                   std::to_string(groups) + " groups, not " +
                                                   std::to_string(index));
  }
  return {simple_type(TypeId::String), [regex, group = static_cast<size_t>(index)](
                                           std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            std::vector<StringPiece> found(group + 1);
            return make_strings(row_count, 0, [&](size_t i, Buffer<char>& out) {
              if (regex->find(cells[i], found)) {
                append_bytes(out, as_view(found[static_cast<size_t>(group)]));
              }
            });
          }};
}

// Calls found(groups) for each match in turn.
template <class Found>
void for_each_match(const Regex& regex, std::string_view text, std::vector<StringPiece>& groups,
                    Found found) {
  RegexSearch search(regex, text);
  size_t from = 0;
  while (from <= text.size() && search.find(from, groups)) {
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    from = begin + groups[0].size();
    if (groups[0].empty()) {
      ++from;
      continue;
    }
    found(groups);
  }
}

// Builds arrays of texts, or arrays of arrays of them.
class TextLists {
 public:
  void append(std::string_view text) { texts_->append_string(text); }
  void close() { offsets_.push_back(static_cast<uint32_t>(texts_->size())); }
  size_t size() const { return offsets_.size() - 1; }
  ColumnPtr finish() {
    return std::make_shared<ArrayColumn>(std::move(texts_), std::move(offsets_));
  }

 private:
  std::unique_ptr<StringColumn> texts_ = std::make_unique<StringColumn>();
  Buffer<uint32_t> offsets_ = Buffer<uint32_t>(1, 0);
};

BoundFunction bind_extract_all(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("extractAll", arguments, 2, 2);
  check_string("extractAll", arguments, 0);
  const auto regex = require_regex("extractAll", arguments, 1);
  return {array_type(simple_type(TypeId::String)),
          [regex](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            const size_t group = regex->group_count() > 0 ? 1 : 0;
            std::vector<StringPiece> groups(group + 1);
            TextLists lists;
            for (size_t i = 0; i < row_count; ++i) {
              for_each_match(*regex, cells[i], groups,
                             [&](const auto& found) { lists.append(as_view(found[group])); });
              lists.close();
            }
            return lists.finish();
          }};
}

std::shared_ptr<const Regex> require_groups(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 2);
  check_string(name, arguments, 0);
  auto regex = require_regex(name, arguments, 1);
  if (regex->group_count() == 0) {
    throw Error(ErrorCode::BadArguments,
                "There are no groups in the regular expression '" + regex->pattern() + "'");
  }
  return regex;
}

std::vector<StringPiece> group_buffer(const Regex& regex) {
  return std::vector<StringPiece>(regex.group_count() + 1);
}

// The groups of the first match.
BoundFunction bind_extract_groups(const FunctionContext&, FunctionArguments arguments) {
  const auto regex = require_groups("extractGroups", arguments);
  return {array_type(simple_type(TypeId::String)),
          [regex](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            std::vector<StringPiece> groups = group_buffer(*regex);
            TextLists lists;
            for (size_t i = 0; i < row_count; ++i) {
              if (regex->find(cells[i], groups)) {
                for (size_t g = 1; g < groups.size(); ++g) lists.append(as_view(groups[g]));
              }
              lists.close();
            }
            return lists.finish();
          }};
}

// Lists of lists: one per match (vertical), or one per group.
BoundFunction bind_extract_all_groups(std::string_view name, bool vertical,
                                      FunctionArguments arguments) {
  const auto regex = require_groups(name, arguments);
  return {array_type(array_type(simple_type(TypeId::String))),
          [regex, vertical](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const StringCells cells(*columns[0]);
            std::vector<StringPiece> groups = group_buffer(*regex);
            TextLists lists;
            Buffer<uint32_t> offsets(1, 0);
            for (size_t i = 0; i < row_count; ++i) {
              std::vector<std::vector<StringPiece>> matches;
              for_each_match(*regex, cells[i], groups,
                             [&](const auto& found) { matches.push_back(found); });
              const size_t outer = vertical ? matches.size() : groups.size() - 1;
              const size_t inner = vertical ? groups.size() - 1 : matches.size();
              for (size_t a = 0; a < outer; ++a) {
                for (size_t b = 0; b < inner; ++b) {
                  lists.append(as_view(vertical ? matches[a][b + 1] : matches[b][a + 1]));
                }
                lists.close();
              }
              offsets.push_back(static_cast<uint32_t>(lists.size()));
            }
            return std::make_shared<ArrayColumn>(lists.finish(), std::move(offsets));
          }};
}

BoundFunction bind_extract_all_vertical(const FunctionContext&, FunctionArguments arguments) {
  return bind_extract_all_groups("extractAllGroupsVertical", true, arguments);
}

BoundFunction bind_extract_all_horizontal(const FunctionContext&, FunctionArguments arguments) {
  return bind_extract_all_groups("extractAllGroupsHorizontal", false, arguments);
}

// --- replacing

struct ConstantReplacement {
  std::shared_ptr<const Regex> regex;
  RegexReplacement replacement;
};

BoundFunction bind_replace(std::string_view name, bool all, FunctionArguments arguments) {
  check_argument_count(name, arguments, 3, 3);
  for (size_t i = 0; i < 3; ++i) check_string(name, arguments, i);
  const DataTypePtr type = simple_type(TypeId::String);
  const auto replace = [all](const Regex& regex, const RegexReplacement& replacement,
                             std::string_view text, Buffer<char>& out) {
    if (all) {
      replace_all(regex, replacement, text, out);
    } else {
      replace_first(regex, replacement, text, out);
    }
  };
  if (arguments[1].constant && arguments[2].constant) {
    auto regex = constant_regex(name, arguments, 1, ErrorCode::BadArguments);
    RegexReplacement replacement(constant_string(name, arguments, 2), regex->group_count());
    return {type, [=](std::span<const ColumnPtr> columns, size_t row_count) {
              const StringCells cells(*columns[0]);
              return make_strings(row_count, string_bytes(*columns[0], row_count),
                                  [&](size_t i, Buffer<char>& out) {
                                    replace(*regex, replacement, cells[i], out);
                                  });
            }};
  }
  return {type, [replace](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            const StringCells patterns(*columns[1]);
            const StringCells replacements(*columns[2]);
            RegexOfRow regex_of(ErrorCode::BadArguments);
            return make_strings(
                row_count, string_bytes(*columns[0], row_count), [&](size_t i, Buffer<char>& out) {
                  const Regex& regex = regex_of(patterns[i]);
                  const RegexReplacement replacement(replacements[i], regex.group_count());
                  replace(regex, replacement, cells[i], out);
                });
          }};
}

BoundFunction bind_replace_one(const FunctionContext&, FunctionArguments arguments) {
  return bind_replace("replaceRegexpOne", false, arguments);
}

BoundFunction bind_replace_all(const FunctionContext&, FunctionArguments arguments) {
  return bind_replace("replaceRegexpAll", true, arguments);
}

#define REGEX(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT, ANY_CASE)              \
  {                                                                                      \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION,          \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "String search", \
    .case_insensitive = ANY_CASE                                                         \
  }

constexpr FunctionEntry kRegexFunctions[] = {
    REGEX("match", bind_match, "match(text, pattern)",
          "1 when the regular expression matches a part of the text.",
          "match('abc123', '[0-9]+'), 'abc' REGEXP '^b'", "1\t0", false),
    function_alias("REGEXP_MATCHES", "match", true),
    REGEX("countMatches", bind_count_matches_exact, "countMatches(text, pattern)",
          "How often the regular expression matches, without overlaps.",
          "countMatches('a1b22', '[0-9]+')", "2", false),
    REGEX("countMatchesCaseInsensitive", bind_count_matches_any_case,
          "countMatchesCaseInsensitive(text, pattern)",
          "Like countMatches, for letters of any case.", "countMatchesCaseInsensitive('aXbx', 'x')",
          "2", false),
    REGEX("extract", bind_extract, "extract(text, pattern)",
          "The first match, or its first group when there is one.",
          "extract('abc123', '[0-9]+'), extract('key=value', '=(.*)')", "123\tvalue", true),
    REGEX("regexpExtract", bind_regexp_extract, "regexpExtract(text, pattern[, group])",
          "A group of the first match, 1 when not said.",
          "regexpExtract('a1b2', '([a-z])([0-9])', 2)", "1", false),
    function_alias("REGEXP_EXTRACT", "regexpExtract", true),
    REGEX("extractAll", bind_extract_all, "extractAll(text, pattern)",
          "All matches, or their first groups.", "extractAll('a1b22', '[0-9]+')", "['1','22']",
          false),
    REGEX("extractGroups", bind_extract_groups, "extractGroups(text, pattern)",
          "All groups of the first match.", "extractGroups('a1', '([a-z])([0-9])')", "['a','1']",
          false),
    REGEX("extractAllGroupsVertical", bind_extract_all_vertical,
          "extractAllGroupsVertical(text, pattern)", "The groups of each match.",
          "extractAllGroupsVertical('a1b2', '([a-z])([0-9])')", "[['a','1'],['b','2']]", false),
    function_alias("extractAllGroups", "extractAllGroupsVertical"),
    REGEX("extractAllGroupsHorizontal", bind_extract_all_horizontal,
          "extractAllGroupsHorizontal(text, pattern)", "For each group what it matched.",
          "extractAllGroupsHorizontal('a1b2', '([a-z])([0-9])')", "[['a','b'],['1','2']]", false),
    REGEX("replaceRegexpOne", bind_replace_one, "replaceRegexpOne(text, pattern, replacement)",
          "Text with the first match replaced; \\1 in the replacement is the first group.",
          "replaceRegexpOne('hello', '(l+)', '[\\\\1]')", "he[ll]o", false),
    REGEX("replaceRegexpAll", bind_replace_all, "replaceRegexpAll(text, pattern, replacement)",
          "Text with all matches replaced; \\1 in the replacement is the first group.",
          "replaceRegexpAll('hello', 'l', '\\\\0\\\\0')", "hellllo", false),
    function_alias("REGEXP_REPLACE", "replaceRegexpAll", true),
};
#undef REGEX

}  // namespace

std::span<const FunctionEntry> regex_functions() { return kRegexFunctions; }

}  // namespace freshet
