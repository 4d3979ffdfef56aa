#include "storage/base/memory_budget.h"

#include <array>
#include <cstdio>
#include <string>

#include "storage/base/check.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

// "9.54 MiB", as ClickHouse writes sizes.
std::string readable(uint64_t bytes) {
  constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  char text[64];
  std::snprintf(text, sizeof(text), "%.2f %s", size, kUnits[unit]);
  return text;
}

[[noreturn]] void throw_exceeded(const char* whose, uint64_t used, uint64_t wanted,
                                 uint64_t bytes_max) {
  throw Error(ErrorCode::MemoryLimitExceeded,
              std::string(whose) + " memory limit exceeded: would use " + readable(used + wanted) +
                  " (attempt to allocate chunk of " + readable(wanted) +
                  "), maximum: " + readable(bytes_max));
}

// Adds `bytes` unless the sum would pass `bytes_max`.
bool try_add(std::atomic<uint64_t>& total, uint64_t bytes, uint64_t bytes_max) {
  uint64_t before = total.load(std::memory_order_relaxed);
  do {
    if (bytes_max != 0 && (before > bytes_max || bytes > bytes_max - before)) return false;
  } while (!total.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
  return true;
}

}  // namespace

bool MemoryBudget::try_grow(uint64_t bytes) { return try_add(bytes_, bytes, bytes_max_); }

bool MemoryLease::try_grow(uint64_t bytes) {
  if (!try_add(bytes_, bytes, bytes_max_)) return false;
  if (!budget_->try_grow(bytes)) {
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }
  const uint64_t now = this->bytes();
  uint64_t peak = peak_bytes();
  while (peak < now && !peak_bytes_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  return true;
}

void MemoryLease::grow(uint64_t bytes) {
  if (try_grow(bytes)) return;
  const uint64_t used = this->bytes();
  if (bytes_max_ != 0 && used + bytes > bytes_max_) {
    throw_exceeded("Query", used, bytes, bytes_max_);
  }
  throw_exceeded("(total)", budget_->bytes(), bytes, budget_->bytes_max());
}

void MemoryLease::shrink(uint64_t bytes) {
  const uint64_t before = bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  CHECK(before >= bytes);
  budget_->shrink(bytes);
}

void MemoryLease::resize(uint64_t bytes) {
  const uint64_t now = this->bytes();
  if (bytes > now) {
    grow(bytes - now);
  } else {
    shrink(now - bytes);
  }
}

void MemoryReservation::resize(uint64_t bytes) {
  if (bytes > bytes_) {
    lease_->grow(bytes - bytes_);
  } else {
    lease_->shrink(bytes_ - bytes);
  }
  bytes_ = bytes;
}

bool MemoryReservation::try_resize(uint64_t bytes) {
  if (bytes > bytes_) {
    if (!lease_->try_grow(bytes - bytes_)) return false;
  } else {
    lease_->shrink(bytes_ - bytes);
  }
  bytes_ = bytes;
  return true;
}

}  // namespace freshet
