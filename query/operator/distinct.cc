#include "query/operator/distinct.h"

#include <cstring>
#include <utility>

#include "query/aggregate/aggregate.h"
#include "query/operator/execution_context.h"
#include "storage/column/row_hash.h"

namespace freshet {

namespace {

// The state of a row's group is count()'s: zero means that the row is new.
std::vector<AggregateFunctionPtr> seen_counter() { return {bind_aggregate("count", {}, {})}; }

}  // namespace

DistinctKey::DistinctKey(std::vector<DataTypePtr> types)
    : key(std::move(types)), layout(seen_counter(), key_header_bytes(key)) {}

SeenRows::SeenRows(DistinctKeyPtr key, unsigned level)
    : key_(std::move(key)), level_(level), table_(make_aggregate_table(key_->key, key_->layout)) {}

std::vector<RowIndex> SeenRows::take(const ExecutionContext& context, WorkerIndex worker,
                                     const Chunk& chunk, bool may_spill) {
  std::vector<RowIndex> fresh;
  std::vector<char*> rows(chunk.row_count);
  if (disk_ != nullptr) {
    table_->find(chunk.columns, chunk.row_count, rows.data());
    for (size_t i = 0; i < chunk.row_count; ++i) {
      if (rows[i] == nullptr) fresh.push_back(static_cast<RowIndex>(i));
    }
    if (fresh.empty()) return fresh;
    const Chunk unseen = chunk.select(fresh);
    Buffer<uint64_t> hashes;
    hash_rows(unseen.columns, unseen.row_count, hashes);
    disk_->put(worker, unseen, hashes);
    return {};
  }
  table_->find_or_insert(chunk.columns, chunk.row_count, rows.data());
  for (size_t i = 0; i < chunk.row_count; ++i) {
    char* seen = rows[i] + key_->layout.offset(0);
    uint64_t count;
    std::memcpy(&count, seen, sizeof(count));
    if (count++ == 0) fresh.push_back(static_cast<RowIndex>(i));
    std::memcpy(seen, &count, sizeof(count));
  }
  if (!memory_) memory_.emplace(context.memory);
  const uint64_t threshold = may_spill ? context.spill.aggregation : 0;
  if (!context.hold_or_spill(*memory_, table_->memory_bytes(), threshold)) {
    disk_ = std::make_shared<PartedRows>(*context.temporary, SpillPurpose::Aggregation, level_,
                                         context.worker_count);
    context.temporary->count_part(SpillPurpose::Aggregation);
  }
  return fresh;
}

std::shared_ptr<const PartedRows> SeenRows::finish() {
  if (disk_ == nullptr) return nullptr;
  disk_->flush_all();
  table_.reset();
  memory_.reset();
  return std::move(disk_);
}

DistinctTransform::DistinctTransform(std::vector<DataTypePtr> types,
                                     std::optional<uint64_t> row_limit)
    : key_(std::make_shared<const DistinctKey>(std::move(types))),
      row_limit_(row_limit),
      seen_(key_, 0) {}

bool DistinctTransform::process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
                                const Emit& emit) {
  std::vector<RowIndex> fresh;
  bool more = true;
  {
    MutexLock lock(mutex_);
    fresh = seen_.take(context, worker, chunk, /*may_spill=*/!row_limit_);
    more = !row_limit_ || seen_.count() < *row_limit_;
  }
  if (!fresh.empty()) {
    const bool all = fresh.size() == chunk.row_count;
    more = emit(all ? std::move(chunk) : chunk.select(fresh)) && more;
  }
  return more;
}

void SpilledDistinctSource::prepare(size_t) {
  MutexLock lock(transform_.mutex_);
  add_parts(transform_.seen_.finish());
}

void SpilledDistinctSource::add_parts(const std::shared_ptr<const PartedRows>& disk) {
  if (disk == nullptr) return;
  for (size_t i = 0; i < PartedRows::partition_count(disk->level()); ++i) {
    if (disk->row_count(i) != 0) parts_.push_back({disk, i});
  }
}

bool SpilledDistinctSource::read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) {
  for (;;) {
    context.check_running();
    if (!open_) {
      if (parts_.empty()) return false;
      open_ = std::move(parts_.back());
      parts_.pop_back();
      seen_.emplace(transform_.key_, open_->disk->level() + 1);
      position_ = {};
      context.temporary->count_merge(SpillPurpose::Aggregation);
    }
    if (!open_->disk->read(open_->partition, position_, chunk)) {
      add_parts(seen_->finish());
      seen_.reset();
      open_.reset();
      continue;
    }
    const bool may_spill = open_->disk->level() < PartedRows::kLevelMax;
    const std::vector<RowIndex> fresh = seen_->take(context, worker, chunk, may_spill);
    if (fresh.empty()) continue;
    if (fresh.size() != chunk.row_count) chunk = chunk.select(fresh);
    return true;
  }
}

}  // namespace freshet
