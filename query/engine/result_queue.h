// ResultQueue: the last sink of a query. Workers put result chunks in, the thread that called
// execute() takes them out and hands them to the client.
//
// Path:      last Transform -> ResultQueue -> ResultSink (server/handler)
// Threads:   consume by all workers; take by the caller. Nobody waits inside: a full queue shows in
//            saturated(), and then borrowed workers leave the query (query/engine/executor).
#pragma once

#include <deque>
#include <optional>

#include "query/operator/operator.h"
#include "storage/base/mutex.h"

namespace freshet {

class ResultQueue final : public Sink {
 public:
  void prepare(size_t) override {}
  bool consume(ExecutionContext& context, WorkerIndex worker, Chunk chunk) override;
  void finish(ExecutionContext&) override {}

  // The oldest chunk, if any.
  std::optional<Chunk> take();
  // More bytes wait than a client should be ahead of.
  bool saturated() const;

 private:
  mutable Mutex mutex_;
  std::deque<Chunk> chunks_ GUARDED_BY(mutex_);
  size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace freshet
