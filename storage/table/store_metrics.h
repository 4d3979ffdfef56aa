// StoreMetrics: what the store counts. Write amplification is the sum of all bytes written to the
// log and to segments, divided by the bytes inserted.
#pragma once

#include "storage/base/metrics.h"

namespace freshet {

struct StoreMetrics {
  // The registry's counters, which live as long as it does.
  struct Written {
    const Counter* staged;
    const Counter* flushed;
    const Counter* merged;
    double ratio() const {
      const auto first = static_cast<double>(staged->value() + flushed->value());
      return first == 0 ? 1 : (first + static_cast<double>(merged->value())) / first;
    }
  };

  explicit StoreMetrics(MetricsRegistry& registry)
      : commits(registry.counter("store_commits_total", "Commits published")),
        rows_inserted(registry.counter("store_rows_inserted_total", "Rows committed")),
        bytes_inserted(registry.counter("store_bytes_inserted_total",
                                        "Bytes of committed rows, as they lie in memory")),
        duplicates(registry.counter("store_duplicate_commits_total",
                                    "Commits refused as repeats of an idempotency key")),
        log_bytes(registry.counter("store_log_bytes_written_total", "Bytes appended to the log")),
        commit_time(registry.histogram("store_commit_seconds",
                                       "Time from the log append until rows are visible", 1e-9)),
        staged_bytes(registry.counter("store_staged_bytes_written_total",
                                      "Bytes of segments written by large inserts")),
        flushes(registry.counter("store_flushes_total", "Memtables written to segments")),
        flushed_bytes(
            registry.counter("store_flushed_bytes_written_total", "Bytes of segments flushed")),
        merges(registry.counter("store_merges_total", "Merges of segments")),
        merged_bytes(
            registry.counter("store_merged_bytes_written_total", "Bytes of segments merged")),
        inserts_refused(registry.counter("store_inserts_refused_total",
                                         "INSERTs refused because of overload, to come again")),
        commit_waits(registry.counter("store_commit_waits_total",
                                      "Commits that waited for a flush to catch up")),
        background_failures(
            registry.counter("store_background_failures_total", "Flushes and merges that failed")) {
    registry.computed_gauge(
        "store_write_amplification",
        "Bytes of segments written, merges included, for each byte written to a segment first",
        [this_ = Written{&staged_bytes, &flushed_bytes, &merged_bytes}] { return this_.ratio(); });
  }

  Counter& commits;
  Counter& rows_inserted;
  Counter& bytes_inserted;
  Counter& duplicates;
  Counter& log_bytes;
  Histogram& commit_time;
  Counter& staged_bytes;
  Counter& flushes;
  Counter& flushed_bytes;
  Counter& merges;
  Counter& merged_bytes;
  Counter& inserts_refused;
  Counter& commit_waits;
  Counter& background_failures;
};

}  // namespace freshet
