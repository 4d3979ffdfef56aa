#include "storage/base/thread_pool.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "storage/base/check.h"

namespace freshet {

ThreadPool::ThreadPool(const std::string& name, std::size_t thread_count, std::size_t queue_max)
    : queue_max_(queue_max) {
  CHECK(thread_count > 0 && queue_max > 0);
  threads_.reserve(thread_count);
  for (std::size_t index = 0; index < thread_count; ++index) {
    threads_.emplace_back([this, label = name + "-" + std::to_string(index)] {
      name_this_thread(label);
      run();
    });
  }
}

ThreadPool::~ThreadPool() { stop(); }

bool ThreadPool::submit(Task task) {
  MutexLock lock(mutex_);
  while (queue_.size() >= queue_max_ && !stopping_) task_taken_.wait(mutex_);
  if (stopping_) return false;
  queue_.push_back(std::move(task));
  task_added_.notify_one();
  return true;
}

bool ThreadPool::try_submit(Task task) {
  MutexLock lock(mutex_);
  if (stopping_ || queue_.size() >= queue_max_) return false;
  queue_.push_back(std::move(task));
  task_added_.notify_one();
  return true;
}

void ThreadPool::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    task_added_.notify_all();
    task_taken_.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t ThreadPool::queued() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

void ThreadPool::run() {
  MutexLock lock(mutex_);
  for (;;) {
    while (queue_.empty() && !stopping_) task_added_.wait(mutex_);
    if (queue_.empty()) return;
    Task task = std::move(queue_.front());
    queue_.pop_front();
    task_taken_.notify_one();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

void lower_priority_of_this_thread() {
  constexpr int kNice = 10;
  constexpr int kWhoIsProcess = 1;
  constexpr int kBestEffortLast = 2 << 13 | 7;
  // Linux keeps both for each thread; 0 is the calling one. A refusal costs speed only.
  setpriority(PRIO_PROCESS, 0, kNice);
  syscall(SYS_ioprio_set, kWhoIsProcess, 0, kBestEffortLast);
}

void name_this_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

}  // namespace freshet
