#include "ingest/source/socket_source.h"

#include "storage/base/error.h"
#include "storage/base/listening_socket.h"

namespace freshet {
namespace {

SocketServer::Options socket_options(const SocketLimits& limits, MetricsRegistry& metrics) {
  return {.name = "rows",
          .connections_max = limits.connections_max,
          .refusal = "ERROR " + std::to_string(static_cast<int>(ErrorCode::NoFreeConnection)) +
                     " Too many connections, the limit is " +
                     std::to_string(limits.connections_max) + '\n',
          .open_connections = &metrics.gauge("row_connections", "Open connections for rows"),
          .refused_connections = &metrics.counter(
              "row_connections_refused_total", "Connections for rows refused for lack of threads")};
}

ListeningSockets listen(const SocketListenerOptions& options) {
  return options.tcp.empty() ? listen_on_path(options.unix_path) : listen_on(options.tcp);
}

std::string source_name(const SocketListenerOptions& options) {
  return options.tcp.empty() ? "unix:" + options.unix_path : "tcp:" + options.tcp;
}

}  // namespace

SocketSource::SocketSource(const SocketListenerOptions& options, const SocketLimits& limits,
                           QueryEngine& engine, InsertPipeline& inserts, MemoryBudget& memory,
                           MetricsRegistry& metrics)
    : server_(listen(options), socket_options(limits, metrics),
              [this](SocketStream& stream, const std::string&) {
                RowConnection(stream, context_).serve();
              }) {
  context_.engine = &engine;
  context_.inserts = &inserts;
  context_.memory = &memory;
  context_.limits = limits;
  if (!options.table.empty()) context_.bound_target = make_row_target(engine, options);
  context_.source_name = source_name(options);
  context_.server = &server_;
  context_.rows = &metrics.counter("socket_rows_total", "Rows taken over sockets");
  context_.batches = &metrics.counter("socket_batches_total", "Commits of rows from sockets");
  context_.failures =
      &metrics.counter("socket_failures_total", "Connections for rows that ended with an error");
  context_.waits = &metrics.counter("socket_waits_total",
                                    "Pauses in which overload kept back a connection for rows");
}

}  // namespace freshet
