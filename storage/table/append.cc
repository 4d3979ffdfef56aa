#include "storage/table/append.h"

#include <algorithm>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {

namespace {

Error refused_for_good(const Error& cause) {
  return Error(ErrorCode::CannotFsync,
               "The log cannot be made durable, so inserts are refused until the server is "
               "restarted: " +
                   cause.message());
}

}  // namespace

Appender::Outcome Appender::commit(const CommitRecord& record, LiveTables::Commit& commit,
                                   const std::vector<std::shared_ptr<Segment>>& staged) {
  return finish(log(record, commit, staged));
}

Appender::Logged Appender::log(const CommitRecord& record, LiveTables::Commit& commit,
                               const std::vector<std::shared_ptr<Segment>>& staged) {
  Logged logged;
  logged.start_ns = clock_->monotonic_ns();
  const std::string payload = encode_commit_record(record);
  logged.bytes = payload.size();
  Outcome& outcome = logged.outcome;
  {
    MutexLock lock(append_mutex_);
    const auto known = lsn_of_key_.find(record.idempotency_key);
    outcome.duplicate = known != lsn_of_key_.end();
    if (outcome.duplicate) {
      outcome.lsn = known->second;
    } else {
      if (failure_) throw *failure_;
      require_tables(record, commit);
      outcome.lsn = append_to_log(payload);
      commit.lsn = outcome.lsn;
      for (const auto& segment : staged) segment->max_lsn = outcome.lsn;
      if (!record.idempotency_key.empty()) add_key(record.idempotency_key, outcome.lsn);
      MutexLock publish_lock(publish_mutex_);
      queue_.push_back(std::move(commit));
    }
  }
  return logged;
}

Appender::Outcome Appender::finish(const Logged& logged) {
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
    metrics_->log_bytes.add(logged.bytes);
    metrics_->commit_time.record(static_cast<uint64_t>(clock_->monotonic_ns() - logged.start_ns));
  }
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

void Appender::require_tables(const CommitRecord& record, const LiveTables::Commit& commit) const {
  for (const LiveTables::Commit::Rows& rows : commit.tables) {
    const TableHandlePtr table = live_->find(rows.table);
    if (table && rows.generation && table->generation != *rows.generation) {
      throw Error(ErrorCode::UnknownTable,
                  "Table was truncated before the change was committed: id " +
                      std::to_string(rows.table.value));
    }
  }
  for (const CommitRecord::TableRows& rows : record.tables) {
    if (!live_->find(rows.table)) {
      throw Error(ErrorCode::UnknownTable, "Table was dropped before the rows were committed: id " +
                                               std::to_string(rows.table.value));
    }
  }
}

void Appender::remember_key(std::string key, Lsn lsn) {
  MutexLock lock(append_mutex_);
  add_key(std::move(key), lsn);
}

void Appender::add_key(std::string key, Lsn lsn) {
  lsn_of_key_[key] = lsn;
  keys_.push_back({std::move(key), lsn});
  if (keys_.size() > kIdempotencyKeysMax) {
    lsn_of_key_.erase(keys_.front().key);
    keys_.pop_front();
  }
}

std::vector<PutIdempotencyKey> Appender::keys(Lsn after, Lsn through) const {
  MutexLock lock(append_mutex_);
  std::vector<PutIdempotencyKey> result;
  for (const PutIdempotencyKey& key : keys_) {
    if (key.lsn > after && key.lsn <= through) result.push_back(key);
  }
  return result;
}

}  // namespace freshet
