// A server on a free port of the loopback interface and a client that controls every byte it sends.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/http_listener.h"

namespace freshet {

class LoopbackServer {
 public:
  explicit LoopbackServer(std::vector<Route> routes, HttpLimits limits = {});
  // One handler for GET and POST of every path.
  explicit LoopbackServer(HttpHandler handler, HttpLimits limits = {});

  uint16_t port() const { return listener_.port(); }
  HttpListener& listener() { return listener_; }
  MetricsRegistry& metrics() { return metrics_; }

 private:
  MetricsRegistry metrics_;
  Router router_;
  HttpListener listener_;
};

struct Answer {
  int status = 0;  // 0: the connection ended before a status line
  std::string head;
  std::string body;       // without chunk framing
  bool complete = false;  // by Content-Length or the last chunk

  // Empty when there is none.
  std::string header(std::string_view name) const;
};

class LoopbackClient {
 public:
  explicit LoopbackClient(uint16_t port, int receive_buffer_bytes = 0);
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;
  ~LoopbackClient();

  // False when the server has reset the connection.
  bool send(std::string_view bytes);
  void end_writing();
  // Closes with a reset instead of an orderly end.
  void reset();
  void close();

  // Waits up to ten seconds. `without_body`: the answer to HEAD.
  Answer read_answer(bool without_body = false);
  // Up to `bytes_max` raw bytes; empty at the end of the connection or after `timeout`.
  std::string read_some(std::size_t bytes_max,
                        std::chrono::milliseconds timeout = std::chrono::seconds(10));
  // Whether the server ends the connection within ten seconds, orderly or not.
  bool read_to_end();

 private:
  bool fill();

  int descriptor_ = -1;
  std::string received_;
};

// "GET /path HTTP/1.1", with the one header that every request needs.
std::string get(std::string_view target, std::string_view headers = "");
std::string post(std::string_view target, std::string_view body, std::string_view headers = "");

}  // namespace freshet
