#include "query/engine/running_queries.h"

#include <algorithm>
#include <utility>

#include "storage/base/error.h"
#include "storage/base/limits.h"

namespace freshet {

RunningQueries::Entry::Entry(RunningQueries& queries, std::shared_ptr<QueryContext> context)
    : queries_(queries) {
  // The list's node is made, and the query destroyed, while nobody waits for the lock.
  const std::string& query_id = context->query_id;
  outside_.push_back(std::move(context));
  place_ = outside_.begin();
  MutexLock lock(queries.mutex_);
  if (queries.queries_.size() >= kRunningQueriesMax) {
    throw Error(ErrorCode::TooManySimultaneousQueries,
                "Too many simultaneous queries. Maximum: " + std::to_string(kRunningQueriesMax));
  }
  const bool in_use = std::ranges::any_of(
      queries.queries_, [&](const auto& running) { return running->query_id == query_id; });
  if (in_use) {
    throw Error(ErrorCode::QueryWithSameIdIsAlreadyRunning,
                "Query with id = " + query_id + " is already running");
  }
  queries.queries_.splice(queries.queries_.end(), outside_);
}

RunningQueries::Entry::~Entry() {
  MutexLock lock(queries_.mutex_);
  outside_.splice(outside_.end(), queries_.queries_, place_);
}

std::vector<RunningQuery> RunningQueries::list() const {
  const auto now = std::chrono::steady_clock::now();
  MutexLock lock(mutex_);
  std::vector<RunningQuery> list;
  for (const auto& query : queries_) {
    RunningQuery row;
    row.query_id = query->query_id;
    row.user = query->request.user;
    row.text = query->request.text;
    row.elapsed_s = std::chrono::duration<double>(now - query->started).count();
    row.rows_read = query->progress.rows_read.load(std::memory_order_relaxed);
    row.bytes_read = query->progress.bytes_read.load(std::memory_order_relaxed);
    row.total_rows_to_read = query->progress.rows_to_read.load(std::memory_order_relaxed);
    row.memory_bytes = query->memory.bytes();
    list.push_back(std::move(row));
  }
  return list;
}

bool RunningQueries::cancel(std::string_view query_id) {
  MutexLock lock(mutex_);
  for (const auto& query : queries_) {
    if (query->query_id != query_id) continue;
    query->cancelled.store(true, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void RunningQueries::cancel_all() {
  MutexLock lock(mutex_);
  for (const auto& query : queries_) query->cancelled.store(true, std::memory_order_relaxed);
}

}  // namespace freshet
