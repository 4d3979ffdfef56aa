#include "server/config.h"

#include <toml++/toml.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <thread>
#include <variant>

#include "storage/base/error.h"
#include "storage/base/file.h"
#include "storage/base/limits.h"
#include "storage/base/log.h"

namespace freshet {
namespace {

enum class OptionKind { Text, LogLevel, Count, Bytes, Milliseconds };

struct ConfigOption {
  std::string_view flag;  // without dashes
  std::string_view key;   // in the file, "section.key"
  std::variant<std::string ServerConfig::*, uint64_t ServerConfig::*> member;
  OptionKind kind;
  std::string_view default_text;
  uint64_t min;  // 0 stays possible where the text says what it means
  uint64_t max;
  std::string_view text;
};

constexpr uint64_t kNoMax = std::numeric_limits<int64_t>::max();
constexpr uint64_t kDayMs = 24 * 3600 * 1000;

constexpr ConfigOption kOptions[] = {
    {"data", "data", &ServerConfig::data, OptionKind::Text, "data", 0, 0,
     "Directory of all tables; created when missing"},
    {"backups", "backups", &ServerConfig::backups, OptionKind::Text, "", 0, 0,
     "Directory for BACKUP and RESTORE; empty: backups in the data directory"},
    {"log-level", "log_level", &ServerConfig::log_level, OptionKind::LogLevel, "info", 0, 0,
     "trace, debug, info, warning, error or off"},
    {"memory", "memory", &ServerConfig::memory_bytes, OptionKind::Bytes, "0", 256 * kMiB, kNoMax,
     "Memory for queries, inserts and caches; 0: three quarters of the machine's"},
    {"temporary-data", "temporary_data", &ServerConfig::temporary_data_bytes, OptionKind::Bytes,
     "0", kMiB, kNoMax, "Disk for queries that the memory is too small for; 0: all that there is"},
    {"query-condition-cache-size", "query_condition_cache_size",
     &ServerConfig::query_condition_cache_bytes, OptionKind::Bytes, "100MiB", 0, kNoMax,
     "What is remembered of blocks that conditions rule out; 0: nothing"},
    {"threads", "threads", &ServerConfig::threads, OptionKind::Count, "0", 1, 1024,
     "Threads that run queries; 0: one for each core"},
    {"shutdown-grace", "shutdown_grace", &ServerConfig::shutdown_grace_ms, OptionKind::Milliseconds,
     "30s", 0, kDayMs, "How long running requests may take to finish when the server stops"},
    {"http", "http.listen", &ServerConfig::http_listen, OptionKind::Text, "127.0.0.1:8123", 0, 0,
     "HOST:PORT for HTTP; port 0 takes a free one"},
    {"http-connections-max", "http.connections_max", &ServerConfig::http_connections_max,
     OptionKind::Count, "1024", 1, 100'000, "Open connections; further ones are answered 503"},
    {"http-uri-bytes-max", "http.uri_bytes_max", &ServerConfig::http_uri_bytes_max,
     OptionKind::Bytes, "1MiB", kKiB, 64 * kMiB, "Longest address, which may hold a query"},
    {"http-header-bytes-max", "http.header_bytes_max", &ServerConfig::http_header_bytes_max,
     OptionKind::Bytes, "64KiB", kKiB, 64 * kMiB, "Longest headers of a request, all together"},
    {"http-response-buffer", "http.response_buffer", &ServerConfig::http_response_buffer_bytes,
     OptionKind::Bytes, "1MiB", 0, kGiB,
     "Answer bytes held back, so that an early error still sets the status"},
    {"http-keep-alive-timeout", "http.keep_alive_timeout",
     &ServerConfig::http_keep_alive_timeout_ms, OptionKind::Milliseconds, "10s", 1, kDayMs,
     "How long an idle connection is kept"},
    {"http-header-timeout", "http.header_timeout", &ServerConfig::http_header_timeout_ms,
     OptionKind::Milliseconds, "30s", 1, kDayMs, "How long the head of a request may take"},
    {"http-body-idle-timeout", "http.body_idle_timeout", &ServerConfig::http_body_idle_timeout_ms,
     OptionKind::Milliseconds, "30s", 1, kDayMs, "Longest silence within a request body"},
    {"http-write-timeout", "http.write_timeout", &ServerConfig::http_write_timeout_ms,
     OptionKind::Milliseconds, "30s", 1, kDayMs,
     "A client that takes no byte of its answer for so long is dropped"},
    {"tcp", "ingest.tcp", &ServerConfig::tcp_listen, OptionKind::Text, "", 0, 0,
     "HOST:PORT for rows over plain TCP; empty: off"},
    {"unix", "ingest.unix", &ServerConfig::unix_path, OptionKind::Text, "", 0, 0,
     "Path of a Unix socket for rows; empty: off"},
    {"socket-connections-max", "ingest.connections_max", &ServerConfig::socket_connections_max,
     OptionKind::Count, "256", 1, 100'000,
     "Open connections of each listener for rows; further ones are refused"},
    {"socket-batch-bytes", "ingest.batch_bytes", &ServerConfig::socket_batch_bytes,
     OptionKind::Bytes, "1MiB", 1, 64 * kMiB, "Rows from a socket gathered for one commit"},
    {"socket-batch-wait", "ingest.batch_wait", &ServerConfig::socket_batch_wait_ms,
     OptionKind::Milliseconds, "100ms", 0, kDayMs,
     "How long a row from a socket waits for others before it is committed"},
    {"socket-idle-timeout", "ingest.idle_timeout", &ServerConfig::socket_idle_timeout_ms,
     OptionKind::Milliseconds, "1h", 1, 30 * kDayMs, "Longest silence of a connection for rows"},
    {"socket-write-timeout", "ingest.write_timeout", &ServerConfig::socket_write_timeout_ms,
     OptionKind::Milliseconds, "30s", 1, kDayMs,
     "A client that takes none of its acknowledgements for so long is dropped"},
};

struct Unit {
  std::string_view name;
  uint64_t factor;
};
constexpr Unit kByteUnits[] = {
    {"", 1},
    {"B", 1},
    {"KB", 1000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"TB", 1'000'000'000'000},
    {"KiB", kKiB},
    {"MiB", kMiB},
    {"GiB", kGiB},
    {"TiB", 1024 * kGiB},
    {"K", kKiB},
    {"M", kMiB},
    {"G", kGiB},
    {"T", 1024 * kGiB},
};
constexpr Unit kTimeUnits[] = {
    {"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"min", 60'000}, {"h", 3'600'000},
};
constexpr Unit kNoUnits[] = {{"", 1}};

std::span<const Unit> units_of(OptionKind kind) {
  if (kind == OptionKind::Bytes) return kByteUnits;
  if (kind == OptionKind::Milliseconds) return kTimeUnits;
  return kNoUnits;
}

[[noreturn]] void throw_bad_value(const ConfigOption& option, std::string_view problem,
                                  std::string_view value) {
  throw Error(ErrorCode::BadArguments, "Option " + std::string(option.key) + " (--" +
                                           std::string(option.flag) + ") " + std::string(problem) +
                                           ": " + std::string(value));
}

uint64_t parse_number(const ConfigOption& option, std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc()) {
    std::string_view unit_name(end, static_cast<std::size_t>(text.data() + text.size() - end));
    while (unit_name.starts_with(' ')) unit_name.remove_prefix(1);
    for (const Unit& unit : units_of(option.kind)) {
      if (unit.name != unit_name) continue;
      if (number > kNoMax / unit.factor) throw_bad_value(option, "is too large", text);
      return number * unit.factor;
    }
  }
  const std::string_view wanted = option.kind == OptionKind::Bytes ? "wants bytes, such as 512MiB"
                                  : option.kind == OptionKind::Milliseconds
                                      ? "wants a time, such as 30s or 500ms"
                                      : "wants a number";
  throw_bad_value(option, wanted, text);
}

void set_option(const ConfigOption& option, std::string_view text, ServerConfig& config) {
  if (const auto* member = std::get_if<std::string ServerConfig::*>(&option.member)) {
    if (option.kind == OptionKind::LogLevel && !parse_log_level(text)) {
      throw_bad_value(option, "wants " + std::string(option.text), text);
    }
    config.** member = text;
    return;
  }
  const uint64_t number = parse_number(option, text);
  const bool is_special_zero = number == 0 && option.default_text == "0";
  if (!is_special_zero && (number < option.min || number > option.max)) {
    throw_bad_value(
        option, "must be from " + std::to_string(option.min) + " to " + std::to_string(option.max),
        text);
  }
  config.*std::get<uint64_t ServerConfig::*>(option.member) = number;
}

const ConfigOption* find_by_key(std::string_view key) {
  const auto* option = std::find_if(std::begin(kOptions), std::end(kOptions),
                                    [&](const ConfigOption& row) { return row.key == key; });
  return option == std::end(kOptions) ? nullptr : option;
}

[[noreturn]] void throw_in_file(std::string_view file_name, const toml::source_region& place,
                                std::string_view problem) {
  throw Error(ErrorCode::BadArguments, std::string(file_name) + ":" +
                                           std::to_string(place.begin.line) + ": " +
                                           std::string(problem));
}

// Reads one [users.NAME] table.
User read_user(std::string_view name, const toml::table& table, std::string_view file_name) {
  User user{std::string(name), sha256_hex("")};
  for (const auto& [key, node] : table) {
    const auto text = node.value<std::string>();
    if (key.str() == "password" && text) {
      user.password_sha256_hex = sha256_hex(*text);
    } else if (key.str() == "password_sha256_hex" && text) {
      user.password_sha256_hex = *text;
      std::transform(text->begin(), text->end(), user.password_sha256_hex.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c + ('a' - 'A')) : c;
      });
      if (user.password_sha256_hex.size() != 64 ||
          user.password_sha256_hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
        throw_in_file(file_name, node.source(),
                      "password_sha256_hex wants 64 hexadecimal digits, user " + user.name);
      }
    } else {
      throw_in_file(
          file_name, node.source(),
          "A user has password or password_sha256_hex as text, but not " + std::string(key.str()));
    }
  }
  return user;
}

void set_user(User user, ServerConfig& config) {
  for (User& known : config.users) {
    if (known.name == user.name) {
      known = std::move(user);
      return;
    }
  }
  config.users.push_back(std::move(user));
}

// A setting's value, or one of a listener's own flags, as text.
std::string value_text(const toml::node& node, std::string_view file_name) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* flag = node.as_boolean()) return flag->get() ? "1" : "0";
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) {
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number->get()).ptr;
    return std::string(text.data(), end);
  }
  throw_in_file(file_name, node.source(), "Wants text, a number or a boolean");
}

