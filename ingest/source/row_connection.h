// RowConnection takes the rows of one client: head, rows, and answers by line (docs/sockets.md).
//
//   head line --> rows gather --batch full, batch_wait over, end--> InsertPipeline --> "OK lsn
//   rows"
//                    ^                                                   |
//                    +---------------------------------------------------+--error--> "ERROR ..."
//
// While a batch is committed nothing is read, so that a fast client waits in its own send().
//
// Path:      SocketServer -> RowConnection -> InsertPipeline
// Threads:   serve() on one thread.
// Errors:    none leave serve(); the client is told in its last line.
#pragma once

#include <optional>
#include <string>

#include "ingest/source/row_gatherer.h"
#include "ingest/source/row_target.h"
#include "storage/base/error.h"
#include "storage/base/memory_budget.h"
#include "storage/base/metrics.h"
#include "storage/base/socket_server.h"
#include "storage/base/socket_stream.h"

namespace freshet {

// What all connections of a listener share; outlives them.
struct RowConnectionContext {
  QueryEngine* engine = nullptr;
  InsertPipeline* inserts = nullptr;
  MemoryBudget* memory = nullptr;
  SocketLimits limits;
  std::optional<RowTarget> bound_target;
  std::string source_name;  // "tcp:127.0.0.1:9009", "unix:/run/freshet/rows.sock"
  const SocketServer* server = nullptr;
  Counter* rows = nullptr;
  Counter* batches = nullptr;
  Counter* failures = nullptr;
  Counter* waits = nullptr;
};

class RowConnection {
 public:
  RowConnection(SocketStream& stream, const RowConnectionContext& context);
  void serve();

 private:
  using TimePoint = SocketStream::TimePoint;

  void take_stream();
  // Nothing when the client left without a word. Bytes behind the line stay in received_.
  std::optional<RowTarget> read_target();
  void take_rows(RowTarget& target);
  // Waits for bytes; false at the end of the stream, which was then committed.
  bool receive(RowTarget& target, RowGatherer& rows, TimePoint deadline);
  // Nothing happens when no whole row is there.
  void commit_batch(RowTarget& target, RowGatherer& rows, bool last);
  // Does `work`, again and again while the store is overloaded. Nothing more is read meanwhile, so
  // that the client, too, has to wait.
  template <class Work>
  auto outlast_overload(Work work);
  // Takes `bytes` of memory in all, waiting for them likewise.
  void resize_memory(uint64_t bytes);
  // Waits before the next try. False when the server stops.
  bool wait_for_relief();
  void say(const std::string& line);
  void say_error(const Error& error);
  // Reads and drops until the client closes.
  void drain();

  SocketStream* stream_;
  const RowConnectionContext* context_;
  MemoryLease memory_;
  std::string space_;     // where received bytes land
  std::string received_;  // of the head, and what came with it
  uint64_t rows_taken_ = 0;
};

}  // namespace freshet
