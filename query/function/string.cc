// Text: length, case, parts, padding, concatenation.
#include <algorithm>

#include "query/function/cast.h"
#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/letter_case.h"
#include "query/function/text_map.h"
#include "query/function/utf8.h"

namespace freshet {

namespace {

// f(text) -> number.
template <class T, class Compute>
BoundFunction bind_number(std::string_view name, TypeId type, FunctionArguments arguments,
                          Compute compute) {
  check_argument_count(name, arguments, 1, 1);
  check_string(name, arguments, 0);
  return {simple_type(type), [compute](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_numbers<T>(row_count, [&](size_t i) { return compute(cells[i]); });
          }};
}

// --- length

bool is_list(const DataType& type) { return type.kind() == PhysicalKind::Array; }

// Bytes of strings, elements of arrays and maps.
template <class T, class Compute>
ColumnPtr compute_lengths(const Column& column, size_t row_count, Compute compute) {
  const Column& cells = flat_cells(column);
  const size_t mask = row_mask(column);
  if (cells.kind() == PhysicalKind::FixedString) {
    const size_t bytes = static_cast<const FixedStringColumn&>(cells).cell_bytes();
    return make_numbers<T>(row_count, [&](size_t) { return compute(bytes); });
  }
  const uint32_t* offsets = cells.kind() == PhysicalKind::Array
                                ? static_cast<const ArrayColumn&>(cells).offsets().data()
                                : static_cast<const StringColumn&>(cells).offsets().data();
  if (mask == 0) {
    return make_numbers<T>(row_count, [&](size_t) { return compute(offsets[1] - offsets[0]); });
  }
  return make_numbers<T>(row_count, [&](size_t i) { return compute(offsets[i + 1] - offsets[i]); });
}

void check_has_length(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  if (!is_list(*arguments[0].type)) check_string(name, arguments, 0);
}

BoundFunction bind_length(const FunctionContext&, FunctionArguments arguments) {
  check_has_length("length", arguments);
  return {simple_type(TypeId::UInt64), [](std::span<const ColumnPtr> columns, size_t row_count) {
            return compute_lengths<uint64_t>(*columns[0], row_count, [](size_t n) { return n; });
          }};
}

BoundFunction bind_length_utf8(const FunctionContext&, FunctionArguments arguments) {
  return bind_number<uint64_t>("lengthUTF8", TypeId::UInt64, arguments, utf8_count);
}

// A FixedString is empty when all its bytes are zero, a UUID when it is 0.
BoundFunction bind_emptiness(std::string_view name, bool empty, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  const DataTypePtr type = simple_type(TypeId::UInt8);
  if (is_number_kind(arguments[0].type->kind()) && arguments[0].type->id() == TypeId::Uuid) {
    return {type, [empty](std::span<const ColumnPtr> columns, size_t row_count) {
              const NumberCells<UInt128> cells(*columns[0]);
              return make_numbers<uint8_t>(row_count,
                                           [&](size_t i) { return (cells[i] == 0) == empty; });
            }};
  }
  check_has_length(name, arguments);
  if (arguments[0].type->id() == TypeId::FixedString) {
    return {type, [empty](std::span<const ColumnPtr> columns, size_t row_count) {
              const StringCells cells(*columns[0]);
              return make_numbers<uint8_t>(
                  row_count, [&](size_t i) { return unpadded(cells[i]).empty() == empty; });
            }};
  }
  return {type, [empty](std::span<const ColumnPtr> columns, size_t row_count) {
            return compute_lengths<uint8_t>(*columns[0], row_count,
                                            [empty](size_t n) { return (n == 0) == empty; });
          }};
}

BoundFunction bind_empty(const FunctionContext&, FunctionArguments arguments) {
  return bind_emptiness("empty", true, arguments);
}

BoundFunction bind_not_empty(const FunctionContext&, FunctionArguments arguments) {
  return bind_emptiness("notEmpty", false, arguments);
}

// --- case

// Byte by byte, on all cells at once; keeps the type.
template <char (*kChange)(char)>
BoundFunction bind_ascii_case(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  check_string(name, arguments, 0);
  return {arguments[0].type, [](std::span<const ColumnPtr> columns, size_t) -> ColumnPtr {
            const ColumnPtr cells = flat(columns[0]);
            const auto change = [](std::string_view bytes) {
              Buffer<char> out(bytes.size());
              for (size_t i = 0; i < bytes.size(); ++i) out[i] = kChange(bytes[i]);
              return out;
            };
            if (cells->kind() == PhysicalKind::FixedString) {
              const auto& fixed = static_cast<const FixedStringColumn&>(*cells);
              return std::make_shared<FixedStringColumn>(fixed.cell_bytes(), change(fixed.bytes()));
            }
            const auto& strings = static_cast<const StringColumn&>(*cells);
            return std::make_shared<StringColumn>(
                Buffer<uint32_t>(strings.offsets().begin(), strings.offsets().end()),
                change(strings.bytes()));
          }};
}

BoundFunction bind_lower(const FunctionContext&, FunctionArguments arguments) {
  return bind_ascii_case<ascii_lower>("lower", arguments);
}

BoundFunction bind_upper(const FunctionContext&, FunctionArguments arguments) {
  return bind_ascii_case<ascii_upper>("upper", arguments);
}

BoundFunction bind_lower_utf8(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("lowerUTF8", arguments, append_lower_utf8);
}

BoundFunction bind_upper_utf8(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("upperUTF8", arguments, append_upper_utf8);
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

BoundFunction bind_initcap(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("initcap", arguments, [](std::string_view text, Buffer<char>& out) {
    bool inside = false;
    for (const char c : text) {
      out.push_back(inside ? ascii_lower(c) : ascii_upper(c));
      inside = is_word(c);
    }
  });
}

// --- order and validity

BoundFunction bind_reverse(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("reverse", arguments, 1, 1);
  if (arguments[0].type->id() == TypeId::Array) {
    return find_function("arrayReverse")->bind(context, arguments);
  }
  return bind_text_map("reverse", arguments, [](std::string_view text, Buffer<char>& out) {
    out.insert(out.end(), text.rbegin(), text.rend());
  });
}

BoundFunction bind_reverse_utf8(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("reverseUTF8", arguments, [](std::string_view text, Buffer<char>& out) {
    size_t end = text.size();
    while (end > 0) {
      size_t begin = end - 1;
      while (begin > 0 && is_utf8_continuation(text[begin])) --begin;
      append_bytes(out, text.substr(begin, end - begin));
      end = begin;
    }
  });
}

BoundFunction bind_is_valid_utf8(const FunctionContext&, FunctionArguments arguments) {
  return bind_number<uint8_t>("isValidUTF8", TypeId::UInt8, arguments, [](std::string_view text) {
    bool valid = true;
    walk_utf8(
        text, [](uint32_t) {}, [&](char) { valid = false; });
    return valid;
  });
}

BoundFunction bind_to_valid_utf8(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("toValidUTF8", arguments, [](std::string_view text, Buffer<char>& out) {
    bool was_broken = false;
    walk_utf8(
        text,
        [&](uint32_t value) {
          append_code_point(value, out);
          was_broken = false;
        },
        [&](char) {
          // One mark for a run of broken bytes.
          if (!was_broken) append_bytes(out, "\xEF\xBF\xBD");
          was_broken = true;
        });
  });
}

BoundFunction bind_ascii(const FunctionContext&, FunctionArguments arguments) {
  return bind_number<int32_t>("ascii", TypeId::Int32, arguments, [](std::string_view text) {
    return text.empty() ? 0 : static_cast<int32_t>(static_cast<uint8_t>(text[0]));
  });
}

BoundFunction bind_char(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("char", arguments, 1, ~size_t{0});
  for (size_t i = 0; i < arguments.size(); ++i) check_integer("char", arguments, i);
  return {string_type(), [](std::span<const ColumnPtr> columns, size_t row_count) {
            std::vector<IntegerCells> cells;
            for (const ColumnPtr& column : columns) cells.emplace_back(*column);
            return make_strings(row_count, row_count * cells.size(),
                                [&](size_t i, Buffer<char>& out) {
                                  for (const IntegerCells& cell : cells) {
                                    out.push_back(static_cast<char>(cell[i]));
                                  }
                                });
          }};
}

// --- concatenation

// Casts of arguments to text, from `first` on.
std::vector<ColumnCast> text_casts(const FunctionContext& context, FunctionArguments arguments,
                                   size_t first) {
  std::vector<ColumnCast> casts;
  for (size_t i = first; i < arguments.size(); ++i) {
    const bool is_text = is_string_like(*arguments[i].type);
    casts.push_back(
        make_cast(context, arguments[i].type, is_text ? arguments[i].type : string_type()).cast);
  }
  return casts;
}

ColumnPtr join_columns(const std::vector<ColumnPtr>& columns, const Column* separator,
                       size_t row_count) {
  std::vector<StringCells> cells;
  size_t bytes = 0;
  for (const ColumnPtr& column : columns) {
    cells.emplace_back(*column);
    bytes += string_bytes(*column, row_count);
  }
  if (separator == nullptr) {
    return make_strings(row_count, bytes, [&](size_t i, Buffer<char>& out) {
      for (const StringCells& cell : cells) append_bytes(out, cell[i]);
    });
  }
  const StringCells between(*separator);
  return make_strings(row_count, bytes, [&](size_t i, Buffer<char>& out) {
    for (size_t part = 0; part < cells.size(); ++part) {
      if (part > 0) append_bytes(out, between[i]);
      append_bytes(out, cells[part][i]);
    }
  });
}

BoundFunction bind_concat(const FunctionContext& context, FunctionArguments arguments) {
  check_argument_count("concat", arguments, 1, ~size_t{0});
  const bool all_arrays = std::all_of(arguments.begin(), arguments.end(), [](const auto& argument) {
    return argument.type->id() == TypeId::Array;
  });
  if (all_arrays) return find_function("arrayConcat")->bind(context, arguments);
  return {string_type(), [casts = text_casts(context, arguments, 0)](
                             std::span<const ColumnPtr> columns, size_t row_count) {
            std::vector<ColumnPtr> texts;
            for (size_t i = 0; i < casts.size(); ++i) texts.push_back(casts[i](columns[i]));
            return join_columns(texts, nullptr, row_count);
          }};
}

BoundFunction bind_concat_with_separator(const FunctionContext& context,
                                         FunctionArguments arguments) {
  check_argument_count("concatWithSeparator", arguments, 1, ~size_t{0});
  check_string("concatWithSeparator", arguments, 0);
  return {string_type(), [casts = text_casts(context, arguments, 1)](
                             std::span<const ColumnPtr> columns, size_t row_count) {
            std::vector<ColumnPtr> texts;
            for (size_t i = 0; i < casts.size(); ++i) texts.push_back(casts[i](columns[i + 1]));
            return join_columns(texts, columns[0].get(), row_count);
          }};
}

// --- parts

// The bytes of `text` from a 1-based position on, backwards from the end when negative; at most
// `length` of them, or up to that many before the end when negative.
std::string_view cut(std::string_view text, int64_t position, std::optional<int64_t> length) {
  const auto size = static_cast<int64_t>(text.size());
  if (position == 0) return {};
  int64_t begin = position > 0 ? position - 1 : size + position;
  int64_t end = size;
  if (length) {
    // A position before the start uses up some of the length.
    end = *length >= 0 ? std::min(size, begin > size - *length ? size : begin + *length)
                       : size + *length;
  }
  begin = std::max<int64_t>(begin, 0);
  if (begin >= end) return {};
  return text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
}

// The same, counted in code points.
std::string_view cut_utf8(std::string_view text, int64_t position, std::optional<int64_t> length) {
  const auto size = static_cast<int64_t>(utf8_count(text));
  if (position == 0) return {};
  int64_t begin = position > 0 ? position - 1 : size + position;
  int64_t end = size;
  if (length) {
    end = *length >= 0 ? std::min(size, begin > size - *length ? size : begin + *length)
                       : size + *length;
  }
  begin = std::max<int64_t>(begin, 0);
  if (begin >= end) return {};
  const size_t first = utf8_offset(text, static_cast<size_t>(begin));
  const size_t last = utf8_offset(text, static_cast<size_t>(end));
  return text.substr(first, last - first);
}

using Cut = std::string_view (*)(std::string_view, int64_t, std::optional<int64_t>);

BoundFunction bind_substring(std::string_view name, Cut cut_text, FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 3);
  check_string(name, arguments, 0);
  for (size_t i = 1; i < arguments.size(); ++i) check_integer(name, arguments, i);
  return {string_type(), [cut_text](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            const IntegerCells positions(*columns[1]);
            std::optional<IntegerCells> lengths;
            if (columns.size() > 2) lengths.emplace(*columns[2]);
            return make_strings(row_count, string_bytes(*columns[0], row_count),
                                [&](size_t i, Buffer<char>& out) {
                                  const std::optional<int64_t> length =
                                      lengths ? std::optional((*lengths)[i]) : std::nullopt;
                                  append_bytes(out, cut_text(cells[i], positions[i], length));
                                });
          }};
}

BoundFunction bind_substring_bytes(const FunctionContext&, FunctionArguments arguments) {
  return bind_substring("substring", cut, arguments);
}

BoundFunction bind_substring_utf8(const FunctionContext&, FunctionArguments arguments) {
  return bind_substring("substringUTF8", cut_utf8, arguments);
}

// The first n units; all but the last -n.
std::string_view cut_left(std::string_view text, int64_t count, Cut cut_text) {
  return cut_text(text, 1, count);
}

// The last n units; all but the first -n.
std::string_view cut_right(std::string_view text, int64_t count, Cut cut_text) {
  if (count == 0) return {};
  if (count < 0) return cut_text(text, 1 - count, std::nullopt);
  const bool all = static_cast<uint64_t>(count) >= text.size();
  return all ? text : cut_text(text, -count, std::nullopt);
}

template <class Take>
BoundFunction bind_side(std::string_view name, FunctionArguments arguments, Take take) {
  check_argument_count(name, arguments, 2, 2);
  check_string(name, arguments, 0);
  check_integer(name, arguments, 1);
  return {string_type(), [take](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            const IntegerCells counts(*columns[1]);
            return make_strings(
                row_count, string_bytes(*columns[0], row_count),
                [&](size_t i, Buffer<char>& out) { append_bytes(out, take(cells[i], counts[i])); });
          }};
}

BoundFunction bind_left(const FunctionContext&, FunctionArguments arguments) {
  return bind_side("left", arguments,
                   [](std::string_view text, int64_t n) { return cut_left(text, n, cut); });
}

BoundFunction bind_left_utf8(const FunctionContext&, FunctionArguments arguments) {
  return bind_side("leftUTF8", arguments,
                   [](std::string_view text, int64_t n) { return cut_left(text, n, cut_utf8); });
}

BoundFunction bind_right(const FunctionContext&, FunctionArguments arguments) {
  return bind_side("right", arguments,
                   [](std::string_view text, int64_t n) { return cut_right(text, n, cut); });
}

BoundFunction bind_right_utf8(const FunctionContext&, FunctionArguments arguments) {
  return bind_side("rightUTF8", arguments, [](std::string_view text, int64_t n) {
    if (n > 0 && static_cast<uint64_t>(n) >= utf8_count(text)) return text;
    return cut_right(text, n, cut_utf8);
  });
}

// substringIndex(text, delimiter, n): up to the n-th delimiter, from the end when negative.
std::string_view cut_index(std::string_view text, std::string_view delimiter, int64_t count) {
  if (delimiter.empty() || count == 0) return {};
  if (count > 0) {
    size_t from = 0;
    for (;; --count) {
      const size_t found = text.find(delimiter, from);
      if (found == std::string_view::npos) return text;
      if (count == 1) return text.substr(0, found);
      from = found + delimiter.size();
    }
  }
  size_t end = text.size();
  for (;; ++count) {
    if (end < delimiter.size()) return text;
    const size_t found = text.rfind(delimiter, end - delimiter.size());
    if (found == std::string_view::npos) return text;
    if (count == -1) return text.substr(found + delimiter.size());
    end = found;
  }
}

BoundFunction bind_substring_index(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "substringIndex";
  check_argument_count(kName, arguments, 3, 3);
  check_string(kName, arguments, 0);
  check_string(kName, arguments, 1);
  check_integer(kName, arguments, 2);
  return {string_type(), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            const StringCells delimiters(*columns[1]);
            const IntegerCells counts(*columns[2]);
            return make_strings(row_count, string_bytes(*columns[0], row_count),
                                [&](size_t i, Buffer<char>& out) {
                                  append_bytes(out, cut_index(cells[i], delimiters[i], counts[i]));
                                });
          }};
}

// --- trimming and padding

template <bool kLeft, bool kRight>
BoundFunction bind_trim(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 2);
  check_string(name, arguments, 0);
  const std::string characters = arguments.size() > 1 ? constant_string(name, arguments, 1) : " ";
  return {string_type(), [characters](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_strings(row_count, string_bytes(*columns[0], row_count),
                                [&](size_t i, Buffer<char>& out) {
                                  std::string_view text = cells[i];
                                  const auto is_trimmed = [&](char c) {
                                    return characters.find(c) != std::string::npos;
                                  };
                                  while (kLeft && !text.empty() && is_trimmed(text.front()))
                                    text.remove_prefix(1);
                                  while (kRight && !text.empty() && is_trimmed(text.back()))
                                    text.remove_suffix(1);
                                  append_bytes(out, text);
                                });
          }};
}

