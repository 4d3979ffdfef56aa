#include "query/operator/sort.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "query/operator/execution_context.h"
#include "query/operator/gathered_rows.h"
#include "storage/base/limits.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

// Rows of `chunk` that may come before the row `bound_row` of `bound`, judged by the first sort
// column alone; equal cells may.
template <class Before>
void keep_if(size_t row_count, std::vector<RowIndex>& rows, const Before& before) {
  rows.resize(row_count);
  size_t count = 0;
  for (size_t i = 0; i < row_count; ++i) {
    rows[count] = static_cast<RowIndex>(i);
    count += before(i) ? 1 : 0;
  }
  rows.resize(count);
}

// False: the column's kind is not judged, all rows stay.
bool rows_within_bound(const Column& column, const Column& bound, bool descending,
                       std::vector<RowIndex>& rows) {
  if (is_number_kind(column.kind()) && column.form() == ColumnForm::Flat) {
    dispatch_number(column.kind(), [&]<class T>() {
      const std::span<const T> values = values_of<T>(column);
      const T limit = values_of<T>(bound)[0];
      if (descending) {
        keep_if(values.size(), rows, [&](size_t i) { return !(values[i] < limit); });
      } else {
        keep_if(values.size(), rows, [&](size_t i) { return !(values[i] > limit); });
      }
    });
    return true;
  }
  if (column.kind() != PhysicalKind::String || column.form() == ColumnForm::Constant) return false;
  const std::string_view limit = static_cast<const StringColumn&>(bound).at(0);
  const auto judge = [&](auto&& text_at) {
    if (descending) {
      keep_if(column.size(), rows, [&](size_t i) { return text_at(i) >= limit; });
    } else {
      keep_if(column.size(), rows, [&](size_t i) { return text_at(i) <= limit; });
    }
  };
  if (column.form() == ColumnForm::Dictionary) {
    const auto& coded = static_cast<const DictionaryColumn&>(column);
    const auto& entries = static_cast<const StringColumn&>(*coded.dictionary()->entries);
    judge([&](size_t i) { return entries.at(coded.codes()[i]); });
  } else {
    const auto& strings = static_cast<const StringColumn&>(column);
    judge([&](size_t i) { return strings.at(i); });
  }
  return true;
}

}  // namespace

struct SortSink::Worker {
  std::vector<Chunk> chunks;
  size_t row_count = 0;
  uint64_t bytes = 0;
  std::unique_ptr<RunWriter> spill;
  ColumnPtr bound;  // first sort column of the last row that is within the limit, once known
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
      run_order_{schema_, order_, limit_} {}

SortSink::~SortSink() = default;

void SortSink::prepare(size_t worker_count) {
  for (size_t i = 0; i < worker_count; ++i) workers_.push_back(std::make_unique<Worker>());
}

bool SortSink::consume(ExecutionContext& context, WorkerIndex worker_index, Chunk chunk) {
  Worker& worker = *workers_[worker_index];
  if (limit_ && *limit_ == 0) return false;
  if (worker.bound != nullptr) {
    std::vector<RowIndex> rows;
    if (rows_within_bound(*chunk.columns[order_[0].column], *worker.bound, order_[0].descending,
                          rows)) {
      if (rows.empty()) return true;
      if (rows.size() < chunk.row_count) chunk = chunk.select(rows);
    }
  }
  worker.row_count += chunk.row_count;
  worker.bytes += flat_bytes(chunk);
  worker.chunks.push_back(std::move(chunk));
  if (limit_ && worker.row_count >= std::max<uint64_t>(2 * *limit_, 2 * kBlockRows)) cut(worker);
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
    worker.bound = flat(first->slice(kept.row_count - 1, 1));
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
