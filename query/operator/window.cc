#include "query/operator/window.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "query/expression/evaluator.h"
#include "query/operator/execution_context.h"
#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/column/row_hash.h"

namespace freshet {

namespace {

// Fewer rows than so many are not worth splitting up, and come out in order.
constexpr size_t kSplitRowsMin = 16 * kBlockRows;
constexpr size_t kBucketRows = 8 * kBlockRows;
constexpr size_t kBucketsMax = 256;

uint64_t bytes_of(std::span<const Chunk> chunks) {
  uint64_t bytes = 0;
  for (const Chunk& chunk : chunks) bytes += chunk.memory_bytes();
  return bytes;
}

size_t rows_of(std::span<const Chunk> chunks) {
  size_t count = 0;
  for (const Chunk& chunk : chunks) count += chunk.row_count;
  return count;
}

}  // namespace

struct WindowSink::Worker {
  std::vector<Chunk> chunks;
  uint64_t bytes = 0;
  std::optional<MemoryReservation> memory;
};

struct WindowSink::Bucket {
  std::vector<Chunk> parts;
  std::optional<MemoryReservation> memory;
};

WindowSink::WindowSink(WindowOptions options) : options_(std::move(options)) {}

WindowSink::~WindowSink() = default;

void WindowSink::prepare(size_t worker_count) {
  for (size_t i = 0; i < worker_count; ++i) workers_.push_back(std::make_unique<Worker>());
}

bool WindowSink::consume(ExecutionContext& context, WorkerIndex worker_index, Chunk chunk) {
  Worker& worker = *workers_[worker_index];
  if (!worker.memory) worker.memory.emplace(context.memory);
  worker.bytes += chunk.memory_bytes();
  worker.memory->resize(worker.bytes);
  worker.chunks.push_back(std::move(chunk));
  return true;
}

size_t WindowSink::choose_bucket_count(size_t row_count, size_t worker_count) const {
  if (options_.common_partition_columns == 0 || row_count < kSplitRowsMin) return 1;
  const size_t wanted = std::max(row_count / kBucketRows, 4 * worker_count);
  return std::min(std::bit_ceil(wanted), kBucketsMax);
}

void WindowSink::finish(ExecutionContext& context) {
  std::vector<Chunk> chunks;
  uint64_t bytes = 0;
  for (const auto& worker : workers_) {
    std::move(worker->chunks.begin(), worker->chunks.end(), std::back_inserter(chunks));
    worker->chunks.clear();
    bytes += worker->bytes;
  }
  const size_t bucket_count = choose_bucket_count(rows_of(chunks), context.worker_count);
  if (bucket_count > 1) {
    scatter(context, std::move(chunks), bucket_count);
    for (const auto& worker : workers_) worker->memory.reset();
    return;
  }
  for (const auto& worker : workers_) worker->memory.reset();
  if (chunks.empty()) return;
  auto bucket = std::make_unique<Bucket>();
  bucket->memory.emplace(context.memory);
  bucket->memory->resize(bytes);
  bucket->parts = std::move(chunks);
  buckets_.push_back(std::move(bucket));
}

void WindowSink::scatter(ExecutionContext& context, std::vector<Chunk> chunks,
                         size_t bucket_count) {
  const int shift = 64 - std::countr_zero(bucket_count);
  std::vector<std::vector<Chunk>> pieces(chunks.size());
  context.run_parallel(chunks.size(), [&](size_t number) {
    context.check_running();
    const Chunk chunk = std::move(chunks[number]);
    std::vector<ColumnPtr> keys;
    for (size_t i = 0; i < options_.common_partition_columns; ++i) {
      keys.push_back(chunk.columns[options_.sort[i].column]);
    }
    Buffer<uint64_t> hashes;
    hash_rows(keys, chunk.row_count, hashes);
    std::vector<size_t> starts(bucket_count + 1, 0);
    for (size_t i = 0; i < chunk.row_count; ++i) ++starts[(hashes[i] >> shift) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    std::vector<RowIndex> rows(chunk.row_count);
    std::vector<size_t> next(starts.begin(), starts.end() - 1);
    for (size_t i = 0; i < chunk.row_count; ++i) {
      rows[next[hashes[i] >> shift]++] = static_cast<RowIndex>(i);
    }
    pieces[number].reserve(bucket_count);
    for (size_t bucket = 0; bucket < bucket_count; ++bucket) {
      const std::span<const RowIndex> all(rows);
      pieces[number].push_back(
          chunk.select(all.subspan(starts[bucket], starts[bucket + 1] - starts[bucket])));
    }
  });
  for (size_t i = 0; i < bucket_count; ++i) {
    auto bucket = std::make_unique<Bucket>();
    for (auto& piece : pieces) {
      if (piece[i].row_count != 0) bucket->parts.push_back(std::move(piece[i]));
    }
    if (bucket->parts.empty()) continue;
    bucket->memory.emplace(context.memory);
    bucket->memory->resize(bytes_of(bucket->parts));
    buckets_.push_back(std::move(bucket));
  }
}

// A bucket that is being given out.
struct WindowSource::Cursor {
  std::unique_ptr<WindowSink::Bucket> bucket;
  Chunk rows;                   // as they came
  std::vector<RowIndex> order;  // sorted; empty: as they are
  std::vector<ColumnPtr> results;
  size_t next = 0;
};

WindowSource::WindowSource(WindowSink& sink) : sink_(sink) {}

WindowSource::~WindowSource() = default;

void WindowSource::prepare(size_t worker_count) {
  for (size_t i = 0; i < worker_count; ++i) cursors_.push_back(std::make_unique<Cursor>());
}

size_t WindowSource::parallelism_max() const { return std::max<size_t>(1, sink_.buckets_.size()); }

void WindowSource::compute(ExecutionContext& context, Cursor& cursor) const {
  const WindowOptions& options = sink_.options_;
  WindowSink::Bucket& bucket = *cursor.bucket;
  if (rows_of(bucket.parts) > std::numeric_limits<RowIndex>::max() / 2) {
    throw Error(ErrorCode::NotImplemented, "Window functions over a partition of more than " +
                                               std::to_string(rows_of(bucket.parts)) + " rows");
  }
  const uint64_t part_bytes = bytes_of(bucket.parts);
  bucket.memory->resize(2 * part_bytes);
  cursor.rows = concat_chunks(options.input, bucket.parts);
  bucket.parts.clear();
  const size_t row_count = cursor.rows.row_count;
  uint64_t bytes = cursor.rows.memory_bytes() + row_count * sizeof(RowIndex);
  bucket.memory->resize(bytes);
  context.check_running();
  cursor.order.clear();
  if (!options.sort.empty() && !rows_are_sorted(cursor.rows, options.sort)) {
    cursor.order = sort_rows(cursor.rows, options.sort);
  }
  context.check_running();

  // Only what keys and arguments read is put in order.
  std::vector<bool> read(cursor.rows.columns.size(), false);
  for (const WindowColumn& call : options.calls) {
    for (size_t i = 0; i < sort_columns_read(call); ++i) read[options.sort[i].column] = true;
    for (const BoundExpressionPtr& argument : call.arguments) {
      for (const ColumnIndex column : columns_of(*argument)) read[column] = true;
    }
  }
  Chunk sorted;
  sorted.row_count = row_count;
  uint64_t sorted_bytes = 0;
  for (ColumnIndex i = 0; i < read.size(); ++i) {
    ColumnPtr column;
    if (read[i]) {
      const ColumnPtr& cells = cursor.rows.columns[i];
      column = cursor.order.empty() ? cells : cells->select(cursor.order);
      if (!cursor.order.empty()) sorted_bytes += column->memory_bytes();
    }
    sorted.columns.push_back(std::move(column));
  }
  bucket.memory->resize(bytes + sorted_bytes);
  WindowRows rows(sorted, options.sort);
  cursor.results.clear();
  for (const WindowColumn& call : options.calls) {
    cursor.results.push_back(compute_window_column(context, call, rows));
    bytes += cursor.results.back()->memory_bytes();
    bucket.memory->resize(bytes + sorted_bytes + rows.memory_bytes());
  }
  bucket.memory->resize(bytes);
  cursor.next = 0;
}

bool WindowSource::read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) {
  Cursor& cursor = *cursors_[worker];
  if (cursor.bucket == nullptr) {
    const size_t number = next_bucket_.fetch_add(1);
    if (number >= sink_.buckets_.size()) return false;
    cursor.bucket = std::move(sink_.buckets_[number]);
    compute(context, cursor);
  }
  const size_t count = std::min(kBlockRows, cursor.rows.row_count - cursor.next);
  chunk.columns.clear();
  chunk.row_count = count;
  for (const ColumnIndex column : sink_.options_.outputs) {
    const ColumnPtr& cells = cursor.rows.columns[column];
    chunk.columns.push_back(
        cursor.order.empty()
            ? cells->slice(cursor.next, count)
            : cells->select(std::span<const RowIndex>(cursor.order).subspan(cursor.next, count)));
  }
  for (const ColumnPtr& result : cursor.results) {
    chunk.columns.push_back(result->slice(cursor.next, count));
  }
  cursor.next += count;
  if (cursor.next == cursor.rows.row_count) cursor = Cursor{};
  return true;
}

}  // namespace freshet
