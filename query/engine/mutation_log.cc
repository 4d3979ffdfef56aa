#include "query/engine/mutation_log.h"

#include <utility>

#include "storage/base/limits.h"

namespace freshet {

uint64_t MutationLog::begin(Entry entry) {
  MutexLock lock(mutex_);
  entry.id = ++last_id_;
  entries_.push_back(std::move(entry));
  if (entries_.size() > kMutationsMax) entries_.pop_front();
  return last_id_;
}

void MutationLog::finish(uint64_t id, uint64_t rows) {
  MutexLock lock(mutex_);
  if (Entry* entry = find(id)) {
    entry->rows = rows;
    entry->is_done = true;
  }
}

void MutationLog::fail(uint64_t id, std::string reason, uint64_t time_s) {
  MutexLock lock(mutex_);
  if (Entry* entry = find(id)) {
    entry->failure = std::move(reason);
    entry->fail_time_s = time_s;
  }
}

std::vector<MutationLog::Entry> MutationLog::entries() const {
  MutexLock lock(mutex_);
  return {entries_.begin(), entries_.end()};
}

MutationLog::Entry* MutationLog::find(uint64_t id) {
  // Ids are consecutive.
  if (entries_.empty() || id < entries_.front().id) return nullptr;
  return &entries_[static_cast<size_t>(id - entries_.front().id)];
}

}  // namespace freshet
