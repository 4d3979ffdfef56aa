// ServerConfig is what an operator can choose. One table in config.cc names every option once: its
// flag, its key in the TOML file, default, bounds and text; the command line wins over the file.
//
//   data = "/var/lib/freshet"
//   memory = "4GiB"
//   [http]
//   listen = "0.0.0.0:8123"
//   [users.reporting]
//   password_sha256_hex = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
//   [[row_listener]]
//   tcp = "127.0.0.1:9009"
//   table = "shop.events"
//   format = "JSONEachRow"
//
// Errors: BadArguments names the option, or file and line, and ends with the offending value.
// Units:  bytes ("512MiB", "4GB" or a number); milliseconds ("30s", "500ms" or a number).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/source/socket_options.h"
#include "server/authentication.h"
#include "server/http/http_limits.h"

namespace CLI {
class App;
}

namespace freshet {

// Defaults are in the table; default_config() has them filled in.
struct ServerConfig {
  std::string data;
  std::string backups;
  std::string log_level;
  uint64_t memory_bytes = 0;  // never 0 after loading
  uint64_t temporary_data_bytes = 0;
  uint64_t query_condition_cache_bytes = 0;
  uint64_t threads = 0;  // never 0 after loading
  uint64_t shutdown_grace_ms = 0;

  std::string http_listen;
  uint64_t http_connections_max = 0;
  uint64_t http_uri_bytes_max = 0;
  uint64_t http_header_bytes_max = 0;
  uint64_t http_response_buffer_bytes = 0;
  uint64_t http_keep_alive_timeout_ms = 0;
  uint64_t http_header_timeout_ms = 0;
  uint64_t http_body_idle_timeout_ms = 0;
  uint64_t http_write_timeout_ms = 0;

  std::string tcp_listen;  // empty: no such listener
  std::string unix_path;   // empty: no such listener
  uint64_t socket_connections_max = 0;
  uint64_t socket_batch_bytes = 0;
  uint64_t socket_batch_wait_ms = 0;
  uint64_t socket_idle_timeout_ms = 0;
  uint64_t socket_write_timeout_ms = 0;
  std::vector<SocketListenerOptions> row_listeners;  // those of the file's [[row_listener]] tables

  // Always holds "default", without a password unless the file sets one.
  std::vector<User> users;

  HttpLimits http_limits() const;
  SocketLimits socket_limits() const;
  // Those of tcp_listen and unix_path, then row_listeners.
  std::vector<SocketListenerOptions> socket_listeners() const;
};

// Flags as given on the command line, not yet checked.
class ServerFlags {
 public:
  // Adds one flag for each option, and --config. The flags must outlive the parsing.
  void add_to(CLI::App& app);
  void set(std::string_view flag, std::string value) { values_[std::string(flag)] = value; }

 private:
  friend ServerConfig load_config(const ServerFlags& flags);
  std::map<std::string, std::string, std::less<>> values_;  // by flag
};

ServerConfig default_config();
// Sets what `toml` says; `file_name` is for messages. Unknown keys are errors.
void apply_toml(std::string_view toml, std::string_view file_name, ServerConfig& config);
// Defaults, then the file of --config, then the flags.
ServerConfig load_config(const ServerFlags& flags);
// The whole table as a TOML file with comments, for documentation and `--help`-like output.
std::string describe_options();

}  // namespace freshet
