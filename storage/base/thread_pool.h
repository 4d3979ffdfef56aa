// ThreadPool runs tasks on a fixed number of named threads from a bounded queue.
//
// Owns:    its threads; the destructor stops.
// Threads: submit and try_submit from any thread; stop from outside the pool.
// Errors:  a task must not throw: an exception that leaves it ends the process.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "storage/base/mutex.h"

namespace freshet {

class ThreadPool {
 public:
  using Task = std::function<void()>;

  // Threads show as "<name>-0", "<name>-1", ... in the system's tools (15 characters at most).
  ThreadPool(const std::string& name, std::size_t thread_count, std::size_t queue_max = 1024);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  // Waits while the queue is full, so a task that submits to its own pool uses try_submit instead.
  // False when the pool has stopped: the task will not run.
  bool submit(Task task) EXCLUDES(mutex_);
  // Also false when the queue is full.
  bool try_submit(Task task) EXCLUDES(mutex_);
  // Runs what is queued, then joins the threads. May be called twice.
  void stop() EXCLUDES(mutex_);

  std::size_t thread_count() const { return threads_.size(); }
  std::size_t queued() const EXCLUDES(mutex_);

 private:
  void run() EXCLUDES(mutex_);

  const std::size_t queue_max_;
  mutable Mutex mutex_;
  CondVar task_added_;
  CondVar task_taken_;
  std::deque<Task> queue_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

// Lets other threads have the processor, and the disk, first.
void lower_priority_of_this_thread();
// Name of the calling thread in the system's tools; longer names are cut.
void name_this_thread(const std::string& name);

}  // namespace freshet
