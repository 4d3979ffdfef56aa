// Counters, gauges and histograms, and the registry that owns and prints them.
//
// Owns:    the registry owns its metrics; references stay valid while it lives.
// Threads: any. Updates are lock-free; registration and printing take a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/mutex.h"

namespace freshet {

// Only grows.
class Counter {
 public:
  void add(uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// Distribution of non-negative integers in buckets that grow by a quarter to a fifth each:
// quantiles are right within 25 %.
class Histogram {
 public:
  void record(uint64_t value) {
    buckets_[bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  uint64_t count() const;
  uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }
  // Values recorded below `bound`. Requires: `bound` is a power of two.
  uint64_t count_below(uint64_t bound) const;
  // Upper bound of the bucket that holds the `fraction` quantile (0.99); 0 when empty.
  uint64_t quantile(double fraction) const;

 private:
  // Values 0..3 have a bucket each; then four for each power of two.
  static constexpr std::size_t kBucketCount = 4 + 62 * 4;
  static std::size_t bucket_of(uint64_t value);
  static uint64_t bucket_end(std::size_t bucket);

  std::array<std::atomic<uint64_t>, kBucketCount> buckets_{};
  std::atomic<uint64_t> sum_{0};
};

class MetricsRegistry {
 public:
  // One metric as numbers; histograms give one sample each for count, sum, p50, p90 and p99.
  struct Sample {
    std::string name;
    std::string help;
    double value;
  };

  // Names follow Prometheus ("http_requests_total"), optionally with labels in braces
  // (`http_requests_total{code="200"}`). Asking again for a name returns the same metric.
  // Requires: one name is always of one kind.
  Counter& counter(std::string_view name, std::string_view help);
  Gauge& gauge(std::string_view name, std::string_view help);
  // `unit` is what one recorded step means in the printed unit: 1e-9 for nanoseconds printed as
  // seconds.
  Histogram& histogram(std::string_view name, std::string_view help, double unit = 1.0);
  // A gauge read when printed. `read` must be callable while the registry lives.
  void computed_gauge(std::string_view name, std::string_view help, std::function<double()> read);

  // Sorted by name.
  std::vector<Sample> samples() const;
  // The text exposition format 0.0.4; every name is prefixed with "freshet_".
  std::string prometheus_text() const;

 private:
  struct Metric {
    std::string help;
    double unit = 1.0;
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> read;
  };
  Metric& find_or_add(std::string_view name, std::string_view help) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Metric, std::less<>> metrics_ GUARDED_BY(mutex_);
};

}  // namespace freshet
