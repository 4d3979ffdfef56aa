// Clock is injected wherever time matters, so that tests own it.
//
// Threads: any.
// Units:   nanoseconds; wall time since 1970-01-01 UTC, monotonic time since an arbitrary start.
#pragma once

#include <chrono>
#include <cstdint>

namespace freshet {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t wall_ns() const = 0;
  virtual int64_t monotonic_ns() const = 0;
};

class SystemClock : public Clock {
 public:
  int64_t wall_ns() const override { return since_epoch_ns(std::chrono::system_clock::now()); }
  int64_t monotonic_ns() const override { return since_epoch_ns(std::chrono::steady_clock::now()); }

 private:
  template <class TimePoint>
  static int64_t since_epoch_ns(TimePoint time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  }
};

}  // namespace freshet
