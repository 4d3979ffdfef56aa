// ClientAcceptor accepts the clients of listening sockets, on a thread of its own, and tells those
// for whom there is no room why they are refused.
//
// Path:    client -> ClientAcceptor -> SocketServer, server/http/request_server
// Owns:    the listening sockets, its thread, the sockets of refused clients.
// Threads: start() and stop() from one thread at a time; `take` is called on its own thread.
// Errors:  `take` must not throw.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <thread>

#include "storage/base/listening_socket.h"
#include "storage/base/metrics.h"

namespace freshet {

class ClientAcceptor {
 public:
  struct Options {
    std::string name;     // of its thread, and in the log
    std::string refusal;  // sent to a client who is refused
    Counter* refused_clients = nullptr;
  };
  // Takes a client's socket, non-blocking, and from then on owns it. False: there is no room, and
  // the socket is not touched.
  using Take = std::function<bool(int descriptor, const std::string& remote_address)>;

  ClientAcceptor(ListeningSockets sockets, Options options, Take take);
  ClientAcceptor(const ClientAcceptor&) = delete;
  ClientAcceptor& operator=(const ClientAcceptor&) = delete;
  ~ClientAcceptor();

  // Clients queue up from the constructor on; now they are taken.
  void start();
  // No new clients; refuses them and closes the listening sockets. May be called twice.
  void stop();

  uint16_t port() const { return port_; }
  // An eventfd, readable from the start of stop().
  int stop_descriptor() const { return stop_descriptor_; }
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

 private:
  // Answered, and kept until it has read the answer.
  struct Refused {
    int descriptor;
    std::chrono::steady_clock::time_point close_at;
  };

  void accept_clients();
  void accept_from(int listening_descriptor);
  void refuse(int descriptor);
  void close_refused(std::chrono::steady_clock::time_point now);

  const Options options_;
  const Take take_;
  ListeningSockets sockets_;
  const uint16_t port_;
  int stop_descriptor_;
  std::atomic<bool> stopping_{false};
  std::deque<Refused> refused_;  // only touched by the accepting thread
  std::thread accepting_;
};

}  // namespace freshet
