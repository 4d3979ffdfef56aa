#include "query/engine/executor.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "storage/base/error.h"
#include "storage/base/mutex.h"

namespace freshet {

namespace {

// Pushes a chunk through transforms [index, end) into the sink. False: no more rows are wanted.
bool push(const Pipeline& pipeline, size_t index, ExecutionContext& context, WorkerIndex worker,
          Chunk chunk) {
  if (index == pipeline.transforms.size()) {
    return pipeline.sink->consume(context, worker, std::move(chunk));
  }
  return pipeline.transforms[index]->process(
      context, worker, std::move(chunk), [&, index](Chunk next) {
        return push(pipeline, index + 1, context, worker, std::move(next));
      });
}

// What the workers of one pipeline share. Outlives the pipeline's run while a borrowed worker that
// came too late still holds it.
class PipelineRun {
 public:
  PipelineRun(const Pipeline& pipeline, ExecutionContext& context, ResultQueue& results,
              size_t worker_count)
      : pipeline_(&pipeline), context_(&context), results_(&results) {
    for (size_t i = worker_count; i-- > 1;) free_workers_.push_back(i);
  }

  bool ended() const { return ended_.load(std::memory_order_acquire); }

  // One chunk from source to sink. False: this worker has nothing more to do.
  bool step(WorkerIndex worker) {
    context_->check_running();
    Chunk chunk;
    if (ended() || !pipeline_->source->read(*context_, worker, chunk)) return false;
    if (chunk.row_count != 0 && !push(*pipeline_, 0, *context_, worker, std::move(chunk))) {
      ended_.store(true, std::memory_order_release);
      return false;
    }
    return true;
  }

  // The body of a borrowed worker.
  void work_borrowed() {
    WorkerIndex worker = 0;
    {
      MutexLock lock(mutex_);
      --called_;
      if (closed_ || free_workers_.empty()) return;
      worker = free_workers_.back();
      free_workers_.pop_back();
      ++active_;
    }
    try {
      while (!results_->saturated() && step(worker)) {
      }
    } catch (...) {
      fail(std::current_exception());
    }
    MutexLock lock(mutex_);
    free_workers_.push_back(worker);
    if (--active_ == 0) left_.notify_all();
  }

  // Workers that may be called now: free indexes without a call under way.
  size_t callable() {
    MutexLock lock(mutex_);
    const size_t count = free_workers_.size() > called_ ? free_workers_.size() - called_ : 0;
    called_ += count;
    return count;
  }

  void uncall(size_t count) {
    MutexLock lock(mutex_);
    called_ -= count;
  }

  void fail(std::exception_ptr error) {
    MutexLock lock(mutex_);
    if (!error_) error_ = std::move(error);
    ended_.store(true, std::memory_order_release);
  }

  // No new borrowed worker gets in. True once the last one has left.
  bool close(std::chrono::milliseconds patience) {
    MutexLock lock(mutex_);
    closed_ = true;
    if (active_ != 0) left_.wait_for(mutex_, patience);
    return active_ == 0;
  }

  std::exception_ptr error() {
    MutexLock lock(mutex_);
    return error_;
  }

 private:
  const Pipeline* pipeline_;
  ExecutionContext* context_;
  ResultQueue* results_;
  std::atomic<bool> ended_{false};
  Mutex mutex_;
  CondVar left_;
  std::vector<WorkerIndex> free_workers_ GUARDED_BY(mutex_);
  size_t called_ GUARDED_BY(mutex_) = 0;
  size_t active_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
  std::exception_ptr error_ GUARDED_BY(mutex_);
};

void call_workers(ThreadPool* pool, const std::shared_ptr<PipelineRun>& run) {
  if (pool == nullptr) return;
  const size_t count = run->callable();
  for (size_t i = 0; i < count; ++i) {
    if (!pool->try_submit([run] { run->work_borrowed(); })) {
      run->uncall(count - i);
      return;
    }
  }
}

}  // namespace

size_t Executor::worker_count() const {
  return pool_ == nullptr ? 1 : std::max<size_t>(1, pool_->thread_count());
}

void Executor::run(const PhysicalPlan& plan, ExecutionContext& context, ResultQueue& results,
                   const std::function<void()>& deliver) {
  for (const Pipeline& pipeline : plan.pipelines) {
    run_pipeline(pipeline, context, results, deliver);
    if (pipeline.finishes_sink) pipeline.sink->finish(context);
  }
  deliver();
}

void Executor::run_pipeline(const Pipeline& pipeline, ExecutionContext& context,
                            ResultQueue& results, const std::function<void()>& deliver) {
  pipeline.source->prepare(context.worker_count);
  for (Transform* transform : pipeline.transforms) transform->prepare(context.worker_count);
  if (pipeline.prepares_sink) pipeline.sink->prepare(context.worker_count);

  const size_t workers =
      std::clamp<size_t>(std::min(pipeline.source->parallelism_max(), pipeline.worker_count_max),
                         1, context.worker_count);
  auto run = std::make_shared<PipelineRun>(pipeline, context, results, workers);
  try {
    bool more = true;
    while (more) {
      if (workers > 1) call_workers(pool_, run);
      more = run->step(0);
      deliver();
    }
  } catch (...) {
    run->fail(std::current_exception());
  }
  // Borrowed workers look at cancellation and at ended() once per chunk, so this wait is short.
  constexpr std::chrono::milliseconds kPatience{10};
  while (!run->close(kPatience)) {
    if (run->error()) continue;
    try {
      deliver();
    } catch (...) {
      run->fail(std::current_exception());
    }
  }
  if (std::exception_ptr error = run->error()) std::rethrow_exception(error);
  // A borrowed worker that left for a slow client may have left claimed rows behind.
  for (WorkerIndex worker = 1; worker < workers; ++worker) {
    while (run->step(worker)) deliver();
  }
}

void Executor::run_parallel(size_t count, const std::function<void(size_t)>& task) {
  struct Shared {
    std::atomic<size_t> next{0};
    Mutex mutex;
    CondVar done;
    size_t active GUARDED_BY(mutex) = 0;
    bool closed GUARDED_BY(mutex) = false;
    std::exception_ptr error GUARDED_BY(mutex);
  };
  auto shared = std::make_shared<Shared>();
  const auto work = [count, &task](Shared& s) {
    try {
      for (size_t i = s.next.fetch_add(1); i < count; i = s.next.fetch_add(1)) task(i);
    } catch (...) {
      s.next.store(count);
      MutexLock lock(s.mutex);
      if (!s.error) s.error = std::current_exception();
    }
  };
  for (size_t i = 1; i < std::min(count, worker_count()); ++i) {
    const bool called = pool_ != nullptr && pool_->try_submit([shared, work] {
      {
        MutexLock lock(shared->mutex);
        if (shared->closed) return;
        ++shared->active;
      }
      work(*shared);
      MutexLock lock(shared->mutex);
      if (--shared->active == 0) shared->done.notify_all();
    });
    if (!called) break;
  }
  work(*shared);
  MutexLock lock(shared->mutex);
  shared->closed = true;
  while (shared->active != 0) shared->done.wait(shared->mutex);
  if (shared->error) std::rethrow_exception(shared->error);
}

}  // namespace freshet
