// SocketServer accepts clients and gives each connection a thread.
//
//   constructor: clients queue up     start(): they are served
//   stop(grace): no new clients; connections are told by stop_descriptor() and stopping(), and are
//                cut off when the grace period ends
//
// Path:    client -> ClientAcceptor -> SocketServer -> ingest/source RowConnection
// Owns:    the acceptor, the connections and their threads.
// Threads: start() and stop() from one thread at a time; the rest from any.
// Errors:  `serve` must not throw.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <unordered_set>

#include "storage/base/client_acceptor.h"
#include "storage/base/listening_socket.h"
#include "storage/base/metrics.h"
#include "storage/base/mutex.h"
#include "storage/base/socket_stream.h"
#include "storage/base/thread_cache.h"

namespace freshet {

class SocketServer {
 public:
  struct Options {
    std::string name;  // of its threads, and in the log
    std::size_t connections_max = 0;
    std::string refusal;  // sent to a client for whom there is no thread
    Gauge* open_connections = nullptr;
    Counter* refused_connections = nullptr;
  };
  // Serves one client until either side ends the connection; runs on a thread of its own.
  using Serve = std::function<void(SocketStream& stream, const std::string& remote_address)>;

  SocketServer(ListeningSockets sockets, Options options, Serve serve);
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;
  // Stops without grace.
  ~SocketServer();

  void start() { acceptor_.start(); }
  // Returns when all connections are closed. After the grace period the sockets are shut down, but
  // `serve` must return by itself: cancel what it runs. May be called twice.
  void stop(std::chrono::milliseconds grace);

  uint16_t port() const { return acceptor_.port(); }
  std::size_t connection_count() const EXCLUDES(mutex_);
  // An eventfd, readable from the start of an ordered stop.
  int stop_descriptor() const { return acceptor_.stop_descriptor(); }
  bool stopping() const { return acceptor_.stopping(); }

 private:
  bool take_client(int descriptor, const std::string& remote_address) EXCLUDES(mutex_);
  void serve_client(int descriptor, const std::string& remote_address) EXCLUDES(mutex_);
  void forget_connection() EXCLUDES(mutex_);

  const Options options_;
  const Serve serve_;
  ClientAcceptor acceptor_;

  mutable Mutex mutex_;
  CondVar connection_closed_;
  std::unordered_set<SocketStream*> streams_ GUARDED_BY(mutex_);
  // Accepted and not yet closed; not all of them are in streams_.
  std::size_t connection_count_ GUARDED_BY(mutex_) = 0;

  ThreadCache threads_;  // last: waits for connections, which use the members above
};

}  // namespace freshet
