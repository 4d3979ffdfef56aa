// Script: one .slt file, cut into records, with the means to write new expected rows back.
//
//   # comment
//   statement ok
//   INSERT INTO t FORMAT TabSeparated
//   1<tab>one
//
//   statement error UNKNOWN_TABLE
//   SELECT * FROM nosuch
//
//   query IT rowsort
//   SELECT a, s FROM t
//   ----
//   1<tab>one
//
// A record ends at an empty line. Rows are TabSeparated; a row that is empty altogether is written
// `(empty)`.
//
// Errors: BadArguments names file and line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace freshet {

struct ScriptRecord {
  enum class Kind { StatementOk, StatementError, Query };
  Kind kind = Kind::StatementOk;
  size_t line_number = 0;  // 1-based, of the record's first line
  std::string sql;
  std::string error_pattern;  // StatementError: what the error's text must contain
  std::string types;          // Query: one letter a column; empty: not said
  bool sorts_rows = false;    // Query
  // Query: expected rows, and the 0-based lines [rows_begin, rows_end) that hold them.
  std::vector<std::string> rows;
  size_t rows_begin = 0;
  size_t rows_end = 0;
};

class Script {
 public:
  static Script read(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<ScriptRecord>& records() const { return records_; }
  // Puts the rows of the records (one entry for each record; those that are no queries are left
  // alone) in the place of the expected ones and writes the file.
  void write_rows(const std::vector<std::vector<std::string>>& rows) const;

 private:
  void parse();

  std::string path_;
  std::vector<std::string> lines_;
  std::vector<ScriptRecord> records_;
};

// Lines of a TabSeparated answer, as a script writes them.
std::vector<std::string> script_rows(std::string_view answer);

}  // namespace freshet