// Reads one [[row_listener]] table.
SocketListenerOptions read_row_listener(const toml::table& table, std::string_view file_name) {
  SocketListenerOptions listener;
  for (const auto& [key, node] : table) {
    const auto text = node.value<std::string>();
    if (key.str() == "tcp" && text) {
      listener.tcp = *text;
    } else if (key.str() == "unix" && text) {
      listener.unix_path = *text;
    } else if (key.str() == "table" && text) {
      listener.table = *text;
    } else if (key.str() == "format" && text) {
      listener.format = *text;
    } else if (key.str() == "acknowledge" && node.is_boolean()) {
      listener.acknowledge = node.as_boolean()->get();
    } else if (key.str() == "settings" && node.is_table()) {
      for (const auto& [name, value] : *node.as_table()) {
        listener.settings.emplace_back(name.str(), value_text(value, file_name));
      }
    } else {
      throw_in_file(file_name, node.source(),
                    "A row_listener has tcp, unix, table and format as text, settings as a table "
                    "and acknowledge as a boolean, but not " +
                        std::string(key.str()));
    }
  }
  if (listener.tcp.empty() == listener.unix_path.empty()) {
    throw_in_file(file_name, table.source(), "A row_listener has either tcp or unix");
  }
  if (listener.table.empty() != listener.format.empty()) {
    throw_in_file(file_name, table.source(), "A row_listener has both table and format, or none");
  }
  if (listener.table.empty() && (listener.acknowledge || !listener.settings.empty())) {
    throw_in_file(file_name, table.source(),
                  "A row_listener without a table takes settings from its clients");
  }
  return listener;
}

