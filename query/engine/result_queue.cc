#include "query/engine/result_queue.h"

#include <utility>

#include "storage/base/limits.h"

namespace freshet {

bool ResultQueue::consume(ExecutionContext&, WorkerIndex, Chunk chunk) {
  if (chunk.row_count == 0) return true;
  const size_t bytes = chunk.memory_bytes();
  MutexLock lock(mutex_);
  chunks_.push_back(std::move(chunk));
  bytes_ += bytes;
  return true;
}

std::optional<Chunk> ResultQueue::take() {
  MutexLock lock(mutex_);
  if (chunks_.empty()) return std::nullopt;
  Chunk chunk = std::move(chunks_.front());
  chunks_.pop_front();
  bytes_ -= chunk.memory_bytes();
  return chunk;
}

bool ResultQueue::saturated() const {
  MutexLock lock(mutex_);
  return bytes_ > kResultQueueBytesMax;
}

}  // namespace freshet
