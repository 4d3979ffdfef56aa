#include "client/shell_command.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>

#include "client/http_client.h"
#include "client/line_editor.h"
#include "client/session_statement.h"
#include "client/statement_splitter.h"
#include "storage/base/error.h"
#include "storage/base/mutex.h"

namespace freshet {

namespace {

constexpr const char* kKeywords[] = {"SELECT",
                                     "FROM",
                                     "WHERE",
                                     "GROUP BY",
                                     "ORDER BY",
                                     "LIMIT",
                                     "HAVING",
                                     "INSERT INTO",
                                     "VALUES",
                                     "CREATE TABLE",
                                     "CREATE DATABASE",
                                     "CREATE VIEW",
                                     "CREATE MATERIALIZED VIEW",
                                     "DROP TABLE",
                                     "TRUNCATE TABLE",
                                     "RENAME TABLE",
                                     "SHOW TABLES",
                                     "SHOW DATABASES",
                                     "SHOW CREATE TABLE",
                                     "DESCRIBE",
                                     "EXPLAIN",
                                     "ENGINE",
                                     "MergeTree",
                                     "PARTITION BY",
                                     "FORMAT",
                                     "SETTINGS",
                                     "DISTINCT",
                                     "INNER JOIN",
                                     "LEFT JOIN",
                                     "USING",
                                     "BETWEEN",
                                     "LIKE",
                                     "ILIKE",
                                     "IN",
                                     "NOT",
                                     "NULL",
                                     "CASE",
                                     "WHEN",
                                     "THEN",
                                     "ELSE",
                                     "END",
                                     "count()",
                                     "sum(",
                                     "avg(",
                                     "min(",
                                     "max(",
                                     "uniq(",
                                     "uniqExact(",
                                     "quantile(",
                                     "toDate(",
                                     "toStartOfHour(",
                                     "now()",
                                     "exit",
                                     "quit",
                                     "help"};

// The keywords, and each of their words: Tab sees only the word that stands before it.
std::vector<std::string> keyword_words() {
  std::vector<std::string> words(std::begin(kKeywords), std::end(kKeywords));
  for (const std::string_view keyword : kKeywords) {
    if (keyword.find(' ') == std::string_view::npos) continue;
    for (size_t begin = 0; begin < keyword.size();) {
      const size_t end = std::min(keyword.find(' ', begin), keyword.size());
      words.emplace_back(keyword.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return words;
}

struct ShellOptions {
  std::string host = "127.0.0.1:8123";
  std::string user = "default";
  std::string password;
  std::string database = "default";
  std::vector<std::string> queries;
  std::string format;
  std::vector<std::string> settings;
  bool echo_time = false;
};

std::string make_query_id() {
  static std::atomic<unsigned> number{0};
  return "client-" + std::to_string(getpid()) + "-" +
         std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()) + "-" +
         std::to_string(number.fetch_add(1));
}

// Cancels the running statement when Ctrl-C is pressed: a thread of its own waits for the signal.
class Canceller {
 public:
  explicit Canceller(const ServerAddress& address) : address_(address) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGINT, on_interrupt);
    thread_ = std::thread([this] { watch(); });
    watcher_.store(thread_.native_handle());
  }
  ~Canceller() {
    std::signal(SIGINT, SIG_DFL);
    stopping_.store(true);
    pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
  }
  void begin(const std::string& query_id) {
    MutexLock lock(mutex_);
    query_id_ = query_id;
  }
  void end() {
    MutexLock lock(mutex_);
    query_id_.clear();
  }

 private:
  static void on_interrupt(int) { pthread_kill(watcher_.load(), SIGUSR1); }

  void watch() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    int signal = 0;
    while (sigwait(&signals, &signal) == 0 && !stopping_.load()) {
      std::string query_id;
      {
        MutexLock lock(mutex_);
        query_id = query_id_;
      }
      if (query_id.empty()) continue;
      std::fputs("\nCancelling the query.\n", stderr);
      try {
        HttpClient client(address_);
        client.post({}, {}, "KILL QUERY WHERE query_id = '" + query_id + "'");
      } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.message().c_str());
      }
    }
  }

  static inline std::atomic<pthread_t> watcher_{};
  ServerAddress address_;
  Mutex mutex_;
  std::string query_id_ GUARDED_BY(mutex_);
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

class StandardInput final : public ByteSource {
 public:
  size_t read(std::span<char> buffer) override {
    while (true) {
      const ssize_t bytes = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (bytes >= 0) return static_cast<size_t>(bytes);
      if (errno != EINTR) {
        throw Error(ErrorCode::CannotReadFromFileDescriptor, "Cannot read standard input");
      }
    }
  }
};

