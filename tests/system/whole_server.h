// A whole server in this process, on free ports of the loopback interface, with a data directory
// of its own that goes with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "client/http_client.h"
#include "server/server.h"

namespace freshet {

class WholeServer {
 public:
  // `name` is unique among the tests of a program. `toml`: configuration besides data and HTTP;
  // {directory} in it stands for a directory that exists.
  explicit WholeServer(const std::string& name, std::string toml = {});
  ~WholeServer();

  const std::filesystem::path& directory() const { return directory_; }
  ServerAddress address() const;
  Server& server() { return *server_; }

  // The answer to `sql`; the test fails when it is an error.
  std::string query(const std::string& sql) const;

 private:
  std::filesystem::path directory_;
  std::unique_ptr<Server> server_;
};

// A client's socket: sends bytes, closes its sending side, reads what comes until the end.
std::string exchange_tcp(uint16_t port, std::string_view bytes);
std::string exchange_unix(const std::string& path, std::string_view bytes);

std::string read_whole_file(const std::filesystem::path& path);

}  // namespace freshet
