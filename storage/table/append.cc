#include "storage/table/append.h"

#include <algorithm>
#include <utility>

#include "storage/base/blocking_scope.h"
#include "storage/base/error.h"

namespace freshet {

namespace {

Error refused_for_good(const Error& cause) {
  return Error(ErrorCode::CannotFsync,
               "The log cannot be made durable, so inserts are refused until the server is "
               "restarted: " +
                   cause.message());
}

CommitEntry entry_of(const CommitRecord& record, const Appender::Outcome& outcome) {
  CommitEntry entry;
  entry.lsn = outcome.lsn;
  entry.time_us = record.time_us;
  entry.key = record.idempotency_key;
  entry.duplicate = outcome.duplicate;
  for (const CommitRecord::TableRows& rows : record.tables) {
    uint64_t count = 0;
    for (const auto& chunk : rows.chunks) count += chunk->row_count;
    for (const StagedSegment& segment : rows.staged) count += segment.row_count;
    entry.rows_of_table.emplace_back(rows.table, outcome.duplicate ? 0 : count);
  }
  return entry;
}

}  // namespace

Appender::Outcome Appender::commit(const CommitRecord& record, LiveTables::Commit& commit,
                                   const std::vector<std::shared_ptr<Segment>>& staged,
                                   KeyWindow window) {
  Logged logged = log(record, commit, staged, window);
  return logged.outcome.outdated ? logged.outcome : finish(std::move(logged));
}

Appender::Logged Appender::log(const CommitRecord& record, LiveTables::Commit& commit,
                               const std::vector<std::shared_ptr<Segment>>& staged,
                               KeyWindow window) {
  Logged logged;
  logged.start_ns = clock_->monotonic_ns();
  const std::string payload = encode_commit_record(record);
  logged.log_bytes = payload.size();
  Outcome& outcome = logged.outcome;
  {
    MutexLock lock(append_mutex_);
    std::optional<Lsn> known;
    if (!record.idempotency_key.empty()) {
      known = keys_.find(record.key_table, record.idempotency_key, window, record.time_us);
    }
    outcome.duplicate = known.has_value();
    if (known) {
      outcome.lsn = *known;
    } else {
      if (failure_) throw *failure_;
      if (!fits_tables(record, commit)) {
        outcome.outdated = true;
        return logged;
      }
      outcome.lsn = append_to_log(payload);
      commit.lsn = outcome.lsn;
      for (const auto& segment : staged) segment->max_lsn = outcome.lsn;
      if (!record.idempotency_key.empty()) {
        keys_.add({record.key_table, record.idempotency_key, outcome.lsn, record.time_us});
      }
      MutexLock publish_lock(publish_mutex_);
      queue_.push_back(std::move(commit));
    }
  }
  logged.entry = entry_of(record, outcome);
  if (!outcome.duplicate) {
    logged.entry.bytes = payload.size();
    for (const auto& segment : staged) logged.entry.bytes += segment->reader->file_bytes();
  }
  return logged;
}

Appender::Outcome Appender::finish(Logged logged) {
  const Outcome& outcome = logged.outcome;
  // A repeat may come while the first attempt is still on its way.
  try {
    wait_published(outcome.lsn);
  } catch (const Error& error) {
    MutexLock lock(append_mutex_);
    failure_ = error;
    throw;
  }
  if (outcome.duplicate) {
    metrics_->duplicates.add();
  } else {
    metrics_->commits.add();
    metrics_->log_bytes.add(logged.log_bytes);
    metrics_->commit_time.record(static_cast<uint64_t>(clock_->monotonic_ns() - logged.start_ns));
  }
  history_.add(std::move(logged.entry));
  return outcome;
}

void Appender::exclusive(const std::function<void()>& change) {
  MutexLock lock(append_mutex_);
  Lsn last;
  {
    MutexLock publish_lock(publish_mutex_);
    if (!queue_.empty()) last = queue_.back().lsn;
  }
  // A log that failed leaves commits in the queue for good.
  if (failure_) throw *failure_;
  wait_published(last);
  change();
}

Lsn Appender::append_to_log(const std::string& payload) {
  try {
    return wal_->append(payload);
  } catch (const Error& error) {
    // These two leave the log as it was and usable.
    if (error.code() == ErrorCode::NotEnoughSpace ||
        error.code() == ErrorCode::TooManyRowsOrBytes) {
      throw;
    }
    throw refused_for_good(error);
  }
}

void Appender::wait_published(Lsn lsn) {
  try {
    const BlockingScope waiting;
    wal_->wait_durable(lsn);
  } catch (const Error& error) {
    throw refused_for_good(error);
  }
  publish_durable();
}

void Appender::publish_durable() {
  MutexLock lock(publish_mutex_);
  const Lsn durable = wal_->durable_lsn();
  bool applied = false;
  while (!queue_.empty() && queue_.front().lsn <= durable) {
    live_->apply(std::move(queue_.front()));
    queue_.pop_front();
    applied = true;
  }
  if (applied) live_->publish();
}

void Appender::wait_until_published(Lsn lsn) {
  if (live_->lsn() < lsn) wait_published(lsn);
}

bool Appender::fits_tables(const CommitRecord& record, const LiveTables::Commit& commit) const {
  for (const LiveTables::Commit::Rows& rows : commit.tables) {
    const TableHandlePtr table = live_->find(rows.table);
    if (table && rows.generation && table->generation != *rows.generation) {
      throw Error(ErrorCode::UnknownTable,
                  "Table was truncated before the change was committed: id " +
                      std::to_string(rows.table.value));
    }
  }
  bool fits = true;
  for (const CommitRecord::TableRows& rows : record.tables) {
    const TableColumnsPtr columns = live_->columns(rows.table);
    if (columns == nullptr) {
      throw Error(ErrorCode::UnknownTable, "Table was dropped before the rows were committed: id " +
                                               std::to_string(rows.table.value));
    }
    fits &= columns->layout() == rows.schema_checksum;
  }
  return fits;
}

}  // namespace freshet