std::string upper_start(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n(");
  if (first == std::string::npos) return {};
  std::string word = text.substr(first, 8);
  for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return word;
}

// A number of the summary header: {"result_rows":"3",...}.
std::optional<uint64_t> summary_number(const std::string& summary, const std::string& name) {
  const std::string key = '"' + name + "\":\"";
  const size_t at = summary.find(key);
  if (at == std::string::npos) return std::nullopt;
  return std::strtoull(summary.c_str() + at + key.size(), nullptr, 10);
}

std::string human_count(uint64_t count) {
  char text[64];
  const auto value = static_cast<double>(count);
  if (count >= 1'000'000'000) {
    std::snprintf(text, sizeof(text), "%.2f billion", value / 1e9);
  } else if (count >= 1'000'000) {
    std::snprintf(text, sizeof(text), "%.2f million", value / 1e6);
  } else if (count >= 10'000) {
    std::snprintf(text, sizeof(text), "%.2f thousand", value / 1e3);
  } else {
    std::snprintf(text, sizeof(text), "%llu", static_cast<unsigned long long>(count));
  }
  return text;
}

class Shell {
 public:
  Shell(const ShellOptions& options, const ServerAddress& address, bool interactive)
      : options_(options), client_(address), interactive_(interactive) {
    if (interactive) canceller_.emplace(address);
    parameters_["database"] = options.database;
    parameters_["default_format"] = !options.format.empty() ? options.format
                                    : interactive           ? "PrettyCompact"
                                                            : "TabSeparated";
    for (const std::string& setting : options.settings) {
      const size_t equals = setting.find('=');
      parameters_[setting.substr(0, equals)] =
          equals == std::string::npos ? "1" : setting.substr(equals + 1);
    }
  }

  // False: the statement failed.
  bool run(const std::string& statement, bool with_standard_input) {
    HttpClient::Parameters parameters = parameters_;
    const std::string query_id = make_query_id();
    parameters["query_id"] = query_id;
    const auto started = std::chrono::steady_clock::now();
    if (canceller_) canceller_->begin(query_id);
    HttpAnswer answer;
    if (with_standard_input) {
      parameters["query"] = statement;
      StandardInput input;
      answer = client_.post_stream(parameters, {}, input);
    } else {
      answer = client_.post(parameters, {}, statement, [](std::string_view piece) {
        std::fwrite(piece.data(), 1, piece.size(), stdout);
      });
    }
    if (canceller_) canceller_->end();
    std::fflush(stdout);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    if (answer.status != 200) {
      std::fprintf(stderr, "%s", answer.body.c_str());
      return false;
    }
    std::fputs(answer.body.c_str(), stdout);
    if (!answer.complete) {
      std::fputs("\nThe server cut the answer off: it is not complete.\n", stderr);
      return false;
    }
    keep_session(statement);
    if (interactive_ || options_.echo_time) report(answer, seconds);
    return true;
  }

  // Of keywords and of names in the catalog.
  std::vector<std::string> completion_words() {
    std::vector<std::string> words = keyword_words();
    HttpClient::Parameters parameters = parameters_;
    parameters["default_format"] = "TabSeparated";
    const HttpAnswer answer = client_.post(parameters, {},
                                           "SELECT name FROM system.tables UNION ALL SELECT name "
                                           "FROM system.columns WHERE database != "
                                           "'system' UNION ALL SELECT name FROM system.databases");
    if (answer.status != 200) return words;
    size_t begin = 0;
    while (begin < answer.body.size()) {
      const size_t end = std::min(answer.body.find('\n', begin), answer.body.size());
      words.push_back(answer.body.substr(begin, end - begin));
      begin = end + 1;
    }
    return words;
  }

  std::string server_version() {
    const HttpAnswer answer = client_.post({}, {}, "SELECT version()");
    return answer.status == 200 ? answer.body.substr(0, answer.body.find('\n')) : std::string();
  }

  const std::string& database() { return parameters_["database"]; }

 private:
  // USE and SET hold for the rest of the shell; HTTP requests know no session by themselves.
  void keep_session(const std::string& statement) {
    for (auto& [name, value] : settings_of_set(statement)) parameters_[name] = std::move(value);
    if (std::string database = database_of_use(statement); !database.empty()) {
      parameters_["database"] = std::move(database);
    }
  }

  static void report(const HttpAnswer& answer, double seconds) {
    const std::string summary = answer.header("x-clickhouse-summary");
    const auto rows = summary_number(summary, "result_rows");
    const auto read = summary_number(summary, "read_rows");
    if (answer.headers.contains("x-clickhouse-format") && rows) {
      std::fprintf(stderr, "\n%s row%s in set. ", human_count(*rows).c_str(),
                   *rows == 1 ? "" : "s");
    } else {
      std::fputs("\nOk. ", stderr);
    }
    std::fprintf(stderr, "Elapsed: %.3f sec.", seconds);
    if (read && *read != 0)
      std::fprintf(stderr, " Read %s row%s.", human_count(*read).c_str(), *read == 1 ? "" : "s");
    std::fputs("\n\n", stderr);
  }

  ShellOptions options_;
  HttpClient client_;
  bool interactive_;
  HttpClient::Parameters parameters_;
  std::optional<Canceller> canceller_;
};

std::string history_path() {
  const char* home = std::getenv("HOME");
  return home == nullptr ? std::string() : std::string(home) + "/.freshet_history";
}

void print_help() {
  std::fputs(
      "Statements end with a semicolon and may span lines. Tab completes keywords and names,\n"
      "the arrow keys walk the history, Ctrl-C cancels a running statement or the line,\n"
      "Ctrl-D or exit leaves. A statement may choose its output: SELECT 1 FORMAT JSON;\n",
      stdout);
}

int run_interactive(Shell& shell, const ServerAddress& address) {
  std::printf("Connected to Freshet at %s:%s, which speaks ClickHouse %s. Type help for help.\n\n",
              address.host.c_str(), address.port.c_str(), shell.server_version().c_str());
  LineEditor editor(history_path());
  editor.set_words(shell.completion_words());
  std::string statement;
  while (true) {
    const std::string prompt = statement.empty() ? shell.database() + " :) " : ":-] ";
    const std::optional<std::string> line = editor.read_line(prompt);
    if (!line) break;
    if (editor.interrupted()) {
      statement.clear();
      continue;
    }
    if (statement.empty()) {
      if (*line == "exit" || *line == "quit" || *line == "exit;" || *line == "quit;") break;
      if (*line == "help" || *line == "help;") {
        print_help();
        continue;
      }
      if (line->find_first_not_of(" \t;") == std::string::npos) continue;
    }
    statement += *line;
    // A line may end several statements, and begin another.
    while (const std::optional<size_t> end = find_statement_end(statement)) {
      const std::string whole = statement.substr(0, *end);
      statement.erase(0, *end);
      editor.remember(whole);
      try {
        shell.run(whole.substr(0, whole.size() - 1), false);
        const std::string word = upper_start(whole);
        if (word.starts_with("CREATE") || word.starts_with("DROP") || word.starts_with("RENAME")) {
          editor.set_words(shell.completion_words());
        }
      } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.message().c_str());
      }
    }
    const size_t first = statement.find_first_not_of(" \t\n;");
    const bool is_comment = first != std::string::npos && statement.compare(first, 2, "--") == 0 &&
                            statement.find('\n') == std::string::npos;
    if (first == std::string::npos || is_comment) statement.clear();
    if (!statement.empty()) statement += '\n';
  }
  std::puts("Bye.");
  return 0;
}