// Longest text that repeat, pad and space make of one row.
constexpr int64_t kMadeBytesMax = 1 << 30;

void check_made_bytes(std::string_view name, int64_t bytes) {
  if (bytes <= kMadeBytesMax) return;
  throw Error(ErrorCode::TooLargeStringSize, "The result of function " + std::string(name) +
                                                 " is too long: " + std::to_string(bytes));
}

BoundFunction bind_repeat(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("repeat", arguments, 2, 2);
  check_string("repeat", arguments, 0);
  check_integer("repeat", arguments, 1);
  return {string_type(), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            const IntegerCells counts(*columns[1]);
            return make_strings(row_count, 0, [&](size_t i, Buffer<char>& out) {
              const int64_t count = std::max<int64_t>(counts[i], 0);
              const auto size = static_cast<int64_t>(cells[i].size());
              if (size > 0)
                check_made_bytes("repeat", count > kMadeBytesMax ? count : count * size);
              for (int64_t n = 0; size > 0 && n < count; ++n) append_bytes(out, cells[i]);
            });
          }};
}

BoundFunction bind_space(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("space", arguments, 1, 1);
  check_integer("space", arguments, 0);
  return {string_type(), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const IntegerCells counts(*columns[0]);
            return make_strings(row_count, 0, [&](size_t i, Buffer<char>& out) {
              check_made_bytes("space", counts[i]);
              out.insert(out.end(), static_cast<size_t>(std::max<int64_t>(counts[i], 0)), ' ');
            });
          }};
}

