// LsnGate lets readers wait until a commit is visible.
//
// Path:      storage/table/live_tables opens it -> TableStore::wait_visible waits
// Threads:   every method from any thread.
// Errors:    none.
#pragma once

#include <algorithm>
#include <chrono>

#include "storage/base/mutex.h"
#include "storage/base/strong_id.h"

namespace freshet {

class LsnGate {
 public:
  // Snapshots taken from now on hold every commit up to `lsn`.
  void open_through(Lsn lsn) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    visible_ = std::max(visible_, lsn);
    if (waiting_ > 0) opened_.notify_all();
  }

  // False when the time was up.
  bool wait(Lsn lsn, std::chrono::nanoseconds timeout) EXCLUDES(mutex_) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    MutexLock lock(mutex_);
    ++waiting_;
    while (visible_ < lsn) {
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left <= std::chrono::nanoseconds(0)) break;
      opened_.wait_for(mutex_, left);
    }
    --waiting_;
    return visible_ >= lsn;
  }

 private:
  Mutex mutex_;
  CondVar opened_;
  Lsn visible_ GUARDED_BY(mutex_);
  int waiting_ GUARDED_BY(mutex_) = 0;
};

}  // namespace freshet