// Whether somebody piped something in: INSERT takes it as data.
bool has_piped_input() {
  struct stat about {};
  if (fstat(STDIN_FILENO, &about) != 0) return false;
  return S_ISREG(about.st_mode) || S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode);
}

int run_batch(Shell& shell, const ShellOptions& options) {
  std::vector<std::string> statements;
  for (const std::string& query : options.queries) {
    for (std::string& statement : split_statements_of(query)) {
      statements.push_back(std::move(statement));
    }
  }
  const bool from_input = statements.empty();
  if (from_input) {
    const std::string script((std::istreambuf_iterator<char>(std::cin)),
                             std::istreambuf_iterator<char>());
    statements = split_statements_of(script);
  }
  for (const std::string& statement : statements) {
    const bool takes_input = !from_input && upper_start(statement).starts_with("INSERT") &&
                             statement.find("SELECT") == std::string::npos && has_piped_input();
    if (!shell.run(statement, takes_input)) return 1;
  }
  return 0;
}

}  // namespace

int run_shell(int argc, const char* const* argv) {
  ShellOptions options;
  CLI::App app("Freshet client: SQL shell over HTTP", "freshet client");
  app.add_option("-H,--host", options.host, "Server, HOST:PORT")->capture_default_str();
  app.add_option("-u,--user", options.user, "User")->capture_default_str();
  app.add_option("--password", options.password, "Password");
  app.add_option("-d,--database", options.database, "Database")->capture_default_str();
  app.add_option("-q,--query", options.queries, "Statement to run; may be repeated");
  app.add_option("-f,--format", options.format,
                 "Output format; default PrettyCompact on a terminal, else TabSeparated");
  app.add_option("-s,--setting", options.settings, "name=value; may be repeated");
  app.add_flag("-t,--time", options.echo_time, "Print the time of each statement to stderr");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  ServerAddress address = parse_server_address(options.host);
  address.user = options.user;
  address.password = options.password;
  const bool interactive = options.queries.empty() && isatty(STDIN_FILENO) != 0;
  try {
    Shell shell(options, address, interactive);
    return interactive ? run_interactive(shell, address) : run_batch(shell, options);
  } catch (const Error& error) {
    std::fprintf(stderr, "freshet client: %s\n", error.message().c_str());
    return 1;
  }
}

}  // namespace freshet
