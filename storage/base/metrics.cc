#include "storage/base/metrics.h"

#include <bit>
#include <cmath>
#include <cstdio>

#include "storage/base/check.h"

namespace freshet {

namespace {

// Printed bucket bounds are the powers of four up to this many bits (4^20 ns is 18 minutes).
constexpr unsigned kPrintedBitsMax = 40;

std::string format_number(double number) {
  char text[40];
  if (number == std::floor(number) && std::abs(number) < 1e15) {
    std::snprintf(text, sizeof(text), "%.0f", number);
  } else {
    std::snprintf(text, sizeof(text), "%.9g", number);
  }
  return text;
}

// `requests{code="200"}` -> "requests" and `code="200"`.
struct NameParts {
  std::string_view name;
  std::string_view labels;
};
NameParts split_labels(std::string_view full) {
  const std::size_t brace = full.find('{');
  if (brace == std::string_view::npos) return {full, {}};
  return {full.substr(0, brace), full.substr(brace + 1, full.size() - brace - 2)};
}

// A sample's full name: base name, suffix, labels of the metric and one more label.
std::string sample_name(NameParts parts, std::string_view suffix, std::string_view extra_label) {
  std::string text(parts.name);
  text += suffix;
  if (parts.labels.empty() && extra_label.empty()) return text;
  text += '{';
  text += parts.labels;
  if (!parts.labels.empty() && !extra_label.empty()) text += ',';
  text += extra_label;
  text += '}';
  return text;
}

}  // namespace

std::size_t Histogram::bucket_of(uint64_t value) {
  if (value < 4) return value;
  const unsigned top = static_cast<unsigned>(std::bit_width(value)) - 1;
  return 4 + (top - 2) * 4 + ((value >> (top - 2)) & 3);
}

uint64_t Histogram::bucket_end(std::size_t bucket) {
  if (bucket < 4) return bucket + 1;
  const std::size_t top = (bucket - 4) / 4 + 2;
  const uint64_t step = (bucket - 4) % 4 + 5;
  if (top == 63 && step == 8) return ~uint64_t{0};
  return step << (top - 2);
}

uint64_t Histogram::count() const {
  uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

uint64_t Histogram::count_below(uint64_t bound) const {
  DCHECK(std::has_single_bit(bound));
  uint64_t total = 0;
  const std::size_t end = bucket_of(bound);
  for (std::size_t bucket = 0; bucket < end; ++bucket) {
    total += buckets_[bucket].load(std::memory_order_relaxed);
  }
  return total;
}

uint64_t Histogram::quantile(double fraction) const {
  const uint64_t total = count();
  if (total == 0) return 0;
  const uint64_t wanted = std::max<uint64_t>(
      1, static_cast<uint64_t>(std::ceil(fraction * static_cast<double>(total))));
  uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBucketCount; ++bucket) {
    seen += buckets_[bucket].load(std::memory_order_relaxed);
    if (seen >= wanted) return bucket_end(bucket) - 1;
  }
  return ~uint64_t{0};
}

MetricsRegistry::Metric& MetricsRegistry::find_or_add(std::string_view name,
                                                      std::string_view help) {
  auto found = metrics_.find(name);
  if (found == metrics_.end()) {
    found = metrics_.emplace(std::string(name), Metric{}).first;
    found->second.help = help;
  }
  return found->second;
}

Counter& MetricsRegistry::counter(std::string_view name, std::string_view help) {
  MutexLock lock(mutex_);
  Metric& metric = find_or_add(name, help);
  CHECK(!metric.gauge && !metric.histogram && !metric.read);
  if (!metric.counter) metric.counter = std::make_unique<Counter>();
  return *metric.counter;
}

Gauge& MetricsRegistry::gauge(std::string_view name, std::string_view help) {
  MutexLock lock(mutex_);
  Metric& metric = find_or_add(name, help);
  CHECK(!metric.counter && !metric.histogram && !metric.read);
  if (!metric.gauge) metric.gauge = std::make_unique<Gauge>();
  return *metric.gauge;
}

Histogram& MetricsRegistry::histogram(std::string_view name, std::string_view help, double unit) {
  MutexLock lock(mutex_);
  Metric& metric = find_or_add(name, help);
  CHECK(!metric.counter && !metric.gauge && !metric.read);
  if (!metric.histogram) metric.histogram = std::make_unique<Histogram>();
  metric.unit = unit;
  return *metric.histogram;
}

void MetricsRegistry::computed_gauge(std::string_view name, std::string_view help,
                                     std::function<double()> read) {
  MutexLock lock(mutex_);
  Metric& metric = find_or_add(name, help);
  CHECK(!metric.counter && !metric.gauge && !metric.histogram);
  metric.read = std::move(read);
}

std::vector<MetricsRegistry::Sample> MetricsRegistry::samples() const {
  std::vector<Sample> result;
  MutexLock lock(mutex_);
  for (const auto& [name, metric] : metrics_) {
    if (metric.counter) {
      result.push_back({name, metric.help, static_cast<double>(metric.counter->value())});
    } else if (metric.gauge) {
      result.push_back({name, metric.help, static_cast<double>(metric.gauge->value())});
    } else if (metric.read) {
      result.push_back({name, metric.help, metric.read()});
    } else {
      const Histogram& histogram = *metric.histogram;
      const NameParts parts = split_labels(name);
      const auto add = [&, &help = metric.help](const char* suffix, double value) {
        result.push_back({sample_name(parts, suffix, {}), help, value});
      };
      add("_count", static_cast<double>(histogram.count()));
      add("_sum", static_cast<double>(histogram.sum()) * metric.unit);
      add("_p50", static_cast<double>(histogram.quantile(0.5)) * metric.unit);
      add("_p90", static_cast<double>(histogram.quantile(0.9)) * metric.unit);
      add("_p99", static_cast<double>(histogram.quantile(0.99)) * metric.unit);
    }
  }
  return result;
}

std::string MetricsRegistry::prometheus_text() const {
  std::string text;
  std::string_view described;  // last base name whose HELP and TYPE are printed
  const auto line = [&](const std::string& name, double value) {
    text += "freshet_" + name + " " + format_number(value) + "\n";
  };
  MutexLock lock(mutex_);
  for (const auto& [name, metric] : metrics_) {
    const NameParts parts = split_labels(name);
    if (parts.name != described) {
      described = parts.name;
      const char* type = metric.counter ? "counter" : metric.histogram ? "histogram" : "gauge";
      const std::string base(parts.name);
      text += "# HELP freshet_" + base + " " + metric.help + "\n";
      text += "# TYPE freshet_" + base + " " + type + "\n";
    }
    if (metric.counter) {
      line(name, static_cast<double>(metric.counter->value()));
    } else if (metric.gauge) {
      line(name, static_cast<double>(metric.gauge->value()));
    } else if (metric.read) {
      line(name, metric.read());
    } else {
      const Histogram& histogram = *metric.histogram;
      for (unsigned bits = 2; bits <= kPrintedBitsMax; bits += 2) {
        const uint64_t bound = uint64_t{1} << bits;
        // Values are integers, so "below the power" is "at most one less than it".
        const std::string le =
            "le=\"" + format_number(static_cast<double>(bound - 1) * metric.unit) + "\"";
        line(sample_name(parts, "_bucket", le), static_cast<double>(histogram.count_below(bound)));
      }
      const double count = static_cast<double>(histogram.count());
      line(sample_name(parts, "_bucket", "le=\"+Inf\""), count);
      line(sample_name(parts, "_sum", {}), static_cast<double>(histogram.sum()) * metric.unit);
      line(sample_name(parts, "_count", {}), count);
    }
  }
  return text;
}

}  // namespace freshet
