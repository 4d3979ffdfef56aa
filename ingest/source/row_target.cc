#include "ingest/source/row_target.h"

#include <string>
#include <utility>
#include <vector>

#include "storage/base/error.h"

namespace freshet {
namespace {

using SettingTexts = std::vector<std::pair<std::string, std::string>>;

bool parse_flag(std::string_view name, std::string_view value) {
  if (value == "1" || value == "true") return true;
  if (value == "0" || value == "false") return false;
  throw Error(ErrorCode::CannotParseBool,
              "Setting " + std::string(name) + " is 0 or 1, but not " + std::string(value));
}

void apply_settings(const SettingTexts& settings, RowTarget& target) {
  for (const auto& [name, value] : settings) {
    if (name == "acknowledge") {
      target.acknowledge = parse_flag(name, value);
    } else if (name == "insert_deduplication_token") {
      throw Error(ErrorCode::NotImplemented,
                  "A stream of rows is cut into batches by time, so a token cannot name them; send "
                  "the INSERT over HTTP to use insert_deduplication_token = " +
                      value);
    } else {
      target.insert.query.settings.set(name, value);
    }
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n;";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

RowTarget parse_row_target(const QueryEngine& engine, std::string_view line) {
  const StatementHead head = engine.inspect(line);
  if (head.kind != StatementHead::Kind::InsertData) {
    throw Error(
        ErrorCode::IncorrectQuery,
        "The first line is INSERT INTO table FORMAT format, but this one is " + std::string(line));
  }
  RowTarget target;
  target.insert.query.text = line;
  target.insert.database = head.database;
  target.insert.table = head.table;
  target.insert.columns = head.columns;
  target.insert.format = head.format;
  // Batches are cut by time: two of them may well have the same rows.
  target.insert.query.settings.set("insert_deduplicate", "0");
  apply_settings(head.settings, target);
  const std::string_view rest = trim(line.substr(std::min(head.data_offset, line.size())));
  if (!rest.empty()) {
    // To the parser, whatever follows FORMAT is data; in a head it can only be SETTINGS.
    apply_settings(engine.inspect("SELECT 1 " + std::string(rest)).settings, target);
  }
  return target;
}

RowTarget make_row_target(const QueryEngine& engine, const SocketListenerOptions& options) {
  RowTarget target =
      parse_row_target(engine, "INSERT INTO " + options.table + " FORMAT " + options.format);
  target.acknowledge = options.acknowledge;
  apply_settings(options.settings, target);
  return target;
}

}  // namespace freshet
