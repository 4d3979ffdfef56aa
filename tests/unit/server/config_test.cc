#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <fstream>

#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string message_of(std::string_view toml) {
  ServerConfig config = default_config();
  try {
    apply_toml(toml, "freshet.toml", config);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(Config, DefaultsAreComplete) {
  const ServerConfig config = default_config();
  EXPECT_EQ(config.http_listen, "127.0.0.1:8123");
  EXPECT_GT(config.memory_bytes, 0u);
  EXPECT_GT(config.threads, 0u);
  ASSERT_EQ(config.users.size(), 1u);
  EXPECT_EQ(config.users[0].name, "default");
  const HttpLimits limits = config.http_limits();
  const HttpLimits expected;
  EXPECT_EQ(limits.connections_max, expected.connections_max);
  EXPECT_EQ(limits.uri_bytes_max, expected.uri_bytes_max);
  EXPECT_EQ(limits.header_bytes_max, expected.header_bytes_max);
  EXPECT_EQ(limits.response_buffer_bytes, expected.response_buffer_bytes);
  EXPECT_EQ(limits.keep_alive_timeout, expected.keep_alive_timeout);
}

TEST(Config, ReadsTheFile) {
  ServerConfig config = default_config();
  apply_toml(R"(
    data = "/var/lib/freshet"
    memory = "2GiB"
    threads = 3
    [http]
    listen = "[::]:80"
    keep_alive_timeout = "1500ms"
    [users.reporting]
    password = "secret"
    [users.default]
    password_sha256_hex = "5E884898DA28047151D0E56F8DC6292773603D0D6AABBDD62A11EF721D1542D8"
  )",
             "freshet.toml", config);
  EXPECT_EQ(config.data, "/var/lib/freshet");
  EXPECT_EQ(config.memory_bytes, 2 * kGiB);
  EXPECT_EQ(config.threads, 3u);
  EXPECT_EQ(config.http_listen, "[::]:80");
  EXPECT_EQ(config.http_keep_alive_timeout_ms, 1500u);
  ASSERT_EQ(config.users.size(), 2u);
  EXPECT_EQ(config.users[0].password_sha256_hex, sha256_hex("password"));
  EXPECT_EQ(config.users[1].password_sha256_hex, sha256_hex("secret"));
}

TEST(Config, ListenersForRowsComeFromFlagsAndFromTables) {
  ServerConfig config = default_config();
  EXPECT_TRUE(config.socket_listeners().empty());
  EXPECT_EQ(config.socket_limits().batch_bytes, SocketLimits().batch_bytes);
  EXPECT_EQ(config.socket_limits().batch_wait, SocketLimits().batch_wait);
  EXPECT_EQ(config.socket_limits().idle_timeout, SocketLimits().idle_timeout);
  apply_toml(R"(
    [ingest]
    tcp = "127.0.0.1:9009"
    batch_wait = "20ms"
    [[row_listener]]
    unix = "/run/freshet/access.sock"
    table = "web.access"
    format = "Regexp"
    settings = { format_regexp = '(\S+) (.*)', input_format_allow_errors_num = 10 }
    acknowledge = true
    [[row_listener]]
    tcp = "127.0.0.1:9010"
  )",
             "freshet.toml", config);
  EXPECT_EQ(config.socket_limits().batch_wait, std::chrono::milliseconds(20));
  const std::vector<SocketListenerOptions> listeners = config.socket_listeners();
  ASSERT_EQ(listeners.size(), 3u);
  EXPECT_EQ(listeners[0].tcp, "127.0.0.1:9009");
  EXPECT_EQ(listeners[0].table, "");
  EXPECT_EQ(listeners[1].unix_path, "/run/freshet/access.sock");
  EXPECT_EQ(listeners[1].table, "web.access");
  EXPECT_TRUE(listeners[1].acknowledge);
  const std::vector<std::pair<std::string, std::string>> settings = {
      {"format_regexp", "(\\S+) (.*)"}, {"input_format_allow_errors_num", "10"}};
  EXPECT_EQ(listeners[1].settings, settings);
  EXPECT_EQ(listeners[2].tcp, "127.0.0.1:9010");

  EXPECT_THAT(message_of("[[row_listener]]\ntable = \"t\"\nformat = \"CSV\""),
              EndsWith("either tcp or unix"));
  EXPECT_THAT(message_of("[[row_listener]]\ntcp = \":1\"\ntable = \"t\""),
              EndsWith("both table and format, or none"));
  EXPECT_THAT(message_of("[[row_listener]]\ntpc = \":1\""), EndsWith("but not tpc"));
  EXPECT_THAT(message_of("row_listener = 1"), EndsWith("written as [[row_listener]]"));
}

TEST(Config, FlagsWinOverTheFile) {
  const std::string path = ::testing::TempDir() + "config_test.toml";
  std::ofstream(path) << "threads = 3\ndata = \"from-file\"\n";
  CLI::App app;
  ServerFlags flags;
  flags.add_to(app);
  app.parse("--config " + path + " --threads 5 --http 127.0.0.1:0");
  const ServerConfig config = load_config(flags);
  std::remove(path.c_str());
  EXPECT_EQ(config.threads, 5u);
  EXPECT_EQ(config.data, "from-file");
  EXPECT_EQ(config.http_listen, "127.0.0.1:0");
}

TEST(Config, ErrorsNameThePlaceAndEndWithTheValue) {
  EXPECT_EQ(message_of("\nhtpp = 1"), "freshet.toml:2: Unknown option htpp");
  EXPECT_EQ(message_of("[http]\nlisen = \"\""), "freshet.toml:2: Unknown option http.lisen");
  EXPECT_THAT(message_of("threads = 9999"),
              AllOf(StartsWith("freshet.toml:1: "), HasSubstr("--threads"), EndsWith(": 9999")));
  EXPECT_THAT(message_of("memory = \"1 stone\""), EndsWith("such as 512MiB: 1 stone"));
  EXPECT_THAT(message_of("memory = \"1MiB\""), HasSubstr("must be from"));
  EXPECT_THAT(message_of("memory = 99999999999999999999"), StartsWith("freshet.toml:1: "));
  EXPECT_THAT(message_of("log_level = \"loud\""), EndsWith(": loud"));
  EXPECT_THAT(message_of("threads = true"), EndsWith("whole number: threads"));
  EXPECT_THAT(message_of("threads = -1"), EndsWith(": -1"));
  EXPECT_THAT(message_of("[users.a]\npassword_sha256_hex = \"12\""), StartsWith("freshet.toml:2:"));
  EXPECT_THAT(message_of("[users.a]\npasword = \"x\""), EndsWith("pasword"));
  EXPECT_THAT(message_of("a = = b"), StartsWith("freshet.toml:1: "));
}

TEST(Config, DescriptionIsAFileWithTheDefaults) {
  ServerConfig config = default_config();
  apply_toml(describe_options(), "described.toml", config);
  EXPECT_EQ(config.http_listen, default_config().http_listen);
}

}  // namespace
}  // namespace freshet
