// Appender commits: log record, sync, live tables, snapshot.
//
//   commit A   append ─┐                       ┌─ publish A and B in one snapshot
//   commit B     append┴─ one sync for both ───┴─ (already published by A)
//
// Log order is publish order: records are queued in the order in which the log took them, and
// whoever finds durable ones at the head of the queue publishes them.
//
// Path:      storage/table/insert_transaction -> Appender -> storage/wal, LiveTables
// Owns:      the keys of INSERTs, and the history of commits.
// Threads:   every method from any thread.
// Errors:    NotEnoughSpace when the disk is full: nothing happened. CannotFsync when the log could
//            not be made durable: the commit's fate is known after the next start only, and every
//            later commit is refused.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/error.h"
#include "storage/base/mutex.h"
#include "storage/table/commit_history.h"
#include "storage/table/commit_record.h"
#include "storage/table/insert_keys.h"
#include "storage/table/live_tables.h"
#include "storage/table/store_metrics.h"
#include "storage/wal/wal_writer.h"

namespace freshet {

class Appender {
 public:
  Appender(WalWriter& wal, LiveTables& live, Clock& clock, StoreMetrics& metrics)
      : wal_(&wal), live_(&live), clock_(&clock), metrics_(&metrics) {}

  struct Outcome {
    Lsn lsn;
    bool duplicate = false;
    // A table's columns are not those of the record any more: nothing happened.
    bool outdated = false;
  };
  // `commit` says the same as `record`, with staged segments opened; its LSN is filled in here, in
  // the segments too. When this throws anything but CannotFsync, the log holds nothing of it. A
  // duplicate leaves `commit` as it was.
  // `window` is that of the key's table.
  // Requires: the memory of `commit` is taken from the budget.
  Outcome commit(const CommitRecord& record, LiveTables::Commit& commit,
                 const std::vector<std::shared_ptr<Segment>>& staged, KeyWindow window = {})
      EXCLUDES(append_mutex_, publish_mutex_);
  // commit() in two steps: the record is in the log and has its place after the first, is durable
  // and visible after the second.
  struct Logged {
    Outcome outcome;
    CommitEntry entry;
    uint64_t log_bytes = 0;
    int64_t start_ns = 0;
  };
  Logged log(const CommitRecord& record, LiveTables::Commit& commit,
             const std::vector<std::shared_ptr<Segment>>& staged, KeyWindow window = {})
      EXCLUDES(append_mutex_, publish_mutex_);
  // Requires: what log() gave is not outdated.
  Outcome finish(Logged logged) EXCLUDES(append_mutex_, publish_mutex_);

  // Commits up to this one, which are in the log, are durable and visible when it returns.
  void wait_until_published(Lsn lsn) EXCLUDES(publish_mutex_);

  // Runs `change` while every logged commit is published and no other can start.
  void exclusive(const std::function<void()>& change) EXCLUDES(append_mutex_, publish_mutex_);

  InsertKeys& keys() { return keys_; }
  const InsertKeys& keys() const { return keys_; }
  CommitHistory& history() { return history_; }

 private:
  Lsn append_to_log(const std::string& payload);
  void wait_published(Lsn lsn) EXCLUDES(publish_mutex_);
  void publish_durable() EXCLUDES(publish_mutex_);
  // False: a table was altered since the record was made. Throws UnknownTable.
  bool fits_tables(const CommitRecord& record, const LiveTables::Commit& commit) const;

  WalWriter* const wal_;
  LiveTables* const live_;
  Clock* const clock_;
  StoreMetrics* const metrics_;

  // Taken before publish_mutex_.
  mutable Mutex append_mutex_;
  // Why no commit can be made durable any more.
  std::optional<Error> failure_ GUARDED_BY(append_mutex_);

  Mutex publish_mutex_;
  std::deque<LiveTables::Commit> queue_ GUARDED_BY(publish_mutex_);

  // Changed with append_mutex_ held, so that finding no key and adding it are one step.
  InsertKeys keys_;
  CommitHistory history_;
};

}  // namespace freshet
