// HttpListener serves HTTP on one address: a RequestServer whose sessions speak HTTP.
//
//   constructor: address taken, clients queue up     start(): they are served
//   stop(grace): no new clients; idle connections close; running requests finish, and are cut off
//                when the grace period ends
//
// Path:    client -> RequestServer -> HttpListener -> Connection
// Owns:    the listening sockets, the connections and their threads.
// Threads: start() and stop() from one thread at a time; the rest from any.
// Errors:  the constructor throws BadArguments for a bad address, NetworkError when it is in use.
#pragma once

#include <string>
#include <string_view>

#include "server/http/connection.h"
#include "server/http/http_limits.h"
#include "server/http/request_server.h"
#include "server/http/router.h"
#include "storage/base/metrics.h"

namespace freshet {

class HttpListener {
 public:
  // `address` is HOST:PORT; port 0 takes a free one. `router` and `metrics` must outlive the
  // listener. `version` is printed in error texts.
  HttpListener(std::string_view address, const Router& router, const HttpLimits& limits,
               std::string version, MetricsRegistry& metrics);
  // Stops without grace.
  ~HttpListener() { stop(std::chrono::milliseconds(0)); }

  void start() { server_.start(); }
  // Returns when all connections are closed. After the grace period the sockets are shut down, but
  // handlers must return by themselves: cancel what they run. May be called twice.
  void stop(std::chrono::milliseconds grace);

  uint16_t port() const { return server_.port(); }
  std::size_t connection_count() const { return server_.connection_count(); }

 private:
  ConnectionContext context_;
  RequestServer server_;  // last: its connections use the context
};

}  // namespace freshet
