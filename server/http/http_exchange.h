// HttpExchange is one request and its answer, as handed to a handler.
//
// Path:    RequestReader -> Router -> handler(HttpExchange)
// Owns:    the decoder of the body; all else outlives the exchange.
// Threads: one at a time, except peer_state() and server_stopping(), from any.
#pragma once

#include <memory>

#include "server/http/body_source.h"
#include "server/http/content_encoding.h"
#include "server/http/http_request.h"
#include "server/http/http_response.h"
#include "storage/base/error.h"

namespace freshet {

class HttpExchange {
 public:
  HttpExchange(const HttpRequest& request, BodySource& raw_body, HttpResponse& response,
               HttpPeer& peer)
      : request_(&request), raw_body_(&raw_body), response_(&response), peer_(&peer) {}

  const HttpRequest& request() const { return *request_; }
  HttpResponse& response() { return *response_; }

  // The request body without chunks and Content-Encoding. A client that waits for "100 Continue"
  // gets it at the first read. Throws NotImplemented for an unknown encoding.
  BodySource& body();

  // Costs one system call.
  PeerState peer_state() { return peer_->state(); }
  bool server_stopping() { return peer_->server_stopping(); }

 private:
  const HttpRequest* request_;
  BodySource* raw_body_;
  HttpResponse* response_;
  HttpPeer* peer_;
  std::unique_ptr<BodySource> decoder_;
  BodySource* body_ = nullptr;
};

// Completes `response` with `error`: as the whole answer with its status while the head was not
// sent, else as an exception block at the end of a cut answer, with the tag of its header
// X-ClickHouse-Exception-Tag. Requires: !response.finished().
void answer_error(HttpResponse& response, const Error& error, std::string_view version);

}  // namespace freshet
