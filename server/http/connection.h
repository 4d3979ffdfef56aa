// Connection serves one client: request after request, until either side closes.
//
//   idle --bytes--> head --> router, handler --> rest of the body skipped --> idle
//     |               |            |                      |
//   time-out, stop   error      abort, "Connection: close", too long
//     v               v            v                      v
//   close           answer ----> linger: no more answers, wait until the client has closed too
//
// While it is idle it has no thread; serve() is called when bytes have come.
//
// Path:    RequestServer -> Connection -> Router
// Owns:    the reader and the response, one of each for all requests; the stream outlives it.
// Threads: serve() on one thread at a time; state() from any.
// Errors:  none leave serve().
#pragma once

#include <atomic>
#include <string>

#include "server/http/http_limits.h"
#include "server/http/http_response.h"
#include "server/http/request_reader.h"
#include "server/http/request_server.h"
#include "server/http/router.h"
#include "storage/base/metrics.h"
#include "storage/base/socket_stream.h"

namespace freshet {

// What all connections of a listener share; outlives them.
struct ConnectionContext {
  const Router* router = nullptr;
  HttpLimits limits;
  std::string version;  // printed in errors
  std::atomic<bool> stopping{false};
  Counter* requests = nullptr;
  Histogram* request_ns = nullptr;  // head read to answer complete
};

class Connection : public RequestSession, private HttpPeer {
 public:
  Connection(SocketStream& stream, std::string remote_address, const ConnectionContext& context);

  bool serve(bool peer_ended) override;

 private:
  // False when the connection is to be closed.
  bool serve_requests(bool peer_ended);
  bool serve_request();
  bool answer_broken_request(const Error& error);
  void run_handler();
  void answer_failure(const Error& error);

  void send(std::span<const std::string_view> parts) override;
  PeerState state() override { return stream_->state(); }
  bool server_stopping() override { return context_->stopping.load(std::memory_order_relaxed); }
  bool can_keep_alive() override;

  const ConnectionContext* context_;
  SocketStream* stream_;
  RequestReader reader_;
  HttpRequest request_;
  HttpResponse response_;
  bool lingers_ = false;
};

}  // namespace freshet
