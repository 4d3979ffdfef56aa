#include "server/http/http_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "server/http/http_error.h"
#include "storage/base/check.h"
#include "storage/base/log.h"
#include "storage/base/thread_pool.h"

namespace freshet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A refused client has so long to read why.
constexpr milliseconds kRefusedLinger{500};
constexpr std::size_t kRefusedMax = 128;

std::string make_refusal(std::size_t connections_max, std::string_view version) {
  const Error error(ErrorCode::NoFreeConnection,
                    "Too many connections, the limit is " + std::to_string(connections_max));
  const std::string body = error_body(error, version);
  return "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
         "Content-Type: text/plain; charset=UTF-8\r\nX-ClickHouse-Exception-Code: " +
         std::to_string(error.number()) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace

HttpListener::HttpListener(std::string_view address, const Router& router, const HttpLimits& limits,
                           std::string version, MetricsRegistry& metrics)
    : sockets_(listen_on(address)),
      open_connections_(&metrics.gauge("http_connections", "Open HTTP connections")),
      refused_connections_(&metrics.counter("http_connections_refused_total",
                                            "HTTP connections answered 503 for lack of threads")),
      threads_("http", limits.connections_max) {
  context_.router = &router;
  context_.limits = limits;
  context_.version = std::move(version);
  context_.stop_descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  CHECK(context_.stop_descriptor >= 0);
  context_.requests = &metrics.counter("http_requests_total", "HTTP requests answered");
  context_.request_ns = &metrics.histogram(
      "http_request_seconds", "Time from the head of a request to its whole answer", 1e-9);
  refusal_ = make_refusal(limits.connections_max, context_.version);
}

HttpListener::~HttpListener() {
  stop(milliseconds(0));
  ::close(context_.stop_descriptor);
}

void HttpListener::start() {
  CHECK(!accepting_.joinable() && !context_.stopping);
  accepting_ = std::thread([this] { accept_clients(); });
}

void HttpListener::stop(milliseconds grace) {
  context_.stopping = true;
  const uint64_t one = 1;
  CHECK(::write(context_.stop_descriptor, &one, sizeof(one)) == sizeof(one) || errno == EAGAIN);
  if (accepting_.joinable()) accepting_.join();
  for (const int descriptor : sockets_.descriptors) ::close(descriptor);
  sockets_.descriptors.clear();

  const auto deadline = steady_clock::now() + grace;
  MutexLock lock(mutex_);
  while (connection_count_ > 0 && steady_clock::now() < deadline) {
    connection_closed_.wait_for(mutex_, deadline - steady_clock::now());
  }
  if (connection_count_ > 0 && grace.count() > 0) {
    log_warning("http_connections_cut", {{"count", connection_count_}});
  }
  while (connection_count_ > 0) {
    for (Connection* connection : connections_) connection->shut_down();
    // Again and again: a thread may not have come to insert its connection yet.
    connection_closed_.wait_for(mutex_, milliseconds(100));
  }
}

std::size_t HttpListener::connection_count() const {
  MutexLock lock(mutex_);
  return connection_count_;
}

void HttpListener::accept_clients() {
  name_this_thread("http-accept");
  std::vector<pollfd> entries;
  for (const int descriptor : sockets_.descriptors) entries.push_back({descriptor, POLLIN, 0});
  entries.push_back({context_.stop_descriptor, POLLIN, 0});
  while (!context_.stopping) {
    const int timeout_ms = refused_.empty() ? -1 : 100;
    const int ready = ::poll(entries.data(), entries.size(), timeout_ms);
    if (ready < 0 && errno != EINTR) {
      log_error("http_accept_failed", {{"error", std::strerror(errno)}});
      break;
    }
    for (std::size_t i = 0; ready > 0 && i < sockets_.descriptors.size(); ++i) {
      if (entries[i].revents != 0) accept_from(sockets_.descriptors[i]);
    }
    close_refused(steady_clock::now());
  }
  close_refused(steady_clock::time_point::max());
}

void HttpListener::accept_from(int listening_descriptor) {
  sockaddr_storage address{};
  socklen_t address_bytes = sizeof(address);
  const int descriptor = ::accept4(listening_descriptor, reinterpret_cast<sockaddr*>(&address),
                                   &address_bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      log_warning("http_accept_failed", {{"error", std::strerror(errno)}});
      // The client stays queued; without a pause this loop would spin.
      std::this_thread::sleep_for(milliseconds(50));
    }
    return;
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  {
    // Counted before its thread runs, so that stop() cannot miss it.
    MutexLock lock(mutex_);
    ++connection_count_;
  }
  const bool accepted = threads_.try_run(
      [this, descriptor, remote = address_text(address)] { serve(descriptor, remote); });
  if (!accepted) {
    refuse(descriptor);
    forget_connection();
  }
}

void HttpListener::serve(int descriptor, const std::string& remote_address) {
  {
    Connection connection(descriptor, remote_address, context_);
    {
      MutexLock lock(mutex_);
      connections_.insert(&connection);
    }
    open_connections_->add(1);
    connection.serve();
    open_connections_->add(-1);
    MutexLock lock(mutex_);
    connections_.erase(&connection);
  }
  forget_connection();
}

void HttpListener::forget_connection() {
  MutexLock lock(mutex_);
  --connection_count_;
  connection_closed_.notify_all();
}

void HttpListener::refuse(int descriptor) {
  refused_connections_->add();
  // A new socket's send buffer takes the whole text.
  (void)::send(descriptor, refusal_.data(), refusal_.size(), MSG_NOSIGNAL);
  ::shutdown(descriptor, SHUT_WR);
  refused_.push_back({descriptor, steady_clock::now() + kRefusedLinger});
}

void HttpListener::close_refused(steady_clock::time_point now) {
  while (!refused_.empty() && (refused_.front().close_at <= now || refused_.size() > kRefusedMax)) {
    // Unread bytes at the close would reset the connection under the answer.
    std::array<char, 64 * kKiB> dropped;
    (void)::recv(refused_.front().descriptor, dropped.data(), dropped.size(), 0);
    ::close(refused_.front().descriptor);
    refused_.pop_front();
  }
}

}  // namespace freshet
