// Who may use how many bytes: one MemoryBudget for the process, one MemoryLease for each query,
// one MemoryReservation for each operator or buffer that grows.
//
// Owns:    counts only, never memory. A budget outlives its leases, a lease its reservations.
// Threads: budget and lease from any thread; a reservation from one at a time.
// Errors:  MemoryLimitExceeded; a refused request changes nothing.
// Units:   bytes; a limit of 0 means no limit.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace freshet {

class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t bytes_max) : bytes_max_(bytes_max) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  bool try_grow(uint64_t bytes);
  void shrink(uint64_t bytes) { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  uint64_t bytes_max() const { return bytes_max_; }

 private:
  std::atomic<uint64_t> bytes_{0};
  const uint64_t bytes_max_;
};

class MemoryLease {
 public:
  explicit MemoryLease(MemoryBudget& budget, uint64_t bytes_max = 0)
      : budget_(&budget), bytes_max_(bytes_max) {}
  MemoryLease(const MemoryLease&) = delete;
  MemoryLease& operator=(const MemoryLease&) = delete;
  ~MemoryLease() { budget_->shrink(bytes()); }

  void grow(uint64_t bytes);
  // For callers that can spill or wait instead of failing.
  bool try_grow(uint64_t bytes);
  void shrink(uint64_t bytes);
  // Requires: the lease is used by one thread only.
  void resize(uint64_t bytes);

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  uint64_t peak_bytes() const { return peak_bytes_.load(std::memory_order_relaxed); }
  uint64_t bytes_max() const { return bytes_max_; }

 private:
  MemoryBudget* budget_;
  const uint64_t bytes_max_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> peak_bytes_{0};
};

// One consumer's part of a lease, given back when it dies.
class MemoryReservation {
 public:
  explicit MemoryReservation(MemoryLease& lease) : lease_(&lease) {}
  MemoryReservation(MemoryReservation&& other) noexcept
      : lease_(other.lease_), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryReservation& operator=(MemoryReservation&& other) noexcept {
    std::swap(lease_, other.lease_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryReservation() { lease_->shrink(bytes_); }

  void resize(uint64_t bytes);
  bool try_resize(uint64_t bytes);
  uint64_t bytes() const { return bytes_; }

 private:
  MemoryLease* lease_;
  uint64_t bytes_ = 0;
};

}  // namespace freshet
