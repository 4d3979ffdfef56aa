// Server: the whole database as one object: storage, engine, ingest and the doors to them.
//
//   store (recovers) -> engine -> insert pipeline -> handlers -> doors, and back when stopping
//
// Owns:      everything; members are destroyed in reverse order.
// Threads:   constructor, start() and stop() from one thread.
// Errors:    the constructor throws what opening the data directory and the listeners throws.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/config.h"

namespace freshet {

class Server {
 public:
  explicit Server(const ServerConfig& config);
  ~Server();
  void start();
  // Takes no new requests, lets running ones end within the grace period, cancels the rest, and
  // flushes.
  void stop();
  // Of the HTTP listener; the one taken when the configuration says 0.
  uint16_t http_port() const;
  // Of the listeners for rows, in the order of ServerConfig::socket_listeners(); 0 for Unix
  // sockets.
  std::vector<uint16_t> row_ports() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The `freshet server` command: runs until SIGTERM or SIGINT. Gives the process's exit code.
int run_server(int argc, const char* const* argv);

}  // namespace freshet