// leftPad(text, length[, padding]): cut to the length, or filled up.
template <bool kLeft, bool kUtf8>
BoundFunction bind_pad(std::string_view name, FunctionArguments arguments) {
  check_argument_count(name, arguments, 2, 3);
  check_string(name, arguments, 0);
  check_integer(name, arguments, 1);
  std::string padding = arguments.size() > 2 ? constant_string(name, arguments, 2) : " ";
  if (padding.empty()) padding = " ";
  return {string_type(), [padding, name = std::string(name)](std::span<const ColumnPtr> columns,
                                                             size_t row_count) {
            const StringCells cells(*columns[0]);
            const IntegerCells lengths(*columns[1]);
            const auto count_of = [](std::string_view text) {
              return kUtf8 ? utf8_count(text) : text.size();
            };
            const auto head = [](std::string_view text, size_t count) {
              return text.substr(0, kUtf8 ? utf8_offset(text, count) : count);
            };
            const size_t padding_count = count_of(padding);
            return make_strings(row_count, 0, [&](size_t i, Buffer<char>& out) {
              check_made_bytes(name, lengths[i]);
              const auto length = static_cast<size_t>(std::max<int64_t>(lengths[i], 0));
              const std::string_view text = cells[i];
              const size_t count = count_of(text);
              if (count >= length) return append_bytes(out, head(text, length));
              if (!kLeft) append_bytes(out, text);
              size_t missing = length - count;
              for (; missing >= padding_count; missing -= padding_count) append_bytes(out, padding);
              append_bytes(out, head(padding, missing));
              if (kLeft) append_bytes(out, text);
            });
          }};
}

