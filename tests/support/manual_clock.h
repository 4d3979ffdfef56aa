// ManualClock moves only when a test says so.
//
// Threads: any.
#pragma once

#include <atomic>

#include "storage/base/clock.h"

namespace freshet {

class ManualClock : public Clock {
 public:
  explicit ManualClock(int64_t wall_ns = 1'700'000'000'000'000'000) : wall_start_ns_(wall_ns) {}

  int64_t wall_ns() const override { return wall_start_ns_ + elapsed_ns_; }
  int64_t monotonic_ns() const override { return elapsed_ns_; }

  void advance_ns(int64_t ns) { elapsed_ns_ += ns; }
  void advance_ms(int64_t ms) { advance_ns(ms * 1'000'000); }
  void advance_seconds(int64_t seconds) { advance_ns(seconds * 1'000'000'000); }

 private:
  const int64_t wall_start_ns_;
  std::atomic<int64_t> elapsed_ns_{0};
};

}  // namespace freshet
