#include "query/operator/join.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "query/expression/evaluator.h"
#include "query/operator/execution_context.h"
#include "query/operator/gathered_rows.h"
#include "query/operator/spilled_join.h"
#include "storage/base/limits.h"
#include "storage/column/nested_column.h"

namespace freshet {

namespace {

std::vector<DataTypePtr> types_of(const std::vector<BoundExpressionPtr>& expressions) {
  std::vector<DataTypePtr> types;
  for (const BoundExpressionPtr& expression : expressions) types.push_back(expression->type);
  return types;
}

// The column as a Nullable one, its cells not NULL, when the type wants that (join_use_nulls).
ColumnPtr as_type(ColumnPtr column, const DataType& type) {
  if (!can_be_null(type) || column->kind() == PhysicalKind::Nullable) return column;
  const size_t size = column->size();
  return std::make_shared<NullableColumn>(flat(column), Buffer<uint8_t>(size, uint8_t{0}));
}

}  // namespace

JoinState::JoinState(JoinOptions options)
    : options_(std::move(options)), table_(types_of(options_.build_keys), options_.null_safe) {
  if (options_.asof) asof_rows_.emplace(options_.asof->comparison);
}

uint64_t JoinState::estimate_bytes(uint64_t row_count, uint64_t key_bytes) const {
  return table_.estimate_bytes(row_count, key_bytes) +
         (asof_rows_ ? row_count * AsofRows::kRowBytes : 0);
}

Chunk JoinState::make_rows(const Chunk* probe, std::span<const RowIndex> probe_rows,
                           std::span<const RowIndex> build_rows) const {
  const size_t row_count = build_rows.size();
  const size_t left_columns =
      options_.build_is_left ? options_.build_schema.size() : options_.probe_schema.size();
  Chunk result;
  result.row_count = row_count;
  // The build side's last row holds the defaults.
  std::vector<RowIndex> build_or_default(build_rows.begin(), build_rows.end());
  bool any_default = false;
  for (RowIndex& row : build_or_default) {
    if (row != kNoRow) continue;
    row = static_cast<RowIndex>(build_row_count_);
    any_default = true;
  }
  for (size_t i = 0; i < options_.outputs.size(); ++i) {
    const ColumnIndex output = options_.outputs[i];
    const bool from_left = output < left_columns;
    const ColumnIndex in_side = from_left ? output : output - left_columns;
    const DataType& type = *options_.output_schema[i].type;
    if (from_left != options_.build_is_left) {
      if (probe == nullptr) {
        result.columns.push_back(make_default_column(type, row_count));
      } else {
        result.columns.push_back(as_type(probe->columns[in_side]->select(probe_rows), type));
      }
      continue;
    }
    const ColumnPtr& cells = build_.columns[in_side];
    ColumnPtr column = cells->select(build_or_default);
    const bool becomes_nullable = can_be_null(type) && cells->kind() != PhysicalKind::Nullable;
    if (becomes_nullable) {
      Buffer<uint8_t> nulls(row_count, uint8_t{0});
      if (any_default) {
        for (size_t r = 0; r < row_count; ++r) nulls[r] = build_rows[r] == kNoRow ? 1 : 0;
      }
      column = std::make_shared<NullableColumn>(flat(column), std::move(nulls));
    }
    result.columns.push_back(std::move(column));
  }
  return result;
}

// Rows that one worker has taken and that are in memory.
struct JoinBuildSink::Worker {
  std::vector<Chunk> chunks;
  uint64_t row_count = 0;
  uint64_t bytes = 0;
  std::optional<MemoryReservation> memory;
};

JoinBuildSink::JoinBuildSink(std::shared_ptr<JoinState> state) : state_(std::move(state)) {}

JoinBuildSink::~JoinBuildSink() = default;

void JoinBuildSink::prepare(size_t worker_count) {
  for (size_t i = 0; i < worker_count; ++i) workers_.push_back(std::make_unique<Worker>());
}

bool JoinBuildSink::consume(ExecutionContext& context, WorkerIndex worker_index, Chunk chunk) {
  Worker& worker = *workers_[worker_index];
  worker.row_count += chunk.row_count;
  worker.bytes += flat_bytes(chunk);
  worker.chunks.push_back(std::move(chunk));
  // Another worker may have found that the memory is short.
  if (on_disk_.load(std::memory_order_acquire)) {
    spill(worker_index);
    return true;
  }
  // Counted here, so that a side too large for the memory is known before it is all read.
  if (!worker.memory) worker.memory.emplace(context.memory);
  const uint64_t bytes = worker.bytes + state_->estimate_bytes(worker.row_count, worker.bytes / 4);
  // Rows without keys cannot be parted.
  const uint64_t threshold = state_->options_.build_keys.empty() ? 0 : context.spill.join;
  if (context.hold_or_spill(*worker.memory, bytes, threshold)) return true;
  {
    MutexLock lock(mutex_);
    if (state_->disk_ == nullptr) {
      state_->disk_ = std::make_shared<JoinDisk>(*context.temporary, 0, context.worker_count);
      context.temporary->count_part(SpillPurpose::Join);
    }
  }
  on_disk_.store(true, std::memory_order_release);
  spill(worker_index);
  return true;
}

void JoinBuildSink::spill(WorkerIndex worker_index) {
  Worker& worker = *workers_[worker_index];
  for (Chunk& chunk : worker.chunks) {
    state_->put_on_disk(state_->options_.build_keys, chunk, state_->disk_->build, worker_index);
    chunk = {};
  }
  worker.chunks.clear();
  worker.row_count = 0;
  worker.bytes = 0;
  if (worker.memory) worker.memory->resize(0);
}

void JoinState::put_on_disk(const std::vector<BoundExpressionPtr>& keys, const Chunk& rows,
                            PartedRows& side, WorkerIndex worker) const {
  Buffer<uint64_t> hashes;
  table_.hash_keys(evaluate_expressions(keys, rows), rows.row_count, hashes);
  side.put(worker, rows, hashes);
}

void JoinBuildSink::finish(ExecutionContext& context) {
  JoinState& state = *state_;
  if (state.disk_ != nullptr) {
    context.run_parallel(workers_.size(), [&](size_t worker) {
      spill(worker);
      state.disk_->build.flush(worker);
    });
    return;
  }
  std::vector<Chunk> all;
  for (const auto& worker : workers_) {
    std::ranges::move(worker->chunks, std::back_inserter(all));
    worker->chunks.clear();
  }
  for (const Chunk& chunk : all) state.build_row_count_ += chunk.row_count;
  // One row of defaults at the end.
  Chunk defaults;
  defaults.row_count = 1;
  for (const NamedType& column : state.options_.build_schema.columns()) {
    defaults.columns.push_back(make_default_column(*column.type, 1));
  }
  all.push_back(std::move(defaults));
  state.build_ = take_concat_chunks(state.options_.build_schema, all);

  Chunk rows = state.build_;
  const std::vector<ColumnPtr> keys = evaluate_expressions(state.options_.build_keys, rows);
  std::vector<ColumnPtr> build_keys;
  for (const ColumnPtr& key : keys) build_keys.push_back(key->slice(0, state.build_row_count_));
  state.table_.build(build_keys, state.build_row_count_);
  uint64_t filter_bytes = 0;
  for (const JoinOptions::Filter& filter : state.options_.filters) {
    if (state.build_row_count_ > filter.probe_rows) continue;
    filter.filter->learn(build_keys[filter.key]);
    filter_bytes += filter.filter->memory_bytes();
  }
  if (state.asof_rows_) {
    const ColumnPtr cells = evaluate_expression(*state.options_.asof->build, rows);
    state.asof_rows_->build(state.table_, cells->slice(0, state.build_row_count_));
  }
  const JoinMatch match = state.options_.match;
  if (state.options_.keep_build || match == JoinMatch::AnyBuild || match == JoinMatch::AnyBoth ||
      match == JoinMatch::AntiBuild) {
    state.partnered_ = std::make_unique<std::atomic<uint8_t>[]>(state.build_row_count_);
  }
  for (const auto& worker : workers_) worker->memory.reset();
  state.memory_.emplace(context.memory);
  state.memory_->resize(state.build_.memory_bytes() + state.table_.memory_bytes() + filter_bytes +
                        (state.asof_rows_ ? state.asof_rows_->memory_bytes() : 0));
}

struct JoinProbeTransform::Pairs {
  std::vector<RowIndex> probe;
  std::vector<RowIndex> build;
  size_t size() const { return probe.size(); }
  void add(RowIndex probe_row, RowIndex build_row) {
    probe.push_back(probe_row);
    build.push_back(build_row);
  }
  void keep(std::span<const RowIndex> kept) {
    for (size_t i = 0; i < kept.size(); ++i) {
      probe[i] = probe[kept[i]];
      build[i] = build[kept[i]];
    }
    probe.resize(kept.size());
    build.resize(kept.size());
  }
};

bool JoinProbeTransform::process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
                                 const Emit& emit) {
  if (state_->disk_ != nullptr) {
    state_->put_on_disk(state_->options_.probe_keys, chunk, state_->disk_->probe, worker);
    return true;
  }
  // Pairs handed on at once; a probe row with many partners must not make one huge chunk.
  constexpr size_t kPairsMax = 4 * kBlockRows;
  const JoinState& state = *state_;
  const bool has_keys = !state.options_.probe_keys.empty();
  std::vector<RowIndex> first;
  if (has_keys) {
    state.table_.find(evaluate_expressions(state.options_.probe_keys, chunk), chunk.row_count,
                      first);
  } else {
    first.assign(chunk.row_count, state.build_row_count_ == 0 ? kNoRow : 0);
  }
  if (state.asof_rows_) {
    state.asof_rows_->find(evaluate_expression(*state.options_.asof->probe, chunk), first);
  }
  const auto next = [&](RowIndex row) {
    if (has_keys) return state.table_.next(row);
    return row + 1 < state.build_row_count_ ? row + 1 : kNoRow;
  };
  std::vector<uint8_t> partnered(chunk.row_count, 0);
  const bool first_partner_is_enough =
      state.asof_rows_ ||
      (state.options_.residual == nullptr &&
       (state.options_.match == JoinMatch::AnyProbe || state.options_.match == JoinMatch::AnyBoth ||
        state.options_.match == JoinMatch::AntiProbe));
  Pairs pairs;
  for (size_t i = 0; i < chunk.row_count; ++i) {
    for (RowIndex row = first[i]; row != kNoRow; row = next(row)) {
      pairs.add(static_cast<RowIndex>(i), row);
      if (pairs.size() >= kPairsMax) {
        context.check_running();
        if (!give(chunk, pairs, partnered, emit)) return false;
      }
      if (first_partner_is_enough) break;
    }
  }
  if (!give(chunk, pairs, partnered, emit)) return false;
  if (!state.options_.keep_probe) return true;
  Pairs alone;
  for (size_t i = 0; i < chunk.row_count; ++i) {
    if (partnered[i] == 0) alone.add(static_cast<RowIndex>(i), kNoRow);
  }
  return alone.size() == 0 || emit(state.make_rows(&chunk, alone.probe, alone.build));
}

