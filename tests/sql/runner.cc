// Runs the SQL behaviour scripts under tests/sql, each in a fresh database.
//
//   sql_runner --in-process | --http [--update] FILE_OR_FOLDER...
//
// --update (or FRESHET_UPDATE=1) writes what came out in the place of the expected rows; errors
// are not rewritten. The change is then reviewed as any other.

#include <re2/re2.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "storage/base/error.h"
#include "tests/sql/database.h"
#include "tests/sql/script.h"

namespace freshet {
namespace {

struct RunnerOptions {
  bool over_http = false;
  bool updates = false;
  std::vector<std::string> paths;
};

std::vector<std::string> find_scripts(const std::vector<std::string>& paths) {
  std::vector<std::string> scripts;
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      scripts.push_back(path);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.path().extension() == ".slt") scripts.push_back(entry.path().string());
    }
  }
  std::sort(scripts.begin(), scripts.end());
  return scripts;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + '\n';
  return text;
}

class Runner {
 public:
  Runner(SqlDatabase& database, bool updates) : database_(database), updates_(updates) {}

  void run(const std::string& path) {
    const Script script = Script::read(path);
    const std::string name = database_name(path);
    database_.begin_session();
    for (const std::string& sql :
         {"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name, "USE " + name}) {
      const SqlAnswer answer = database_.run(sql);
      if (answer.failed) throw Error(ErrorCode::LogicalError, sql + ": " + answer.text);
    }
    std::vector<std::vector<std::string>> rows;
    for (const ScriptRecord& record : script.records()) rows.push_back(run(path, record));
    if (updates_) script.write_rows(rows);
    const SqlAnswer dropped = database_.run("DROP DATABASE " + name);
    if (dropped.failed) throw Error(ErrorCode::LogicalError, path + ": " + dropped.text);
  }

  size_t record_count() const { return record_count_; }
  size_t query_count() const { return query_count_; }
  size_t failure_count() const { return failure_count_; }

 private:
  // types/bool.slt runs in database types_bool.
  static std::string database_name(const std::string& path) {
    const std::filesystem::path file(path);
    return file.parent_path().filename().string() + "_" + file.stem().string();
  }

  // The rows of a query as they should be written in the script.
  std::vector<std::string> run(const std::string& path, const ScriptRecord& record) {
    ++record_count_;
    const SqlAnswer answer = database_.run(record.sql);
    switch (record.kind) {
      case ScriptRecord::Kind::StatementOk:
        if (answer.failed) fail(path, record, "  success\n", answer.text);
        return {};
      case ScriptRecord::Kind::StatementError:
        if (!answer.failed || !RE2::PartialMatch(answer.text, record.error_pattern)) {
          fail(path, record, "  error " + record.error_pattern + "\n",
               answer.failed ? answer.text : "success: " + answer.text);
        }
        return {};
      case ScriptRecord::Kind::Query:
        return run_query(path, record, answer);
    }
    return {};
  }

  std::vector<std::string> run_query(const std::string& path, const ScriptRecord& record,
                                     const SqlAnswer& answer) {
    ++query_count_;
    if (answer.failed) {
      fail(path, record, joined(record.rows), answer.text);
      return record.rows;
    }
    std::vector<std::string> rows = script_rows(answer.text);
    std::vector<std::string> expected = record.rows;
    if (record.sorts_rows) {
      std::sort(rows.begin(), rows.end());
      std::sort(expected.begin(), expected.end());
    }
    if (rows != expected && !updates_) {
      fail(path, record, joined(expected), joined(rows));
    } else if (!record.types.empty() && !rows.empty() &&
               std::count(rows[0].begin(), rows[0].end(), '\t') + 1 !=
                   static_cast<std::ptrdiff_t>(record.types.size())) {
      fail(path, record, "  columns " + record.types + "\n", joined(rows));
    }
    return rows;
  }

  void fail(const std::string& path, const ScriptRecord& record, const std::string& expected,
            const std::string& actual) {
    ++failure_count_;
    std::fprintf(stderr, "%s:%zu:\n%s\nexpected:\n%sactual:\n%s\n\n", path.c_str(),
                 record.line_number, record.sql.c_str(), expected.c_str(), actual.c_str());
  }

  SqlDatabase& database_;
  bool updates_;
  size_t record_count_ = 0;
  size_t query_count_ = 0;
  size_t failure_count_ = 0;
};

int run_scripts(const RunnerOptions& options) {
  const std::vector<std::string> scripts = find_scripts(options.paths);
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("freshet_sql_" + std::to_string(getpid()));
  std::filesystem::remove_all(directory);
  size_t failure_count = 0;
  size_t record_count = 0;
  {
    const auto database = options.over_http ? open_over_http(directory.string())
                                            : open_in_process(directory.string());
    Runner runner(*database, options.updates);
    for (const std::string& script : scripts) runner.run(script);
    failure_count = runner.failure_count();
    record_count = runner.record_count();
    std::printf("%zu scripts, %zu records (%zu queries), %zu failures\n", scripts.size(),
                record_count, runner.query_count(), failure_count);
  }
  std::filesystem::remove_all(directory);
  return failure_count == 0 && record_count != 0 ? 0 : 1;
}

}  // namespace
}  // namespace freshet

int main(int argc, char** argv) {
  freshet::RunnerOptions options;
  bool chosen = false;
  for (int index = 1; index < argc; ++index) {
    const std::string argument = argv[index];
    if (argument == "--http" || argument == "--in-process") {
      options.over_http = argument == "--http";
      chosen = true;
    } else if (argument == "--update") {
      options.updates = true;
    } else {
      options.paths.push_back(argument);
    }
  }
  const char* update = std::getenv("FRESHET_UPDATE");
  if (update != nullptr && std::string(update) == "1") options.updates = true;
  if (!chosen || options.paths.empty()) {
    std::fprintf(stderr, "usage: sql_runner --in-process | --http [--update] FILE_OR_FOLDER...\n");
    return 2;
  }
  try {
    return freshet::run_scripts(options);
  } catch (const freshet::Error& error) {
    std::fprintf(stderr, "sql_runner: %s\n", error.display().c_str());
    return 1;
  }
}
