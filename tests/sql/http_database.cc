#include <string>
#include <utility>

#include "client/http_client.h"
#include "server/server.h"
#include "storage/base/log.h"
#include "tests/sql/database.h"

namespace freshet {

namespace {

ServerConfig loopback_config(const std::string& directory) {
  ServerConfig config = default_config();
  config.data = directory;
  config.http_listen = "127.0.0.1:0";
  return config;
}

ServerAddress loopback_address(uint16_t port) {
  ServerAddress address;
  address.port = std::to_string(port);
  return address;
}

// A whole server, asked through one connection; SET and USE live in an HTTP session.
class HttpDatabase final : public SqlDatabase {
 public:
  explicit HttpDatabase(const std::string& directory) : server_(loopback_config(directory)) {
    set_log_level(LogLevel::Error);
    server_.start();
    client_ = std::make_unique<HttpClient>(loopback_address(server_.http_port()));
  }
  ~HttpDatabase() override {
    client_.reset();
    server_.stop();
  }

  void begin_session() override { ++session_; }

  SqlAnswer run(const std::string& sql) override {
    const HttpAnswer answer = client_->post(
        {{"session_id", "script" + std::to_string(session_)}, {"wait_end_of_query", "1"}}, {}, sql);
    return {answer.status != 200 || !answer.complete, answer.body};
  }

 private:
  Server server_;
  std::unique_ptr<HttpClient> client_;
  size_t session_ = 0;
};

}  // namespace

std::unique_ptr<SqlDatabase> open_over_http(const std::string& directory) {
  return std::make_unique<HttpDatabase>(directory);
}

}  // namespace freshet
