#include "storage/base/socket_server.h"

#include <utility>

#include "storage/base/log.h"

namespace freshet {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

SocketServer::SocketServer(ListeningSockets sockets, Options options, Serve serve)
    : options_(std::move(options)),
      serve_(std::move(serve)),
      acceptor_(std::move(sockets), {options_.name, options_.refusal, options_.refused_connections},
                [this](int descriptor, const std::string& remote_address) {
                  return take_client(descriptor, remote_address);
                }),
      threads_(options_.name, options_.connections_max) {}

SocketServer::~SocketServer() { stop(milliseconds(0)); }

void SocketServer::stop(milliseconds grace) {
  acceptor_.stop();

  const auto deadline = steady_clock::now() + grace;
  MutexLock lock(mutex_);
  while (connection_count_ > 0 && steady_clock::now() < deadline) {
    connection_closed_.wait_for(mutex_, deadline - steady_clock::now());
  }
  if (connection_count_ > 0 && grace.count() > 0) {
    log_warning("connections_cut", {{"listener", options_.name}, {"count", connection_count_}});
  }
  while (connection_count_ > 0) {
    for (SocketStream* stream : streams_) stream->shut_down();
    // Again and again: a thread may not have come to insert its stream yet.
    connection_closed_.wait_for(mutex_, milliseconds(100));
  }
}

std::size_t SocketServer::connection_count() const {
  MutexLock lock(mutex_);
  return connection_count_;
}

bool SocketServer::take_client(int descriptor, const std::string& remote_address) {
  {
    // Counted before its thread runs, so that stop() cannot miss it.
    MutexLock lock(mutex_);
    ++connection_count_;
  }
  const bool accepted = threads_.try_run(
      [this, descriptor, remote_address] { serve_client(descriptor, remote_address); });
  if (!accepted) forget_connection();
  return accepted;
}

void SocketServer::serve_client(int descriptor, const std::string& remote_address) {
  {
    SocketStream stream(descriptor);
    {
      MutexLock lock(mutex_);
      streams_.insert(&stream);
    }
    options_.open_connections->add(1);
    serve_(stream, remote_address);
    options_.open_connections->add(-1);
    MutexLock lock(mutex_);
    streams_.erase(&stream);
  }
  forget_connection();
}

void SocketServer::forget_connection() {
  MutexLock lock(mutex_);
  --connection_count_;
  connection_closed_.notify_all();
}

}  // namespace freshet
