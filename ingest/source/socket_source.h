// SocketSource: a door for rows over TCP or a Unix socket, one SocketServer per listener.
//
//   constructor: address taken     start(): clients are served
//   stop(grace): no new clients; connections commit the whole rows they hold and say goodbye
//
// Path:      client -> SocketSource -> RowConnection -> InsertPipeline
// Owns:      the listening socket, the connections and their threads.
// Threads:   start() and stop() from one thread at a time.
// Errors:    the constructor throws for a bad address or one in use, and for a bad binding (format,
//            setting); whether its table exists is seen when a client comes.
#pragma once

#include <chrono>
#include <string>

#include "ingest/source/row_connection.h"
#include "ingest/source/socket_options.h"
#include "storage/base/socket_server.h"

namespace freshet {

class SocketSource {
 public:
  // All but the options and limits outlive the source.
  SocketSource(const SocketListenerOptions& options, const SocketLimits& limits,
               QueryEngine& engine, InsertPipeline& inserts, MemoryBudget& memory,
               MetricsRegistry& metrics);
  // Stops without grace.
  ~SocketSource() = default;

  void start() { server_.start(); }
  void stop(std::chrono::milliseconds grace) { server_.stop(grace); }

  // "tcp:127.0.0.1:9009", "unix:/run/freshet/rows.sock"
  const std::string& name() const { return context_.source_name; }
  // 0 for a Unix socket.
  uint16_t port() const { return server_.port(); }

 private:
  RowConnectionContext context_;
  SocketServer server_;  // last: its connections use the context
};

}  // namespace freshet
