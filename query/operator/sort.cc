#include "query/operator/sort.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "query/operator/execution_context.h"
#include "query/operator/gathered_rows.h"
#include "storage/base/limits.h"

namespace freshet {

namespace {

// A worker with so many rows looks for the bound: often, because it spares others work, but not for
// a handful of rows.
constexpr uint64_t kRowsBeforeCut = 4096;

}  // namespace

struct SortSink::Worker {
  std::vector<Chunk> chunks;
  size_t row_count = 0;
  uint64_t bytes = 0;
  std::unique_ptr<RunWriter> spill;
  std::optional<MemoryReservation> memory;

  // The rows, one column twice while they are put together, and sort_rows' keys and rows.
  uint64_t bytes_to_sort() const {
    constexpr uint64_t kRowBytes = 24;
    return bytes + bytes / 4 + row_count * kRowBytes;
  }
};

SortSink::SortSink(Schema schema, std::vector<SortColumn> order, std::optional<uint64_t> limit)
    : schema_(std::move(schema)),
      order_(std::move(order)),
      limit_(limit),
      bound_(std::make_shared<SortBound>(!order_.empty() && order_[0].descending)),
      run_order_{schema_, order_, limit_} {}

SortSink::~SortSink() = default;

void SortSink::prepare(size_t worker_count) {
  for (size_t i = 0; i < worker_count; ++i) workers_.push_back(std::make_unique<Worker>());
}

bool SortSink::consume(ExecutionContext& context, WorkerIndex worker_index, Chunk chunk) {
  Worker& worker = *workers_[worker_index];
  if (limit_ && *limit_ == 0) return false;
  if (limit_) {
    std::vector<RowIndex> rows;
    if (bound_->select(*chunk.columns[order_[0].column], rows)) {
      if (rows.empty()) return true;
      if (rows.size() < chunk.row_count) chunk = chunk.select(rows);
    }
  }
  worker.row_count += chunk.row_count;
  worker.bytes += flat_bytes(chunk);
  worker.chunks.push_back(std::move(chunk));
  if (limit_ && worker.row_count >= std::max<uint64_t>(2 * *limit_, kRowsBeforeCut)) cut(worker);
  if (!worker.memory) worker.memory.emplace(context.memory);
  if (!context.hold_or_spill(*worker.memory, worker.bytes_to_sort(), context.spill.sort)) {
    spill(context, worker);
  }
  return true;
}

void SortSink::spill(const ExecutionContext& context, Worker& worker) const {
  if (worker.row_count == 0) return;
  if (worker.spill == nullptr) {
    worker.spill = std::make_unique<RunWriter>(*context.temporary, run_order_);
  }
  worker.spill->write_sorted(context, worker.chunks);
  worker.row_count = 0;
  worker.bytes = 0;
  worker.memory->resize(0);
}

// Sorts a worker's rows and keeps the first `limit_`.
void SortSink::cut(Worker& worker) const {
  Chunk all = concat_chunks(schema_, worker.chunks);
  std::vector<RowIndex> order = sort_rows(all, order_);
  order.resize(std::min<uint64_t>(order.size(), *limit_));
  Chunk kept = all.select(order);
  if (kept.row_count == *limit_) {
    const ColumnPtr& first = kept.columns[order_[0].column];
    bound_->tighten(flat(first->slice(kept.row_count - 1, 1)));
  }
  worker.row_count = kept.row_count;
  worker.bytes = kept.memory_bytes();
  worker.chunks.clear();
  worker.chunks.push_back(std::move(kept));
}

void SortSink::finish(ExecutionContext& context) {
  const auto has_spilled = [](const auto& worker) { return worker->spill != nullptr; };
  if (std::ranges::any_of(workers_, has_spilled)) {
    context.run_parallel(workers_.size(), [&](size_t i) { spill(context, *workers_[i]); });
    std::vector<SortedRun> runs;
    for (const auto& worker : workers_) {
      if (worker->spill == nullptr) continue;
      runs.insert(runs.end(), worker->spill->runs().begin(), worker->spill->runs().end());
    }
    merge_ = std::make_unique<RunMerge>(run_order_, std::move(runs));
    return;
  }
  std::vector<Chunk> chunks;
  for (const auto& worker : workers_) {
    std::move(worker->chunks.begin(), worker->chunks.end(), std::back_inserter(chunks));
    worker->chunks.clear();
  }
  rows_ = take_concat_chunks(schema_, chunks);
  sorted_ = sort_rows(rows_, order_);
  if (limit_ && sorted_.size() > *limit_) sorted_.resize(*limit_);
}

bool SortSource::read(ExecutionContext& context, WorkerIndex, Chunk& chunk) {
  if (sink_.merge_ != nullptr) return sink_.merge_->next(context, chunk);
  const std::vector<RowIndex>& sorted = sink_.sorted_;
  if (next_ >= sorted.size()) return false;
  const size_t count = std::min(kBlockRows, sorted.size() - next_);
  chunk = sink_.rows_.select(std::span(sorted).subspan(next_, count));
  next_ += count;
  return true;
}

}  // namespace freshet
