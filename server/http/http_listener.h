// HttpListener accepts clients and gives each connection a thread.
//
//   constructor: address taken, clients queue up     start(): they are served
//   stop(grace): no new clients; idle connections close; running requests finish, and are cut off
//                when the grace period ends
//
// Path:    client -> HttpListener -> Connection
// Owns:    the listening sockets, the accepting thread, the connections and their threads.
// Threads: start() and stop() from one thread at a time; the rest from any.
// Errors:  the constructor throws BadArguments for a bad address, NetworkError when it is in use.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>

#include "server/http/connection.h"
#include "server/http/http_limits.h"
#include "server/http/listening_socket.h"
#include "server/http/router.h"
#include "server/http/thread_cache.h"
#include "storage/base/metrics.h"
#include "storage/base/mutex.h"

namespace freshet {

class HttpListener {
 public:
  // `address` is HOST:PORT; port 0 takes a free one. `router` and `metrics` must outlive the
  // listener. `version` is printed in error texts.
  HttpListener(std::string_view address, const Router& router, const HttpLimits& limits,
               std::string version, MetricsRegistry& metrics);
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;
  // Stops without grace.
  ~HttpListener();

  void start();
  // Returns when all connections are closed. After the grace period the sockets are shut down, but
  // handlers must return by themselves: cancel what they run. May be called twice.
  void stop(std::chrono::milliseconds grace);

  uint16_t port() const { return sockets_.port; }
  std::size_t connection_count() const EXCLUDES(mutex_);

 private:
  // A client that found no thread: answered, and kept until it has read the answer.
  struct Refused {
    int descriptor;
    std::chrono::steady_clock::time_point close_at;
  };

  void accept_clients();
  void accept_from(int listening_descriptor);
  void serve(int descriptor, const std::string& remote_address) EXCLUDES(mutex_);
  void forget_connection() EXCLUDES(mutex_);
  void refuse(int descriptor);
  void close_refused(std::chrono::steady_clock::time_point now);

  ConnectionContext context_;
  ListeningSockets sockets_;
  Gauge* open_connections_;
  Counter* refused_connections_;
  std::string refusal_;
  std::deque<Refused> refused_;  // only touched by the accepting thread

  mutable Mutex mutex_;
  CondVar connection_closed_;
  std::unordered_set<Connection*> connections_ GUARDED_BY(mutex_);
  // Accepted and not yet closed; not all of them are in connections_.
  std::size_t connection_count_ GUARDED_BY(mutex_) = 0;

  ThreadCache threads_;  // last: waits for connections, which use the members above
  std::thread accepting_;
};

}  // namespace freshet
