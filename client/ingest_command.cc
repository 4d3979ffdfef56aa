#include "client/ingest_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/http_client.h"
#include "client/progress_bar.h"
#include "client/row_batches.h"
#include "client/shop_generator.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/column/time_zone.h"
#include "storage/format/format.h"

namespace freshet {

namespace {

constexpr std::chrono::milliseconds kFollowEvery{200};

struct IngestOptions {
  std::vector<std::string> files;
  std::string table;
  std::string format = "JSONEachRow";
  std::string host = "127.0.0.1:8123";
  std::string user = "default";
  std::string password;
  std::string database = "default";
  std::vector<std::string> settings;
  bool follow = false;
  bool from_start = false;
  bool quiet = false;
  uint64_t batch_bytes = 8 * kMiB;
  std::string generate;
  uint64_t rows = 1'000'000;
  uint64_t seed = 1;
};

std::atomic<bool> interrupted{false};

void on_interrupt(int) { interrupted.store(true); }

// One table of one server, and the INSERTs into it.
class Destination {
 public:
  explicit Destination(const IngestOptions& options)
      : options_(options), client_(address_of(options)) {
    parameters_["database"] = options.database;
    for (const std::string& setting : options.settings) {
      const size_t equals = setting.find('=');
      if (equals == std::string::npos) {
        throw Error(ErrorCode::BadArguments, "A setting is name=value: " + setting);
      }
      parameters_[setting.substr(0, equals)] = setting.substr(equals + 1);
    }
  }

  // Position committed last for `source`; nothing when it is new.
  std::optional<std::string> position(const std::string& source) {
    const HttpAnswer answer = client_.get("/source_position", {{"source", source}});
    require_ok(answer);
    if (answer.body.empty()) return std::nullopt;
    return answer.body;
  }

  // What tells this table from one that had its name before: positions belong to a table, and a
  // table that was dropped and made again starts anew.
  std::string table_id() {
    const size_t dot = options_.table.find('.');
    const std::string database =
        dot == std::string::npos ? options_.database : options_.table.substr(0, dot);
    const std::string name =
        dot == std::string::npos ? options_.table : options_.table.substr(dot + 1);
    std::string id = query("SELECT uuid FROM system.tables WHERE database = '" + database +
                           "' AND name = '" + name + "'");
    std::erase(id, '\n');
    if (id.empty()) {
      throw Error(ErrorCode::UnknownTable,
                  "There is no table " + name + " in database " + database);
    }
    return id;
  }

  // Columns that an INSERT may fill, for the format's reader.
  Schema columns() {
    Schema schema;
    const std::string text = query("DESCRIBE TABLE " + options_.table);
    size_t begin = 0;
    while (begin < text.size()) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const std::string line = text.substr(begin, end - begin);
      begin = end + 1;
      std::vector<std::string> cells;
      size_t cell = 0;
      while (cell <= line.size()) {
        const size_t tab = std::min(line.find('\t', cell), line.size());
        cells.push_back(line.substr(cell, tab - cell));
        cell = tab + 1;
      }
      if (cells.size() < 3 || cells[2] == "MATERIALIZED" || cells[2] == "ALIAS") continue;
      std::string type = cells[1];
      std::erase(type, '\\');
      schema.add(cells[0], parse_data_type(type));
    }
    return schema;
  }

  std::string query(const std::string& text) {
    const HttpAnswer answer = client_.post({{"database", options_.database}}, {}, text);
    require_ok(answer);
    return answer.body;
  }

