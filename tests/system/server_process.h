// The real binary as a process of its own on a given port of the loopback interface, to be killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "client/http_client.h"

namespace freshet {

class ServerProcess {
 public:
  // `binary`: path of freshet.
  ServerProcess(std::string binary, std::string directory, uint16_t port);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Returns when the server answers; a fatal failure of the test when it does not within a minute.
  void start();
  // SIGKILL.
  void kill_now();
  // SIGTERM; the test fails when the server does not end well.
  void terminate();

  ServerAddress address() const;
  // The answer to `sql`; the test fails when it is an error.
  std::string query(const std::string& sql) const;

 private:
  const std::string binary_;
  const std::string directory_;
  const uint16_t port_;
  pid_t process_ = -1;
};

}  // namespace freshet
