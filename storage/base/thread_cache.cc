#include "storage/base/thread_cache.h"

#include <chrono>
#include <system_error>

#include "storage/base/thread_pool.h"

namespace freshet {
namespace {

// A thread without work for so long ends.
constexpr std::chrono::seconds kIdleTimeout{30};

void join_all(std::list<std::thread>& threads) {
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

ThreadCache::ThreadCache(std::string name, std::size_t threads_max)
    : name_(std::move(name)), threads_max_(threads_max) {}

ThreadCache::~ThreadCache() {
  ThreadList threads;
  ThreadList retired;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    task_added_.notify_all();
    // Iterators stay valid, but from here on threads no longer move themselves to retired_.
    threads.swap(threads_);
    retired.swap(retired_);
  }
  join_all(threads);
  join_all(retired);
}

bool ThreadCache::try_run(Task task) {
  ThreadList retired;
  bool accepted = true;
  {
    MutexLock lock(mutex_);
    retired.swap(retired_);
    if (stopping_) {
      accepted = false;
    } else if (tasks_.size() < idle_count_) {
      tasks_.push_back(std::move(task));
      task_added_.notify_one();
    } else if (threads_.size() < threads_max_) {
      const auto self = threads_.emplace(threads_.end());
      tasks_.push_front(std::move(task));
      ++idle_count_;
      try {
        *self = std::thread([this, self] { run(self); });
      } catch (const std::system_error&) {
        tasks_.pop_front();
        --idle_count_;
        threads_.erase(self);
        accepted = false;
      }
    } else {
      accepted = false;
    }
  }
  join_all(retired);
  return accepted;
}

// A thread counts as idle from its start until it takes a task.
void ThreadCache::run(ThreadList::iterator self) {
  name_this_thread(name_);
  MutexLock lock(mutex_);
  while (true) {
    while (tasks_.empty() && !stopping_) {
      const bool notified = task_added_.wait_for(mutex_, kIdleTimeout);
      if (!notified && tasks_.empty() && !stopping_) {
        --idle_count_;
        retired_.splice(retired_.end(), threads_, self);
        return;
      }
    }
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    --idle_count_;
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
    ++idle_count_;
  }
}

}  // namespace freshet