// --- beginnings and ends

template <class Test>
BoundFunction bind_test(std::string_view name, FunctionArguments arguments, Test test) {
  check_argument_count(name, arguments, 2, 2);
  check_string(name, arguments, 0);
  check_string(name, arguments, 1);
  return {simple_type(TypeId::UInt8), [test](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells texts(*columns[0]);
            const StringCells parts(*columns[1]);
            return make_numbers<uint8_t>(row_count,
                                         [&](size_t i) { return test(texts[i], parts[i]); });
          }};
}

BoundFunction bind_starts_with(const FunctionContext&, FunctionArguments arguments) {
  return bind_test("startsWith", arguments, [](std::string_view text, std::string_view part) {
    return text.starts_with(part);
  });
}

BoundFunction bind_ends_with(const FunctionContext&, FunctionArguments arguments) {
  return bind_test("endsWith", arguments, [](std::string_view text, std::string_view part) {
    return text.ends_with(part);
  });
}

BoundFunction bind_append_trailing(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "appendTrailingCharIfAbsent";
  check_argument_count(kName, arguments, 2, 2);
  check_string(kName, arguments, 0);
  const std::string character = constant_string(kName, arguments, 1);
  if (character.size() != 1) {
    throw Error(ErrorCode::BadArguments,
                "Argument 2 of " + std::string(kName) + " must be one byte: '" + character + "'");
  }
  return {string_type(),
          [end = character[0]](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_strings(row_count, string_bytes(*columns[0], row_count) + row_count,
                                [&](size_t i, Buffer<char>& out) {
                                  append_bytes(out, cells[i]);
                                  if (!cells[i].empty() && cells[i].back() != end)
                                    out.push_back(end);
                                });
          }};
}

