#include "server/http/http_listener.h"

#include "server/http/http_error.h"
#include "storage/base/listening_socket.h"

namespace freshet {
namespace {

std::string make_refusal(std::size_t connections_max, std::string_view version) {
  const Error error(ErrorCode::NoFreeConnection,
                    "Too many connections, the limit is " + std::to_string(connections_max));
  const std::string body = error_body(error, version);
  return "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
         "Content-Type: text/plain; charset=UTF-8\r\nX-ClickHouse-Exception-Code: " +
         std::to_string(error.number()) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

RequestServer::Options server_options(const HttpLimits& limits, std::string_view version,
                                      MetricsRegistry& metrics) {
  return {.name = "http",
          .connections_max = limits.connections_max,
          .refusal = make_refusal(limits.connections_max, version),
          .idle_timeout = limits.keep_alive_timeout,
          .open_connections = &metrics.gauge("http_connections", "Open HTTP connections"),
          .refused_connections =
              &metrics.counter("http_connections_refused_total",
                               "HTTP connections answered 503, as too many were open")};
}

}  // namespace

HttpListener::HttpListener(std::string_view address, const Router& router, const HttpLimits& limits,
                           std::string version, MetricsRegistry& metrics)
    : server_(listen_on(address), server_options(limits, version, metrics),
              [this](SocketStream& stream, std::string remote_address) {
                return std::make_unique<Connection>(stream, std::move(remote_address), context_);
              }) {
  context_.router = &router;
  context_.limits = limits;
  context_.version = std::move(version);
  context_.requests = &metrics.counter("http_requests_total", "HTTP requests answered");
  context_.request_ns = &metrics.histogram(
      "http_request_seconds", "Time from the head of a request to its whole answer", 1e-9);
}

void HttpListener::stop(std::chrono::milliseconds grace) {
  context_.stopping = true;
  server_.stop(grace);
}

}  // namespace freshet
