// Text in parts and parts as text: splits, tokens, n-grams, joins, formats.
#include <algorithm>
#include <charconv>

#include "query/function/array_cells.h"
#include "query/function/cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/regex.h"
#include "query/function/substring_search.h"
#include "query/function/utf8.h"

namespace freshet {

namespace {

// The parts of each row's text: split(text, add) calls add(part) for each, until it gives false.
template <class Split>
ColumnPtr split_rows(const Column& column, size_t row_count, size_t parts_max, Split split) {
  const StringCells cells(column);
  auto parts = std::make_unique<StringColumn>();
  Buffer<uint32_t> offsets(1, 0);
  for (size_t row = 0; row < row_count; ++row) {
    size_t count = 0;
    split(cells[row], [&](std::string_view part) {
      if (count == parts_max) return false;
      parts->append_string(part);
      return ++count < parts_max;
    });
    offsets.push_back(static_cast<uint32_t>(parts->size()));
  }
  return std::make_shared<ArrayColumn>(std::move(parts), std::move(offsets));
}

DataTypePtr strings_type() { return array_type(simple_type(TypeId::String)); }

// The optional argument that bounds the number of parts: 0 is no bound.
size_t parts_max_argument(std::string_view name, FunctionArguments arguments, size_t index) {
  if (index >= arguments.size()) return ~size_t{0};
  const int64_t count = constant_integer(name, arguments, index);
  return count <= 0 ? ~size_t{0} : static_cast<size_t>(count);
}

template <class Split>
BoundFunction bind_split(size_t text_index, size_t parts_max, Split split) {
  return {strings_type(), [=](std::span<const ColumnPtr> columns, size_t row_count) {
            return split_rows(*columns[text_index], row_count, parts_max, split);
          }};
}

// f(separator, text[, max]).
BoundFunction bind_split_by_string(std::string_view name, bool one_byte,
                                   FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 3);
  const std::string separator = constant_string(name, arguments, 0);
  check_string(name, arguments, 1);
  if (one_byte && separator.size() != 1) {
    throw Error(ErrorCode::BadArguments, "The separator of function " + std::string(name) +
                                             " must be one byte: '" + separator + "'");
  }
  return bind_split(1, parts_max_argument(name, arguments, 2),
                    [searcher = SubstringSearcher(separator)](std::string_view text, auto add) {
                      const size_t size = searcher.needle().size();
                      if (size == 0) {
                        // Every byte on its own.
                        for (size_t i = 0; i < text.size(); ++i) {
                          if (!add(text.substr(i, 1))) return;
                        }
                        return;
                      }
                      size_t from = 0;
                      for (;;) {
                        const size_t found = searcher.find(text, from);
                        if (found == SubstringSearcher::kNone) break;
                        if (!add(text.substr(from, found - from))) return;
                        from = found + size;
                      }
                      add(text.substr(from));
                    });
}

BoundFunction bind_split_by_char(const FunctionContext&, FunctionArguments arguments) {
  return bind_split_by_string("splitByChar", true, arguments);
}

BoundFunction bind_split_by_text(const FunctionContext&, FunctionArguments arguments) {
  return bind_split_by_string("splitByString", false, arguments);
}

BoundFunction bind_split_by_regexp(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "splitByRegexp";
  check_argument_count(kName, arguments, 2, 3);
  const std::string pattern = constant_string(kName, arguments, 0);
  if (pattern.empty()) return bind_split_by_text(context, arguments);
  check_string(kName, arguments, 1);
  return bind_split(
      1, parts_max_argument(kName, arguments, 2),
      [regex = compile_regex(pattern)](std::string_view text, auto add) {
        RegexSearch search(*regex, text);
        size_t from = 0;
        re2::StringPiece found;
        while (search.find(from, std::span(&found, 1)) && !found.empty()) {
          const auto begin = static_cast<size_t>(found.data() - text.data());
          if (!add(text.substr(from, begin - from))) return;
          from = begin + found.size();
        }
        add(text.substr(from));
      });
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_punctuation(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte > ' ' && byte < 0x7F && !is_letter(c) && !(c >= '0' && c <= '9');
}

// f(text[, max]): runs of bytes that are part of a word.
template <class IsWord>
BoundFunction bind_words(std::string_view name, FunctionArguments arguments, IsWord is_word) {
  check_argument_count(name, arguments, 1, 2);
  check_string(name, arguments, 0);
  return bind_split(0, parts_max_argument(name, arguments, 1),
                    [is_word](std::string_view text, auto add) {
                      size_t begin = 0;
                      for (size_t i = 0; i <= text.size(); ++i) {
                        if (i < text.size() && is_word(text[i])) continue;
                        if (i > begin && !add(text.substr(begin, i - begin))) return;
                        begin = i + 1;
                      }
                    });
}

BoundFunction bind_split_by_whitespace(const FunctionContext&, FunctionArguments arguments) {
  return bind_words("splitByWhitespace", arguments, [](char c) { return !is_blank(c); });
}

BoundFunction bind_split_by_non_alpha(const FunctionContext&, FunctionArguments arguments) {
  return bind_words("splitByNonAlpha", arguments,
                    [](char c) { return !is_blank(c) && !is_punctuation(c); });
}

BoundFunction bind_alpha_tokens(const FunctionContext&, FunctionArguments arguments) {
  return bind_words("alphaTokens", arguments, is_letter);
}

BoundFunction bind_tokens(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("tokens", arguments, 1, 1);
  return bind_words("tokens", arguments, [](char c) { return !is_blank(c) && !is_punctuation(c); });
}

BoundFunction bind_ngrams(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("ngrams", arguments, 2, 2);
  check_string("ngrams", arguments, 0);
  const int64_t size = constant_integer("ngrams", arguments, 1);
  if (size <= 0) {
    throw Error(ErrorCode::BadArguments,
                "The size of ngrams must be positive, got " + std::to_string(size));
  }
  return bind_split(0, ~size_t{0}, [size](std::string_view text, auto add) {
    const auto count = static_cast<size_t>(size);
    if (utf8_count(text) < count) return;
    size_t begin = 0;
    size_t end = utf8_offset(text, count);
    for (;;) {
      add(text.substr(begin, end - begin));
      if (end >= text.size()) return;
      begin += utf8_offset(text.substr(begin), 1);
      end += utf8_offset(text.substr(end), 1);
    }
  });
}

// --- joining

BoundFunction bind_join(const FunctionContext& context, FunctionArguments arguments) {
  constexpr std::string_view kName = "arrayStringConcat";
  check_argument_count(kName, arguments, 1, 2);
  element_of(kName, arguments, 0);
  const std::string separator = arguments.size() > 1 ? constant_string(kName, arguments, 1) : "";
  const DataTypePtr text = nullable_type(simple_type(TypeId::String));
  const ColumnCast cast = make_cast(context, arguments[0].type, array_type(text)).cast;
  return {simple_type(TypeId::String),
          [cast, separator](std::span<const ColumnPtr> columns, size_t row_count) {
            const ColumnPtr array = cast(columns[0]);
            const ListCells lists(*array);
            const auto& nullable = static_cast<const NullableColumn&>(*lists.elements());
            const StringCells texts(*nullable.nested());
            return make_strings(row_count, 0, [&](size_t row, Buffer<char>& out) {
              bool first = true;
              for (uint32_t i = lists.begin(row); i < lists.end(row); ++i) {
                if (nullable.nulls()[i] != 0) continue;
                if (!first) append_bytes(out, separator);
                first = false;
                append_bytes(out, texts[i]);
              }
            });
          }};
}

// A format with {} for the next argument and {2} for a certain one.
class TextFormat {
 public:
  TextFormat(std::string_view format, size_t argument_count) {
    std::string literal;
    size_t next = 0;
    for (size_t i = 0; i < format.size(); ++i) {
      const char c = format[i];
      const bool doubled = i + 1 < format.size() && format[i + 1] == c;
      if ((c == '{' || c == '}') && doubled) {
        literal.push_back(c);
        ++i;
      } else if (c == '{') {
        const size_t end = format.find('}', i);
        if (end == std::string_view::npos) throw_format(format);
        const std::string_view number = format.substr(i + 1, end - i - 1);
        size_t index = next++;
        if (!number.empty()) {
          const auto [stop, error] =
              std::from_chars(number.data(), number.data() + number.size(), index);
          if (error != std::errc() || stop != number.data() + number.size()) throw_format(format);
        }
        if (index >= argument_count) throw_format(format);
        pieces_.push_back({std::move(literal), index});
        literal.clear();
        i = end;
      } else if (c == '}') {
        throw_format(format);
      } else {
        literal.push_back(c);
      }
    }
    tail_ = std::move(literal);
  }

  void append(const std::vector<StringCells>& arguments, size_t row, Buffer<char>& out) const {
    for (const Piece& piece : pieces_) {
      append_bytes(out, piece.literal);
      append_bytes(out, arguments[piece.argument][row]);
    }
    append_bytes(out, tail_);
  }

 private:
  struct Piece {
    std::string literal;  // in front of the argument
    size_t argument;
  };

  [[noreturn]] static void throw_format(std::string_view format) {
    throw Error(ErrorCode::BadArguments, "Not a format: '" + std::string(format) + "'");
  }

  std::vector<Piece> pieces_;
  std::string tail_;
};

BoundFunction bind_format(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("format", arguments, 2, ~size_t{0});
  const TextFormat format(constant_string("format", arguments, 0), arguments.size() - 1);
  const DataTypePtr type = simple_type(TypeId::String);
  std::vector<ColumnCast> casts;
  for (const FunctionArgument& argument : arguments.subspan(1)) {
    casts.push_back(make_cast(context, argument.type, type).cast);
  }
  return {type, [format, casts](std::span<const ColumnPtr> columns, size_t row_count) {
            std::vector<ColumnPtr> texts;
            std::vector<StringCells> cells;
            for (size_t i = 0; i < casts.size(); ++i) {
              texts.push_back(casts[i](columns[i + 1]));
              cells.emplace_back(*texts.back());
            }
            return make_strings(row_count, 0, [&](size_t row, Buffer<char>& out) {
              format.append(cells, row, out);
            });
          }};
}

#define TEXT(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)                           \
  {                                                                                        \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION,            \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "String splitting" \
  }

constexpr FunctionEntry kStringSplitFunctions[] = {
    TEXT("splitByChar", bind_split_by_char, "splitByChar(separator, text[, max])",
         "The parts of text between one-byte separators.", "splitByChar(',', 'a,b,,c')",
         "['a','b','','c']"),
    TEXT("splitByString", bind_split_by_text, "splitByString(separator, text[, max])",
         "The parts of text between separators; an empty one stands between all bytes.",
         "splitByString(', ', 'a, b'), splitByString('', 'abc')", "['a','b']\t['a','b','c']"),
    TEXT("splitByRegexp", bind_split_by_regexp, "splitByRegexp(pattern, text[, max])",
         "The parts of text between matches of a regular expression.",
         "splitByRegexp('[0-9]+', 'a1b22c')", "['a','b','c']"),
    TEXT("splitByWhitespace", bind_split_by_whitespace, "splitByWhitespace(text[, max])",
         "The words of text.", "splitByWhitespace(' a  b ')", "['a','b']"),
    TEXT("splitByNonAlpha", bind_split_by_non_alpha, "splitByNonAlpha(text[, max])",
         "The parts of text between blanks and punctuation.", "splitByNonAlpha('a.b c')",
         "['a','b','c']"),
    TEXT("alphaTokens", bind_alpha_tokens, "alphaTokens(text[, max])",
         "Runs of the letters a to z, of either case.", "alphaTokens('abca1abc')",
         "['abca','abc']"),
    function_alias("splitByAlpha", "alphaTokens"),
    TEXT("tokens", bind_tokens, "tokens(text)", "The parts of text between blanks and punctuation.",
         "tokens('a b-c')", "['a','b','c']"),
    TEXT("ngrams", bind_ngrams, "ngrams(text, n)", "All runs of n code points.",
         "ngrams('abcd', 2)", "['ab','bc','cd']"),
    TEXT("arrayStringConcat", bind_join, "arrayStringConcat(array[, separator])",
         "The elements' texts in a row, with a separator between them.",
         "arrayStringConcat(['a', 'b'], '-'), arrayStringConcat([1, 2])", "a-b\t12"),
    TEXT("format", bind_format, "format(format, x, ...)",
         "The format with its {} replaced by the texts of the arguments.",
         "format('{} {}', 'a', 1), format('{1}{0}', 'a', 'b')", "a 1\tba"),
};
#undef TEXT

}  // namespace

std::span<const FunctionEntry> string_split_functions() { return kStringSplitFunctions; }

}  // namespace freshet