void apply_row_listeners(const toml::node& node, std::string_view file_name, ServerConfig& config) {
  if (!node.is_array_of_tables()) {
    throw_in_file(file_name, node.source(), "Listeners are written as [[row_listener]]");
  }
  for (const toml::node& entry : *node.as_array()) {
    config.row_listeners.push_back(read_row_listener(*entry.as_table(), file_name));
  }
}

void apply_table(const toml::table& table, const std::string& prefix, std::string_view file_name,
                 ServerConfig& config) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (key == "row_listener") {
      apply_row_listeners(node, file_name, config);
      continue;
    }
    if (const toml::table* section = node.as_table()) {
      if (prefix == "users.") {
        set_user(read_user(name.str(), *section, file_name), config);
      } else {
        apply_table(*section, key + ".", file_name, config);
      }
      continue;
    }
    const ConfigOption* option = find_by_key(key);
    if (option == nullptr) throw_in_file(file_name, node.source(), "Unknown option " + key);
    std::string text;
    if (const auto* string = node.as_string()) {
      text = string->get();
    } else if (const auto* number = node.as_integer()) {
      text = std::to_string(number->get());
    } else {
      throw_in_file(file_name, node.source(), "Option wants text or a whole number: " + key);
    }
    try {
      set_option(*option, text, config);
    } catch (const Error& error) {
      throw_in_file(file_name, node.source(), error.message());
    }
  }
}

