// Any text either is refused with an Error or becomes a tree that survives printing and reading
// back.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "query/sql/ast_printer.h"
#include "query/sql/parser.h"
#include "storage/base/error.h"

namespace {

using freshet::Error;
using freshet::ErrorCode;
using freshet::PrintStyle;
using freshet::Statement;

[[noreturn]] void report(std::string_view what, const std::string& text) {
  std::fprintf(stderr, "%.*s\n%s\n", static_cast<int>(what.size()), what.data(), text.c_str());
  std::abort();
}

void check_round_trip(const Statement& statement, PrintStyle style) {
  const std::string printed = to_sql(statement, style);
  try {
    if (!(freshet::parse_statement(printed) == statement))
      report("printed text means something else", printed);
  } catch (const Error& error) {
    // Parentheses that the printer adds may cross the limit that the original just kept.
    if (error.code() != ErrorCode::TooDeepRecursion) report(error.message(), printed);
  }
}

void name_columns(const Statement& statement) {
  const auto* query = std::get_if<freshet::QueryPtr>(&statement.body);
  if (!query) return;
  const auto* select = std::get_if<freshet::Select>(&(*query)->body);
  if (!select) return;
  for (const auto& expression : select->list) column_name(*expression);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    freshet::split_statements(text);
  } catch (const Error&) {
  }
  try {
    const Statement statement = freshet::parse_statement(text);
    check_round_trip(statement, PrintStyle::OneLine);
    check_round_trip(statement, PrintStyle::MultiLine);
    name_columns(statement);
  } catch (const Error&) {
  }
  return 0;
}
