#include "query/operator/values.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "query/operator/execution_context.h"
#include "storage/base/limits.h"
#include "storage/column/number_column.h"

namespace freshet {

bool ValuesSource::read(ExecutionContext&, WorkerIndex, Chunk& chunk) {
  if (next_ == chunks_.size()) return false;
  chunk = std::move(chunks_[next_++]);
  return true;
}

size_t GeneratorSource::parallelism_max() const {
  return static_cast<size_t>(std::min<uint64_t>(count_ / kBlockRows + 1, 1024));
}

bool GeneratorSource::read(ExecutionContext& context, WorkerIndex, Chunk& chunk) {
  const uint64_t first = next_.fetch_add(kBlockRows);
  if (first >= count_) return false;
  const auto rows = static_cast<size_t>(std::min<uint64_t>(kBlockRows, count_ - first));
  chunk.columns.clear();
  chunk.row_count = rows;
  if (with_column_ && kind_ == Kind::Numbers) {
    Buffer<uint64_t> numbers(rows);
    for (size_t i = 0; i < rows; ++i) numbers[i] = offset_ + (first + i) * step_;
    chunk.columns.push_back(make_number_column(std::move(numbers)));
  } else if (with_column_) {
    chunk.columns.push_back(make_number_column(Buffer<uint8_t>(rows, uint8_t{0})));
  }
  context.progress.rows_read.fetch_add(rows, std::memory_order_relaxed);
  context.progress.bytes_read.fetch_add(chunk.memory_bytes(), std::memory_order_relaxed);
  return true;
}

}  // namespace freshet
