#include "query/operator/distinct.h"

#include <cstring>
#include <utility>

#include "query/aggregate/aggregate.h"

namespace freshet {

namespace {

// The state of a row's group is count()'s: zero means that the row is new.
std::vector<AggregateFunctionPtr> seen_counter() { return {bind_aggregate("count", {}, {})}; }

}  // namespace

DistinctTransform::DistinctTransform(std::vector<DataTypePtr> types,
                                     std::optional<uint64_t> row_limit)
    : key_(std::move(types)),
      layout_(seen_counter(), key_header_bytes(key_)),
      row_limit_(row_limit),
      table_(make_aggregate_table(key_, layout_)) {}

bool DistinctTransform::process(ExecutionContext&, WorkerIndex, Chunk chunk, const Emit& emit) {
  std::vector<RowIndex> fresh;
  bool more = true;
  {
    MutexLock lock(mutex_);
    std::vector<char*> rows(chunk.row_count);
    table_->find_or_insert(chunk.columns, chunk.row_count, rows.data());
    for (size_t i = 0; i < chunk.row_count; ++i) {
      char* seen = rows[i] + layout_.offset(0);
      uint64_t count;
      std::memcpy(&count, seen, sizeof(count));
      if (count++ == 0) fresh.push_back(static_cast<RowIndex>(i));
      std::memcpy(seen, &count, sizeof(count));
    }
    more = !row_limit_ || table_->group_count() < *row_limit_;
  }
  if (!fresh.empty()) {
    const bool all = fresh.size() == chunk.row_count;
    more = emit(all ? std::move(chunk) : chunk.select(fresh)) && more;
  }
  return more;
}

}  // namespace freshet