#define NAMED(BINDER, NAME) \
  [](const FunctionContext&, FunctionArguments arguments) { return BINDER(NAME, arguments); }
#define TEXT(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)                  \
  {                                                                               \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION,   \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "Strings" \
  }
#define TEXT_ANY_CASE(NAME, BINDER, SYNTAX, DESCRIPTION, EXAMPLE, RESULT)          \
  {                                                                                \
    .name = NAME, .bind = BINDER, .syntax = SYNTAX, .description = DESCRIPTION,    \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "Strings", \
    .case_insensitive = true                                                       \
  }

const FunctionEntry kStringFunctions[] = {
    TEXT_ANY_CASE("length", bind_length, "length(x)", "Bytes of text; elements of an array or map.",
                  "length('héllo'), length([7, 8])", "6\t2"),
    function_alias("OCTET_LENGTH", "length", true),
    TEXT("lengthUTF8", bind_length_utf8, "lengthUTF8(text)", "Unicode code points of text.",
         "lengthUTF8('héllo')", "5"),
    function_alias("CHAR_LENGTH", "lengthUTF8", true),
    function_alias("CHARACTER_LENGTH", "lengthUTF8", true),
    TEXT("empty", bind_empty, "empty(x)", "1 for text or a list without anything in it.",
         "empty(''), empty([1])", "1\t0"),
    TEXT("notEmpty", bind_not_empty, "notEmpty(x)", "1 for text or a list with something in it.",
         "notEmpty('a')", "1"),
    TEXT_ANY_CASE("lower", bind_lower, "lower(text)", "Text with ASCII letters in lower case.",
                  "lower('ABC')", "abc"),
    function_alias("lcase", "lower", true),
    TEXT_ANY_CASE("upper", bind_upper, "upper(text)", "Text with ASCII letters in upper case.",
                  "upper('abc')", "ABC"),
    function_alias("ucase", "upper", true),
    TEXT("lowerUTF8", bind_lower_utf8, "lowerUTF8(text)", "Text with all letters in lower case.",
         "lowerUTF8('ÀÉ')", "àé"),
    TEXT("upperUTF8", bind_upper_utf8, "upperUTF8(text)", "Text with all letters in upper case.",
         "upperUTF8('àé')", "ÀÉ"),
    TEXT_ANY_CASE("initcap", bind_initcap, "initcap(text)",
                  "Words with an upper-case first letter and the rest in lower case.",
                  "initcap('hello wORLD')", "Hello World"),
    TEXT_ANY_CASE("reverse", bind_reverse, "reverse(x)", "Bytes or elements back to front.",
                  "reverse('abc')", "cba"),
    TEXT("reverseUTF8", bind_reverse_utf8, "reverseUTF8(text)", "Code points back to front.",
         "reverseUTF8('hé')", "éh"),
    TEXT("isValidUTF8", bind_is_valid_utf8, "isValidUTF8(text)", "1 for well-formed UTF-8.",
         "isValidUTF8('é'), isValidUTF8(unhex('FF'))", "1\t0"),
    TEXT("toValidUTF8", bind_to_valid_utf8, "toValidUTF8(text)",
         "Text with U+FFFD for runs of broken bytes.", "toValidUTF8(unhex('61FF62'))",
         "a\uFFFD"
         "b"),
    TEXT_ANY_CASE("ascii", bind_ascii, "ascii(text)", "The first byte as a number.", "ascii('a')",
                  "97"),
    TEXT_ANY_CASE("char", bind_char, "char(n, ...)", "Text of bytes given as numbers.",
                  "char(72, 105)", "Hi"),
    TEXT_ANY_CASE("concat", bind_concat, "concat(x, ...)",
                  "The texts of all arguments in a row; arrays are joined to one.",
                  "concat('a', 1, 'b'), 'x' || 'y'", "a1b\txy"),
    function_alias("concatAssumeInjective", "concat"),
    TEXT("concatWithSeparator", bind_concat_with_separator,
         "concatWithSeparator(separator, x, ...)",
         "The texts of the arguments with a separator between them.",
         "concatWithSeparator('-', 'a', 'b', 3)", "a-b-3"),
    function_alias("concat_ws", "concatWithSeparator", true),
    TEXT_ANY_CASE("substring", bind_substring_bytes, "substring(text, position[, length])",
                  "Bytes from a position on, which counts from 1, or from the end when negative.",
                  "substring('hello', 2, 3), substring('hello', -3)", "ell\tllo"),
    function_alias("substr", "substring", true),
    function_alias("mid", "substring", true),
    function_alias("byteSlice", "substring", true),
    TEXT("substringUTF8", bind_substring_utf8, "substringUTF8(text, position[, length])",
         "Code points from a position on.", "substringUTF8('héllo', 2, 2)", "él"),
    function_alias("substrUTF8", "substringUTF8"),
    TEXT("substringIndex", bind_substring_index, "substringIndex(text, delimiter, n)",
         "Text up to the n-th delimiter, counted from the end when negative.",
         "substringIndex('a.b.c', '.', 2), substringIndex('a.b.c', '.', -1)", "a.b\tc"),
    function_alias("SUBSTRING_INDEX", "substringIndex", true),
    TEXT_ANY_CASE("left", bind_left, "left(text, n)",
                  "The first n bytes; all but the last -n when negative.", "left('hello', 2)",
                  "he"),
    TEXT("leftUTF8", bind_left_utf8, "leftUTF8(text, n)", "The first n code points.",
         "leftUTF8('héllo', 2)", "hé"),
    TEXT_ANY_CASE("right", bind_right, "right(text, n)",
                  "The last n bytes; all but the first -n when negative.", "right('hello', 2)",
                  "lo"),
    TEXT("rightUTF8", bind_right_utf8, "rightUTF8(text, n)", "The last n code points.",
         "rightUTF8('héllo', 4)", "éllo"),
    TEXT("trimBoth", NAMED((bind_trim<true, true>), "trimBoth"), "trimBoth(text[, characters])",
         "Text without spaces, or other characters, at both ends.",
         "trimBoth('  a '), trimBoth('xyaxy', 'xy')", "a\ta"),
    function_alias("trim", "trimBoth", true),
    TEXT("trimLeft", NAMED((bind_trim<true, false>), "trimLeft"), "trimLeft(text[, characters])",
         "Text without spaces, or other characters, at its start.", "trimLeft('  a')", "a"),
    function_alias("ltrim", "trimLeft", true),
    TEXT("trimRight", NAMED((bind_trim<false, true>), "trimRight"), "trimRight(text[, characters])",
         "Text without spaces, or other characters, at its end.", "trimRight('a  ')", "a"),
    function_alias("rtrim", "trimRight", true),
    TEXT_ANY_CASE("repeat", bind_repeat, "repeat(text, n)", "Text n times in a row.",
                  "repeat('ab', 3)", "ababab"),
    TEXT_ANY_CASE("space", bind_space, "space(n)", "n spaces.", "length(space(3))", "3"),
    TEXT_ANY_CASE("leftPad", NAMED((bind_pad<true, false>), "leftPad"),
                  "leftPad(text, length[, padding])",
                  "Text filled up at its start, or cut, to a number of bytes.",
                  "leftPad('7', 3, '0')", "007"),
    function_alias("lpad", "leftPad", true),
    TEXT("leftPadUTF8", NAMED((bind_pad<true, true>), "leftPadUTF8"),
         "leftPadUTF8(text, length[, padding])",
         "Text filled up at its start, or cut, to a number of code points.",
         "leftPadUTF8('é', 3, 'ж')", "жжé"),
    TEXT_ANY_CASE("rightPad", NAMED((bind_pad<false, false>), "rightPad"),
                  "rightPad(text, length[, padding])",
                  "Text filled up at its end, or cut, to a number of bytes.",
                  "rightPad('a', 5, 'xy')", "axyxy"),
    function_alias("rpad", "rightPad", true),
    TEXT("rightPadUTF8", NAMED((bind_pad<false, true>), "rightPadUTF8"),
         "rightPadUTF8(text, length[, padding])",
         "Text filled up at its end, or cut, to a number of code points.",
         "rightPadUTF8('é', 3, 'ж')", "éжж"),
    TEXT("startsWith", bind_starts_with, "startsWith(text, prefix)",
         "1 when the text begins with the prefix.", "startsWith('hello', 'he')", "1"),
    function_alias("startsWithUTF8", "startsWith"),
    TEXT("endsWith", bind_ends_with, "endsWith(text, suffix)",
         "1 when the text ends with the suffix.", "endsWith('hello', 'lo')", "1"),
    function_alias("endsWithUTF8", "endsWith"),
    TEXT("appendTrailingCharIfAbsent", bind_append_trailing,
         "appendTrailingCharIfAbsent(text, character)",
         "Text with the character at its end, unless it is empty or ends so.",
         "appendTrailingCharIfAbsent('path', '/')", "path/"),
};
#undef TEXT_ANY_CASE
#undef TEXT
#undef NAMED

}  // namespace

std::span<const FunctionEntry> string_functions() { return kStringFunctions; }

}  // namespace freshet
