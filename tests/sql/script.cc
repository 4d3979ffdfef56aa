#include "tests/sql/script.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "storage/base/error.h"

namespace freshet {

namespace {

constexpr std::string_view kEmptyRow = "(empty)";

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void read_query_words(const std::string& words, ScriptRecord& record) {
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    if (word == "rowsort") {
      record.sorts_rows = true;
    } else if (word != "nosort") {
      record.types = word;
    }
  }
}

}  // namespace

Script Script::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorCode::CannotOpenFile, "Cannot open " + path);
  std::ostringstream text;
  text << file.rdbuf();
  Script script;
  script.path_ = path;
  script.lines_ = split_lines(text.str());
  script.parse();
  return script;
}

void Script::parse() {
  const auto bad = [this](size_t line, const std::string& reason) {
    return Error(ErrorCode::BadArguments,
                 path_ + ":" + std::to_string(line + 1) + ": " + reason + ": " + lines_[line]);
  };
  for (size_t line = 0; line < lines_.size();) {
    const std::string& head = lines_[line];
    if (head.empty() || head.starts_with('#')) {
      ++line;
      continue;
    }
    ScriptRecord record;
    record.line_number = line + 1;
    constexpr std::string_view kError = "statement error";
    if (head == "statement ok") {
      record.kind = ScriptRecord::Kind::StatementOk;
    } else if (head.starts_with(kError) && head.size() > kError.size() + 1) {
      record.kind = ScriptRecord::Kind::StatementError;
      record.error_pattern = head.substr(kError.size() + 1);
    } else if (head == "query" || head.starts_with("query ")) {
      record.kind = ScriptRecord::Kind::Query;
      read_query_words(head.substr(5), record);
    } else {
      throw bad(line, "expected statement ok, statement error PATTERN or query");
    }
    const size_t first = line++;
    for (; line < lines_.size() && !lines_[line].empty() && lines_[line] != "----"; ++line) {
      record.sql += (record.sql.empty() ? "" : "\n") + lines_[line];
    }
    if (record.sql.empty()) throw bad(first, "no SQL in this record");
    const bool has_rows = line < lines_.size() && lines_[line] == "----";
    if (has_rows != (record.kind == ScriptRecord::Kind::Query)) {
      throw bad(first, has_rows ? "a statement has no ---- and rows" : "a query needs ----");
    }
    if (has_rows) {
      record.rows_begin = ++line;
      for (; line < lines_.size() && !lines_[line].empty(); ++line) {
        record.rows.push_back(lines_[line]);
      }
      record.rows_end = line;
    }
    records_.push_back(std::move(record));
  }
}

void Script::write_rows(const std::vector<std::vector<std::string>>& rows) const {
  std::ofstream file(path_, std::ios::binary | std::ios::trunc);
  size_t line = 0;
  for (size_t index = 0; index < records_.size(); ++index) {
    const ScriptRecord& record = records_[index];
    if (record.kind != ScriptRecord::Kind::Query) continue;
    for (; line < record.rows_begin; ++line) file << lines_[line] << '\n';
    for (const std::string& row : rows[index]) file << row << '\n';
    line = record.rows_end;
  }
  for (; line < lines_.size(); ++line) file << lines_[line] << '\n';
  file.close();
  if (!file) throw Error(ErrorCode::CannotWriteToFileDescriptor, "Cannot write " + path_);
}

std::vector<std::string> script_rows(std::string_view answer) {
  std::vector<std::string> rows = split_lines(answer);
  for (std::string& row : rows) {
    if (row.empty()) row = kEmptyRow;
  }
  return rows;
}

}  // namespace freshet
