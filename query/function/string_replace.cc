// Replacing in text, character by character or as a whole.
#include <array>

#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/substring_search.h"
#include "query/function/utf8.h"

namespace freshet {

namespace {

void replace_text(const SubstringSearcher& searcher, std::string_view replacement, bool all,
                  std::string_view text, Buffer<char>& out) {
  size_t from = 0;
  while (!searcher.needle().empty()) {
    const size_t found = searcher.find(text, from);
    if (found == SubstringSearcher::kNone) break;
    append_bytes(out, text.substr(from, found - from));
    append_bytes(out, replacement);
    from = found + searcher.needle().size();
    if (!all) break;
  }
  append_bytes(out, text.substr(from));
}

BoundFunction bind_replace(std::string_view name, bool all, FunctionArguments arguments) {
  check_argument_count(name, arguments, 3, 3);
  for (size_t i = 0; i < 3; ++i) check_string(name, arguments, i);
  return {simple_type(TypeId::String), [all](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            const StringCells needles(*columns[1]);
            const StringCells replacements(*columns[2]);
            SubstringSearcher searcher{std::string(needles[0])};
            return make_strings(row_count, string_bytes(*columns[0], row_count),
                                [&](size_t i, Buffer<char>& out) {
                                  if (searcher.needle() != needles[i]) {
                                    searcher = SubstringSearcher(std::string(needles[i]));
                                  }
                                  replace_text(searcher, replacements[i], all, cells[i], out);
                                });
          }};
}

BoundFunction bind_replace_one(const FunctionContext&, FunctionArguments arguments) {
  return bind_replace("replaceOne", false, arguments);
}

BoundFunction bind_replace_all(const FunctionContext&, FunctionArguments arguments) {
  return bind_replace("replaceAll", true, arguments);
}

// What translate makes of each byte: itself, another one, or nothing.
class ByteMap {
 public:
  ByteMap(std::string_view from, std::string_view to) {
    for (size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<int16_t>(i);
    for (size_t i = from.size(); i-- > 0;) {
      bytes_[static_cast<uint8_t>(from[i])] =
          i < to.size() ? static_cast<int16_t>(static_cast<uint8_t>(to[i])) : kDropped;
    }
  }

  void append(std::string_view text, Buffer<char>& out) const {
    for (const char c : text) {
      const int16_t byte = bytes_[static_cast<uint8_t>(c)];
      if (byte != kDropped) out.push_back(static_cast<char>(byte));
    }
  }

 private:
  static constexpr int16_t kDropped = -1;
  std::array<int16_t, 256> bytes_;
};

BoundFunction bind_translate(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("translate", arguments, 3, 3);
  check_string("translate", arguments, 0);
  const ByteMap map(constant_string("translate", arguments, 1),
                    constant_string("translate", arguments, 2));
  return {simple_type(TypeId::String), [map](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_strings(row_count, string_bytes(*columns[0], row_count),
                                [&](size_t i, Buffer<char>& out) { map.append(cells[i], out); });
          }};
}

std::vector<std::string> split_code_points(std::string_view text) {
  std::vector<std::string> points;
  while (!text.empty()) {
    const size_t bytes = utf8_offset(text, 1);
    points.emplace_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return points;
}

BoundFunction bind_translate_utf8(const FunctionContext&, FunctionArguments arguments) {
  constexpr std::string_view kName = "translateUTF8";
  check_argument_count(kName, arguments, 3, 3);
  check_string(kName, arguments, 0);
  const std::vector<std::string> from = split_code_points(constant_string(kName, arguments, 1));
  const std::vector<std::string> to = split_code_points(constant_string(kName, arguments, 2));
  return {simple_type(TypeId::String),
          [from, to](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_strings(
                row_count, string_bytes(*columns[0], row_count), [&](size_t i, Buffer<char>& out) {
                  std::string_view text = cells[i];
                  while (!text.empty()) {
                    const std::string_view point = text.substr(0, utf8_offset(text, 1));
                    text.remove_prefix(point.size());
                    size_t index = 0;
                    while (index < from.size() && from[index] != point) ++index;
                    if (index == from.size()) {
                      append_bytes(out, point);
                    } else if (index < to.size()) {
                      append_bytes(out, to[index]);
                    }
                  }
                });
          }};
}

constexpr FunctionEntry kStringReplaceFunctions[] = {
    {.name = "replaceOne",
     .bind = bind_replace_one,
     .syntax = "replaceOne(text, part, replacement)",
     .description = "Text with the first occurrence of a part replaced.",
     .example = "SELECT replaceOne('hello', 'l', 'L')",
     .example_result = "heLlo",
     .category = "Strings"},
    {.name = "replaceAll",
     .bind = bind_replace_all,
     .syntax = "replaceAll(text, part, replacement)",
     .description = "Text with all occurrences of a part replaced.",
     .example = "SELECT replaceAll('hello', 'l', 'L')",
     .example_result = "heLLo",
     .category = "Strings"},
    function_alias("replace", "replaceAll", true),
    {.name = "translate",
     .bind = bind_translate,
     .syntax = "translate(text, from, to)",
     .description = "Text with each byte of `from` turned into the byte of `to` in its place.",
     .example = "SELECT translate('abc', 'ab', 'xy')",
     .example_result = "xyc",
     .category = "Strings"},
    {.name = "translateUTF8",
     .bind = bind_translate_utf8,
     .syntax = "translateUTF8(text, from, to)",
     .description = "Like translate, for code points.",
     .example = "SELECT translateUTF8('héllo', 'é', 'e')",
     .example_result = "hello",
     .category = "Strings"},
};

}  // namespace

std::span<const FunctionEntry> string_replace_functions() { return kStringReplaceFunctions; }

}  // namespace freshet