  // Rows the server took; committed together with the position.
  uint64_t insert(const std::string& rows, const std::string& source, const std::string& position) {
    HttpClient::Parameters parameters = parameters_;
    parameters["query"] = "INSERT INTO " + options_.table + " FORMAT " + options_.format;
    HttpAnswer answer;
    do {
      answer = client_.post(parameters,
                            {{"X-Freshet-Source", source}, {"X-Freshet-Position", position}}, rows);
    } while (answer.status == kTooManyRequests && wait_to_retry(answer));
    require_ok(answer);
    const std::string& quarantined = answer.header("x-freshet-quarantined-rows");
    if (!quarantined.empty()) {
      quarantined_rows_ += std::strtoull(quarantined.c_str(), nullptr, 10);
    }
    const std::string summary = answer.header("x-clickhouse-summary");
    const std::string key = "\"written_rows\":\"";
    const size_t at = summary.find(key);
    return at == std::string::npos ? 0
                                   : std::strtoull(summary.c_str() + at + key.size(), nullptr, 10);
  }

  uint64_t quarantined_rows() const { return quarantined_rows_; }

 private:
  static constexpr int kTooManyRequests = 429;

  // An overloaded server says when to come again. False when there is no time for it any more.
  static bool wait_to_retry(const HttpAnswer& answer) {
    const uint64_t seconds = std::strtoull(answer.header("retry-after").c_str(), nullptr, 10);
    const auto until = std::chrono::steady_clock::now() +
                       std::chrono::seconds(std::clamp<uint64_t>(seconds, 1, 60));
    while (std::chrono::steady_clock::now() < until && !interrupted.load()) {
      std::this_thread::sleep_for(kFollowEvery);
    }
    return !interrupted.load();
  }

  static ServerAddress address_of(const IngestOptions& options) {
    ServerAddress address = parse_server_address(options.host);
    address.user = options.user;
    address.password = options.password;
    return address;
  }

  static void require_ok(const HttpAnswer& answer) {
    if (answer.status == 200) return;
    std::string message = answer.body;
    while (message.ends_with('\n')) message.pop_back();
    throw Error(ErrorCode::IncorrectData, message);
  }

  const IngestOptions& options_;
  HttpClient client_;
  HttpClient::Parameters parameters_;
  uint64_t quarantined_rows_ = 0;
};

FormatOptions reader_options(const IngestOptions& options) {
  FormatOptions format;
  format.text.time_zone = TimeZone::utc();
  for (const std::string& setting : options.settings) {
    const size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : setting.substr(equals + 1);
    if (name == "format_regexp") format.regexp = value;
    if (name == "format_csv_delimiter" && !value.empty()) format.csv_delimiter = value[0];
  }
  // The header is checked by the server, against the table as it is then.
  format.skip_unknown_fields = true;
  return format;
}

void ingest_file(const IngestOptions& options, Destination& destination, const std::string& path) {
  const std::string source =
      "file:" + std::filesystem::weakly_canonical(path).string() + ">" + destination.table_id();
  const FormatEntry& format = find_format(options.format);
  if (format.make_reader == nullptr) {
    throw Error(ErrorCode::UnknownFormat,
                "Format " + options.format + " is not suitable for input");
  }
  const Schema columns = destination.columns();
  uint64_t rows_done = 0;
  while (!interrupted.load()) {
    // A reader and batches for each file that has stood under this name.
    const std::unique_ptr<RowReader> rows = format.make_reader(columns, reader_options(options));
    RowBatches batches(path, *rows, options.batch_bytes);
    const std::optional<std::string> known = destination.position(source);
    if (known && !options.from_start) {
      const FilePosition position = FilePosition::parse(*known);
      if (batches.resume(position) && position.offset != 0 && !options.quiet) {
        std::fprintf(stderr, "%s: goes on at byte %llu\n", path.c_str(),
                     static_cast<unsigned long long>(position.offset));
      }
    }
    ProgressBar progress(path, options.follow ? 0 : batches.file_bytes(), !options.quiet);
    while (!interrupted.load()) {
      const std::string batch = batches.next(/*last=*/!options.follow);
      if (batch.empty()) {
        if (!options.follow || batches.was_replaced()) break;
        std::this_thread::sleep_for(kFollowEvery);
        continue;
      }
      const FilePosition position = batches.position();
      rows_done += destination.insert(batch, source, position.text());
      progress.show(position.offset, rows_done);
    }
    if (!options.quiet) progress.finish(batches.position().offset, rows_done);
    if (!options.follow) break;
  }
}

void generate_events(const IngestOptions& options, Destination& destination) {
  if (options.generate != "shop") {
    throw Error(ErrorCode::BadArguments, "The only generator is shop, not " + options.generate);
  }
  destination.query(ShopGenerator::create_table(options.table));
  const std::string source =
      "generate:shop:" + std::to_string(options.seed) + ">" + destination.table_id();
  uint64_t rows_done = 0;
  if (const auto known = destination.position(source); known && !options.from_start) {
    rows_done = std::strtoull(known->c_str(), nullptr, 10);
  }
  ShopGenerator generator(options.seed);
  std::string rows;
  for (uint64_t i = 0; i < rows_done; ++i) {
    generator.append_event(rows);
    rows.clear();
  }
  ProgressBar progress("shop events", 0, !options.quiet);
  uint64_t bytes_done = 0;
  uint64_t written = 0;
  while (rows_done < options.rows && !interrupted.load()) {
    rows.clear();
    while (rows_done < options.rows && rows.size() < options.batch_bytes) {
      generator.append_event(rows);
      ++rows_done;
    }
    written += destination.insert(rows, source, std::to_string(rows_done));
    bytes_done += rows.size();
    progress.show(bytes_done, written);
  }
  if (!options.quiet) progress.finish(bytes_done, written);
}

}  // namespace