bool JoinProbeTransform::give(const Chunk& probe, Pairs& pairs,
                              std::vector<uint8_t>& probe_partnered, const Emit& emit) const {
  const JoinState& state = *state_;
  std::vector<RowIndex> kept;
  if (state.options_.residual != nullptr && pairs.size() != 0) {
    Chunk both;
    both.row_count = pairs.size();
    const auto add_side = [&](const Chunk& side, size_t columns, std::span<const RowIndex> rows,
                              const std::vector<ColumnIndex>& read, size_t first_column) {
      for (ColumnIndex c = 0; c < columns; ++c) {
        const bool is_read = std::ranges::binary_search(read, first_column + c);
        both.columns.push_back(is_read ? side.columns[c]->select(rows) : nullptr);
      }
    };
    const std::vector<ColumnIndex> read = columns_of(*state.options_.residual);
    const size_t probe_columns = state.options_.probe_schema.size();
    const size_t build_columns = state.options_.build_schema.size();
    if (state.options_.build_is_left) {
      add_side(state.build_, build_columns, pairs.build, read, 0);
      add_side(probe, probe_columns, pairs.probe, read, build_columns);
    } else {
      add_side(probe, probe_columns, pairs.probe, read, 0);
      add_side(state.build_, build_columns, pairs.build, read, probe_columns);
    }
    select_true(*evaluate_expression(*state.options_.residual, both), kept);
    pairs.keep(kept);
    kept.clear();
  }

  const JoinMatch match = state.options_.match;
  const auto take_build = [&](RowIndex row) {
    return state.partnered_[row].exchange(1, std::memory_order_relaxed) == 0;
  };
  for (size_t i = 0; i < pairs.size(); ++i) {
    const RowIndex probe_row = pairs.probe[i];
    const RowIndex build_row = pairs.build[i];
    bool comes_out = true;
    switch (match) {
      case JoinMatch::All:
        if (state.partnered_ != nullptr) take_build(build_row);
        break;
      case JoinMatch::AnyProbe:
        comes_out = probe_partnered[probe_row] == 0;
        if (comes_out && state.partnered_ != nullptr) take_build(build_row);
        break;
      case JoinMatch::AnyBuild:
        comes_out = take_build(build_row);
        break;
      case JoinMatch::AnyBoth:
        comes_out = probe_partnered[probe_row] == 0 && take_build(build_row);
        break;
      case JoinMatch::AntiBuild:
        take_build(build_row);
        comes_out = false;
        break;
      case JoinMatch::AntiProbe:
        comes_out = false;
        break;
    }
    if (comes_out || match == JoinMatch::AntiProbe) probe_partnered[probe_row] = 1;
    if (comes_out) kept.push_back(static_cast<RowIndex>(i));
  }
  pairs.keep(kept);
  bool more = true;
  if (pairs.size() != 0) more = emit(state.make_rows(&probe, pairs.probe, pairs.build));
  pairs.probe.clear();
  pairs.build.clear();
  return more;
}

bool JoinRestSource::read(ExecutionContext&, WorkerIndex, Chunk& chunk) {
  const JoinState& state = *state_;
  if (state.disk_ != nullptr) return false;
  std::vector<RowIndex> rows;
  for (; next_ < state.build_row_count_ && rows.size() < kBlockRows; ++next_) {
    if (state.partnered_[next_].load(std::memory_order_relaxed) == 0) {
      rows.push_back(static_cast<RowIndex>(next_));
    }
  }
  if (rows.empty()) return false;
  chunk = state.make_rows(nullptr, {}, rows);
  return true;
}

}  // namespace freshet
