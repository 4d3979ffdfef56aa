// ThreadCache runs each task at once on a thread of its own, and keeps finished threads for the
// next tasks.
//
// Owns:    its threads; the destructor waits for the tasks that run.
// Threads: try_run from any.
// Errors:  a task must not throw: an exception that leaves it ends the process.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <string>
#include <thread>

#include "storage/base/mutex.h"

namespace freshet {

class ThreadCache {
 public:
  using Task = std::function<void()>;

  ThreadCache(std::string name, std::size_t threads_max);
  ThreadCache(const ThreadCache&) = delete;
  ThreadCache& operator=(const ThreadCache&) = delete;
  ~ThreadCache();

  // False when all threads are busy, or the system gives no more.
  bool try_run(Task task) EXCLUDES(mutex_);

 private:
  using ThreadList = std::list<std::thread>;

  void run(ThreadList::iterator self) EXCLUDES(mutex_);

  const std::string name_;
  const std::size_t threads_max_;
  Mutex mutex_;
  CondVar task_added_;
  std::deque<Task> tasks_ GUARDED_BY(mutex_);  // never more than idle threads
  std::size_t idle_count_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  ThreadList threads_ GUARDED_BY(mutex_);
  ThreadList retired_ GUARDED_BY(mutex_);  // ended or about to; joined by the next try_run
};

}  // namespace freshet