uint64_t machine_memory_bytes() {
  return static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

void fill_in_machine(ServerConfig& config) {
  if (config.memory_bytes == 0) config.memory_bytes = machine_memory_bytes() / 4 * 3;
  if (config.threads == 0) config.threads = std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

HttpLimits ServerConfig::http_limits() const {
  using std::chrono::milliseconds;
  HttpLimits limits;
  limits.connections_max = http_connections_max;
  limits.uri_bytes_max = http_uri_bytes_max;
  limits.header_bytes_max = http_header_bytes_max;
  limits.response_buffer_bytes = http_response_buffer_bytes;
  limits.keep_alive_timeout = milliseconds(http_keep_alive_timeout_ms);
  limits.header_timeout = milliseconds(http_header_timeout_ms);
  limits.body_idle_timeout = milliseconds(http_body_idle_timeout_ms);
  limits.write_timeout = milliseconds(http_write_timeout_ms);
  return limits;
}

SocketLimits ServerConfig::socket_limits() const {
  using std::chrono::milliseconds;
  SocketLimits limits;
  limits.connections_max = socket_connections_max;
  limits.batch_bytes = socket_batch_bytes;
  limits.batch_wait = milliseconds(socket_batch_wait_ms);
  limits.idle_timeout = milliseconds(socket_idle_timeout_ms);
  limits.write_timeout = milliseconds(socket_write_timeout_ms);
  return limits;
}

std::vector<SocketListenerOptions> ServerConfig::socket_listeners() const {
  std::vector<SocketListenerOptions> listeners;
  if (!tcp_listen.empty()) listeners.push_back({.tcp = tcp_listen});
  if (!unix_path.empty()) listeners.push_back({.unix_path = unix_path});
  listeners.insert(listeners.end(), row_listeners.begin(), row_listeners.end());
  return listeners;
}

void ServerFlags::add_to(CLI::App& app) {
  const auto add = [&](std::string_view flag, std::string_view text,
                       std::string_view default_text) {
    CLI::Option* option = app.add_option_function<std::string>(
        "--" + std::string(flag),
        [this, name = std::string(flag)](const std::string& value) { set(name, value); },
        std::string(text));
    if (!default_text.empty()) option->default_str(std::string(default_text));
  };
  add("config", "TOML file with these options", "");
  for (const ConfigOption& option : kOptions) add(option.flag, option.text, option.default_text);
}

ServerConfig default_config() {
  ServerConfig config;
  for (const ConfigOption& option : kOptions) set_option(option, option.default_text, config);
  fill_in_machine(config);
  config.users.push_back({"default", sha256_hex("")});
  return config;
}

void apply_toml(std::string_view toml, std::string_view file_name, ServerConfig& config) {
  toml::table table;
  try {
    table = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    throw_in_file(file_name, error.source(), error.description());
  }
  apply_table(table, "", file_name, config);
  fill_in_machine(config);
}

ServerConfig load_config(const ServerFlags& flags) {
  ServerConfig config = default_config();
  if (const auto path = flags.values_.find("config"); path != flags.values_.end()) {
    PosixFileSystem files;
    apply_toml(read_file(files, path->second), path->second, config);
  }
  for (const ConfigOption& option : kOptions) {
    const auto value = flags.values_.find(option.flag);
    if (value != flags.values_.end()) set_option(option, value->second, config);
  }
  fill_in_machine(config);
  return config;
}

std::string describe_options() {
  // Keys without a section come first in the table, as TOML wants it.
  std::string text;
  std::string section;
  for (const ConfigOption& option : kOptions) {
    std::string_view key = option.key;
    if (const std::size_t dot = key.find('.'); dot != std::string_view::npos) {
      if (key.substr(0, dot) != section) {
        section = key.substr(0, dot);
        text += "\n[" + section + "]\n";
      }
      key = key.substr(dot + 1);
    }
    text += "# " + std::string(option.text) + " (--" + std::string(option.flag) + ")\n";
    text += std::string(key) + " = \"" + std::string(option.default_text) + "\"\n";
  }
  return text;
}

}  // namespace freshet
