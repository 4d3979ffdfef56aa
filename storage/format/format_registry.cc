#include <algorithm>

#include "storage/base/error.h"
#include "storage/format/csv.h"
#include "storage/format/format.h"
#include "storage/format/json_lines.h"
#include "storage/format/json_result.h"
#include "storage/format/line_rows.h"
#include "storage/format/markdown.h"
#include "storage/format/native.h"
#include "storage/format/null_writer.h"
#include "storage/format/pretty.h"
#include "storage/format/regexp.h"
#include "storage/format/row_binary.h"
#include "storage/format/tsv.h"
#include "storage/format/values.h"

namespace freshet {

namespace {

constexpr std::string_view kTsvType = "text/tab-separated-values; charset=UTF-8";
constexpr std::string_view kCsvType = "text/csv; charset=UTF-8; header=absent";
constexpr std::string_view kCsvHeaderType = "text/csv; charset=UTF-8; header=present";
constexpr std::string_view kJsonType = "application/json; charset=UTF-8";
constexpr std::string_view kJsonLinesType = "application/x-ndjson; charset=UTF-8";
constexpr std::string_view kPlainType = "text/plain; charset=UTF-8";
constexpr std::string_view kBinaryType = "application/octet-stream";
constexpr std::string_view kMarkdownType = "text/markdown; charset=UTF-8";

using ReaderPtr = std::unique_ptr<RowReader>;
using WriterPtr = std::unique_ptr<ChunkWriter>;

template <HeaderRows header, TsvEscapes escapes>
ReaderPtr tsv_reader(const Schema& expected, const FormatOptions& options) {
  return make_tsv_reader(expected, options, header, escapes);
}
template <HeaderRows header, TsvEscapes escapes>
WriterPtr tsv_writer(const FormatOptions& options) {
  return make_tsv_writer(options, header, escapes);
}
template <HeaderRows header>
ReaderPtr csv_reader(const Schema& expected, const FormatOptions& options) {
  return make_csv_reader(expected, options, header);
}
template <HeaderRows header>
WriterPtr csv_writer(const FormatOptions& options) {
  return make_csv_writer(options, header);
}
template <HeaderRows header, JsonCells cells>
ReaderPtr json_array_reader(const Schema& expected, const FormatOptions& options) {
  return make_json_array_reader(expected, options, cells, header);
}
template <HeaderRows header, JsonCells cells>
WriterPtr json_array_writer(const FormatOptions& options) {
  return make_json_array_writer(options, cells, header);
}
template <JsonCells cells>
ReaderPtr json_object_reader(const Schema& expected, const FormatOptions& options) {
  return make_json_object_reader(expected, options, cells);
}
template <JsonCells cells>
WriterPtr json_object_writer(const FormatOptions& options) {
  return make_json_object_writer(options, cells);
}
template <bool rows_are_objects, bool cells_are_strings>
WriterPtr json_result_writer(const FormatOptions& options) {
  return make_json_result_writer(options, {rows_are_objects, cells_are_strings});
}
template <HeaderRows header>
ReaderPtr row_binary_reader(const Schema& expected, const FormatOptions& options) {
  return make_row_binary_reader(expected, options, header);
}
template <HeaderRows header>
WriterPtr row_binary_writer(const FormatOptions& options) {
  return make_row_binary_writer(options, header);
}
template <PrettyBox box>
WriterPtr pretty_writer(const FormatOptions& options) {
  return make_pretty_writer(options, box);
}

constexpr auto kNone = HeaderRows::None;
constexpr auto kNames = HeaderRows::Names;
constexpr auto kTypes = HeaderRows::NamesAndTypes;
constexpr auto kEscaped = TsvEscapes::Backslash;
constexpr auto kRaw = TsvEscapes::None;
constexpr auto kTyped = JsonCells::Typed;
constexpr auto kStrings = JsonCells::Strings;

constexpr FormatEntry kFormats[] = {
    {"TabSeparated", kTsvType,
     "A line per row, tabs between cells, backslash escapes, \\N for NULL.",
     tsv_reader<kNone, kEscaped>, tsv_writer<kNone, kEscaped>},
    {"TabSeparatedWithNames", kTsvType, "TabSeparated with a first line of column names.",
     tsv_reader<kNames, kEscaped>, tsv_writer<kNames, kEscaped>},
    {"TabSeparatedWithNamesAndTypes", kTsvType,
     "TabSeparated with a line of column names and a line of types.", tsv_reader<kTypes, kEscaped>,
     tsv_writer<kTypes, kEscaped>},
    {"TabSeparatedRaw", kTsvType, "TabSeparated without escapes.", tsv_reader<kNone, kRaw>,
     tsv_writer<kNone, kRaw>},
    {"TabSeparatedRawWithNames", kTsvType, "TabSeparatedRaw with a first line of column names.",
     tsv_reader<kNames, kRaw>, tsv_writer<kNames, kRaw>},
    {"TabSeparatedRawWithNamesAndTypes", kTsvType,
     "TabSeparatedRaw with a line of column names and a line of types.", tsv_reader<kTypes, kRaw>,
     tsv_writer<kTypes, kRaw>},
    {"TSV", kTsvType, "TabSeparated.", tsv_reader<kNone, kEscaped>, tsv_writer<kNone, kEscaped>,
     "TabSeparated"},
    {"TSVWithNames", kTsvType, "TabSeparatedWithNames.", tsv_reader<kNames, kEscaped>,
     tsv_writer<kNames, kEscaped>, "TabSeparatedWithNames"},
    {"TSVWithNamesAndTypes", kTsvType, "TabSeparatedWithNamesAndTypes.",
     tsv_reader<kTypes, kEscaped>, tsv_writer<kTypes, kEscaped>, "TabSeparatedWithNamesAndTypes"},
    {"TSVRaw", kTsvType, "TabSeparatedRaw.", tsv_reader<kNone, kRaw>, tsv_writer<kNone, kRaw>,
     "TabSeparatedRaw"},
    {"TSVRawWithNames", kTsvType, "TabSeparatedRawWithNames.", tsv_reader<kNames, kRaw>,
     tsv_writer<kNames, kRaw>, "TabSeparatedRawWithNames"},
    {"TSVRawWithNamesAndTypes", kTsvType, "TabSeparatedRawWithNamesAndTypes.",
     tsv_reader<kTypes, kRaw>, tsv_writer<kTypes, kRaw>, "TabSeparatedRawWithNamesAndTypes"},
    {"CSV", kCsvType, "A line per row, commas between cells, strings between double quotes.",
     csv_reader<kNone>, csv_writer<kNone>},
    {"CSVWithNames", kCsvHeaderType, "CSV with a first line of column names.", csv_reader<kNames>,
     csv_writer<kNames>},
    {"CSVWithNamesAndTypes", kCsvHeaderType, "CSV with a line of column names and a line of types.",
     csv_reader<kTypes>, csv_writer<kTypes>},
    {"JSONEachRow", kJsonLinesType, "A JSON object per row.", json_object_reader<kTyped>,
     json_object_writer<kTyped>},
    {"JSONLines", kJsonLinesType, "JSONEachRow.", json_object_reader<kTyped>,
     json_object_writer<kTyped>, "JSONEachRow"},
    {"NDJSON", kJsonLinesType, "JSONEachRow.", json_object_reader<kTyped>,
     json_object_writer<kTyped>, "JSONEachRow"},
    {"JSONStringsEachRow", kJsonLinesType, "A JSON object per row, all values as strings.",
     json_object_reader<kStrings>, json_object_writer<kStrings>},
    {"JSONCompactEachRow", kJsonLinesType, "A JSON array per row.",
     json_array_reader<kNone, kTyped>, json_array_writer<kNone, kTyped>},
    {"JSONCompactEachRowWithNames", kJsonLinesType,
     "JSONCompactEachRow with a first array of column names.", json_array_reader<kNames, kTyped>,
     json_array_writer<kNames, kTyped>},
    {"JSONCompactEachRowWithNamesAndTypes", kJsonLinesType,
     "JSONCompactEachRow with an array of column names and one of types.",
     json_array_reader<kTypes, kTyped>, json_array_writer<kTypes, kTyped>},
    {"JSONCompactStringsEachRow", kJsonLinesType, "A JSON array per row, all values as strings.",
     json_array_reader<kNone, kStrings>, json_array_writer<kNone, kStrings>},
    {"JSONCompactStringsEachRowWithNames", kJsonLinesType,
     "JSONCompactStringsEachRow with a first array of column names.",
     json_array_reader<kNames, kStrings>, json_array_writer<kNames, kStrings>},
    {"JSONCompactStringsEachRowWithNamesAndTypes", kJsonLinesType,
     "JSONCompactStringsEachRow with an array of column names and one of types.",
     json_array_reader<kTypes, kStrings>, json_array_writer<kTypes, kStrings>},
    {"JSON", kJsonType, "One object: names and types, rows as objects, statistics.", nullptr,
     json_result_writer<true, false>},
    {"JSONStrings", kJsonType, "JSON with all values as strings.", nullptr,
     json_result_writer<true, true>},
    {"JSONCompact", kJsonType, "One object: names and types, rows as arrays, statistics.", nullptr,
     json_result_writer<false, false>},
    {"JSONCompactStrings", kJsonType, "JSONCompact with all values as strings.", nullptr,
     json_result_writer<false, true>},
    {"JSONColumns", kJsonType, "One object with an array per column.", nullptr,
     make_json_columns_writer},
    {"Values", kPlainType, "Rows as in INSERT ... VALUES.", make_values_reader, make_values_writer},
    {"Regexp", kPlainType, "A line per row; groups of a regular expression are the columns.",
     make_regexp_reader, nullptr},
    {"LineAsString", kPlainType, "A line is the one cell of a row.", make_line_reader, nullptr},
    {"JSONAsString", kJsonType, "A JSON object is the one cell of a row.", make_json_text_reader,
     nullptr},
    {"RowBinary", kBinaryType, "Binary cells back to back.", row_binary_reader<kNone>,
     row_binary_writer<kNone>},
    {"RowBinaryWithNames", kBinaryType, "RowBinary behind the column names.",
     row_binary_reader<kNames>, row_binary_writer<kNames>},
    {"RowBinaryWithNamesAndTypes", kBinaryType, "RowBinary behind column names and types.",
     row_binary_reader<kTypes>, row_binary_writer<kTypes>},
    {"Native", kBinaryType, "Blocks of columns, as ClickHouse's own clients send them.",
     make_native_reader, make_native_writer},
    {"Vertical", kPlainType, "A line per cell, for people.", nullptr, make_vertical_writer},
    {"Pretty", kPlainType, "A table with box characters.", nullptr, pretty_writer<PrettyBox::Full>},
    {"PrettyCompact", kPlainType, "A table with box characters and no lines between rows.", nullptr,
     pretty_writer<PrettyBox::Compact>},
    {"PrettyCompactMonoBlock", kPlainType, "PrettyCompact.", nullptr,
     pretty_writer<PrettyBox::Compact>, "PrettyCompact"},
    {"PrettyMonoBlock", kPlainType, "Pretty.", nullptr, pretty_writer<PrettyBox::Full>, "Pretty"},
    {"PrettySpace", kPlainType, "A table without lines.", nullptr, pretty_writer<PrettyBox::Space>},
    {"Markdown", kMarkdownType, "A Markdown table.", nullptr, make_markdown_writer},
    {"MD", kMarkdownType, "Markdown.", nullptr, make_markdown_writer, "Markdown"},
    {"Null", kPlainType, "Nothing: the rows are computed and thrown away.", nullptr,
     make_null_writer},
};

char to_lower(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

bool equal_in_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

}  // namespace

const FormatEntry& find_format(std::string_view name) {
  for (const FormatEntry& format : kFormats) {
    if (equal_in_any_case(format.name, name)) return format;
  }
  throw Error(ErrorCode::UnknownFormat, "Unknown format " + std::string(name));
}

std::span<const FormatEntry> all_formats() { return kFormats; }

}  // namespace freshet
