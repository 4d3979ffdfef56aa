#include "query/operator/limit.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "query/operator/execution_context.h"
#include "storage/base/allocation_count.h"
#include "storage/column/row_hash.h"

namespace freshet {

LimitTransform::LimitTransform(std::optional<uint64_t> limit, uint64_t offset,
                               std::vector<SortColumn> ties)
    : offset_(offset), end_(std::numeric_limits<uint64_t>::max()), ties_(std::move(ties)) {
  if (limit && *limit < end_ - offset) end_ = offset + *limit;
}

bool LimitTransform::process(ExecutionContext&, WorkerIndex, Chunk chunk, const Emit& emit) {
  const uint64_t first = rows_seen_.fetch_add(chunk.row_count);
  if (first >= end_) return !ties_.empty() && give_ties(chunk, 0, emit);
  const uint64_t begin =
      first >= offset_ ? 0 : std::min<uint64_t>(offset_ - first, chunk.row_count);
  const uint64_t end = std::min<uint64_t>(end_ - first, chunk.row_count);
  const bool is_last = first + chunk.row_count >= end_;
  if (is_last && !ties_.empty() && end > 0) last_ = chunk.slice(end - 1, 1);
  if (begin < end) {
    const bool whole = begin == 0 && end == chunk.row_count;
    if (!emit(whole ? chunk : chunk.slice(begin, end - begin))) return false;
  }
  if (!is_last) return true;
  return !ties_.empty() && give_ties(chunk, end, emit);
}

bool LimitTransform::give_ties(const Chunk& chunk, size_t begin, const Emit& emit) {
  if (last_.row_count == 0) return false;
  size_t end = begin;
  while (end < chunk.row_count && compare_rows(last_, 0, chunk, end, ties_) == 0) ++end;
  if (end > begin && !emit(chunk.slice(begin, end - begin))) return false;
  return end == chunk.row_count;
}

// Rows seen of each key, by 64-bit hash and the first row that had it.
struct LimitByTransform::Counts {
  struct Group {
    Chunk first;  // one row, the key columns
    uint64_t rows = 0;
  };
  std::unordered_multimap<uint64_t, Group> groups;
  int64_t bytes = 0;
  std::optional<MemoryReservation> memory;

  Group& of(const Chunk& keys, size_t row, uint64_t hash) {
    const auto [begin, end] = groups.equal_range(hash);
    for (auto it = begin; it != end; ++it) {
      bool equal = true;
      for (size_t c = 0; c < keys.columns.size() && equal; ++c) {
        equal = compare_cells(*it->second.first.columns[c], 0, *keys.columns[c], row) == 0;
      }
      if (equal) return it->second;
    }
    return groups.emplace(hash, Group{keys.slice(row, 1), 0})->second;
  }
};

LimitByTransform::LimitByTransform(std::vector<ColumnIndex> columns, uint64_t limit,
                                   uint64_t offset)
    : columns_(std::move(columns)),
      limit_(limit),
      offset_(offset),
      counts_(std::make_unique<Counts>()) {}

LimitByTransform::~LimitByTransform() = default;

bool LimitByTransform::process(ExecutionContext& context, WorkerIndex, Chunk chunk,
                               const Emit& emit) {
  Chunk keys;
  keys.row_count = chunk.row_count;
  for (const ColumnIndex column : columns_) keys.columns.push_back(chunk.columns[column]);
  Buffer<uint64_t> hashes;
  hash_rows(keys.columns, keys.row_count, hashes);
  std::vector<RowIndex> rows;
  rows.reserve(chunk.row_count);
  const int64_t before = thread_allocated_bytes();
  for (size_t i = 0; i < chunk.row_count; ++i) {
    Counts::Group& group = counts_->of(keys, i, hashes[i]);
    if (group.rows >= offset_ && group.rows - offset_ < limit_) {
      rows.push_back(static_cast<RowIndex>(i));
    }
    ++group.rows;
  }
  counts_->bytes += thread_allocated_bytes() - before;
  if (!counts_->memory) counts_->memory.emplace(context.memory);
  counts_->memory->resize(static_cast<uint64_t>(std::max<int64_t>(0, counts_->bytes)));
  return rows.empty() || emit(chunk.select(rows));
}

}  // namespace freshet