int run_ingest(int argc, const char* const* argv) {
  IngestOptions options;
  CLI::App app("Freshet ingest: loads files into a table, or follows them", "freshet ingest");
  app.add_option("files", options.files, "Files to read");
  app.add_option("--table", options.table, "Table, [database.]name")->required();
  auto* format = app.add_option("--format", options.format, "Input format")->capture_default_str();
  app.add_option("-H,--host", options.host, "Server, HOST:PORT")->capture_default_str();
  app.add_option("-u,--user", options.user, "User")->capture_default_str();
  app.add_option("--password", options.password, "Password");
  app.add_option("-d,--database", options.database, "Database")->capture_default_str();
  app.add_option("-s,--setting", options.settings, "name=value; may be repeated");
  app.add_flag("--follow", options.follow, "Wait for more rows, like tail -F");
  app.add_flag("--from-start", options.from_start, "Forget where the last run ended");
  app.add_flag("--quiet", options.quiet, "No progress");
  app.add_option("--batch-bytes", options.batch_bytes, "Bytes committed together")
      ->check(CLI::Range(uint64_t{1}, uint64_t{kGiB}))
      ->capture_default_str();
  app.add_option("--generate", options.generate, "Make events instead of reading files: shop");
  app.add_option("--rows", options.rows, "Events to make")->capture_default_str();
  app.add_option("--seed", options.seed, "Seed of the events")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (options.files.empty() == options.generate.empty()) {
    std::fputs("freshet ingest: name files, or --generate shop\n", stderr);
    return 2;
  }
  if (options.follow && options.files.size() != 1) {
    std::fputs("freshet ingest: --follow takes one file\n", stderr);
    return 2;
  }
  if (!options.generate.empty() && format->count() == 0) options.format = "JSONEachRow";
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  try {
    Destination destination(options);
    if (!options.generate.empty()) {
      generate_events(options, destination);
    } else {
      for (const std::string& path : options.files) ingest_file(options, destination, path);
    }
    if (destination.quarantined_rows() != 0) {
      std::fprintf(stderr, "%llu bad rows are in %s_quarantine\n",
                   static_cast<unsigned long long>(destination.quarantined_rows()),
                   options.table.c_str());
    }
    if (interrupted.load() && !options.follow) {
      std::fputs("freshet ingest: interrupted; the same command goes on from here\n", stderr);
      return 1;
    }
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "freshet ingest: %s\n", error.message().c_str());
    return 1;
  }
}

}  // namespace freshet
