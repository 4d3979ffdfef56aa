// Executor: runs a query's pipelines on the calling thread and on workers borrowed from the pool.
//
// The caller is always worker 0 and can finish everything alone, so a busy pool delays a query but
// never blocks it, and a pool thread never waits for a slow client: while results pile up, borrowed
// workers leave and are called back when the client has caught up.
//
// Path:      query/engine/query_engine -> Executor -> Source, Transform, Sink
// Threads:   run() from any thread, one call per query; the pool is shared by all queries.
// Errors:    the first exception of any worker stops the query and is thrown by run().
#pragma once

#include <functional>
#include <span>

#include "query/engine/pipeline.h"
#include "query/engine/result_queue.h"
#include "query/operator/execution_context.h"
#include "storage/base/thread_pool.h"

namespace freshet {

class Executor {
 public:
  // `pool` outlives the executor; null: the caller works alone.
  explicit Executor(ThreadPool* pool) : pool_(pool) {}

  // Workers of one query at most: the pool's threads and the caller's, but not more than cores.
  size_t worker_count() const;

  // `deliver` empties `results` into the client; called on the calling thread between chunks and
  // until the queue is empty at the end. Throws to cancel.
  void run(const PhysicalPlan& plan, ExecutionContext& context, ResultQueue& results,
           const std::function<void()>& deliver);

  // task(0) .. task(count - 1), each once, on the caller and borrowed workers; waits for all.
  void run_parallel(size_t count, const std::function<void(size_t)>& task);

 private:
  void run_pipeline(const Pipeline& pipeline, ExecutionContext& context, ResultQueue& results,
                    const std::function<void()>& deliver);

  ThreadPool* pool_;
};

}  // namespace freshet
