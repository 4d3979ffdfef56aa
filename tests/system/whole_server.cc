#include "tests/system/whole_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "storage/base/check.h"

namespace freshet {
namespace {

// The server may answer before it has read all: one thread sends while this one reads.
std::string exchange(int descriptor, std::string_view bytes) {
  std::thread sender([descriptor, bytes]() mutable {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    ::shutdown(descriptor, SHUT_WR);
  });
  std::string answer;
  char space[4096];
  for (ssize_t got; (got = ::recv(descriptor, space, sizeof(space), 0)) > 0;) {
    answer.append(space, static_cast<size_t>(got));
  }
  sender.join();
  ::close(descriptor);
  return answer;
}

template <class Address>
int connected_socket(int family, const Address& address) {
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(descriptor >= 0);
  CHECK(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  return descriptor;
}

}  // namespace

WholeServer::WholeServer(const std::string& name, std::string toml)
    : directory_(std::filesystem::temp_directory_path() /
                 ("freshet_" + name + "_" + std::to_string(getpid()))) {
  std::filesystem::remove_all(directory_);
  std::filesystem::create_directories(directory_);
  constexpr std::string_view kPlace = "{directory}";
  for (size_t at; (at = toml.find(kPlace)) != std::string::npos;) {
    toml.replace(at, kPlace.size(), directory_.string());
  }
  ServerConfig config = default_config();
  apply_toml(toml, "test.toml", config);
  config.data = (directory_ / "data").string();
  config.http_listen = "127.0.0.1:0";
  server_ = std::make_unique<Server>(config);
  server_->start();
}

WholeServer::~WholeServer() {
  server_->stop();
  server_.reset();
  std::filesystem::remove_all(directory_);
}

ServerAddress WholeServer::address() const {
  ServerAddress address;
  address.port = std::to_string(server_->http_port());
  return address;
}

std::string WholeServer::query(const std::string& sql) const {
  HttpClient client(address());
  const HttpAnswer answer = client.post({}, {}, sql);
  EXPECT_EQ(answer.status, 200) << sql << "\n" << answer.body;
  return answer.body;
}

std::string exchange_tcp(uint16_t port, std::string_view bytes) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return exchange(connected_socket(AF_INET, address), bytes);
}

std::string exchange_unix(const std::string& path, std::string_view bytes) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  CHECK(path.size() < sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.data(), path.size());
  return exchange(connected_socket(AF_UNIX, address), bytes);
}

std::string read_whole_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.is_open()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace freshet
