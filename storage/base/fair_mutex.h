// FairMutex: a mutex whose waiters get it in the order in which they came, so that a steady stream
// of short holders never keeps a long waiter out.
//
// Threads:   as a mutex; each hand-over wakes exactly one thread.
#pragma once

#include <cstdint>
#include <deque>

#include "storage/base/mutex.h"

namespace freshet {

class CAPABILITY("mutex") FairMutex {
 public:
  void lock() ACQUIRE() NO_THREAD_SAFETY_ANALYSIS {
    MutexLock lock(mutex_);
    if (!held_) {
      held_ = true;
      return;
    }
    Waiter self;
    waiters_.push_back(&self);
    while (!self.has_turn) self.turn.wait(mutex_);
  }
  bool try_lock() TRY_ACQUIRE(true) NO_THREAD_SAFETY_ANALYSIS {
    MutexLock lock(mutex_);
    if (held_) return false;
    held_ = true;
    return true;
  }
  // May be wrong as soon as it is said.
  bool is_held() const {
    MutexLock lock(mutex_);
    return held_;
  }
  void unlock() RELEASE() NO_THREAD_SAFETY_ANALYSIS {
    MutexLock lock(mutex_);
    if (waiters_.empty()) {
      held_ = false;
      return;
    }
    // Stays held: it is the first waiter's now.
    Waiter* next = waiters_.front();
    waiters_.pop_front();
    next->has_turn = true;
    next->turn.notify_one();
  }

 private:
  struct Waiter {
    CondVar turn;
    bool has_turn = false;
  };
  mutable Mutex mutex_;
  bool held_ GUARDED_BY(mutex_) = false;
  std::deque<Waiter*> waiters_ GUARDED_BY(mutex_);
};

enum class Turn : uint8_t { Wait, IfFree };

// Holds a FairMutex; or nothing after unlock(), and when it was to be had IfFree and was not.
class FairLock {
 public:
  explicit FairLock(FairMutex& mutex, Turn turn = Turn::Wait) NO_THREAD_SAFETY_ANALYSIS
      : mutex_(&mutex) {
    if (turn == Turn::Wait) {
      mutex.lock();
    } else if (!mutex.try_lock()) {
      mutex_ = nullptr;
    }
  }
  FairLock(FairLock&& other) noexcept : mutex_(other.mutex_) { other.mutex_ = nullptr; }
  FairLock& operator=(FairLock&&) = delete;
  ~FairLock() { unlock(); }

  bool holds() const { return mutex_ != nullptr; }
  void unlock() NO_THREAD_SAFETY_ANALYSIS {
    if (mutex_ != nullptr) mutex_->unlock();
    mutex_ = nullptr;
  }

 private:
  FairMutex* mutex_;
};

}  // namespace freshet
